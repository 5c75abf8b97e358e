/** The frame of every pass: rebuilds a Program instruction by instruction, so that folding and type inference run again. */

import { type Builder, createBuilder } from "../ir/builder.js";
import type { PrimitiveName } from "../ir/primitive.js";
import type { Instruction, InstructionOf, Program, ValueId } from "../ir/program.js";
import type { TensorType } from "../ir/types.js";

/**
 * Called for each instruction with its arguments in the new Program; answers the new results, or undefined to copy it as it is.
 * `renamed` gives what any earlier value has become.
 */
export type Rule = (
  build: Builder,
  instruction: Instruction,
  args: readonly ValueId[],
  renamed: (value: ValueId) => ValueId,
) => readonly ValueId[] | undefined;

/** Rebuilds `program` under `rule`. `inputType` may change the type of inputs. */
export function rewrite(program: Program, rule: Rule, inputType: (type: TensorType) => TensorType = (t) => t): Program {
  const build = createBuilder();
  const map = new Map<ValueId, ValueId>();
  const renamed = (value: ValueId): ValueId => map.get(value)!;
  for (const input of program.inputs)
    map.set(input.value, build.input(input.name, inputType(program.types[input.value]!)));
  for (const instruction of program.instructions) {
    const args = instruction.args.map(renamed);
    build.setOrigin(instruction.origin);
    const results = rule(build, instruction, args, renamed) ?? copy(build, instruction, args);
    for (const [i, result] of instruction.results.entries()) map.set(result, results[i]!);
  }
  return build.finish(program.outputs.map((o) => ({ ...o, value: map.get(o.value)! })));
}

function copy<P extends PrimitiveName>(
  build: Builder,
  instruction: InstructionOf<P>,
  args: readonly ValueId[],
): readonly ValueId[] {
  if (instruction.op === "constant") {
    const { tensor, dictionary } = (instruction as InstructionOf<"constant">).attrs;
    return [build.constant(tensor, dictionary)];
  }
  return build.emit<P>(instruction.op, args, instruction.attrs);
}
