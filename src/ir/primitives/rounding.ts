/**
 * Rounding of doubles to the element types that have no typed array of their own (IEEE 754 binary16, bfloat16), and the
 * allocation of results that are computed in double and rounded once.
 */

import { InternalError } from "../../errors.js";
import { allocate, type BigIntDType, type DType, isBigInt, type NumberData } from "../dtype.js";

/** Nearest integer, halves to even, keeping the sign of zero. */
export function roundHalfEven(x: number): number {
  if (!Number.isFinite(x)) return x;
  const below = Math.floor(x);
  const part = x - below;
  const result = part < 0.5 || (part === 0.5 && below % 2 === 0) ? below : below + 1;
  return result === 0 && x < 0 ? -0 : result;
}

const cell = new Float64Array(1);
const words = new Uint32Array(cell.buffer);
const high = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? 1 : 0;

/** Rounds to `bits` bits after the leading one, exponents from `minExponent` (below it: subnormal), above `largest`: infinity. */
function roundFloat(x: number, bits: number, minExponent: number, largest: number): number {
  if (!Number.isFinite(x) || x === 0) return x;
  cell[0] = x;
  const exponent = Math.max(((words[high]! >>> 20) & 0x7ff) - 1023, minExponent);
  const unit = 2 ** (exponent - bits);
  const result = roundHalfEven(x / unit) * unit;
  return Math.abs(result) > largest ? Math.sign(x) * Number.POSITIVE_INFINITY : result;
}

export const toFloat16 = (x: number): number => roundFloat(x, 10, -14, 65504);
export const toBfloat16 = (x: number): number => roundFloat(x, 7, -126, 255 * 2 ** 120);

/**
 * Storage for results computed as numbers. float16 and bfloat16 get doubles, because passing through float32 would round
 * twice; `narrow` ends it. Not for strings and 64-bit integers.
 */
export function allocateWide(dtype: DType, length: number): NumberData {
  if (dtype === "float16" || dtype === "bfloat16") return new Float64Array(length);
  if (dtype === "string" || isBigInt(dtype)) throw new InternalError(`${dtype} is not computed as numbers`);
  return allocate<Exclude<DType, BigIntDType | "string">>(dtype, length);
}

/** Turns what `allocateWide` gave into the storage of the element type, rounding once. */
export function narrow(dtype: DType, data: NumberData): NumberData {
  if (dtype !== "float16" && dtype !== "bfloat16") return data;
  return Float32Array.from(data, dtype === "float16" ? toFloat16 : toBfloat16);
}
