/**
 * A pass for devices that copy whole rows quicker than they reorder elements: what is picked from a constant and then transposed
 * (`ArrayFeatureExtractor` picks along the last axis, which naive Bayes turns round) is picked from the transposed constant.
 */

import type { InstructionOf, Program, ValueId } from "../ir/program.js";
import { rewrite } from "./rewrite.js";

/** The same values, to the bit, and a wrong index is found as before. */
export function gatherTransposed(program: Program): Program {
  const constants = new Set<ValueId>();
  const picked = new Map<ValueId, InstructionOf<"gather">>();
  for (const instruction of program.instructions) {
    const [result = -1] = instruction.results;
    if (instruction.op === "constant") constants.add(result);
    if (instruction.op !== "gather") continue;
    const [data = -1, indices = -1] = instruction.args;
    // With one axis of indices in the place of the one picked along, axes keep their numbers.
    if (constants.has(data) && program.types[indices]?.shape.length === 1) picked.set(result, instruction);
  }
  if (picked.size === 0) return program;
  return rewrite(program, (build, instruction, _args, renamed) => {
    const source = instruction.op === "transpose" ? picked.get(instruction.args[0] ?? -1) : undefined;
    if (instruction.op !== "transpose" || source === undefined) return undefined;
    const [data = -1, indices = -1] = source.args;
    const { perm } = instruction.attrs;
    const turned = build.op("transpose", [renamed(data)], { perm });
    return [build.op("gather", [turned, renamed(indices)], { axis: perm.indexOf(source.attrs.axis) })];
  });
}
