/**
 * 16-bit floats on the host: rounding of a double to the nearest float16 or bfloat16 (ties to even, IEEE 754), and their bit
 * patterns for `.npy` files. Node 20 has no Float16Array, so tensors hold them as already rounded Float32Array elements.
 */

/** Rounds once to a binary format of `bits` fraction bits, least exponent `minExponent` and largest finite `max`. */
function roundTo(x: number, bits: number, minExponent: number, max: number): number {
  if (x === 0 || !Number.isFinite(x)) return x;
  const magnitude = Math.abs(x);
  // log2 may be off by one next to a power of two; one step each way puts it right.
  let exponent = Math.floor(Math.log2(magnitude));
  if (2 ** exponent > magnitude) exponent--;
  else if (2 ** (exponent + 1) <= magnitude) exponent++;
  const quantum = 2 ** (Math.max(exponent, minExponent) - bits);
  const scaled = magnitude / quantum;
  const below = Math.floor(scaled);
  const rest = scaled - below;
  const rounded = rest > 0.5 || (rest === 0.5 && below % 2 === 1) ? below + 1 : below;
  const result = rounded * quantum;
  return (x < 0 ? -1 : 1) * (result > max ? Infinity : result);
}

const float16Max = 65504;
const bfloat16Max = (2 - 2 ** -7) * 2 ** 127;

/** The nearest float16; ±Infinity beyond 65519. */
export function roundToFloat16(x: number): number {
  return roundTo(x, 10, -14, float16Max);
}

/** The nearest bfloat16. */
export function roundToBfloat16(x: number): number {
  return roundTo(x, 7, -126, bfloat16Max);
}

/** The value of a float16 bit pattern. */
export function float16FromBits(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** The bit pattern of a value that is a float16 already (see `roundToFloat16`). */
export function float16ToBits(x: number): number {
  if (Number.isNaN(x)) return 0x7e00;
  const sign = x < 0 || Object.is(x, -0) ? 0x8000 : 0;
  const magnitude = Math.abs(x);
  if (magnitude > float16Max) return sign | 0x7c00;
  if (magnitude < 2 ** -14) return sign | (magnitude * 2 ** 24);
  let exponent = Math.floor(Math.log2(magnitude));
  if (2 ** exponent > magnitude) exponent--;
  return sign | ((exponent + 15) << 10) | ((magnitude / 2 ** exponent - 1) * 1024);
}
