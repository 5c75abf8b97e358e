/**
 * One cell of the user's data → one tensor element, strictly by the element type: numbers are rounded once to the input's
 * precision, a missing value is NaN among floats and "" among strings, and nothing is guessed (no numeric strings, no booleans for
 * numbers, no rounding into an integer). Used by `to-tensors.ts` for every form in which data may come.
 */

import { DataError } from "../errors.js";
import type { DataOf, DType } from "../ir/dtype.js";
import { toBfloat16, toFloat16 } from "../ir/primitives/rounding.js";
import { formatPlace, type Place } from "./input-spec.js";

/** Builds the place of a cell, called only when something is wrong with it. */
export type PlaceOf = () => Place;

/** Range of each integer type, both ends included. */
const integerRange = {
  int8: [-(2 ** 7), 2 ** 7 - 1],
  int16: [-(2 ** 15), 2 ** 15 - 1],
  int32: [-(2 ** 31), 2 ** 31 - 1],
  uint8: [0, 2 ** 8 - 1],
  uint16: [0, 2 ** 16 - 1],
  uint32: [0, 2 ** 32 - 1],
} as const;

const bigRange = {
  int64: [-(2n ** 63n), 2n ** 63n - 1n],
  uint64: [0n, 2n ** 64n - 1n],
} as const;

/** What was found, in words: `"abc"` (a string), a Date, null. */
export function describeValue(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value === "string")
    return `the string ${JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value)}`;
  if (typeof value === "bigint") return `the BigInt ${value}n`;
  if (typeof value === "number" || typeof value === "boolean") return `the ${typeof value} ${String(value)}`;
  if (typeof value === "function" || typeof value === "symbol") return `a ${typeof value}`;
  if (value instanceof Date) return "a Date";
  if (Array.isArray(value)) return `an array of ${value.length}`;
  return ArrayBuffer.isView(value) ? "a typed array" : "an object";
}

function refuse(dtype: DType, value: unknown, place: PlaceOf, wanted?: string): never {
  const at = place();
  const expected =
    wanted ?? (dtype === "string" ? "a string" : dtype === "bool" ? "a boolean" : `a number for ${dtype}`);
  throw new DataError(`${formatPlace(at)}: expected ${expected}, got ${describeValue(value)}${hint(dtype, value)}`, at);
}

function hint(dtype: DType, value: unknown): string {
  if (dtype === "string") return "; convert it to a string in the form the model was trained with";
  if (dtype === "bool") return "";
  if (typeof value === "string") return "; convert text to numbers before";
  if (typeof value === "boolean") return "; give 0 or 1 as the model was trained with";
  if (value instanceof Date) return "; give the number that the model was trained with";
  if (typeof value === "bigint") return "; give a plain number";
  return "";
}

function float(dtype: DType, value: unknown, place: PlaceOf): number {
  if (typeof value === "number") return value;
  if (value === null || value === undefined) return NaN;
  return refuse(dtype, value, place);
}

function integer(dtype: keyof typeof integerRange, value: unknown, place: PlaceOf): number {
  const [low, high] = integerRange[dtype];
  if (typeof value === "number" && Number.isInteger(value) && value >= low && value <= high) return value;
  return refuse(dtype, value, place, `an integer of [${low}, ${high}] for ${dtype}`);
}

function bigInteger(dtype: keyof typeof bigRange, value: unknown, place: PlaceOf): bigint {
  const [low, high] = bigRange[dtype];
  if (typeof value === "bigint" && value >= low && value <= high) return value;
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= Number(low)) return BigInt(value);
  if (typeof value === "number" && Number.isInteger(value) && Math.abs(value) > Number.MAX_SAFE_INTEGER) {
    // Beyond 2^53 neighbouring integers share one double: the digits the user wrote may be gone already.
    return refuse(dtype, value, place, `a BigInt for an ${dtype} beyond 2^53`);
  }
  return refuse(dtype, value, place, `an integer for ${dtype} within [${low}, ${high}]`);
}

type Converters = { readonly [D in DType]: (value: unknown, place: PlaceOf) => DataOf[D][number] };

/** Element of each dtype from a cell. Throws DataError with the cell's place. */
export const convertCell: Converters = {
  float16: (v, at) => toFloat16(float("float16", v, at)),
  bfloat16: (v, at) => toBfloat16(float("bfloat16", v, at)),
  float32: (v, at) => Math.fround(float("float32", v, at)),
  float64: (v, at) => float("float64", v, at),
  int8: (v, at) => integer("int8", v, at),
  int16: (v, at) => integer("int16", v, at),
  int32: (v, at) => integer("int32", v, at),
  int64: (v, at) => bigInteger("int64", v, at),
  uint8: (v, at) => integer("uint8", v, at),
  uint16: (v, at) => integer("uint16", v, at),
  uint32: (v, at) => integer("uint32", v, at),
  uint64: (v, at) => bigInteger("uint64", v, at),
  bool: (v, at) => (typeof v === "boolean" ? Number(v) : refuse("bool", v, at)),
  string: (v, at) => (typeof v === "string" ? v : v === null || v === undefined ? "" : refuse("string", v, at)),
};
