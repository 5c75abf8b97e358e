/** Element types by their number in onnx.proto (TensorProto.DataType), as attributes like Cast's `to` write them. */

import { ModelParseError, UnsupportedError } from "../../src/errors.js";
import type { DType } from "../../src/ir/dtype.js";
import type { NodeView } from "../../src/ir/sources.js";

const dtypes: { readonly [code: number]: DType } = {
  1: "float32",
  2: "uint8",
  3: "int8",
  4: "uint16",
  5: "int16",
  6: "int32",
  7: "int64",
  8: "string",
  9: "bool",
  10: "float16",
  11: "float64",
  12: "uint32",
  13: "uint64",
  16: "bfloat16",
};

const others: { readonly [code: number]: string } = {
  14: "complex64",
  15: "complex128",
  17: "float8e4m3fn",
  18: "float8e4m3fnuz",
  19: "float8e5m2",
  20: "float8e5m2fnuz",
  21: "uint4",
  22: "int4",
  23: "float4e2m1",
  24: "float8e8m0",
  25: "uint2",
  26: "int2",
};

/** Reads such an attribute. Throws UnsupportedError for element types that calypte does not hold, ModelParseError for no type. */
export function dtypeAttribute(node: NodeView, name: string): DType {
  const code = node.attrs.int(name);
  const dtype = dtypes[code];
  if (dtype !== undefined) return dtype;
  const other = others[code];
  if (other !== undefined) throw new UnsupportedError(node.where, `element type ${other} is not supported`);
  throw new ModelParseError(node.format, node.where, `attribute ${name} is ${code}, which is no element type of ONNX`);
}
