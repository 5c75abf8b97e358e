/** Formulations of the primitives that change what an element is: casts, and the index of a number in a list of keys. */

import { UnsupportedError } from "../../../errors.js";
import { float32, int32, numbersOf } from "../../../ir/tensor.js";
import type { Formulation } from "../formulation.js";
import type { DeviceDType, Ref } from "../graph-def.js";
import { add, and, cast as castOp, compare, gather, ints, isMissing, number, reshape, select } from "../ops.js";

/** int64 occurs only as the result of `dims`, whose elements the graph holds as int32 anyway. */
export function deviceDType(dtype: string): DeviceDType | undefined {
  if (dtype === "int64") return "int32";
  return dtype === "float32" || dtype === "int32" || dtype === "bool" || dtype === "string" ? dtype : undefined;
}

/**
 * Out of range, a float becomes the nearest end of int32, and NaN 0; TF.js wraps on cpu and wasm, and is undefined elsewhere.
 */
export const cast: Formulation<"cast"> = (s, { args: [x], attrs, ranges: [range], origin }) => {
  const to = deviceDType(attrs.to);
  if (x === undefined || to === undefined) {
    throw new UnsupportedError(
      origin ?? "",
      `TF.js has no element type ${attrs.to}`,
      "run it on the backend reference",
    );
  }
  const size = range === undefined ? Number.POSITIVE_INFINITY : Math.max(Math.abs(range[0]), Math.abs(range[1]));
  if (x.dtype !== "float32" || to !== "int32" || size < 2 ** 31) return [castOp(s, x, to, size <= 2 ** 24)];
  const [low, high, zero] = [-(2 ** 31), 2 ** 31, 0].map((v) => number(s, "float32", v)) as [Ref, Ref, Ref];
  const over = compare(s, "GreaterEqual", x, high);
  const inside = and(s, compare(s, "Greater", x, low), compare(s, "Less", x, high));
  const under = select(s, compare(s, "LessEqual", x, low), low, zero);
  return [select(s, over, number(s, "int32", 2 ** 31 - 1), castOp(s, select(s, inside, x, under), "int32"))];
};

/**
 * Bisection over the sorted keys: as many rounds as the binary logarithm of their number, of gathers and comparisons that are
 * exact on every device. Keys that occur twice keep their first index.
 */
export const indexOf: Formulation<"indexOf"> = (s, { args: [x], attrs, origin }) => {
  if (x === undefined || x.dtype === "bool" || attrs.keys.dtype === "string") {
    throw new UnsupportedError(origin ?? "", "TF.js looks up numbers only", "run it on the backend reference");
  }
  const keys = Array.from(numbersOf(attrs.keys.data));
  const missing = keys.findIndex((k) => Number.isNaN(k));
  const first = new Map<number, number>();
  for (const [i, k] of keys.entries()) if (!Number.isNaN(k) && !first.has(k + 0)) first.set(k + 0, i);
  const sorted = [...first.keys()].sort((a, b) => a - b);
  const absent = number(s, "int32", -1);
  let result = add(s, castOp(s, compare(s, "Less", x, x), "int32"), absent);
  if (sorted.length > 0) {
    const size = 2 ** Math.ceil(Math.log2(sorted.length));
    // Padding repeats the last key, which is never below an element that it could be found for.
    const padded = Array.from({ length: size }, (_, i) => sorted[Math.min(i, sorted.length - 1)] ?? 0);
    const table = s.graph.constant(x.dtype === "float32" ? float32(padded) : int32(padded));
    const ids = ints(
      s,
      padded.map((k) => first.get(k) ?? -1),
    );
    // Invariant: the wanted key, if there, stands at position `at` … at + step·2 - 1.
    let at = castOp(s, compare(s, "Less", x, x), "int32");
    for (let step = size / 2; step >= 1; step /= 2) {
      const right = add(s, at, number(s, "int32", step));
      at = select(s, compare(s, "GreaterEqual", x, gather(s, table, right, 0)), right, at);
    }
    const found = compare(s, "Equal", x, gather(s, table, at, 0));
    result = select(s, found, gather(s, ids, at, 0), absent);
    result = reshape(s, result, x.shape);
  }
  if (missing >= 0 && x.dtype === "float32") result = select(s, isMissing(s, x), number(s, "int32", missing), result);
  return [result];
};
