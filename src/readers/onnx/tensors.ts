/**
 * TensorProto → Tensor: initialisers, tensor attributes and constants of an ONNX file. Lengths are compared with the data that is
 * there before memory is taken.
 *
 * Source: onnx-ml.proto, message TensorProto (which field holds which data_type, little-endian raw_data).
 */

import { UnsupportedError } from "../../errors.js";
import { bytesPerElement, type DataOf, type DType } from "../../ir/dtype.js";
import { bfloat16FromBits, float16FromBits } from "../../ir/half.js";
import { type Tensor, tensor } from "../../ir/tensor.js";
import type { Int64, TensorProto } from "./generated/onnx-ml.js";
import { malformed } from "./names.js";
import { textOf } from "./wire.js";

type TypedField = "float_data" | "int32_data" | "string_data" | "int64_data" | "double_data" | "uint64_data";

interface ElementType {
  readonly onnxName: string;
  readonly dtype?: DType;
  readonly field?: TypedField;
}

/** By TensorProto.DataType. Those without a dtype are named in the refusal. */
export const elementTypes: readonly ElementType[] = [
  { onnxName: "UNDEFINED" },
  { onnxName: "FLOAT", dtype: "float32", field: "float_data" },
  { onnxName: "UINT8", dtype: "uint8", field: "int32_data" },
  { onnxName: "INT8", dtype: "int8", field: "int32_data" },
  { onnxName: "UINT16", dtype: "uint16", field: "int32_data" },
  { onnxName: "INT16", dtype: "int16", field: "int32_data" },
  { onnxName: "INT32", dtype: "int32", field: "int32_data" },
  { onnxName: "INT64", dtype: "int64", field: "int64_data" },
  { onnxName: "STRING", dtype: "string", field: "string_data" },
  { onnxName: "BOOL", dtype: "bool", field: "int32_data" },
  { onnxName: "FLOAT16", dtype: "float16", field: "int32_data" },
  { onnxName: "DOUBLE", dtype: "float64", field: "double_data" },
  { onnxName: "UINT32", dtype: "uint32", field: "uint64_data" },
  { onnxName: "UINT64", dtype: "uint64", field: "uint64_data" },
  { onnxName: "COMPLEX64" },
  { onnxName: "COMPLEX128" },
  { onnxName: "BFLOAT16", dtype: "bfloat16", field: "int32_data" },
  { onnxName: "FLOAT8E4M3FN" },
  { onnxName: "FLOAT8E4M3FNUZ" },
  { onnxName: "FLOAT8E5M2" },
  { onnxName: "FLOAT8E5M2FNUZ" },
  { onnxName: "UINT4" },
  { onnxName: "INT4" },
  { onnxName: "FLOAT4E2M1" },
  { onnxName: "FLOAT8E8M0" },
  { onnxName: "UINT2" },
  { onnxName: "INT2" },
  { onnxName: "FLOAT6E2M3" },
  { onnxName: "FLOAT6E3M2" },
];

const typedFields: readonly TypedField[] = [
  "float_data",
  "int32_data",
  "string_data",
  "int64_data",
  "double_data",
  "uint64_data",
];

/** The dtype of a TensorProto.DataType code. Throws UnsupportedError for types calypte does not hold, ModelParseError for none. */
export function dtypeOf(code: number | null, where: string): DType {
  return elementTypeOf(code, where).dtype;
}

function elementTypeOf(code: number | null, where: string): { readonly dtype: DType; readonly field: TypedField } {
  const type = elementTypes[code ?? 0];
  if (type === undefined || code === null || code === 0)
    throw malformed(where, `element type ${code ?? 0} is not one of ONNX's`);
  const { dtype, field } = type;
  if (dtype === undefined || field === undefined) {
    throw new UnsupportedError(
      where,
      `element type ${type.onnxName} is not supported`,
      "export the model with float32 values",
    );
  }
  return { dtype, field };
}

/** Reads a tensor. Throws ModelParseError where its parts contradict each other, UnsupportedError for what calypte does not hold. */
export function readTensor(proto: TensorProto, where: string): Tensor {
  const { dtype, field } = elementTypeOf(proto.data_type, where);
  if (proto.data_location === 1 || proto.external_data.length > 0) {
    throw new UnsupportedError(
      where,
      "its values are in another file (external data)",
      "load the model by its path, or pass the other file's bytes as externalData",
    );
  }
  if ((proto.data_location ?? 0) !== 0)
    throw malformed(where, `data_location is ${proto.data_location}, expected 0 or 1`);
  if (proto.segment !== null)
    throw new UnsupportedError(where, "it is stored in segments", "save the model again with onnx.save");
  checkRank(proto.dims.length, where);
  const shape = Array.from(proto.dims, (dim) => readDim(dim, where));
  const size = sizeWithin(shape, where);
  const filled = typedFields.filter((name) => proto[name].length > 0);
  const raw = proto.raw_data;
  if (raw !== null && raw.length > 0) {
    if (filled.length > 0)
      throw malformed(where, `it has both raw_data and ${filled.join(", ")}, expected one of them`);
    if (dtype === "string") throw malformed(where, "strings stand in raw_data, expected string_data");
    return tensor(dtype, shape, fromRaw(raw, dtype, size, where));
  }
  const wrong = filled.find((name) => name !== field);
  if (wrong !== undefined) throw malformed(where, `${dtype} values stand in ${wrong}, expected ${field}`);
  if (proto[field].length !== size) {
    throw malformed(where, `shape [${shape}] needs ${size} values in ${field}, got ${proto[field].length}`);
  }
  return tensor(dtype, shape, fromTyped(proto, dtype, where));
}

