/** Formulations of the primitives that move elements without looking at them. */

import { UnsupportedError } from "../../../errors.js";
import { type Dim, productOf, sameDim } from "../../../ir/dims.js";
import { need } from "../../../ir/need.js";
import { float32 } from "../../../ir/tensor.js";
import type { Range } from "../../ranges.js";
import type { Formulation, Scope } from "../formulation.js";
import type { Ref } from "../graph-def.js";
import * as ops from "../ops.js";
import { add, binary, cast, counting, gather, ints, mul, number } from "../ops.js";

export const reshape: Formulation<"reshape"> = (s, { args, attrs }) => [ops.reshape(s, need(args[0]), attrs.shape)];

/**
 * On WebGPU, Transpose of bools and integers of rank 3 and more gives zeros without an error (TF.js issue 8638): bools go
 * through float32, which a Select makes new.
 */
export const transpose: Formulation<"transpose"> = (s, { args, attrs, origin }) => {
  const x = need(args[0]);
  const careful = s.device === "portable" && x.dtype !== "float32" && x.shape.length > 2;
  if (!careful || attrs.perm.every((p, i) => p === i)) return [ops.transpose(s, x, attrs.perm)];
  if (x.dtype === "int32") {
    throw new UnsupportedError(
      origin ?? "",
      "TF.js on WebGPU transposes integers of rank 3 and more wrongly",
      "choose another device, such as wasm",
    );
  }
  const floats = ops.select(s, x, number(s, "float32", 1), number(s, "float32", 0));
  return [cast(s, ops.transpose(s, floats, attrs.perm), "bool")];
};

export const broadcastTo: Formulation<"broadcastTo"> = (s, { args, attrs }) => [
  ops.broadcastTo(s, need(args[0]), attrs.shape),
];

export const concat: Formulation<"concat"> = (s, { args, attrs, results }) => {
  const shape = results[0]?.shape ?? [];
  const parts = args.filter((a) => a.shape[attrs.axis] !== 0);
  return [ops.concat(s, parts.length === 0 ? args.slice(0, 1) : parts, attrs.axis, shape)];
};

/**
 * With bounds known at compile time a Slice, or for other steps a gather. Bounds or lengths that depend on N are computed, cut
 * to the axis as ONNX does, and given to StridedSlice; negative steps run forwards over the reversed axis, because there a
 * negative bound would count from the end. Bools pass as integers: StridedSlice of bools is wrong on wasm.
 */
export const slice: Formulation<"slice"> = (s, { args, attrs, results, origin }) => {
  const x = need(args[0]);
  const { axis, start, end, step } = attrs;
  const shape = results[0]?.shape ?? [];
  const length = x.shape[axis] ?? 1;
  const count = shape[axis];
  const along = (value: number, rest: number): number[] => x.shape.map((_, i) => (i === axis ? value : rest));
  if (start === 0 && step === 1 && sameDim(end, length)) return [x];
  if (typeof length === "number" && typeof start === "number" && typeof count === "number") {
    if (step === 1) return [ops.slice(s, x, along(start, 0), along(count, -1), shape)];
    const positions = ints(
      s,
      Array.from({ length: count }, (_, i) => start + i * step),
    );
    return [gather(s, x, positions, axis)];
  }
  const size = ops.dimsVector(s, [length]);
  if (s.device === "webgpu") {
    throw new UnsupportedError(
      origin ?? "",
      "TF.js on WebGPU takes no slice whose bounds depend on the number of rows",
      "choose another device, such as wasm",
    );
  }
  const [zero, one] = [ints(s, [0]), ints(s, [1])];
  const cut = (bound: Ref): Ref => binary(s, "Minimum", binary(s, "Maximum", bound, zero), size);
  const forwards = step > 0;
  const flip = (bound: Ref): Ref => (forwards ? bound : ops.sub(s, ops.sub(s, size, one), bound));
  const [begin, stop] = [start, end].map((b) => cut(flip(ops.dimsVector(s, [b])))) as [Ref, Ref];
  const whole = x.dtype === "bool" ? cast(s, x, "int32") : x;
  const source = forwards
    ? whole
    : s.graph.op("ReverseV2", [whole, ops.parameter(s, [axis])], {}, whole.dtype, whole.shape);
  const before = new Array<number>(axis).fill(0);
  const bounds = (bound: Ref): Ref => (axis === 0 ? bound : ops.concat(s, [ints(s, before), bound], 0, [axis + 1]));
  const masks = { i: String(2 ** axis - 1) };
  const off = { i: "0" };
  const sliced = s.graph.op(
    "StridedSlice",
    [source, bounds(begin), bounds(stop), ops.parameter(s, [...before.map(() => 1), Math.abs(step)])],
    { begin_mask: masks, end_mask: masks, ellipsis_mask: off, new_axis_mask: off, shrink_axis_mask: off },
    whole.dtype,
    shape,
  );
  return [cast(s, sliced, x.dtype)];
};

/**
 * Along the first axis GatherNd reads whole slices without GatherV2's check of every index in JavaScript, ten times as fast on
 * wasm and tfjs-node; the cpu backend is the other way round. Without that check indices must be known to be right.
 */
function gatherFirst(s: Scope, data: Ref, indices: Ref, known: boolean): Ref {
  if (!known || s.device === "cpu") return gather(s, data, indices, 0);
  return ops.gatherNd(s, data, ops.reshape(s, indices, [...indices.shape, 1]));
}

