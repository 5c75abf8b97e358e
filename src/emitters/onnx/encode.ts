/**
 * Encodes a graph as the bytes of an ONNX ModelProto. Field numbers are those of onnx.proto3 (IR version 9); written by
 * hand, since no message here needs more than numbers, strings and nested messages.
 */

import { type Dim, formatDim } from "../../ir/dims.js";
import type { DType } from "../../ir/dtype.js";
import { isStringData, type Tensor } from "../../ir/tensor.js";
import { bytes, encode, float, integer, message, text, type Writer } from "../protobuf.js";
import type { Attribute, Graph, Node } from "./graph.js";
import { rawBytes } from "./raw-bytes.js";

export const irVersion = 9;
/** onnxruntime 1.17 and later run it; Equal takes strings from here on. */
export const opsetVersion = 19;

/** TensorProto.DataType. */
const dataType: { readonly [D in DType]: number } = {
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
export const dataTypeOf = (dtype: DType): number => dataType[dtype];

/** What an input or output of the graph is declared to be. */
export interface Port {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly Dim[];
}

export interface ModelParts {
  readonly graph: Graph;
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  readonly producerVersion: string;
  readonly metadata: Readonly<Record<string, string>>;
}

function writeAttribute(w: Writer, name: string, attribute: Attribute): void {
  text(w, 1, name);
  if ("int" in attribute) integer(integer(w, 3, attribute.int), 20, 2);
  else if ("float" in attribute) integer(float(w, 2, attribute.float), 20, 1);
  else if ("text" in attribute) integer(text(w, 4, attribute.text), 20, 3);
  else {
    for (const value of attribute.ints) integer(w, 8, value);
    integer(w, 20, 7);
  }
}

function writeNode(w: Writer, node: Node): void {
  for (const input of node.inputs) text(w, 1, input);
  for (const output of node.outputs) text(w, 2, output);
  text(w, 3, node.outputs[0] ?? "");
  text(w, 4, node.op);
  for (const [name, attribute] of Object.entries(node.attributes))
    message(w, 5, (a) => writeAttribute(a, name, attribute));
}

function writeTensor(w: Writer, name: string, tensor: Tensor): void {
  for (const d of tensor.shape) integer(w, 1, d);
  integer(w, 2, dataType[tensor.dtype]);
  if (isStringData(tensor.data)) for (const value of tensor.data) text(w, 6, value);
  text(w, 8, name);
  if (!isStringData(tensor.data)) bytes(w, 9, rawBytes(tensor));
}

function writePort(w: Writer, { name, dtype, shape }: Port): void {
  text(w, 1, name);
  message(w, 2, (type) =>
    message(type, 1, (tensor) => {
      integer(tensor, 1, dataType[dtype]);
      message(tensor, 2, (dims) => {
        for (const d of shape) {
          message(dims, 1, (dim) => {
            if (typeof d === "number") integer(dim, 1, d);
            else if (d !== "?") text(dim, 2, formatDim(d));
          });
        }
      });
    }),
  );
}

export function encodeModel({ graph, inputs, outputs, producerVersion, metadata }: ModelParts): Uint8Array {
  return encode((w) => {
    integer(w, 1, irVersion);
    text(w, 2, "calypte");
    text(w, 3, producerVersion);
    message(w, 7, (g) => {
      for (const node of graph.nodes) message(g, 1, (n) => writeNode(n, node));
      text(g, 2, "calypte");
      for (const { name, tensor } of graph.initializers) message(g, 5, (t) => writeTensor(t, name, tensor));
      for (const port of inputs) message(g, 11, (p) => writePort(p, port));
      for (const port of outputs) message(g, 12, (p) => writePort(p, port));
    });
    message(w, 8, (opset) => integer(text(opset, 1, ""), 2, opsetVersion));
    for (const [key, value] of Object.entries(metadata)) message(w, 14, (m) => text(text(m, 1, key), 2, value));
  });
}
