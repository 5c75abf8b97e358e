/** Tensors on the host: what the user passes and gets, what constants hold, what `reference` computes with. */

import { ShapeError } from "../errors.js";
import { allocate, type BigIntData, type DataOf, type DType, type NumberData, type TensorData } from "./dtype.js";

/** A dense row-major tensor. `data` has exactly the product of `shape` elements. */
export interface Tensor<D extends DType = DType> {
  readonly dtype: D;
  readonly shape: readonly number[];
  readonly data: DataOf[D];
}

/** Number of elements of a shape; the product of its dimensions, 1 for rank 0. */
export function sizeOf(shape: readonly number[]): number {
  let size = 1;
  for (const d of shape) size *= d;
  return size;
}

/** A tensor over `data`, whose length is checked against `shape`. */
export function tensor<D extends DType>(dtype: D, shape: readonly number[], data: DataOf[D]): Tensor<D> {
  if (data.length !== sizeOf(shape)) {
    throw new ShapeError(`a ${dtype} tensor of shape [${shape}] needs ${sizeOf(shape)} elements, got ${data.length}`);
  }
  return { dtype, shape, data };
}

/** A zero-filled tensor. */
export function zeros<D extends DType>(dtype: D, shape: readonly number[]): Tensor<D> {
  return { dtype, shape, data: allocate(dtype, sizeOf(shape)) };
}

export const float32 = (values: ArrayLike<number>, shape: readonly number[] = [values.length]): Tensor<"float32"> =>
  tensor("float32", shape, Float32Array.from(values));

export const float64 = (values: ArrayLike<number>, shape: readonly number[] = [values.length]): Tensor<"float64"> =>
  tensor("float64", shape, Float64Array.from(values));

export const int32 = (values: ArrayLike<number>, shape: readonly number[] = [values.length]): Tensor<"int32"> =>
  tensor("int32", shape, Int32Array.from(values));

export const int64 = (
  values: ArrayLike<number | bigint>,
  shape: readonly number[] = [values.length],
): Tensor<"int64"> => tensor("int64", shape, BigInt64Array.from(Array.from(values, BigInt)));

export const bool = (values: ArrayLike<number | boolean>, shape: readonly number[] = [values.length]): Tensor<"bool"> =>
  tensor("bool", shape, Uint8Array.from(Array.from(values, Number)));

export const strings = (values: readonly string[], shape: readonly number[] = [values.length]): Tensor<"string"> =>
  tensor("string", shape, [...values]);

/** A scalar (rank 0) of the given type. Integers may be passed as number or bigint. */
export function scalar<D extends Exclude<DType, "string">>(dtype: D, value: number | bigint): Tensor<D> {
  const result = zeros(dtype, []);
  setNumber(result.data, 0, value);
  return result;
}

export function isBigIntData(data: TensorData): data is BigIntData {
  return data instanceof BigInt64Array || data instanceof BigUint64Array;
}

export function isStringData(data: TensorData): data is string[] {
  return Array.isArray(data);
}

/** The data as numbers. 64-bit integers are converted to float64 (exact up to 2^53); strings are refused. */
export function numbersOf(data: TensorData): NumberData {
  if (isStringData(data)) throw new ShapeError("expected numbers, got a string tensor");
  return isBigIntData(data) ? Float64Array.from(data, Number) : data;
}

/** Writes a number with the element type's own conversion; 64-bit integers wrap. */
export function setNumber(data: Exclude<TensorData, string[]>, at: number, value: number | bigint): void {
  if (isBigIntData(data)) data[at] = typeof value === "bigint" ? value : BigInt(Math.trunc(value));
  else data[at] = Number(value);
}

/** Row-major strides, in elements. */
export function stridesOf(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length).fill(1);
  for (let i = shape.length - 2; i >= 0; i--) strides[i] = strides[i + 1]! * shape[i + 1]!;
  return strides;
}

/** A nested array of the tensor's elements; the bare element for rank 0. */
export function toNested(t: Tensor): unknown {
  let at = 0;
  const build = (axis: number): unknown => {
    if (axis === t.shape.length) {
      const value = t.data[at++];
      return t.dtype === "bool" ? value === 1 : value;
    }
    return Array.from({ length: t.shape[axis]! }, () => build(axis + 1));
  };
  return build(0);
}