/** Far above what any operator takes; it keeps shapes short enough for messages. */
const maxRank = 64;

/** Throws ModelParseError for a shape of more dimensions than any real tensor has. */
export function checkRank(rank: number, where: string): void {
  if (rank > maxRank) throw malformed(where, `it has ${rank} dimensions, expected at most ${maxRank}`);
}

/** A dimension as a number. Throws ModelParseError where it is not from 0 to 2^31 - 1. */
export function readDim(dim: Int64, where: string): number {
  if (typeof dim === "number" && dim >= 0 && dim < 2 ** 31) return dim;
  throw malformed(where, `dimension ${dim} is not between 0 and 2^31 - 1`);
}

function sizeWithin(shape: readonly number[], where: string): number {
  const size = shape.includes(0) ? 0 : shape.reduce((product, dim) => product * dim, 1);
  if (!Number.isSafeInteger(size)) throw malformed(where, `shape [${shape}] has more elements than any file holds`);
  return size;
}

/** Bytes of one element in raw_data. */
const rawBytes = (dtype: DType): number => (dtype === "float16" || dtype === "bfloat16" ? 2 : bytesPerElement[dtype]);

function fromRaw<D extends Exclude<DType, "string">>(raw: Uint8Array, dtype: D, size: number, where: string): DataOf[D];
function fromRaw(raw: Uint8Array, dtype: Exclude<DType, "string">, size: number, where: string): DataOf[DType] {
  const width = rawBytes(dtype);
  if (raw.length !== size * width) {
    throw malformed(where, `${size} ${dtype} values need ${size * width} bytes of raw_data, got ${raw.length}`);
  }
  // A copy, aligned for every element type; it also lets go of the file's bytes.
  const { buffer } = hostOrder(new Uint8Array(raw), width);
  switch (dtype) {
    case "float32":
      return new Float32Array(buffer);
    case "float64":
      return new Float64Array(buffer);
    case "float16":
      return Float32Array.from(new Uint16Array(buffer), float16FromBits);
    case "bfloat16":
      return Float32Array.from(new Uint16Array(buffer), bfloat16FromBits);
    case "int8":
      return new Int8Array(buffer);
    case "int16":
      return new Int16Array(buffer);
    case "int32":
      return new Int32Array(buffer);
    case "int64":
      return new BigInt64Array(buffer);
    case "uint8":
      return new Uint8Array(buffer);
    case "uint16":
      return new Uint16Array(buffer);
    case "uint32":
      return new Uint32Array(buffer);
    case "uint64":
      return new BigUint64Array(buffer);
    case "bool":
      return checked(new Uint8Array(buffer), 0, 1, dtype, where);
  }
}

const littleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

function hostOrder(bytes: Uint8Array<ArrayBuffer>, width: number): Uint8Array<ArrayBuffer> {
  if (!littleEndian) for (let at = 0; at < bytes.length; at += width) bytes.subarray(at, at + width).reverse();
  return bytes;
}

function fromTyped<D extends DType>(proto: TensorProto, dtype: D, where: string): DataOf[D];
function fromTyped(proto: TensorProto, dtype: DType, where: string): DataOf[DType] {
  const { int32_data: ints } = proto;
  switch (dtype) {
    case "float32":
      return Float32Array.from(proto.float_data);
    case "float64":
      return Float64Array.from(proto.double_data);
    case "float16":
      return Float32Array.from(checked(ints, 0, 0xffff, dtype, where), float16FromBits);
    case "bfloat16":
      return Float32Array.from(checked(ints, 0, 0xffff, dtype, where), bfloat16FromBits);
    case "int8":
      return Int8Array.from(checked(ints, -128, 127, dtype, where));
    case "int16":
      return Int16Array.from(checked(ints, -0x8000, 0x7fff, dtype, where));
    case "int32":
      return Int32Array.from(ints);
    case "int64":
      return BigInt64Array.from(proto.int64_data, BigInt);
    case "uint8":
      return Uint8Array.from(checked(ints, 0, 0xff, dtype, where));
    case "uint16":
      return Uint16Array.from(checked(ints, 0, 0xffff, dtype, where));
    case "uint32":
      return Uint32Array.from(checked(proto.uint64_data, 0, 0xffffffff, dtype, where), Number);
    case "uint64":
      return BigUint64Array.from(proto.uint64_data, BigInt);
    case "bool":
      return Uint8Array.from(checked(ints, 0, 1, dtype, where));
    case "string":
      return proto.string_data.map((bytes) => readText(bytes, where));
  }
}

/** The values, all of which must be in the range of their dtype. */
function checked<T extends ArrayLike<Int64>>(values: T, low: number, high: number, dtype: DType, where: string): T {
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (value < low || value > high)
      throw malformed(where, `element ${i} is ${value}, expected a ${dtype} from ${low} to ${high}`);
  }
  return values;
}

/** The text of a string element or attribute. Throws ModelParseError where it is not UTF-8. */
export function readText(bytes: Uint8Array, where: string): string {
  const text = textOf(bytes);
  if (text === undefined) throw malformed(where, "a string is not UTF-8");
  return text;
}
