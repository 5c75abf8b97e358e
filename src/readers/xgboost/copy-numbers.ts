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

/** Puts the list into[at …], rounded to float32; null, as which JSON files hold NaN, is NaN. Throws ModelParseError for what is no number. */
export function copyFloats(list: FileList, into: Float32Array, at: number, path: string): void {
  if (isPacked(list)) {
    // The type that XGBoost writes has a loop of its own.
    if (list.type === "d") {
      const { view, at: from, length } = list;
      for (let k = 0; k < length; k++) into[at + k] = view.getFloat32(from + 4 * k);
    } else into.set(unpack(list), at);
    return;
  }
  for (let k = 0; k < list.length; k++) {
    const value = list[k];
    if (typeof value === "number") into[at + k] = value;
    else if (value === null) into[at + k] = Number.NaN;
    else wrong(`${path}[${k}]`, "a number", value);
  }
}

/** Puts the list into[at …]; flags may be written as false and true. Throws ModelParseError for what no int32 holds. */
export function copyIntegers(list: FileList, into: Int32Array, at: number, path: string): void {
  if (isPacked(list) && list.type === "l") {
    const { view, at: from, length } = list;
    for (let k = 0; k < length; k++) into[at + k] = view.getInt32(from + 4 * k);
    return;
  }
  if (isPacked(list) && list.type === "U") {
    const { view, at: from, length } = list;
    for (let k = 0; k < length; k++) into[at + k] = view.getUint8(from + k);
    return;
  }
  const values: readonly FileValue[] | NumberList = isPacked(list) ? unpack(list) : list;
  for (let k = 0; k < values.length; k++) {
    const value = values[k];
    const number = typeof value === "boolean" ? Number(value) : value;
    if (typeof number !== "number" || number !== (number | 0)) wrong(`${path}[${k}]`, "a whole number", value);
    into[at + k] = number;
  }
}
