/**
 * Loops over broadcast and permuted tensors, shared by the elementwise and moving primitives: the result is visited in
 * order, in runs along which every operand advances by a constant step.
 */

import type { TensorData } from "../dtype.js";
import type { PrimitiveName } from "../primitive.js";
import { stridesOf } from "../tensor.js";
import { refuse } from "./checks.js";

/** Any tensor's data, element by element. */
export interface Cells {
  readonly length: number;
  [index: number]: number | bigint | string;
}

/** The shape that run-time shapes broadcast to, aligned at the last axis. */
export function broadcastShapes(op: PrimitiveName, shapes: readonly (readonly number[])[]): number[] {
  const rank = Math.max(0, ...shapes.map((s) => s.length));
  const result = new Array<number>(rank).fill(1);
  for (const shape of shapes) {
    for (const [i, d] of shape.entries()) {
      const at = rank - shape.length + i;
      if (d === 1 || d === result[at]) continue;
      if (result[at] !== 1) refuse(op, `shapes ${shapes.map((s) => `[${s}]`).join(" and ")} do not broadcast`);
      result[at] = d;
    }
  }
  return result;
}

/** Strides of an operand seen through the shape it is broadcast to: 0 along repeated axes. */
export function broadcastStrides(shape: readonly number[], to: readonly number[]): number[] {
  const own = stridesOf(shape);
  const skip = to.length - shape.length;
  return to.map((_, i) => (i < skip || shape[i - skip] === 1 ? 0 : own[i - skip]!));
}

/** `at`: first element of the run in the result; `offsets`: in each operand; `steps`: per element, one for each operand. */
export type Run = (at: number, offsets: readonly number[], steps: readonly number[], length: number) => void;

/** Visits `shape` in row-major order. `strides[k][i]` is how far operand k moves along axis i. */
export function forEachRun(
  shape: readonly number[],
  strides: readonly (readonly number[])[],
  starts: readonly number[],
  run: Run,
): void {
  const dims: number[] = [];
  const moves: number[][] = strides.map(() => []);
  for (const [i, d] of shape.entries()) {
    if (d === 0) return;
    if (d === 1) continue;
    // An axis joins the one before it where every operand runs through both without a jump.
    const joins = dims.length > 0 && moves.every((m, k) => m[m.length - 1] === strides[k]![i]! * d);
    if (joins) dims[dims.length - 1]! *= d;
    else dims.push(d);
    for (const [k, m] of moves.entries()) {
      if (joins) m[m.length - 1] = strides[k]![i]!;
      else m.push(strides[k]![i]!);
    }
  }
  const last = dims.length - 1;
  const length = dims[last] ?? 1;
  const steps = moves.map((m) => m[last] ?? 0);
  const offsets = [...starts];
  const counter = new Array<number>(Math.max(0, last)).fill(0);
  for (let at = 0; ; at += length) {
    run(at, offsets, steps, length);
    let axis = last - 1;
    for (; axis >= 0; axis--) {
      const wraps = ++counter[axis]! === dims[axis];
      for (let k = 0; k < offsets.length; k++) {
        offsets[k]! += wraps ? -moves[k]![axis]! * (dims[axis]! - 1) : moves[k]![axis]!;
      }
      if (!wraps) break;
      counter[axis] = 0;
    }
    if (axis < 0) return;
  }
}

/** Copies a strided view of `from`, beginning at `start`, into `to`, which it fills from `at` on. */
export function copyView(
  from: TensorData,
  start: number,
  shape: readonly number[],
  strides: readonly number[],
  to: TensorData,
): void {
  const source: Cells = from;
  const target: Cells = to;
  forEachRun(shape, [strides], [start], (at, offsets, steps, length) => {
    const step = steps[0]!;
    let i = offsets[0]!;
    if (step === 1) copyRange(from, i, length, to, at);
    else for (let k = at; k < at + length; k++, i += step) target[k] = source[i]!;
  });
}

/** Copies `length` consecutive elements between tensors of one element type. */
export function copyRange(from: TensorData, start: number, length: number, to: TensorData, at: number): void {
  if (length < 24) copyEach(from, start, length, to, at);
  else if (from instanceof Float32Array && to instanceof Float32Array) to.set(from.subarray(start, start + length), at);
  else if (from instanceof Float64Array && to instanceof Float64Array) to.set(from.subarray(start, start + length), at);
  else if (from instanceof Int32Array && to instanceof Int32Array) to.set(from.subarray(start, start + length), at);
  else if (from instanceof Uint8Array && to instanceof Uint8Array) to.set(from.subarray(start, start + length), at);
  else copyEach(from, start, length, to, at);
}

/** Short copies, and element types that share no typed array. */
function copyEach(from: Cells, start: number, length: number, to: Cells, at: number): void {
  for (let i = 0; i < length; i++) to[at + i] = from[start + i]!;
}
