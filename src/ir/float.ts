/**
 * Neighbours and directed roundings of IEEE 754 numbers. Used where a float64 threshold becomes a float32 one
 * (`passes/narrow-forest.ts`), and by tests that place rows next to thresholds. Semantics: IEEE 754-2019, 5.3.1
 * (nextUp, nextDown) and the rounding directions toward +∞ and −∞.
 */

const float64 = new Float64Array(1);
const bits64 = new BigInt64Array(float64.buffer);
const float32 = new Float32Array(1);
const bits32 = new Int32Array(float32.buffer);

/** Smallest positive normal float32; a device that flushes denormals takes everything nearer to zero for zero. */
export const minNormalFloat32 = 2 ** -126;

/** The least float64 greater than x: the smallest denormal for ±0, x itself for +Infinity and NaN. */
export function nextUp64(x: number): number {
  if (Number.isNaN(x) || x === Infinity) return x;
  if (x === 0) return Number.MIN_VALUE;
  float64[0] = x;
  bits64[0]! += x > 0 ? 1n : -1n;
  return float64[0];
}

/** The greatest float64 less than x; x itself for -Infinity and NaN. */
export function nextDown64(x: number): number {
  return -nextUp64(-x);
}

/** The least float32 greater than x, for x a float32: the smallest denormal for ±0, x itself for +Infinity and NaN. */
export function nextUp32(x: number): number {
  if (Number.isNaN(x) || x === Infinity) return x;
  if (x === 0) return 2 ** -149;
  float32[0] = x;
  bits32[0]! += x > 0 ? 1 : -1;
  return float32[0];
}

/** The greatest float32 less than x, for x a float32; x itself for -Infinity and NaN. */
export function nextDown32(x: number): number {
  return -nextUp32(-x);
}

/** The largest float32 that is ≤ x; -Infinity below the range, NaN for NaN. Keeps -0. */
export function roundDownToFloat32(x: number): number {
  const nearest = Math.fround(x);
  return nearest > x ? nextDown32(nearest) : nearest;
}

/** The smallest float32 that is ≥ x; +Infinity above the range, NaN for NaN. Keeps -0. */
export function roundUpToFloat32(x: number): number {
  const nearest = Math.fround(x);
  return nearest < x ? nextUp32(nearest) : nearest;
}
