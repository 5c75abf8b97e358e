/**
 * A Program: a flat, typed list of instructions in an order in which every argument is computed before it is used.
 * Values are numbered; `types[id]` is the type of value `id`. Programs are plain immutable data; passes return new ones.
 */

import type { PrimitiveAttrs, PrimitiveName } from "./primitive.js";
import type { TensorType } from "./types.js";

/** Index into `Program.types`. */
export type ValueId = number;

export interface InstructionOf<P extends PrimitiveName> {
  readonly op: P;
  readonly args: readonly ValueId[];
  readonly attrs: PrimitiveAttrs[P];
  readonly results: readonly ValueId[];
  /** The source node it comes from, for messages and `plan`. */
  readonly origin?: string;
}

/** Discriminated by `op`. */
export type Instruction = { readonly [P in PrimitiveName]: InstructionOf<P> }[PrimitiveName];

export interface ProgramInput {
  readonly name: string;
  readonly value: ValueId;
}

/** What an output means to the trainer's verbs; see `verbs.ts` in src/. */
export type OutputRole =
  | "label"
  | "probabilities"
  | "decision"
  | "scoreSamples"
  | "values"
  | "rawScore"
  | "leafIndices";

export interface ProgramOutput {
  readonly name: string;
  readonly value: ValueId;
  readonly role?: OutputRole;
  /** True for outputs that the file does not name (raw scores, leaves); they are computed only when asked for. */
  readonly extra?: boolean;
}

export interface Program {
  readonly inputs: readonly ProgramInput[];
  readonly types: readonly TensorType[];
  readonly instructions: readonly Instruction[];
  readonly outputs: readonly ProgramOutput[];
}

export function valueType(program: Program, value: ValueId): TensorType {
  return program.types[value]!;
}
