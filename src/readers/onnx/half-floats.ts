/**
 * The 16-bit floats of a tensor as float32 values, which hold both exactly. Source: IEEE 754 binary16; bfloat16 is the upper
 * half of a binary32.
 */

const bits = new Uint32Array(1);
const value = new Float32Array(bits.buffer);

/** The value of binary16 bits. */
export function float16(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 31;
  const fraction = half & 0x3ff;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : Number.NaN;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** The value of bfloat16 bits. */
export function bfloat16(half: number): number {
  bits[0] = half << 16;
  return value[0]!;
}
