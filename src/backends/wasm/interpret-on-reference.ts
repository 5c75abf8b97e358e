/** Finds the words for what a kernel could only report by a number: the same Program on the primitives of the table, until one throws. */

import { evaluateInstruction } from "../../ir/evaluate.js";
import type { Program, ValueId } from "../../ir/program.js";
import type { Tensor } from "../../ir/tensor.js";

/** Evaluates every instruction for the sake of the error that one of them throws; results are dropped. */
export function interpretOnReference(program: Program, inputs: ReadonlyMap<string, Tensor>, n: number): void {
  const values = new Map<ValueId, Tensor>();
  for (const { name, value } of program.inputs) {
    const given = inputs.get(name);
    if (given !== undefined) values.set(value, given);
  }
  for (const instruction of program.instructions) {
    const args = instruction.args.flatMap((a) => values.get(a) ?? []);
    const results = evaluateInstruction(instruction, args, n);
    for (const [i, result] of results.entries()) values.set(instruction.results[i]!, result);
  }
}
