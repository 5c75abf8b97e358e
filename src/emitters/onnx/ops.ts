/**
 * ONNX operators (default domain, opset 19) as small typed functions: the vocabulary of the formulations. Each writes one node
 * and knows its result's element type.
 */

import { InternalError, UnsupportedError } from "../../errors.js";
import { type Dim, formatDims } from "../../ir/dims.js";
import type { DType } from "../../ir/dtype.js";
import { bool, int64, scalar } from "../../ir/tensor.js";
import { dataTypeOf } from "./encode.js";
import type { Scope } from "./formulation.js";
import type { Attributes, Ref } from "./graph.js";

export function node(s: Scope, op: string, inputs: readonly Ref[], dtype: DType, attributes: Attributes = {}): Ref {
  const [result] = s.graph.op(op, inputs, attributes, [dtype]);
  if (result === undefined) throw new InternalError(`${op} gave no result`);
  return result;
}

export const longs = (s: Scope, values: readonly (number | bigint)[]): Ref => s.graph.constant(int64(values));

/** A scalar constant of the given type. */
export function number(s: Scope, dtype: DType, value: number | bigint): Ref {
  if (dtype === "string") throw new InternalError("a string is no number");
  return s.graph.constant(dtype === "bool" ? bool([Number(value)], []) : scalar(dtype, value));
}

/** One argument, one result of the same element type. */
export const unary = (s: Scope, op: string, x: Ref): Ref => node(s, op, [x], x.dtype);
export const binary = (s: Scope, op: string, a: Ref, b: Ref): Ref => node(s, op, [a, b], a.dtype);
export const compare = (
  s: Scope,
  op: "Less" | "LessOrEqual" | "Greater" | "GreaterOrEqual" | "Equal",
  a: Ref,
  b: Ref,
): Ref => node(s, op, [a, b], "bool");

export const isMissing = (s: Scope, x: Ref): Ref => node(s, "IsNaN", [x], "bool");
export const and = (s: Scope, a: Ref, b: Ref): Ref => node(s, "And", [a, b], "bool");
export const or = (s: Scope, a: Ref, b: Ref): Ref => node(s, "Or", [a, b], "bool");
export const not = (s: Scope, a: Ref): Ref => node(s, "Not", [a], "bool");

/** Element types among which onnxruntime selects; bools are combined by logic instead. */
export function where(s: Scope, condition: Ref, a: Ref, b: Ref): Ref {
  if (a.dtype === "bool") return or(s, and(s, condition, a), and(s, not(s, condition), b));
  return liftedPair(s, a, b, (x, y) => node(s, "Where", [condition, x, y], x.dtype));
}

/** ONNX Cast; what it leaves undefined (floats out of range) must be excluded before. */
export function cast(s: Scope, x: Ref, to: DType): Ref {
  return x.dtype === to ? x : node(s, "Cast", [x], to, { to: { int: dataTypeOf(to) } });
}

/**
 * The element type that arithmetic is done in: onnxruntime's kernels take float32, float64, int32 and int64. Results come back
 * by Cast, which rounds floats and wraps integers as arithmetic of the narrower type would have.
 */
export function arithmeticType(dtype: DType): DType {
  switch (dtype) {
    case "float16":
    case "bfloat16":
      return "float32";
    case "int8":
    case "int16":
    case "uint8":
    case "uint16":
      return "int32";
    case "uint32":
    case "uint64":
      return "int64";
    default:
      return dtype;
  }
}

/** `f` on a value in the type that its arithmetic is done in. */
export function lifted(s: Scope, x: Ref, f: (x: Ref) => Ref): Ref {
  return cast(s, f(cast(s, x, arithmeticType(x.dtype))), x.dtype);
}

/** As `lifted`, for two values of one element type. */
export function liftedPair(s: Scope, a: Ref, b: Ref, f: (a: Ref, b: Ref) => Ref): Ref {
  const wide = arithmeticType(a.dtype);
  return cast(s, f(cast(s, a, wide), cast(s, b, wide)), a.dtype);
}

/** int64 [rank]: the dimensions for the batch at hand. */
export function dimsVector(s: Scope, dims: readonly Dim[], origin: string): Ref {
  if (dims.every((d) => typeof d === "number")) return longs(s, dims);
  const parts = dims.map((d) => {
    if (d === "?") {
      throw new UnsupportedError(
        origin,
        `a shape ${formatDims(dims)} that is known only at run time has no form in plain ONNX here`,
        "run the model with compile()",
      );
    }
    return typeof d === "number" ? { N: 0, plus: d } : d;
  });
  const times = binary(
    s,
    "Mul",
    s.rowCount(),
    longs(
      s,
      parts.map((p) => p.N),
    ),
  );
  return binary(
    s,
    "Add",
    times,
    longs(
      s,
      parts.map((p) => p.plus),
    ),
  );
}

export function reshape(s: Scope, x: Ref, shape: readonly Dim[], origin: string): Ref {
  const open = shape.filter((d) => typeof d !== "number").length;
  const target =
    open === 1 && !shape.includes(0)
      ? longs(
          s,
          shape.map((d) => (typeof d === "number" ? d : -1)),
        )
      : dimsVector(s, shape, origin);
  return node(s, "Reshape", [x, target], x.dtype, { allowzero: { int: 1 } });
}

export const unsqueeze = (s: Scope, x: Ref, axes: readonly number[]): Ref =>
  node(s, "Unsqueeze", [x, longs(s, axes)], x.dtype);

export const gather = (s: Scope, data: Ref, indices: Ref, axis: number): Ref =>
  node(s, "Gather", [data, indices], data.dtype, { axis: { int: axis } });

export const gatherElements = (s: Scope, data: Ref, indices: Ref, axis: number): Ref =>
  node(s, "GatherElements", [data, indices], data.dtype, { axis: { int: axis } });

export const reduce = (s: Scope, op: string, x: Ref, axes: readonly number[], keep = false): Ref =>
  node(s, op, [x, longs(s, axes)], x.dtype, { keepdims: { int: keep ? 1 : 0 } });
