/**
 * Bit patterns of 16-bit floats (IEEE 754 binary16; bfloat16 is the upper half of a binary32), as files hold them. Node 20 has no
 * Float16Array, so tensors hold them as already rounded Float32Array elements; rounding is primitives/rounding.ts.
 */

const float16Max = 65504;

/** The value of a float16 bit pattern. */
export function float16FromBits(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** The bit pattern of a value that is a float16 already (see `toFloat16`). */
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

const bits32 = new Uint32Array(1);
const value32 = new Float32Array(bits32.buffer);

/** The value of a bfloat16 bit pattern. */
export function bfloat16FromBits(bits: number): number {
  bits32[0] = bits << 16;
  return value32[0]!;
}
