/** Places of elements in a flattened tensor, from indices along one axis or tuples of them: GatherElements, ScatterElements and the ND operators. */

import { DataDependentError, ShapeError } from "../../src/errors.js";
import { type Dim, formatDims, productOf, sameDim } from "../../src/ir/dims.js";
import type { CompileContext } from "../../src/ir/operator.js";
import type { ValueId } from "../../src/ir/program.js";
import { int64 } from "../../src/ir/tensor.js";
import { castTo } from "./matrix.js";
import { scalarLike, wrapIndices } from "./values.js";

/** A tensor as a matrix of rows that are indexed each by itself; one row where the indices go across all. */
export interface IndexedRows {
  /** Rows and elements of a row in the data. */
  readonly rows: Dim;
  readonly width: Dim;
  /** int32 [rows, …] positions in their row. */
  readonly positions: ValueId;
}

/** The number of elements between neighbours along each axis. Throws DataDependentError where it depends on more than the data's first axis. */
function stridesOf(ctx: CompileContext, shape: readonly Dim[]): readonly number[] {
  return shape.map((_, i) => {
    const stride = productOf(shape.slice(i + 1));
    if (typeof stride === "number") return stride;
    throw new DataDependentError(
      ctx.where,
      `elements of ${formatDims(shape)} stand at places that depend on the batch`,
    );
  });
}

const total = (ctx: CompileContext, dims: readonly Dim[]): Dim => {
  const size = productOf(dims);
  if (size === "?") throw new DataDependentError(ctx.where, `the size of ${formatDims(dims)} is not known`);
  return size;
};

/**
 * For indices of the data's rank along `axis`: element k of the indices names the element of the data with the same coordinates but
 * for that axis. Rows stay apart where the axis is not the first, and data and indices have as many.
 */
export function alongAxis(ctx: CompileContext, shape: readonly Dim[], given: ValueId, axis: number): IndexedRows {
  const { build } = ctx;
  const indices = castTo(ctx, wrapIndices(ctx, given, shape[axis] ?? 1), "int64");
  const own = build.type(indices).shape;
  if (own.length !== shape.length) {
    throw new ShapeError(`data ${formatDims(shape)} and indices ${formatDims(own)} differ in rank`);
  }
  const apart = axis > 0 && sameDim(shape[0] ?? 1, own[0] ?? 1);
  const from = apart ? 1 : 0;
  const strides = stridesOf(ctx, shape.slice(from));
  let positions: ValueId | undefined;
  for (const [i, stride] of strides.entries()) {
    const at = i + from;
    const coordinate = at === axis ? indices : build.op("iota", [], { axis: at, shape: own, dtype: "int64" });
    const step = stride === 1 ? coordinate : build.op("mul", [coordinate, scalarLike(build, coordinate, stride)]);
    positions = positions === undefined ? step : build.op("add", [positions, step]);
  }
  const flat = build.op("reshape", [castTo(ctx, positions ?? indices, "int32")], {
    shape: apart ? [own[0] ?? 1, total(ctx, own.slice(1))] : [1, total(ctx, own)],
  });
  return { rows: apart ? (shape[0] ?? 1) : 1, width: total(ctx, shape.slice(from)), positions: flat };
}

/**
 * For tuples [batch…, …, k] of indices into the k axes after the first `batch` ones: the elements of each slice that a tuple names, in
 * order. `result` is the shape of all slices together.
 */
export function byTuples(
  ctx: CompileContext,
  shape: readonly Dim[],
  given: ValueId,
  batch: number,
): IndexedRows & { readonly result: readonly Dim[] } {
  const { build } = ctx;
  const own = build.type(given).shape;
  const k = own.at(-1);
  if (typeof k !== "number" || k < 1 || batch + k > shape.length || own.length <= batch) {
    throw new ShapeError(`indices ${formatDims(own)} do not name axes of data ${formatDims(shape)}`);
  }
  for (let i = 0; i < batch; i++) {
    if (!sameDim(shape[i] ?? 1, own[i] ?? 1)) {
      throw new ShapeError(`data ${formatDims(shape)} and indices ${formatDims(own)} differ in the batch axis ${i}`);
    }
  }
  const tuples = castTo(ctx, given, "int64");
  const strides = stridesOf(ctx, shape.slice(batch));
  let starts: ValueId | undefined;
  for (let i = 0; i < k; i++) {
    const column = build.op("gather", [tuples, build.constant(int64([i], []))], { axis: own.length - 1 });
    const index = wrapIndices(ctx, column, shape[batch + i] ?? 1);
    const stride = strides[i] ?? 1;
    const step = stride === 1 ? index : build.op("mul", [index, scalarLike(build, index, stride)]);
    starts = starts === undefined ? step : build.op("add", [starts, step]);
  }
  const inner = shape.slice(batch + k);
  const size = total(ctx, inner);
  if (typeof size !== "number")
    throw new DataDependentError(ctx.where, `slices of ${formatDims(inner)} depend on the batch`);
  const rows = total(ctx, shape.slice(0, batch));
  const count = total(ctx, own.slice(batch, -1));
  const spread = build.op("reshape", [starts ?? tuples], { shape: [rows, count, 1] });
  const elements = build.op("add", [spread, build.op("iota", [], { axis: 0, shape: [size], dtype: "int64" })]);
  const width = total(ctx, shape.slice(batch));
  const positions = build.op("reshape", [castTo(ctx, elements, "int32")], { shape: [rows, total(ctx, [count, size])] });
  return { rows, width, positions, result: [...own.slice(0, -1), ...inner] };
}

/** The elements at the positions: rows by themselves, or picked from one list. */
export function pick(ctx: CompileContext, data: ValueId, { rows, width, positions }: IndexedRows): ValueId {
  const { build } = ctx;
  if (rows !== 1) return build.op("gatherByRow", [build.op("reshape", [data], { shape: [rows, width] }), positions]);
  return build.op("gather", [build.op("reshape", [data], { shape: [width] }), positions], { axis: 0 });
}
