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
  const value = shorten(dictionary === undefined ? tensor : decode(tensor, dictionary), dictionary);
  return { data: value.data, shape: value.shape, dtype: value.dtype, toArray: () => toNested(value) };
}

function decode(tensor: Tensor, dictionary: Dictionary): Tensor {
  const data = allocate(dictionary.dtype, tensor.data.length);
  const target = data as { [index: number]: unknown };
  const isBool = dictionary.dtype === "bool";
  for (let i = 0; i < tensor.data.length; i++) {
    const index = Number(tensor.data[i]);
    const value = dictionary.values[index];
    if (value === undefined) {
      throw new InternalError(`an output holds label index ${index} of a dictionary of ${dictionary.values.length}`);
    }
    target[i] = isBool ? Number(value) : value;
  }
  return { dtype: dictionary.dtype, shape: tensor.shape, data };
}

const fits = (v: bigint): boolean => v >= -(2n ** 31n) && v < 2n ** 31n;

/** int64 as int32 where every element fits. For labels all of the dictionary decides, so that the dtype is the same in every batch. */
function shorten(tensor: Tensor, dictionary: Dictionary | undefined): Tensor {
  if (!(tensor.data instanceof BigInt64Array)) return tensor;
  const deciding = dictionary?.dtype === "int64" ? dictionary.values : tensor.data;
  for (const v of deciding) if (!fits(v)) return tensor;
  return { dtype: "int32", shape: tensor.shape, data: Int32Array.from(tensor.data, Number) };
}
