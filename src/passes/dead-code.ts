/** Passes that drop what no output needs. */

import type { Program, ProgramOutput } from "../ir/program.js";

/** The Program without the instructions whose results no output depends on. Inputs stay, used or not. */
export function removeDeadCode(program: Program): Program {
  const live = new Set(program.outputs.map((o) => o.value));
  const kept = [];
  for (let i = program.instructions.length - 1; i >= 0; i--) {
    const instruction = program.instructions[i]!;
    if (!instruction.results.some((r) => live.has(r))) continue;
    for (const arg of instruction.args) live.add(arg);
    kept.push(instruction);
  }
  return { ...program, instructions: kept.reverse() };
}

/** The Program reduced to some of its outputs. */
export function selectOutputs(program: Program, keep: (output: ProgramOutput) => boolean): Program {
  return removeDeadCode({ ...program, outputs: program.outputs.filter(keep) });
}
