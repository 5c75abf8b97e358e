/**
 * TensorFlow operators as small typed functions: the vocabulary of the formulations. Each writes one node (or a few, where TF.js
 * 4.22 is wrong on some device) and infers its type. Operator and attribute names are those of TensorFlow's op registry.
 */

import { InternalError, UnsupportedError } from "../../errors.js";
import { broadcastDims, type Dim, formatDims, mulDims, sameDims } from "../../ir/dims.js";
import { bool, float32, int32 } from "../../ir/tensor.js";
import type { Device, Scope } from "./formulation.js";
import { type DeviceDType, type Ref, tfDType } from "./graph-def.js";

/** Axes, shapes and the like: what an operator reads before it computes. */
export const parameter = (s: Scope, value: number | readonly number[]): Ref =>
  s.graph.constant(typeof value === "number" ? int32([value], []) : int32(value), "parameter");

export const ints = (s: Scope, values: readonly number[]): Ref => s.graph.constant(int32(values));

/** Whether graphs for the device may run as shaders, which have no NaN to rely on. */
export const isShader = (device: Device): boolean => device === "webgpu" || device === "webgl" || device === "portable";

/** A scalar constant of the given type. */
export function number(s: Scope, dtype: DeviceDType, value: number): Ref {
  return s.graph.constant(
    dtype === "float32" ? float32([value], []) : dtype === "int32" ? int32([value], []) : bool([value], []),
  );
}

function broadcastShape(op: string, refs: readonly Ref[]): readonly Dim[] {
  let shape: readonly Dim[] = [];
  for (const ref of refs) {
    const joined = broadcastDims(shape, ref.shape);
    if (joined === undefined) {
      throw new InternalError(`${op}: shapes ${refs.map((r) => formatDims(r.shape)).join(", ")} do not broadcast`);
    }
    shape = joined;
  }
  return shape;
}

export type UnaryOp =
  | "Abs"
  | "Acos"
  | "Acosh"
  | "Asin"
  | "Asinh"
  | "Atan"
  | "Atanh"
  | "Ceil"
  | "Cos"
  | "Cosh"
  | "Erf"
  | "Exp"
  | "Expm1"
  | "Floor"
  | "Log"
  | "Log1p"
  | "Neg"
  | "Reciprocal"
  | "Round"
  | "Sigmoid"
  | "Sin"
  | "Sinh"
  | "Sqrt"
  | "Tan"
  | "Tanh"
  | "OnesLike";

export function unary(s: Scope, op: UnaryOp, x: Ref): Ref {
  return s.graph.op(op, [x], {}, x.dtype, x.shape);
}

export type BinaryOp = "AddV2" | "Sub" | "Mul" | "RealDiv" | "FloorMod" | "Pow" | "Minimum" | "Maximum";

export function binary(s: Scope, op: BinaryOp, a: Ref, b: Ref): Ref {
  return s.graph.op(op, [a, b], {}, a.dtype, broadcastShape(op, [a, b]));
}

export const add = (s: Scope, a: Ref, b: Ref): Ref => binary(s, "AddV2", a, b);
export const sub = (s: Scope, a: Ref, b: Ref): Ref => binary(s, "Sub", a, b);
export const mul = (s: Scope, a: Ref, b: Ref): Ref => binary(s, "Mul", a, b);

export type CompareOp = "Less" | "LessEqual" | "Greater" | "GreaterEqual" | "Equal" | "NotEqual";

export function compare(s: Scope, op: CompareOp, a: Ref, b: Ref): Ref {
  return s.graph.op(op, [a, b], {}, "bool", broadcastShape(op, [a, b]));
}

export const isMissing = (s: Scope, x: Ref): Ref => s.graph.op("IsNan", [x], {}, "bool", x.shape);

export const and = (s: Scope, a: Ref, b: Ref): Ref =>
  s.graph.op("LogicalAnd", [a, b], {}, "bool", broadcastShape("LogicalAnd", [a, b]));
export const or = (s: Scope, a: Ref, b: Ref): Ref =>
  s.graph.op("LogicalOr", [a, b], {}, "bool", broadcastShape("LogicalOr", [a, b]));
export const not = (s: Scope, a: Ref): Ref => s.graph.op("LogicalNot", [a], {}, "bool", a.shape);

/**
 * a where the condition holds, else b. Selecting among bools reads past the end on the wasm backend, so bools are combined
 * by logic instead.
 */
export function select(s: Scope, condition: Ref, a: Ref, b: Ref): Ref {
  if (a.dtype === "bool") return or(s, and(s, condition, a), and(s, not(s, condition), b));
  return s.graph.op("SelectV2", [condition, a, b], {}, a.dtype, broadcastShape("SelectV2", [condition, a, b]));
}

/**
 * Conversion between element types. To bool it is `!= 0`, because wasm's Cast to bool keeps the low byte. On the cpu backend
 * a Cast from int32 to float32 keeps the integers as they are, unrounded; a product with 1 rounds them, unless they are known
 * to be `small` (up to 2^24).
 */
