/** Formulations of the primitives that change what an element is: casts, and the index of an element in a list of keys. */

import { UnsupportedError } from "../../../errors.js";
import { type DType, isFloat, isInteger } from "../../../ir/dtype.js";
import { need } from "../../../ir/need.js";
import { float32, float64, int32, int64, isStringData, type Tensor } from "../../../ir/tensor.js";
import type { Range } from "../../ranges.js";
import type { Formulation, Scope } from "../formulation.js";
import type { Ref } from "../graph.js";
import * as ops from "../ops.js";
import { compare, isMissing, number, where } from "../ops.js";

/** Least value of each integer type, and the least integer above its largest. */
const limits: Readonly<Record<string, readonly [low: number, over: number]>> = {
  int8: [-128, 128],
  int16: [-32768, 32768],
  int32: [-(2 ** 31), 2 ** 31],
  int64: [-(2 ** 63), 2 ** 63],
  uint8: [0, 256],
  uint16: [0, 65536],
  uint32: [0, 2 ** 32],
  uint64: [0, 2 ** 64],
};

/** Out of range, a float becomes the nearest end, and NaN 0; ONNX leaves both open. */
export const cast: Formulation<"cast"> = (s, { args, attrs: { to }, ranges: [range], origin }) => {
  const x = need(args[0]);
  if (to === "string") {
    throw new UnsupportedError(origin, "plain ONNX operators write numbers as text differently in each runtime");
  }
  if (!isFloat(x.dtype) || !isInteger(to)) return [ops.cast(s, x, to)];
  return [floatToInteger(s, x, to, range)];
};

function floatToInteger(s: Scope, x: Ref, to: Ref["dtype"], range: Range | undefined): Ref {
  const [low, over] = limits[to] ?? [0, 0];
  if (range !== undefined && range[0] >= low && range[1] < over) return ops.cast(s, x, to);
  const wide = ops.cast(s, x, "float64");
  const float = (v: number): Ref => number(s, "float64", v);
  const inside = ops.and(s, compare(s, "Greater", wide, float(low - 1)), compare(s, "Less", wide, float(over)));
  // Each bound is exact in float64; below 2^53 in magnitude the one before `low` is too, beyond it equals `low`, which casts alike.
  const safe = ops.cast(s, where(s, inside, wide, float(0)), to);
  const most = to === "int64" ? 2n ** 63n - 1n : to === "uint64" ? 2n ** 64n - 1n : over - 1;
  const least = to === "int64" ? -(2n ** 63n) : low;
  const isOver = compare(s, "GreaterOrEqual", wide, float(over));
  const isUnder = compare(s, "LessOrEqual", wide, float(low - 1));
  return where(s, isOver, number(s, to, most), where(s, isUnder, number(s, to, least), safe));
}

/** Keys up to this many are compared with every element at once. */
const fewKeys = 32;

export const indexOf: Formulation<"indexOf"> = (s, { args, attrs: { keys }, types }) => {
  const x = need(args[0]);
  const rank = types[0]?.shape.length ?? 0;
  if (keys.data.length === 0) {
    const absent = number(s, "int32", -1);
    const any = ops.not(s, compare(s, "Equal", x, x));
    return [where(s, ops.or(s, any, ops.not(s, any)), absent, absent)];
  }
  const numeric = !isStringData(keys.data) && keys.dtype !== "bool" && keys.dtype !== "uint64";
  const found = numeric && keys.data.length > fewKeys ? bisect(s, x, keys) : compareAll(s, x, keys, rank);
  const missing = isFloat(keys.dtype) ? Array.from(keys.data as ArrayLike<number>).findIndex(Number.isNaN) : -1;
  return [missing < 0 ? found : where(s, isMissing(s, x), number(s, "int32", missing), found)];
};

function compareAll(s: Scope, x: Ref, keys: Tensor, rank: number): Ref {
  const list = s.graph.constant(keys.dtype === "float16" || keys.dtype === "bfloat16" ? wideKeys(keys) : keys);
  const [column, row] = [ops.unsqueeze(s, x, [rank]), ops.cast(s, list, x.dtype)];
  const [a, b] = x.dtype === "string" || x.dtype === "bool" ? [column, row] : widened(s, column, row);
  const hits = ops.cast(s, compare(s, "Equal", a, b), "int32");
  const at = ops.node(s, "ArgMax", [hits], "int64", { axis: { int: rank }, keepdims: { int: 0 } });
  const any = ops.cast(s, ops.reduce(s, "ReduceMax", hits, [rank]), "bool");
  return where(s, any, ops.cast(s, at, "int32"), number(s, "int32", -1));
}

const widened = (s: Scope, ...refs: readonly [Ref, Ref]): readonly [Ref, Ref] => {
  const wide = ops.arithmeticType(refs[0].dtype);
  return [ops.cast(s, refs[0], wide), ops.cast(s, refs[1], wide)];
};

const wideKeys = (keys: Tensor): Tensor => ({
  dtype: "float32",
  shape: keys.shape,
  data: Float32Array.from(keys.data as Float32Array),
});

/**
 * Bisection over the sorted keys: as many rounds as the binary logarithm of their number. Keys that occur twice keep their first
 * index. The same method as the TF.js formulation's.
 */
function bisect(s: Scope, x: Ref, keys: Tensor): Ref {
  const places = new Map<number | bigint, number>();
  for (const [i, key] of Array.from(keys.data as ArrayLike<number | bigint>).entries()) {
    const plain = key === 0 ? 0 : key;
    if (!Number.isNaN(plain) && !places.has(plain)) places.set(plain, i);
  }
  const sorted = [...places.keys()].sort((a, b) => (a < b ? -1 : 1));
  const size = 2 ** Math.ceil(Math.log2(Math.max(1, sorted.length)));
  const wide = ops.arithmeticType(x.dtype);
  // Padding repeats the last key, which is never below an element that it could be found for.
  const padded = Array.from({ length: size }, (_, i) => sorted[Math.min(i, sorted.length - 1)] ?? 0);
  const table = s.graph.constant(vector(wide, padded));
  const ids = s.graph.constant(int32(padded.map((key) => places.get(key) ?? -1)));
  const value = ops.cast(s, x, wide);
  let at = ops.cast(s, compare(s, "Less", value, value), "int32");
  for (let step = size / 2; step >= 1; step /= 2) {
    const right = ops.binary(s, "Add", at, number(s, "int32", step));
    const beyond = compare(s, "GreaterOrEqual", value, ops.gather(s, table, right, 0));
    at = where(s, beyond, right, at);
  }
  const found = compare(s, "Equal", value, ops.gather(s, table, at, 0));
  return where(s, found, ops.gather(s, ids, at, 0), number(s, "int32", -1));
}

function vector(dtype: DType, values: readonly (number | bigint)[]): Tensor {
  if (dtype === "int64") return int64(values);
  const numbers = values.map(Number);
  return dtype === "float32" ? float32(numbers) : dtype === "float64" ? float64(numbers) : int32(numbers);
}
