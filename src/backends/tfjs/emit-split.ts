/** What TF.js runs of a Program and what the host does, and the graph of it: all of compiling that needs no TF.js. */

import { type EmittedGraph, emitGraph } from "../../emitters/tfjs/emit.js";
import { deviceOf } from "../../emitters/tfjs/target.js";
import type { Instruction, Program } from "../../ir/program.js";
import type { Target } from "../../ir/target.js";
import { type SplitProgram, splitHost } from "../../passes/split-host.js";

/**
 * The graph of a Program that is narrowed and whose forests are lowered, without what takes text, which runs on the host. `fused`: it has
 * nodes of calypte's own. Throws UnsupportedError where TF.js cannot run an instruction.
 */
export function emitSplit(
  program: Program,
  target: Target,
): { readonly split: SplitProgram; readonly emitted: EmittedGraph; readonly fused: boolean } {
  const split = splitHost(program, (instruction) => !touchesText(program, instruction));
  const fused = split.device.instructions.some((i) => i.op === "forest" || i.op === "forestLeaves");
  return { split, fused, emitted: emitGraph(split.device, deviceOf(target.device), { fused }) };
}

/** Texts, and the counts of their parts, which are 64-bit integers until a cast narrows them. */
function touchesText(program: Program, instruction: Instruction): boolean {
  const types = [...instruction.args, ...instruction.results].map((v) => program.types[v]?.dtype);
  return types.includes("string") || (instruction.op !== "dims" && types.includes("int64"));
}
