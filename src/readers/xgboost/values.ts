/**
 * What JSON and UBJSON decode to, before anything is known of its meaning: the plain values that `schema.ts` checks against the
 * tables of the format. Made by `decode-json.ts` and `decode-ubjson.ts`.
 */

import { ModelParseError } from "../../errors.js";

/** Numbers of one file array, checked. 64-bit integers are held as float64, exactly. */
export type NumberList = ArrayLike<number>;

/** Types of numbers in UBJSON: int8, uint8, int16, int32, int64, float32, float64. */
export type PackedType = "i" | "U" | "I" | "l" | "L" | "d" | "D";

/** No decoded file can hold it. */
const packed = Symbol("packed");

/**
 * A typed array of a UBJSON file, left where it stands: big endian from byte `at` on, all within the file. Most of a model is in
 * such arrays, and half of them are never looked at.
 */
export interface PackedNumbers {
  readonly kind: typeof packed;
  readonly type: PackedType;
  readonly view: DataView;
  readonly at: number;
  readonly length: number;
}

/** An array of a file with nothing known of its elements. */
export type FileList = readonly FileValue[] | PackedNumbers;

export type FileValue = null | boolean | number | string | FileList | FileObject;

export function packedNumbers(type: PackedType, view: DataView, at: number, length: number): PackedNumbers {
  return { kind: packed, type, view, at, length };
}

export function isPacked(value: FileValue | undefined): value is PackedNumbers {
  return (
    typeof value === "object" && value !== null && !Array.isArray(value) && (value as PackedNumbers).kind === packed
  );
}

/** Keys are the file's own, so that any name may occur: ask with `Object.hasOwn` and `Object.keys` only. */
export interface FileObject {
  readonly [key: string]: FileValue;
}

/** The format's name in errors. */
export const formatName = "xgboost";

/** A short form of a value for messages. */
function describe(value: FileValue | undefined): string {
  if (value === null) return "null";
  if (value === undefined) return "nothing";
  if (typeof value === "object") return Array.isArray(value) || isPacked(value) ? "an array" : "an object";
  return `${typeof value} ${JSON.stringify(value).slice(0, 40)}`;
}

/** Throws ModelParseError: what was expected at `path`, and what is there. */
export function wrong(path: string, expected: string, got: FileValue | undefined): never {
  throw new ModelParseError(formatName, path, `expected ${expected}, got ${describe(got)}`);
}
