/**
 * Hand-written cases for every primitive: arguments and the exact results. They fix what `evaluate` means, and other backends
 * are tried on the same cases. Written from the operators' definitions, not from what the code gave.
 */

import type { DType } from "../dtype.js";
import type { PrimitiveAttrs, PrimitiveName } from "../primitive.js";
import { type Tensor, tensor } from "../tensor.js";

export interface PrimitiveCase {
  readonly op: PrimitiveName;
  /** What the case is about. */
  readonly about: string;
  readonly args: readonly Tensor[];
  readonly want: readonly Tensor[];
  /** The batch size, where the case is about one: arguments whose first dimension it is count rows along it. */
  readonly rows: number | undefined;
  readonly n: number;
  evaluate(table: Evaluator): readonly Tensor[];
  /** The attributes, for backends that read them. */
  readonly attrs: PrimitiveAttrs[PrimitiveName];
}

/** Runs one instruction; the reference's is `evaluateInstruction`. */
export type Evaluator = <P extends PrimitiveName>(
  instruction: { readonly op: P; readonly attrs: PrimitiveAttrs[P] },
  args: readonly Tensor[],
  n: number,
) => readonly Tensor[];

export function primitiveCase<P extends PrimitiveName>(
  op: P,
  about: string,
  args: readonly Tensor[],
  attrs: PrimitiveAttrs[P],
  want: Tensor | readonly Tensor[],
  rows?: number,
): PrimitiveCase {
  return {
    op,
    about,
    args,
    attrs,
    rows,
    n: rows ?? 0,
    want: "dtype" in want ? [want] : want,
    evaluate: (run) => run({ op, attrs }, args, rows ?? 0),
  };
}

type Numbers = Exclude<DType, "string" | "int64" | "uint64" | "float32" | "float64" | "int32" | "bool">;

/** A tensor of one of the rarer number types. */
export function small(dtype: Numbers, values: readonly number[], shape: readonly number[] = [values.length]): Tensor {
  switch (dtype) {
    case "float16":
    case "bfloat16":
      return tensor(dtype, shape, Float32Array.from(values));
    case "int8":
      return tensor(dtype, shape, Int8Array.from(values));
    case "int16":
      return tensor(dtype, shape, Int16Array.from(values));
    case "uint8":
      return tensor(dtype, shape, Uint8Array.from(values));
    case "uint16":
      return tensor(dtype, shape, Uint16Array.from(values));
    case "uint32":
      return tensor(dtype, shape, Uint32Array.from(values));
  }
}

export function uint64(values: readonly bigint[], shape: readonly number[] = [values.length]): Tensor {
  return tensor("uint64", shape, BigUint64Array.from(values));
}
