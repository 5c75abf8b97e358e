/** Checks that the rows of the primitive table share. Every refusal is a ShapeError that opens with the primitive's name. */

import { ShapeError } from "../../errors.js";
import { type Dim, formatDim, sameDim } from "../dims.js";
import { type DType, isFloat, isInteger } from "../dtype.js";
import type { Accuracy, PrimitiveName } from "../primitive.js";
import type { Tensor } from "../tensor.js";
import { type Dictionary, formatType, sameDictionary, type TensorType } from "../types.js";

/** A row of the table for a primitive without attributes that never mixes rows. */
export interface PlainRow {
  infer(args: readonly TensorType[]): readonly TensorType[];
  evaluate(args: readonly Tensor[]): readonly Tensor[];
  readonly accuracy: Accuracy;
}

export function refuse(op: PrimitiveName, message: string): never {
  throw new ShapeError(`${op}: ${message}`);
}

/** No arguments, else ShapeError. */
export function none(op: PrimitiveName, args: readonly unknown[]): void {
  if (args.length !== 0) refuse(op, `takes no arguments, got ${args.length}`);
}

/** The only argument, else ShapeError. */
export function one<T>(op: PrimitiveName, args: readonly T[]): T {
  const [x] = args;
  if (args.length !== 1 || x === undefined) return refuse(op, `takes 1 argument, got ${args.length}`);
  return x;
}

/** Exactly two arguments, else ShapeError. */
export function two<T>(op: PrimitiveName, args: readonly T[]): readonly [T, T] {
  const [x, y] = args;
  if (args.length !== 2 || x === undefined || y === undefined)
    return refuse(op, `takes 2 arguments, got ${args.length}`);
  return [x, y];
}

/** Exactly three arguments, else ShapeError. */
export function three<T>(op: PrimitiveName, args: readonly T[]): readonly [T, T, T] {
  const [x, y, z] = args;
  if (args.length !== 3 || x === undefined || y === undefined || z === undefined) {
    return refuse(op, `takes 3 arguments, got ${args.length}`);
  }
  return [x, y, z];
}

export function checkAxis(op: PrimitiveName, axis: number, rank: number): void {
  if (!Number.isInteger(axis) || axis < 0 || axis >= rank) refuse(op, `axis ${axis} is not in [0, ${rank})`);
}

export function checkRank(op: PrimitiveName, type: TensorType, rank: number): void {
  if (type.shape.length !== rank) refuse(op, `expects rank ${rank}, got ${formatType(type)}`);
}

/** A family of element types with the words that an error message uses for it. */
export interface DTypeClass {
  readonly name: string;
  has(dtype: DType): boolean;
}

export const floats: DTypeClass = { name: "floats", has: isFloat };
export const numbers: DTypeClass = { name: "numbers", has: (d) => isFloat(d) || isInteger(d) };
export const signed: DTypeClass = { name: "signed numbers", has: (d) => numbers.has(d) && !d.startsWith("uint") };
export const ordered: DTypeClass = { name: "numbers or bool", has: (d) => d !== "string" };
export const anything: DTypeClass = { name: "any type", has: () => true };
export const indices: DTypeClass = { name: "int32 or int64 indices", has: (d) => d === "int32" || d === "int64" };
export const booleans: DTypeClass = { name: "bool", has: (d) => d === "bool" };

export function checkDType(op: PrimitiveName, type: TensorType, allowed: DTypeClass): void {
  if (!allowed.has(type.dtype)) refuse(op, `expects ${allowed.name}, got ${formatType(type)}`);
}

/** Arithmetic on encoded labels is never meant; a cast to int32 gives their codes as numbers. */
export function checkPlain(op: PrimitiveName, type: TensorType): void {
  if (type.dictionary !== undefined)
    refuse(op, `cannot compute with ${formatType(type)}; cast to int32 for their codes`);
}

/** All of one element type. */
export function checkSameDType(op: PrimitiveName, types: readonly TensorType[]): void {
  const [first] = types;
  for (const type of types) {
    if (first !== undefined && type.dtype !== first.dtype) {
      refuse(op, `arguments differ in type: ${formatType(first)} and ${formatType(type)}`);
    }
  }
}

/** The dictionary that all share, or none where none has one; others refused. */
export function sharedDictionary(op: PrimitiveName, types: readonly TensorType[]): Dictionary | undefined {
  const dictionary = types[0]?.dictionary;
  for (const type of types) {
    if (!sameDictionary(dictionary, type.dictionary)) {
      const [a, b] = [dictionary, type.dictionary].map((d) => (d === undefined ? "no dictionary" : describe(d)));
      refuse(op, `arguments have different dictionaries: ${a} and ${b}`);
    }
  }
  return dictionary;
}

function describe(dictionary: Dictionary): string {
  const all: readonly (string | bigint | number | boolean)[] = dictionary.values;
  const values = all.map((v) => (typeof v === "string" ? JSON.stringify(v) : String(v)));
  return `${dictionary.dtype} [${values.slice(0, 4).join(", ")}${values.length > 4 ? ", …" : ""}]`;
}

/** The dimension that two arguments must share; an unknown one gives way to a known one. */
export function sharedDim(op: PrimitiveName, x: Dim, y: Dim, what: string): Dim {
  if (x === "?") return y;
  if (y === "?" || sameDim(x, y)) return x;
  return refuse(op, `${what} differ: ${formatDim(x)} and ${formatDim(y)}`);
}

/** No negative or fractional dimension; unknown ones only where allowed. */
export function checkDims(op: PrimitiveName, dims: readonly Dim[], unknown: number): void {
  let open = 0;
  for (const d of dims) {
    if (d === "?") open++;
    else if (typeof d === "number" && !(Number.isSafeInteger(d) && d >= 0)) refuse(op, `dimension ${d} is not a count`);
  }
  if (open > unknown) refuse(op, `${open} dimensions are unknown, at most ${unknown} may be`);
}
