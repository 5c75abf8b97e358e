/**
 * Encodes a TensorFlow graph as saved_model.pb. Field numbers are those of tensorflow/core/protobuf/saved_model.proto,
 * meta_graph.proto and tensorflow/core/framework/{graph,node_def,attr_value,tensor,tensor_shape}.proto.
 */

import { bytes, encode, entry, integer, message, text, type Writer } from "../protobuf.js";
import {
  type AttrValue,
  graphVersions,
  type NodeDef,
  type TensorShapeDef,
  type TFDType,
  type Weight,
} from "../tfjs/graph-def.js";
import type { Signature, SignatureEntry } from "../tfjs/signature.js";

/** DataType of types.proto. */
const dataType: { readonly [D in TFDType]: number } = { DT_FLOAT: 1, DT_INT32: 3, DT_BOOL: 10, DT_STRING: 7 };

function writeShape(w: Writer, shape: TensorShapeDef): void {
  for (const { size } of shape.dim) message(w, 2, (dim) => integer(dim, 1, Number(size)));
}

function writeAttribute(w: Writer, value: AttrValue, content: Uint8Array | undefined): void {
  if ("b" in value) integer(w, 5, value.b ? 1 : 0);
  else if ("i" in value) integer(w, 3, Number(value.i));
  else if ("type" in value) integer(w, 6, dataType[value.type]);
  else if ("shape" in value) message(w, 7, (shape) => writeShape(shape, value.shape));
  else {
    const { dtype, tensorShape } = value.tensor;
    message(w, 8, (tensor) => {
      integer(tensor, 1, dataType[dtype]);
      message(tensor, 2, (shape) => writeShape(shape, tensorShape));
      bytes(tensor, 4, content ?? new Uint8Array());
    });
  }
}

function writeNode(w: Writer, node: NodeDef, content: Uint8Array | undefined): void {
  text(w, 1, node.name);
  text(w, 2, node.op);
  for (const input of node.input ?? []) text(w, 3, input);
  for (const [name, value] of Object.entries(node.attr)) entry(w, 5, name, (a) => writeAttribute(a, value, content));
}

function writeTensorInfo(w: Writer, { name, dtype, tensorShape }: SignatureEntry): void {
  text(w, 1, name);
  integer(w, 2, dataType[dtype]);
  message(w, 3, (shape) => writeShape(shape, tensorShape));
}

/** The tag and signature that TF Serving and `tf.saved_model.load` look for. */
export const servingTag = "serve";
export const servingSignature = "serving_default";

export function encodeSavedModel(
  nodes: readonly NodeDef[],
  weights: readonly Weight[],
  signature: Signature,
): Uint8Array {
  const contents = new Map(weights.map((w) => [w.name, w.data]));
  return encode((saved) => {
    integer(saved, 1, 1);
    message(saved, 2, (meta) => {
      message(meta, 1, (info) => {
        text(info, 4, servingTag);
        text(info, 5, "1.15.0");
      });
      message(meta, 2, (graph) => {
        for (const node of nodes) message(graph, 1, (n) => writeNode(n, node, contents.get(node.name)));
        message(graph, 4, (v) => integer(integer(v, 1, graphVersions.producer), 2, graphVersions.minConsumer));
      });
      entry(meta, 5, servingSignature, (s) => {
        for (const [name, info] of Object.entries(signature.inputs)) entry(s, 1, name, (t) => writeTensorInfo(t, info));
        for (const [name, info] of Object.entries(signature.outputs))
          entry(s, 2, name, (t) => writeTensorInfo(t, info));
        text(s, 3, "tensorflow/serving/predict");
      });
    });
  });
}
