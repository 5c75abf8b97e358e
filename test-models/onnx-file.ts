/**
 * Builds small ONNX files for tests: `onnxFile({ nodes, inputs, outputs, … })` → bytes. Written with the encoder of the `onnx-proto`
 * package, which shares no code with the reader under test.
 */

import onnxProto from "onnx-proto";
import type { DType } from "../src/ir/dtype.js";
import { float16ToBits } from "../src/ir/half.js";
import { isStringData, type Tensor } from "../src/ir/tensor.js";

const { onnx } = onnxProto;

/** An attribute's value under the name of its type. */
export type OnnxAttribute =
  | { readonly int: number | bigint }
  | { readonly ints: readonly (number | bigint)[] }
  | { readonly float: number }
  | { readonly floats: ArrayLike<number> }
  | { readonly string: string }
  | { readonly strings: readonly string[] }
  | { readonly tensor: Tensor }
  | { readonly graph: OnnxGraph };

export interface OnnxNode {
  readonly op: string;
  /** "" (ai.onnx) by default. */
  readonly domain?: string;
  readonly name?: string;
  /** "" for an absent optional input. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes?: Readonly<Record<string, OnnxAttribute>>;
}

export interface OnnxValue {
  readonly name: string;
  /** Left out, the value has no declared type. */
  readonly dtype?: DType;
  /** Numbers, symbols, or undefined for open dimensions; left out, the shape is not declared. */
  readonly shape?: readonly (number | string | undefined)[];
}

export interface OnnxGraph {
  readonly nodes: readonly OnnxNode[];
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  readonly initializers?: Readonly<Record<string, Tensor>>;
}

export interface OnnxFile extends OnnxGraph {
  /** Version by domain; { "": 18, "ai.onnx.ml": 3 } by default. */
  readonly opsets?: Readonly<Record<string, number>>;
  /** 8 by default. */
  readonly irVersion?: number;
  readonly producer?: readonly [name: string, version: string];
}

const elementType: { readonly [D in DType]: number } = {
  float32: 1,
  uint8: 2,
  int8: 3,
  uint16: 4,
  int16: 5,
  int32: 6,
  int64: 7,
  string: 8,
  bool: 9,
  float16: 10,
  float64: 11,
  uint32: 12,
  uint64: 13,
  bfloat16: 16,
};

/** The bytes of a model file. */
export function onnxFile(file: OnnxFile): Uint8Array {
  const [producerName, producerVersion] = file.producer ?? ["onnx-file", "1"];
  return new Uint8Array(
    onnx.ModelProto.encode({
      irVersion: file.irVersion ?? 8,
      producerName,
      producerVersion,
      opsetImport: Object.entries(file.opsets ?? { "": 18, "ai.onnx.ml": 3 }).map(([domain, version]) => ({
        domain,
        version,
      })),
      graph: graphProto(file),
    }).finish(),
  );
}

function graphProto(graph: OnnxGraph) {
  return {
    name: "graph",
    node: graph.nodes.map((node) => ({
      opType: node.op,
      domain: node.domain ?? "",
      name: node.name ?? "",
      input: [...node.inputs],
      output: [...node.outputs],
      attribute: Object.entries(node.attributes ?? {}).map(([name, value]) => attributeProto(name, value)),
    })),
    input: graph.inputs.map(valueProto),
    output: graph.outputs.map(valueProto),
    initializer: Object.entries(graph.initializers ?? {}).map(([name, value]) => tensorProto(value, name)),
  };
}

function valueProto({ name, dtype, shape }: OnnxValue) {
  if (dtype === undefined) return { name };
  const dims = shape?.map((dim) => {
    if (dim === undefined) return {};
    return typeof dim === "string" ? { dimParam: dim } : { dimValue: int64Proto(dim) };
  });
  const declared = dims === undefined ? {} : { shape: { dim: dims } };
  return { name, type: { tensorType: { elemType: elementType[dtype], ...declared } } };
}

function attributeProto(name: string, value: OnnxAttribute): onnxProto.onnx.IAttributeProto {
  if ("int" in value) return { name, type: 2, i: int64Proto(value.int) };
  if ("ints" in value) return { name, type: 7, ints: value.ints.map(int64Proto) };
  if ("float" in value) return { name, type: 1, f: value.float };
  if ("floats" in value) return { name, type: 6, floats: Array.from(value.floats) };
  if ("string" in value) return { name, type: 3, s: new TextEncoder().encode(value.string) };
  if ("strings" in value)
    return { name, type: 8, strings: value.strings.map((text) => new TextEncoder().encode(text)) };
  if ("tensor" in value) return { name, type: 4, t: tensorProto(value.tensor) };
  return { name, type: 5, g: graphProto(value.graph) };
}

/** Numbers as raw_data, 16-bit floats as the bits that int32_data takes, strings as string_data. */
function tensorProto(value: Tensor, name?: string): onnxProto.onnx.ITensorProto {
  const { data } = value;
  const typed = (): Pick<onnxProto.onnx.ITensorProto, "stringData" | "int32Data" | "rawData"> => {
    if (isStringData(data)) return { stringData: data.map((text) => new TextEncoder().encode(text)) };
    if (value.dtype === "float16") return { int32Data: Array.from(data as Float32Array, float16ToBits) };
    if (value.dtype === "bfloat16") return { int32Data: Array.from(data as Float32Array, bfloat16ToBits) };
    return { rawData: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) };
  };
  return {
    ...(name === undefined ? {} : { name }),
    dims: value.shape.map(int64Proto),
    dataType: elementType[value.dtype],
    ...typed(),
  };
}

/** The upper half of the float32, for a value that is a bfloat16. */
const bfloat16ToBits = (value: number): number => new Uint32Array(Float32Array.of(value).buffer)[0]! >>> 16;

/** A 64-bit integer in the form that protobufjs writes exactly: its two halves. */
function int64Proto(value: number | bigint) {
  const bits = BigInt.asUintN(64, BigInt(value));
  return { low: Number(bits & 0xffffffffn) | 0, high: Number(bits >> 32n) | 0, unsigned: false };
}
