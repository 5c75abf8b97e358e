/** Checks that a Program is well formed. Passes and lowerings are tested through it; a violation is a defect of calypte. */

import { InternalError } from "../errors.js";
import { sameDims } from "./dims.js";
import { inferInstruction } from "./evaluate.js";
import { printProgram } from "./print.js";
import type { Program } from "./program.js";
import { formatType, sameDictionary } from "./types.js";

/** Throws InternalError naming the first instruction that breaks a rule; returns the Program otherwise. */
export function validateProgram(program: Program): Program {
  const defined = new Set(program.inputs.map((i) => i.value));
  const fail = (message: string): never => {
    throw new InternalError(`${message} in\n${printProgram(program)}`);
  };
  if (defined.size !== program.inputs.length) fail("two inputs share a value");
  for (const instruction of program.instructions) {
    const what = `%${instruction.results.join(", %")} = ${instruction.op}`;
    for (const arg of instruction.args)
      if (!defined.has(arg)) fail(`${what}: argument %${arg} is not defined before it`);
    const types = inferInstruction(
      instruction,
      instruction.args.map((a) => program.types[a]!),
    );
    if (types.length !== instruction.results.length) fail(`${what}: ${types.length} result types`);
    for (const [i, result] of instruction.results.entries()) {
      if (defined.has(result)) fail(`${what}: defined twice`);
      defined.add(result);
      const [have, want] = [program.types[result], types[i]!];
      if (have === undefined) return fail(`${what}: has no type`);
      const unknown = [...have.shape, ...want.shape].includes("?");
      if (have.dtype !== want.dtype || (!unknown && !sameDims(have.shape, want.shape))) {
        fail(`${what}: has type ${formatType(have)}, but infers ${formatType(want)}`);
      }
      if (!sameDictionary(have.dictionary, want.dictionary)) fail(`${what}: carries another dictionary than inferred`);
    }
  }
  for (const output of program.outputs) if (!defined.has(output.value)) fail(`output ${output.name} is not defined`);
  const names = program.outputs.map((o) => o.name);
  if (new Set(names).size !== names.length) fail("two outputs share a name");
  return program;
}