export function cast(s: Scope, x: Ref, to: DeviceDType, small = false): Ref {
  if (x.dtype === to) return x;
  if (to === "bool") return compare(s, "NotEqual", x, number(s, x.dtype, 0));
  const raw = s.graph.op("Cast", [x], { SrcT: { type: tfDType[x.dtype] }, DstT: { type: tfDType[to] } }, to, x.shape);
  const rounds = !small && x.dtype === "int32" && to === "float32" && (s.device === "cpu" || s.device === "portable");
  return rounds ? mul(s, raw, number(s, "float32", 1)) : raw;
}

/** Reshape to a shape of which at most one dimension depends on N, else by a shape computed when it runs. */
export function reshape(s: Scope, x: Ref, shape: readonly Dim[]): Ref {
  if (sameDims(x.shape, shape)) return x;
  const open = shape.filter((d) => typeof d !== "number").length;
  const empty = shape.includes(0);
  if (s.device === "webgpu" && (open > 1 || (open === 1 && empty))) {
    throw new UnsupportedError(
      "",
      `TF.js on WebGPU takes no shape ${formatDims(shape)} that is computed while it runs`,
      "choose another device, such as wasm",
    );
  }
  const target =
    open > 1 || (open === 1 && empty)
      ? dimsVector(s, shape)
      : parameter(
          s,
          shape.map((d) => (typeof d === "number" ? d : -1)),
        );
  return s.graph.op("Reshape", [x, target], {}, x.dtype, shape);
}

/** int32 vector of dimensions for the batch at hand. */
export function dimsVector(s: Scope, dims: readonly Dim[]): Ref {
  if (dims.every((d) => typeof d === "number")) return ints(s, dims);
  const parts = dims.map((d) => {
    if (d === "?") throw new InternalError(`a shape with an unknown dimension ${formatDims(dims)} reached the emitter`);
    return typeof d === "number" ? { N: 0, plus: d } : d;
  });
  const times = mul(
    s,
    s.rowCount(),
    ints(
      s,
      parts.map((p) => p.N),
    ),
  );
  return add(
    s,
    times,
    ints(
      s,
      parts.map((p) => p.plus),
    ),
  );
}

export function transpose(s: Scope, x: Ref, perm: readonly number[]): Ref {
  if (perm.every((p, i) => p === i)) return x;
  const shape = perm.map((p) => x.shape[p] ?? 1);
  // WebGPU gives zeros for integers and bools of rank 3 and more (TF.js issue 8638): floats of memory of their own go through.
  if (s.device === "webgpu" && x.dtype !== "float32" && x.shape.length > 2) {
    const floats = x.dtype === "bool" ? indicator(s, x) : mul(s, cast(s, x, "float32"), number(s, "float32", 1));
    return cast(s, transpose(s, floats, perm), x.dtype);
  }
  return s.graph.op("Transpose", [x, parameter(s, perm)], {}, x.dtype, shape);
}

export function tile(s: Scope, x: Ref, reps: readonly number[]): Ref {
  if (reps.every((r) => r === 1)) return x;
  return s.graph.op(
    "Tile",
    [x, parameter(s, reps)],
    {},
    x.dtype,
    x.shape.map((d, i) => mulDims(d, reps[i] ?? 1)),
  );
}

export function concat(s: Scope, parts: readonly Ref[], axis: number, shape: readonly Dim[]): Ref {
  const [first] = parts;
  if (first === undefined) throw new InternalError("concat of nothing");
  if (parts.length === 1) return first;
  return s.graph.op("ConcatV2", [...parts, parameter(s, axis)], { N: { i: String(parts.length) } }, first.dtype, shape);
}

/** Elements from `begin` on; size -1 takes all that are left. */
export function slice(s: Scope, x: Ref, begin: readonly number[], size: readonly number[], shape: readonly Dim[]): Ref {
  return s.graph.op("Slice", [x, parameter(s, begin), parameter(s, size)], {}, x.dtype, shape);
}

/** data[.., indices[..], ..] along `axis`. */
export function gather(s: Scope, data: Ref, indices: Ref, axis: number): Ref {
  const shape = [...data.shape.slice(0, axis), ...indices.shape, ...data.shape.slice(axis + 1)];
  return s.graph.op("GatherV2", [data, indices, parameter(s, axis)], { batch_dims: { i: "0" } }, data.dtype, shape);
}

/** data[indices[.., 0], …, indices[.., k-1]] for the last axis of `indices`. */
export function gatherNd(s: Scope, data: Ref, indices: Ref): Ref {
  const depth = indices.shape[indices.shape.length - 1];
  if (typeof depth !== "number") throw new InternalError("GatherNd needs a fixed last dimension of its indices");
  return s.graph.op("GatherNd", [data, indices], {}, data.dtype, [
    ...indices.shape.slice(0, -1),
    ...data.shape.slice(depth),
  ]);
}

