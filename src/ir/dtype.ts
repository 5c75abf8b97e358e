/**
 * Element types of tensors: ONNX's set (TensorProto.DataType), and how each is held on the host.
 * float16 and bfloat16 have no typed array in Node 20 and are held as Float32Array of already rounded values.
 */

export type FloatDType = "float16" | "bfloat16" | "float32" | "float64";
export type SmallIntDType = "int8" | "int16" | "int32" | "uint8" | "uint16" | "uint32";
export type BigIntDType = "int64" | "uint64";
export type NumericDType = FloatDType | SmallIntDType | BigIntDType;
export type DType = NumericDType | "bool" | "string";

/** Host storage of each element type. bool is 0/1 in a Uint8Array. */
export interface DataOf {
  float16: Float32Array;
  bfloat16: Float32Array;
  float32: Float32Array;
  float64: Float64Array;
  int8: Int8Array;
  int16: Int16Array;
  int32: Int32Array;
  int64: BigInt64Array;
  uint8: Uint8Array;
  uint16: Uint16Array;
  uint32: Uint32Array;
  uint64: BigUint64Array;
  bool: Uint8Array;
  string: string[];
}

export type TensorData = DataOf[DType];
export type NumberData = Exclude<TensorData, BigInt64Array | BigUint64Array | string[]>;
export type BigIntData = BigInt64Array | BigUint64Array;

const allocators: { readonly [D in DType]: (length: number) => DataOf[D] } = {
  float16: (n) => new Float32Array(n),
  bfloat16: (n) => new Float32Array(n),
  float32: (n) => new Float32Array(n),
  float64: (n) => new Float64Array(n),
  int8: (n) => new Int8Array(n),
  int16: (n) => new Int16Array(n),
  int32: (n) => new Int32Array(n),
  int64: (n) => new BigInt64Array(n),
  uint8: (n) => new Uint8Array(n),
  uint16: (n) => new Uint16Array(n),
  uint32: (n) => new Uint32Array(n),
  uint64: (n) => new BigUint64Array(n),
  bool: (n) => new Uint8Array(n),
  string: (n) => new Array<string>(n).fill(""),
};

/** Zero-filled storage for `length` elements (empty strings for "string"). */
export function allocate<D extends DType>(dtype: D, length: number): DataOf[D] {
  return allocators[dtype](length);
}

/** Bytes of one element on the host; strings count as 8. */
export const bytesPerElement: { readonly [D in DType]: number } = {
  float16: 4,
  bfloat16: 4,
  float32: 4,
  float64: 8,
  int8: 1,
  int16: 2,
  int32: 4,
  int64: 8,
  uint8: 1,
  uint16: 2,
  uint32: 4,
  uint64: 8,
  bool: 1,
  string: 8,
};

export const dtypes = Object.keys(allocators) as readonly DType[];

export function isFloat(dtype: DType): dtype is FloatDType {
  return dtype === "float32" || dtype === "float64" || dtype === "float16" || dtype === "bfloat16";
}

export function isBigInt(dtype: DType): dtype is BigIntDType {
  return dtype === "int64" || dtype === "uint64";
}

export function isInteger(dtype: DType): dtype is SmallIntDType | BigIntDType {
  return !isFloat(dtype) && dtype !== "bool" && dtype !== "string";
}
