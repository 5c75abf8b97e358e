/** Small values that lowerings need beside their operands: scalars of the operand's type, sizes, indices from the end. */

import { InternalError, ShapeError } from "../../src/errors.js";
import type { Builder } from "../../src/ir/builder.js";
import { type Dim, productOf } from "../../src/ir/dims.js";
import type { DType } from "../../src/ir/dtype.js";
import type { CompileContext } from "../../src/ir/operator.js";
import type { ValueId } from "../../src/ir/program.js";
import { int64, isBigIntData, numbersOf, scalar, type Tensor } from "../../src/ir/tensor.js";
import { knownDim } from "./axes.js";

/** A constant of rank 0 in the element type of `value`. */
export function scalarLike(build: Builder, value: ValueId, number: number | bigint): ValueId {
  return scalarOf(build, build.type(value).dtype, number);
}

/** A constant of rank 0. */
export function scalarOf(build: Builder, dtype: DType, number: number | bigint): ValueId {
  if (dtype === "string") throw new InternalError("a number was asked for as a string");
  return build.constant(scalar(dtype, number));
}

/** The int64 vector of known dimensions, a constant where they do not depend on N. */
export function dimsValue(ctx: CompileContext, dims: readonly Dim[], what: string): ValueId {
  const known = dims.map((d) => knownDim(ctx, d, what));
  const numbers = known.filter((d) => typeof d === "number");
  return numbers.length === known.length
    ? ctx.build.constant(int64(numbers))
    : ctx.build.op("dims", [], { dims: known });
}

/** The number of elements of the given dimensions, as a scalar of `dtype`. */
export function countOf(ctx: CompileContext, dims: readonly Dim[], dtype: DType, what: string): ValueId {
  const { build } = ctx;
  const product = productOf(dims);
  if (typeof product === "number") return scalarOf(build, dtype, product);
  // Several dimensions may depend on N; then their product is no Dim, but it still is a number at run time.
  const count = build.op("reduceProd", [dimsValue(ctx, dims, what)], { axes: [0] });
  return dtype === "int64" ? count : build.op("cast", [count], { to: dtype });
}

/**
 * Indices (int32 or int64) into an axis of size `d`, with those counted from the end made non-negative. Constant indices
 * are checked here: ShapeError where one lies outside the axis.
 */
export function wrapIndices(ctx: CompileContext, indices: ValueId, d: Dim): ValueId {
  const { build } = ctx;
  const { dtype } = build.type(indices);
  if (dtype !== "int32" && dtype !== "int64") throw new ShapeError(`indices must be int32 or int64, got ${dtype}`);
  const constant = build.constantOf(indices);
  if (constant !== undefined) {
    const numbers = numbersOf(constant.data);
    if (typeof d === "number") {
      const outside = numbers.find((i) => i < -d || i >= d);
      if (outside !== undefined) throw new ShapeError(`index ${outside} is not in [${-d}, ${d})`);
      return numbers.some((i) => i < 0) ? build.constant(shifted(constant, d)) : indices;
    }
    if (numbers.every((i) => i >= 0)) return indices;
  }
  const size = countOf(ctx, [d], dtype, "the size of the indexed axis");
  const negative = build.op("less", [indices, scalarLike(build, indices, 0)]);
  return build.op("select", [negative, build.op("add", [indices, size]), indices]);
}

function shifted(indices: Tensor, d: number): Tensor {
  const { shape, data } = indices;
  if (isBigIntData(data)) {
    return { dtype: "int64", shape, data: BigInt64Array.from(data, (i) => (i < 0n ? i + BigInt(d) : i)) };
  }
  return { dtype: "int32", shape, data: Int32Array.from(numbersOf(data), (i) => (i < 0 ? i + d : i)) };
}

/** Whole powers up to this are products: as exact as a power function, and many times as fast. */
const largestProduct = 4;

/**
 * x to the power of `exponent`, of one element type. A constant scalar exponent of 1 to 4 makes products, which round as often as
 * they multiply.
 */
export function powerOf(build: Builder, x: ValueId, exponent: ValueId): ValueId {
  const constant = build.constantOf(exponent);
  const [value] = constant === undefined || constant.data.length !== 1 ? [] : numbersOf(constant.data);
  const rank = build.type(x).shape.length;
  if (value === undefined || !Number.isInteger(value) || value < 1 || value > largestProduct) {
    return build.op("pow", [x, exponent]);
  }
  // An exponent of more axes than x would give the result these.
  if (build.type(exponent).shape.length > rank) return build.op("pow", [x, exponent]);
  if (value === 1) return x;
  const square = build.op("mul", [x, x]);
  if (value === 2) return square;
  return build.op("mul", [square, value === 3 ? x : square]);
}
