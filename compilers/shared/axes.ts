/**
 * Axes and sizes as ONNX writes them: negative axes count from the end; small integer inputs (axes, shapes, counts) must be
 * known when the model is compiled, as numbers or in terms of the batch size.
 */

import { DataDependentError, ShapeError } from "../../src/errors.js";
import type { Dim } from "../../src/ir/dims.js";
import type { CompileContext } from "../../src/ir/operator.js";
import type { ValueId } from "../../src/ir/program.js";
import { isStringData } from "../../src/ir/tensor.js";

/** The axis counted from the front. Throws ShapeError where it is not in [-rank, rank); the driver adds the node. */
export function normaliseAxis(axis: number, rank: number): number {
  if (axis < -rank || axis >= rank) {
    throw new ShapeError(`axis ${axis} is not in [${-rank}, ${rank}), the axes of a tensor of rank ${rank}`);
  }
  return axis < 0 ? axis + rank : axis;
}

/** As `normaliseAxis`, ascending. Throws ShapeError where an axis occurs twice. */
export function normaliseAxes(axes: readonly number[], rank: number): readonly number[] {
  const result = axes.map((axis) => normaliseAxis(axis, rank)).sort((a, b) => a - b);
  for (const [i, axis] of result.entries()) {
    if (axis === result[i - 1]) throw new ShapeError(`axis ${axis} occurs twice in [${axes}]`);
  }
  return result;
}

/** The elements of an integer input in terms of N. Throws DataDependentError where they depend on the data. */
export function knownDims(ctx: CompileContext, value: ValueId, what: string): readonly Dim[] {
  const dims = ctx.build.dimsOf(value);
  if (dims !== undefined) return dims;
  const constant = ctx.build.constantOf(value);
  if (constant !== undefined && !isStringData(constant.data)) return Array.from(constant.data, Number);
  throw new DataDependentError(
    ctx.where,
    `${what} must be known when the model is compiled, but is computed from the data`,
    "make it a constant of the model",
  );
}

/** As `knownDims`, for integers that may not depend on the batch size either. */
export function knownInts(ctx: CompileContext, value: ValueId, what: string): readonly number[] {
  return knownDims(ctx, value, what).map((d) => {
    if (typeof d === "number") return d;
    throw new DataDependentError(ctx.where, `${what} depends on the batch size`, "make it a constant of the model");
  });
}

/** A single known integer, of rank 0 or as a vector of one. Throws ShapeError for any other number of elements. */
export function knownInt(ctx: CompileContext, value: ValueId, what: string): number {
  const [only, ...more] = knownInts(ctx, value, what);
  if (only === undefined || more.length > 0) throw new ShapeError(`${what} must be one number`);
  return only;
}

/** The shape with its dimensions of `axes` set to 1, as keepdims asks for. */
export function keptShape(shape: readonly Dim[], axes: readonly number[]): readonly Dim[] {
  return shape.map((d, i) => (axes.includes(i) ? 1 : d));
}

/** A dimension, or DataDependentError where it is not known before the model runs. */
export function knownDim(ctx: CompileContext, d: Dim | undefined, what: string): Exclude<Dim, "?"> {
  if (d !== undefined && d !== "?") return d;
  throw new DataDependentError(
    ctx.where,
    `${what} is not known when the model is compiled`,
    "declare it in the model's inputs",
  );
}
