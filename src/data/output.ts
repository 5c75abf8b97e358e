/**
 * The way out of the data path: a Program's output tensor → what the user gets. Encoded labels become the labels themselves,
 * 64-bit integers become Int32Array wherever they fit, since few JavaScript programs expect BigInt.
 */

import { InternalError } from "../errors.js";
import { allocate, type DType, type TensorData } from "../ir/dtype.js";
import type { Program, ValueId } from "../ir/program.js";
import { type Tensor, toNested } from "../ir/tensor.js";
import type { Dictionary } from "../ir/types.js";

/** An output. It owns its memory. bool data is 0/1 in a Uint8Array; `toArray` gives booleans. */
export interface UserTensor {
  readonly data: TensorData;
  readonly shape: readonly number[];
  readonly dtype: DType;
  /** A nested array of the elements, row-major; the bare element for rank 0. 64-bit integers that did not fit are BigInts. */
  toArray(): unknown;
}

/** The user's form of an output; with a dictionary, `tensor` holds int32 indices into it. */
export function toUser(tensor: Tensor, dictionary?: Dictionary): UserTensor {
  return userForm(dictionary)(tensor);
}

/**
 * As `toUser`, for many tensors of one dictionary, which is looked through once. `certain`: no tensor holds an index that the dictionary
 * does not have; see `holdsLabels`.
 */
export function userForm(dictionary: Dictionary | undefined, certain = false): (tensor: Tensor) => UserTensor {
  if (dictionary === undefined) return (tensor) => owned(shorten(tensor));
  const labels = labelsOf(dictionary);
  if (certain && labels.int32?.every((label, i) => label === i) === true) {
    return ({ shape, data }) => owned({ dtype: "int32", shape, data: data as Int32Array });
  }
  return (tensor) => owned(decode(tensor, labels));
}

/** Whether each element of a value is picked from constants that are indices into its dictionary, and so is one. */
export function holdsLabels(program: Program, value: ValueId): boolean {
  const producers = new Map(program.instructions.flatMap((i) => i.results.map((r) => [r, i] as const)));
  const left = [value];
  const seen = new Set<ValueId>();
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    if (seen.has(next)) continue;
    seen.add(next);
    const producer = producers.get(next);
    const count = program.types[next]?.dictionary?.values.length ?? 0;
    if (producer?.op === "constant") {
      const { data } = producer.attrs.tensor;
      if (!(data instanceof Int32Array) || !data.every((index) => index >= 0 && index < count)) return false;
    } else if (producer?.op === "select") left.push(...producer.args.slice(1));
    else if (producer?.op === "gather" || producer?.op === "reshape") left.push(...producer.args.slice(0, 1));
    else return false;
  }
  return true;
}

const owned = (value: Tensor): UserTensor => ({
  data: value.data,
  shape: value.shape,
  dtype: value.dtype,
  toArray: () => toNested(value),
});

/** Labels by index, in the dtype that the user gets them in. */
interface Labels {
  readonly dtype: DType;
  readonly values: readonly (string | number | bigint)[];
  /** The labels where they are int32. */
  readonly int32?: Int32Array;
}

/** All of the dictionary decides whether int64 is shortened, so that the dtype is the same in every batch. */
function labelsOf(dictionary: Dictionary): Labels {
  if (dictionary.dtype === "bool") return { dtype: "bool", values: dictionary.values.map(Number) };
  if (dictionary.dtype !== "int64" || !dictionary.values.every(fits)) return dictionary;
  const values = dictionary.values.map(Number);
  return { dtype: "int32", values, int32: Int32Array.from(values) };
}

function decode(tensor: Tensor, { dtype, values, int32 }: Labels): Tensor {
  const { data: codes, shape } = tensor;
  if (int32 !== undefined && codes instanceof Int32Array) return { dtype, shape, data: decodeNumbers(codes, int32) };
  const { length } = codes;
  const data = allocate(dtype, length);
  const target = data as { [index: number]: unknown };
  for (let i = 0; i < length; i++) {
    const value = values[codes[i] as number];
    if (value === undefined) throw unknownLabel(codes[i] as number, values.length);
    target[i] = value;
  }
  return { dtype, shape, data };
}

/** Codes that are the labels stay as they are. Apart from `decode`, so that its loops are compiled for one kind of array. */
function decodeNumbers(codes: Int32Array, labels: Int32Array): Int32Array {
  const count = labels.length;
  // No code is larger than all of their bits together.
  let bits = 0;
  for (let i = 0; i < codes.length; i++) bits |= codes[i]!;
  if (bits >>> 0 >= count) for (const code of codes) if (code >>> 0 >= count) throw unknownLabel(code, count);
  if (labels.every((label, i) => label === i)) return codes;
  const result = new Int32Array(codes.length);
  for (let i = 0; i < codes.length; i++) result[i] = labels[codes[i]!]!;
  return result;
}

function unknownLabel(code: number, count: number): InternalError {
  return new InternalError(`an output holds label index ${code} of a dictionary of ${count}`);
}

const fits = (v: bigint): boolean => v >= -(2n ** 31n) && v < 2n ** 31n;

/** Which 32-bit word of an int64 holds the low bits here: 0 on little-endian hosts, which are nearly all. */
const lowWord = new Int32Array(new BigInt64Array([1n]).buffer)[0] === 1 ? 0 : 1;

/** int64 as int32 where every element fits. Reads words of 32 bits: a BigInt per element took a third of a small model's time. */
function shorten(tensor: Tensor): Tensor {
  if (!(tensor.data instanceof BigInt64Array)) return tensor;
  const { buffer, byteOffset, length } = tensor.data;
  const words = new Int32Array(buffer, byteOffset, 2 * length);
  const data = new Int32Array(length);
  for (let i = 0; i < length; i++) {
    const low = words[2 * i + lowWord]!;
    // An int32 is one whose high word repeats its sign.
    if (words[2 * i + 1 - lowWord]! !== low >> 31) return tensor;
    data[i] = low;
  }
  return { dtype: "int32", shape: tensor.shape, data };
}
