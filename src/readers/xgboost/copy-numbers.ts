/**
 * Numbers of a file's arrays into typed arrays: those of UBJSON from where they stand in the file, big endian, those of JSON from plain
 * arrays, each checked to be one. Between the decoders and who reads trees; most of the time of reading a model passes here.
 */

import { ModelParseError } from "../../errors.js";
import {
  type FileList,
  type FileValue,
  formatName,
  isPacked,
  type NumberList,
  type PackedNumbers,
  type PackedType,
  wrong,
} from "./values.js";

/** Size of an element. */
export const bytesOf: { readonly [T in PackedType]: number } = { i: 1, U: 1, I: 2, l: 4, L: 8, d: 4, D: 8 };

/** An int64, which a number beyond 2^53 holds nearly. */
export function wholeNumber(view: DataView, at: number): number {
  return view.getInt32(at) * 2 ** 32 + view.getUint32(at + 4);
}

/** All elements in storage of their own. Throws ModelParseError for an int64 beyond 2^53. */
export function unpack(numbers: PackedNumbers): NumberList {
  const { type, view, at, length } = numbers;
  const each = <T extends { [index: number]: number }>(into: T, read: (k: number) => number): T => {
    for (let k = 0; k < length; k++) into[k] = read(k);
    return into;
  };
  switch (type) {
    case "i":
      return each(new Int8Array(length), (k) => view.getInt8(at + k));
    case "U":
      return each(new Uint8Array(length), (k) => view.getUint8(at + k));
    case "I":
      return each(new Int16Array(length), (k) => view.getInt16(at + 2 * k));
    case "l":
      return each(new Int32Array(length), (k) => view.getInt32(at + 4 * k));
    case "L":
      return each(new Float64Array(length), (k) => {
        const value = wholeNumber(view, at + 8 * k);
        if (Number.isSafeInteger(value)) return value;
        throw new ModelParseError(formatName, `byte ${at + 8 * k}`, `the integer ${value} is beyond 2^53`);
      });
    case "d":
      return each(new Float32Array(length), (k) => view.getFloat32(at + 4 * k));
    case "D":
      return each(new Float64Array(length), (k) => view.getFloat64(at + 8 * k));
  }
}

/** Puts the list, rounded to float32, into `into`; null, as which JSON files hold NaN, is NaN. Throws ModelParseError for what is no number. */
export function copyFloats(list: FileList, into: Float64Array, path: string): void {
  // The type that XGBoost writes has a loop of its own.
  if (isPacked(list) && list.type === "d") {
    const { view, at: from, length } = list;
    for (let k = 0; k < length; k++) into[k] = view.getFloat32(from + 4 * k);
    return;
  }
  const values: readonly FileValue[] | NumberList = isPacked(list) ? unpack(list) : list;
  for (let k = 0; k < values.length; k++) {
    const value = values[k];
    if (typeof value === "number") into[k] = Math.fround(value);
    else if (value === null) into[k] = Number.NaN;
    else wrong(`${path}[${k}]`, "a number", value);
  }
}

/** What `copyFlags` puts where the list holds another value than a flag has. */
export const noFlag = 2;

/** Puts the list into `into`, 0 and 1, which may be written as false and true. */
export function copyFlags(list: FileList, into: Uint8Array): void {
  if (isPacked(list) && (list.type === "U" || list.type === "i")) {
    const { view, at: from, length } = list;
    for (let k = 0; k < length; k++) into[k] = Math.min(view.getUint8(from + k), noFlag);
    return;
  }
  const values: readonly FileValue[] | NumberList = isPacked(list) ? unpack(list) : list;
  for (let k = 0; k < values.length; k++) {
    const value = values[k];
    into[k] = value === 0 || value === false ? 0 : value === 1 || value === true ? 1 : noFlag;
  }
}

/** Whether all bytes of the list are 0: most often true, and quickly seen. */
export function isZero(list: FileList): boolean {
  if (!isPacked(list)) return false;
  const { view, at, length, type } = list;
  for (let k = at; k < at + length * bytesOf[type]; k++) if (view.getUint8(k) !== 0) return false;
  return true;
}

/** Puts the list into `into`; 0 and 1 may be written as false and true. Throws ModelParseError for what no int32 holds. */
export function copyIntegers(list: FileList, into: Int32Array, path: string): void {
  if (isPacked(list) && list.type === "l") {
    const { view, at: from, length } = list;
    for (let k = 0; k < length; k++) into[k] = view.getInt32(from + 4 * k);
    return;
  }
  const values: readonly FileValue[] | NumberList = isPacked(list) ? unpack(list) : list;
  for (let k = 0; k < values.length; k++) {
    const value = values[k];
    const number = typeof value === "boolean" ? Number(value) : value;
    if (typeof number !== "number" || number !== (number | 0)) wrong(`${path}[${k}]`, "a whole number", value);
    into[k] = number;
  }
}
