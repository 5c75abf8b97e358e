/**
 * Dimensions: numbers, affine in the batch size N, or unknown. Shape arithmetic happens here, at compile time;
 * at run time N is known and every dimension is a number.
 */

import { InternalError } from "../errors.js";

/** `{ N: a, plus: b }` stands for a·N + b, a ≠ 0. */
export type Dim = number | { readonly N: number; readonly plus: number } | "?";

/** The batch size itself. */
export const N: Dim = { N: 1, plus: 0 };

/** Builds a·N + b, folding to a number where a is 0. */
export function affine(a: number, b: number): Dim {
  return a === 0 ? b : { N: a, plus: b };
}

const parts = (d: Exclude<Dim, "?">): readonly [number, number] => (typeof d === "number" ? [0, d] : [d.N, d.plus]);

export function addDims(x: Dim, y: Dim): Dim {
  if (x === "?" || y === "?") return "?";
  const [a, b] = parts(x);
  const [c, d] = parts(y);
  return affine(a + c, b + d);
}

/** Product; unknown where both depend on N. */
export function mulDims(x: Dim, y: Dim): Dim {
  if (x === 0 || y === 0) return 0;
  if (x === "?" || y === "?") return "?";
  const [a, b] = parts(x);
  const [c, d] = parts(y);
  if (a !== 0 && c !== 0) return "?";
  return a !== 0 ? affine(a * d, b * d) : affine(c * b, b * d);
}

export function productOf(dims: readonly Dim[]): Dim {
  return dims.reduce<Dim>(mulDims, 1);
}

/** x / y where it divides evenly for every N; undefined otherwise. */
export function divideDims(x: Dim, y: Dim): Dim | undefined {
  if (x === "?" || y === "?") return "?";
  const [a, b] = parts(x);
  const [c, d] = parts(y);
  if (c === 0) {
    if (d === 0) return undefined;
    return a % d === 0 && b % d === 0 ? affine(a / d, b / d) : undefined;
  }
  const q = a / c;
  return Number.isInteger(q) && b === q * d ? q : undefined;
}

/** Equal for every N. Unknown dimensions are never surely equal. */
export function sameDim(x: Dim, y: Dim): boolean {
  if (x === "?" || y === "?") return false;
  const [a, b] = parts(x);
  const [c, d] = parts(y);
  return a === c && b === d;
}

export function sameDims(x: readonly Dim[], y: readonly Dim[]): boolean {
  return x.length === y.length && x.every((d, i) => sameDim(d, y[i]!));
}

/** True where the dimension depends on the batch size. */
export function dependsOnN(d: Dim): boolean {
  return typeof d === "object";
}

/** The dimension's value for a batch of n rows. Throws for an unknown dimension. */
export function evaluateDim(d: Dim, n: number): number {
  if (d === "?") throw new InternalError("an unknown dimension was evaluated");
  return typeof d === "number" ? d : d.N * n + d.plus;
}

export function evaluateDims(dims: readonly Dim[], n: number): number[] {
  return dims.map((d) => evaluateDim(d, n));
}

/** The broadcast of two dimensions, or undefined where they never match (ONNX multidirectional broadcasting). */
export function broadcastDim(x: Dim, y: Dim): Dim | undefined {
  if (x === 1) return y;
  if (y === 1) return x;
  if (sameDim(x, y)) return x;
  if (x === "?") return y;
  if (y === "?") return x;
  return undefined;
}

/** Broadcast of two shapes, aligned at the last axis, or undefined where they do not match. */
export function broadcastDims(x: readonly Dim[], y: readonly Dim[]): readonly Dim[] | undefined {
  const rank = Math.max(x.length, y.length);
  const result: Dim[] = [];
  for (let i = 0; i < rank; i++) {
    const d = broadcastDim(x[x.length - rank + i] ?? 1, y[y.length - rank + i] ?? 1);
    if (d === undefined) return undefined;
    result.push(d);
  }
  return result;
}

export function formatDim(d: Dim): string {
  if (typeof d !== "object") return String(d);
  const times = d.N === 1 ? "N" : `${d.N}N`;
  if (d.plus === 0) return times;
  return d.plus > 0 ? `${times}+${d.plus}` : `${times}${d.plus}`;
}

export function formatDims(dims: readonly Dim[]): string {
  return `[${dims.map(formatDim).join(", ")}]`;
}