/** Whether all indices are known to lie in [0, count). */
const inRange = (range: Range | undefined, count: Dim): boolean =>
  range !== undefined && typeof count === "number" && range[0] >= 0 && range[1] < count;

/** `position` where `index` lies in [0, count), else -1, which GatherV2 refuses with an error. */
function guarded(s: Scope, index: Ref, count: Dim, position: Ref): Ref {
  const below = ops.compare(s, "Less", index, number(s, "int32", 0));
  const above = ops.compare(s, "GreaterEqual", index, sizeRef(s, count));
  return ops.select(s, ops.or(s, below, above), number(s, "int32", -1), position);
}

export const gatherPrimitive: Formulation<"gather"> = (s, { args, attrs, ranges }) => {
  const [data, indices] = [need(args[0]), need(args[1])];
  if (attrs.axis !== 0) return [gather(s, data, indices, attrs.axis)];
  return [gatherFirst(s, data, indices, inRange(ranges[1], data.shape[0] ?? 0))];
};

export const gatherColumns: Formulation<"gatherColumns"> = (s, { args, attrs, results }) => {
  const x = need(args[0]);
  const columns = Array.from(attrs.columns);
  const shape = results[0]?.shape ?? [];
  const first = columns[0] ?? 0;
  if (columns.every((c, i) => c === first + i)) {
    if (columns.length === x.shape[1]) return [x];
    return [ops.slice(s, x, [0, first], [-1, columns.length], shape)];
  }
  const indices = ints(s, columns);
  const known = typeof x.shape[1] === "number";
  if (!known || s.device === "cpu" || s.device === "tensorflow") return [gather(s, x, indices, 1)];
  // Whole rows of the transposed matrix are copied at once, where GatherV2 along axis 1 checks each element.
  return [ops.transpose(s, gatherFirst(s, ops.transpose(s, x, [1, 0]), indices, true), [1, 0])];
};

/**
 * From the flattened matrix at row · width + column; GatherV2 with batch_dims reads past the end on the wasm backend, but is
 * the fastest on cpu.
 */
export const gatherByRow: Formulation<"gatherByRow"> = (s, { args, ranges }) => {
  const [x, columns] = [need(args[0]), need(args[1])];
  const [rows = 1, width = 1] = x.shape;
  if (s.device === "cpu") {
    const attrs = { batch_dims: { i: "1" } };
    return [s.graph.op("GatherV2", [x, columns, ops.parameter(s, 1)], attrs, x.dtype, columns.shape)];
  }
  const known = inRange(ranges[1], width);
  const column = (line: Ref): Ref => ops.reshape(s, line, [rows, 1]);
  const position =
    known && s.device === "wasm"
      ? floatPosition(
          s,
          column(ops.floatCounting(s, rows)),
          sizeAsFloat(s, width),
          cast(s, columns, "float32"),
          x.shape,
        )
      : add(s, columns, column(mul(s, counting(s, rows), sizeRef(s, width))));
  return [gatherFlat(s, x, columns, width, position, known)];
};

/** From the flattened matrix at row · width + column. */
export const gatherByColumn: Formulation<"gatherByColumn"> = (s, { args, ranges }) => {
  const [x, rows] = [need(args[0]), need(args[1])];
  const [height = 1, width = 1] = x.shape;
  const known = inRange(ranges[1], height);
  const line = (numbers: Ref): Ref => ops.reshape(s, numbers, [1, width]);
  const position =
    known && s.device === "wasm"
      ? floatPosition(s, cast(s, rows, "float32"), sizeAsFloat(s, width), line(ops.floatCounting(s, width)), x.shape)
      : add(s, mul(s, rows, sizeRef(s, width)), line(counting(s, width)));
  return [gatherFlat(s, x, rows, height, position, known)];
};

function gatherFlat(s: Scope, x: Ref, index: Ref, count: Dim, position: Ref, known: boolean): Ref {
  const flat = ops.reshape(s, x, [productOf(x.shape)]);
  return gatherFirst(s, flat, known ? position : guarded(s, index, count, position), known);
}

/**
 * row · width + column in float32, where wasm adds and multiplies several hundred times as fast as in int32. That is exact up to
 * 2^24 elements; a batch beyond makes the check read past a table of one element, which TF.js refuses with an error.
 */
function floatPosition(s: Scope, row: Ref, width: Ref, column: Ref, shape: readonly Dim[]): Ref {
  const elements = ops.reduce(s, "Prod", cast(s, ops.dimsVector(s, shape), "float32"), [0]);
  const over = cast(s, ops.compare(s, "Greater", elements, number(s, "float32", 2 ** 24)), "int32");
  const check = gather(s, s.graph.constant(float32([0])), over, 0);
  return cast(s, add(s, add(s, mul(s, row, width), column), check), "int32");
}

function sizeAsFloat(s: Scope, d: Dim): Ref {
  return typeof d === "number" ? number(s, "float32", d) : cast(s, sizeRef(s, d), "float32");
}

/** int32 scalar of a dimension. */
function sizeRef(s: Scope, d: Dim): Ref {
  if (typeof d === "number") return number(s, "int32", d);
  return ops.reshape(s, ops.dimsVector(s, [d]), []);
}