/** 1 where the condition holds, else 0, in memory of its own: on WebGPU a Cast shares the bool's, which Transpose gets wrong. */
export const indicator = (s: Scope, condition: Ref): Ref =>
  isShader(s.device)
    ? select(s, condition, number(s, "float32", 1), number(s, "float32", 0))
    : cast(s, condition, "float32");

export type ReduceOp = "Sum" | "Prod" | "Max" | "Min" | "Any" | "All";

export function reduce(s: Scope, op: ReduceOp, x: Ref, axes: readonly number[], keep = false): Ref {
  if (axes.length === 0) return x;
  const shape = keep
    ? x.shape.map((d, i): Dim => (axes.includes(i) ? 1 : d))
    : x.shape.filter((_, i) => !axes.includes(i));
  // TF.js moves the axes to the end, which WebGPU does wrongly for integers; they are exact as floats there as they are anyway.
  if (s.device === "webgpu" && x.dtype === "int32") {
    return cast(s, reduce(s, op, cast(s, x, "float32"), axes, keep), "int32");
  }
  return s.graph.op(op, [x, parameter(s, axes)], { keep_dims: { b: keep } }, x.dtype, shape);
}

export function cumSum(s: Scope, x: Ref, axis: number, exclusive: boolean, reverse: boolean): Ref {
  // On WebGPU sums from the end are wrong along another axis than the last.
  if (s.device === "webgpu" && reverse && axis !== x.shape.length - 1) {
    const turn = (of: Ref): Ref => s.graph.op("ReverseV2", [of, parameter(s, [axis])], {}, of.dtype, of.shape);
    return turn(cumSum(s, turn(x), axis, exclusive, false));
  }
  return s.graph.op(
    "Cumsum",
    [x, parameter(s, axis)],
    { exclusive: { b: exclusive }, reverse: { b: reverse } },
    x.dtype,
    x.shape,
  );
}

/** float32 ones of length `dim`, which may depend on N. */
export function ones(s: Scope, dim: Dim): Ref {
  const constant = (n: number): Ref => s.graph.constant(float32(new Float32Array(n).fill(1)));
  if (typeof dim === "number") return constant(dim);
  if (dim === "?") throw new InternalError("ones of an unknown length");
  const rows = s.rowOnes();
  const many = tile(s, rows, [dim.N]);
  if (dim.plus > 0) return concat(s, [many, constant(dim.plus)], 0, [dim]);
  return dim.plus === 0 ? many : slice(s, many, [-dim.plus], [-1], [dim]);
}

/**
 * int32 0, 1, 2, … of length `dim`: in TF.js running sums of ones, since its Range needs its limit on the host. XLA works such sums out
 * while it compiles, in a time that grows with the square of the batch, so graphs for TensorFlow itself have a Range.
 */
export function counting(s: Scope, dim: Dim): Ref {
  if (typeof dim === "number")
    return ints(
      s,
      Array.from({ length: dim }, (_, i) => i),
    );
  if (s.native) return rangeTo(s, dim);
  return cumSum(s, cast(s, ones(s, dim), "int32"), 0, true, false);
}

/** As `counting` in float32, exact to 2^24. */
export function floatCounting(s: Scope, dim: Dim): Ref {
  if (typeof dim === "number") return s.graph.constant(float32(Array.from({ length: dim }, (_, i) => i)));
  if (s.native) return cast(s, rangeTo(s, dim), "float32");
  return cumSum(s, ones(s, dim), 0, true, false);
}

/** As `counting`, by one operator of TensorFlow's. */
function rangeTo(s: Scope, dim: Exclude<Dim, number>): Ref {
  if (dim === "?") throw new InternalError("numbers to an unknown length");
  const int = (n: number): Ref => number(s, "int32", n);
  const multiple = dim.N === 1 ? s.rowCount() : s.graph.op("Mul", [s.rowCount(), int(dim.N)], {}, "int32", []);
  const limit = dim.plus === 0 ? multiple : s.graph.op("AddV2", [multiple, int(dim.plus)], {}, "int32", []);
  return s.graph.op("Range", [int(0), limit, int(1)], {}, "int32", [dim]);
}

/**
 * `x` repeated to `shape`, by Tile where the dimension is fixed and by a product with ones (exact also for NaN, Inf and -0)
 * where it depends on N.
 */
export function broadcastTo(s: Scope, x: Ref, shape: readonly Dim[]): Ref {
  const rank = shape.length;
  let result = reshape(s, x, [...new Array<Dim>(rank - x.shape.length).fill(1), ...x.shape]);
  for (const [axis, want] of shape.entries()) {
    if (result.shape[axis] !== 1 || want === 1) continue;
    if (typeof want === "number") {
      result = tile(
        s,
        result,
        shape.map((_, i) => (i === axis ? want : 1)),
      );
    } else {
      const along = reshape(
        s,
        ones(s, want),
        shape.map((_, i) => (i === axis ? want : 1)),
      );
      result =
        x.dtype === "bool"
          ? and(s, result, cast(s, along, "bool"))
          : mul(s, result, x.dtype === "int32" ? cast(s, along, "int32") : along);
    }
  }
  return result;
}
