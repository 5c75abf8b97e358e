/** Passes that drop what no output needs. */

import type { Program, ProgramOutput } from "../ir/program.js";
import { liveInstructions } from "../ir/rows.js";

/** The Program without the instructions whose results no output depends on. Inputs stay, used or not. */
export function removeDeadCode(program: Program): Program {
  return { ...program, instructions: liveInstructions(program) };
}

/** The Program reduced to some of its outputs. */
export function selectOutputs(program: Program, keep: (output: ProgramOutput) => boolean): Program {
  return removeDeadCode({ ...program, outputs: program.outputs.filter(keep) });
}
