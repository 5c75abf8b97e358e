/**
 * External data: tensors whose bytes stand in other files. Their bytes are put into the decoded model, so that the rest of the reader sees
 * one file. Where the files come from, and that none outside of the model's folder is read, is for `ExternalFiles` to see to.
 *
 * Source: onnx docs/ExternalData.md; onnx-ml.proto, TensorProto.external_data (keys location, offset, length, checksum).
 */

import { LimitError } from "../../errors.js";
import type { AttributeProto, GraphProto, ModelProto, NodeProto, TensorProto } from "./generated/onnx-ml.js";
import { malformed, quote } from "./names.js";

/** A file beside the model. */
export interface ExternalFile {
  /** In bytes. */
  readonly size: number;
  /** The bytes [offset, offset + length), which lie within the file. */
  read(offset: number, length: number): Uint8Array;
}

/** The file that a model names. Throws an error of calypte, to which `where` is the place, for one that may not or cannot be read. */
export type ExternalFiles = (location: string, where: string) => ExternalFile;

/** Bytes of all external tensors of a file together; as for a model file itself. */
const maxBytes = 2 ** 31 - 1;

/** The model with the bytes of its external tensors in place. Throws ModelParseError where they are not all there. */
export function withExternalData(model: ModelProto, files: ExternalFiles): ModelProto {
  let total = 0;
  const filled = (tensor: TensorProto): TensorProto => {
    if (tensor.data_location !== 1) return tensor;
    const where = `tensor ${quote(tensor.name ?? "")}`;
    if (tensor.raw_data !== null && tensor.raw_data.length > 0) {
      throw malformed(where, "it has both raw_data and external data, expected one of them");
    }
    const { location, offset, length } = readPlace(tensor, where);
    const file = files(location, where);
    const count = length ?? file.size - offset;
    if (offset > file.size || count > file.size - offset) {
      throw malformed(
        where,
        `it stands at bytes ${offset} to ${offset + count} of ${quote(location)}, which has ${file.size}; copy or export the file again`,
      );
    }
    total += count;
    if (total > maxBytes) throw new LimitError(`onnx: external data of more than ${maxBytes} bytes`);
    return { ...tensor, data_location: 0, external_data: [], raw_data: file.read(offset, count) };
  };

  const inGraph = (graph: GraphProto): GraphProto => ({
    ...graph,
    initializer: graph.initializer.map(filled),
    node: graph.node.map(inNode),
  });
  const inNode = (node: NodeProto): NodeProto =>
    node.attribute.some(({ t, tensors, g, graphs }) => t !== null || g !== null || tensors.length + graphs.length > 0)
      ? { ...node, attribute: node.attribute.map(inAttribute) }
      : node;
  const inAttribute = (attribute: AttributeProto): AttributeProto => ({
    ...attribute,
    t: attribute.t === null ? null : filled(attribute.t),
    tensors: attribute.tensors.map(filled),
    g: attribute.g === null ? null : inGraph(attribute.g),
    graphs: attribute.graphs.map(inGraph),
  });

  return {
    ...model,
    graph: model.graph === null ? null : inGraph(model.graph),
    functions: model.functions.map((f) => ({ ...f, node: f.node.map(inNode) })),
  };
}

interface Place {
  readonly location: string;
  readonly offset: number;
  /** To the end of the file, where it is left out. */
  readonly length: number | undefined;
}

function readPlace(tensor: TensorProto, where: string): Place {
  const entries = new Map<string, string>();
  for (const { key, value } of tensor.external_data) {
    if (key === null || value === null || entries.has(key))
      throw malformed(where, "its external data is described twice or by nothing");
    entries.set(key, value);
  }
  const location = entries.get("location");
  if (location === undefined || location === "") throw malformed(where, "its external data has no location");
  const number = (key: string): number | undefined => {
    const text = entries.get(key);
    if (text === undefined) return undefined;
    if (!/^\d{1,15}$/.test(text))
      throw malformed(where, `the ${key} of its external data is ${quote(text)}, expected a count of bytes`);
    return Number(text);
  };
  const place = { location, offset: number("offset") ?? 0, length: number("length") };
  const unknown = [...entries.keys()].find((key) => !["location", "offset", "length", "checksum"].includes(key));
  if (unknown !== undefined)
    throw malformed(where, `its external data has a field ${quote(unknown)} that ONNX does not know`);
  return place;
}
