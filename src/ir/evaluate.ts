/** Applies the primitive table to instructions, keeping name, attributes and table row together for the type checker. */

import type { PrimitiveName } from "./primitive.js";
import { primitives } from "./primitives.js";
import type { InstructionOf } from "./program.js";
import type { Tensor } from "./tensor.js";
import type { TensorType } from "./types.js";

/** Result types of an instruction. Throws ShapeError where the arguments do not fit. */
export function inferInstruction<P extends PrimitiveName>(
  instruction: Pick<InstructionOf<P>, "op" | "attrs">,
  args: readonly TensorType[],
): readonly TensorType[] {
  return primitives[instruction.op].infer(args, instruction.attrs);
}

/** Results of an instruction on host tensors, by the plain definition, for a batch of `n` rows. */
export function evaluateInstruction<P extends PrimitiveName>(
  instruction: Pick<InstructionOf<P>, "op" | "attrs">,
  args: readonly Tensor[],
  n: number,
): readonly Tensor[] {
  return primitives[instruction.op].evaluate(args, instruction.attrs, n);
}

/** Whether the instruction's results mix rows; see `Primitive.mixesRows`. */
export function instructionMixesRows<P extends PrimitiveName>(
  instruction: Pick<InstructionOf<P>, "op" | "attrs">,
  args: readonly TensorType[],
  results: readonly TensorType[],
): boolean {
  return primitives[instruction.op].mixesRows?.(args, instruction.attrs, results) ?? false;
}
