/**
 * The way out of the data path: a Program's output tensor → what the user gets. Encoded labels become the labels themselves,
 * 64-bit integers become Int32Array wherever they fit, since few JavaScript programs expect BigInt.
 */

import { InternalError } from "../errors.js";
import { allocate, type DType, type TensorData } from "../ir/dtype.js";
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

/** As `toUser`, for many tensors of one dictionary, which is looked through once. */
export function userForm(dictionary: Dictionary | undefined): (tensor: Tensor) => UserTensor {
  if (dictionary === undefined) return (tensor) => owned(shorten(tensor));
  const labels = labelsOf(dictionary);
  return (tensor) => owned(decode(tensor, labels));
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
}

/** All of the dictionary decides whether int64 is shortened, so that the dtype is the same in every batch. */
function labelsOf(dictionary: Dictionary): Labels {
  if (dictionary.dtype === "bool") return { dtype: "bool", values: dictionary.values.map(Number) };
  if (dictionary.dtype !== "int64" || !dictionary.values.every(fits)) return dictionary;
  return { dtype: "int32", values: dictionary.values.map(Number) };
}

function decode(tensor: Tensor, { dtype, values }: Labels): Tensor {
  const { length } = tensor.data;
  const data = allocate(dtype, length);
  const target = data as { [index: number]: unknown };
  for (let i = 0; i < length; i++) {
    const value = values[tensor.data[i] as number];
    if (value === undefined) {
      throw new InternalError(`an output holds label index ${tensor.data[i]} of a dictionary of ${values.length}`);
    }
    target[i] = value;
  }
  return { dtype, shape: tensor.shape, data };
}

const fits = (v: bigint): boolean => v >= -(2n ** 31n) && v < 2n ** 31n;

/** int64 as int32 where every element fits. */
function shorten(tensor: Tensor): Tensor {
  if (!(tensor.data instanceof BigInt64Array)) return tensor;
  for (const v of tensor.data) if (!fits(v)) return tensor;
  return { dtype: "int32", shape: tensor.shape, data: Int32Array.from(tensor.data, Number) };
}
