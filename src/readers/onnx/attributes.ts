/**
 * The attributes of an ONNX node as compilers see them (`AttributeView`). Keeps account of what was read, so that an attribute that
 * nothing understood can be refused.
 *
 * Source: onnx-ml.proto, message AttributeProto; the `type` field decides which value counts.
 */

import type { AttributeView, Subgraph } from "../../ir/sources.js";
import type { AttributeProto, GraphProto, Int64, NodeProto } from "./generated/onnx-ml.js";
import { malformed, quote } from "./names.js";
import { readTensor, readText } from "./tensors.js";

/** By AttributeProto.AttributeType: its name in onnx-ml.proto, and the field that holds the value. */
const attributeTypes = [
  { name: "UNDEFINED", field: "type" },
  { name: "FLOAT", field: "f" },
  { name: "INT", field: "i" },
  { name: "STRING", field: "s" },
  { name: "TENSOR", field: "t" },
  { name: "GRAPH", field: "g" },
  { name: "FLOATS", field: "floats", repeated: true },
  { name: "INTS", field: "ints", repeated: true },
  { name: "STRINGS", field: "strings", repeated: true },
  { name: "TENSORS", field: "tensors", repeated: true },
  { name: "GRAPHS", field: "graphs", repeated: true },
  { name: "SPARSE_TENSOR", field: "sparse_tensor" },
  { name: "SPARSE_TENSORS", field: "sparse_tensors", repeated: true },
  { name: "TYPE_PROTO", field: "tp" },
  { name: "TYPE_PROTOS", field: "type_protos", repeated: true },
] as const satisfies readonly AttributeValue[];

/** A type's name in onnx-ml.proto, and the field of AttributeProto that holds its values. */
interface AttributeValue {
  readonly name: string;
  readonly field: keyof AttributeProto;
  readonly repeated?: true;
}

type AttributeType = (typeof attributeTypes)[number]["name"];

interface TypedAttribute {
  readonly type: AttributeType;
  readonly proto: AttributeProto;
}

export interface NodeAttributes extends AttributeView {
  /** Attributes that were neither read nor ignored, in the order of the file. */
  unread(): readonly string[];
}

/** Reads the graph of an attribute; `place` names the attribute. */
export type SubgraphReader = (graph: GraphProto, place: string) => Subgraph;

/** The attributes of a node. Throws ModelParseError where one is named twice, has no type or more than one value. */
export function nodeAttributes(node: NodeProto, where: string, readSubgraph?: SubgraphReader): NodeAttributes {
  const byName = new Map<string, TypedAttribute>();
  for (const proto of node.attribute) {
    const name = proto.name ?? "";
    if (name === "") throw malformed(where, "an attribute has no name");
    if (byName.has(name)) throw malformed(where, `attribute ${quote(name)} stands twice`);
    byName.set(name, { type: typeOfAttribute(proto, where), proto });
  }
  const touched = new Set<string>();
  const place = (name: string) => `${where}: attribute ${quote(name)}`;

  /** The attribute's value where it is there, checked to be of the type; else the fallback, where there is one. */
  const read = <T>(
    name: string,
    type: AttributeType,
    fallback: T | undefined,
    value: (proto: AttributeProto) => T,
  ): T => {
    touched.add(name);
    const found = byName.get(name);
    if (found === undefined) {
      if (fallback !== undefined) return fallback;
      throw malformed(where, `attribute ${quote(name)} is missing, expected ${type}`);
    }
    if (found.type !== type) throw malformed(place(name), `it is of type ${found.type}, expected ${type}`);
    return value(found.proto);
  };
  const exact = (name: string, value: Int64): number => {
    if (typeof value === "number") return value;
    throw malformed(place(name), `${value} is beyond ±2^53, expected a smaller integer`);
  };
  const numbers = (name: string, values: ArrayLike<Int64>): Int32Array | Float64Array => {
    if (values instanceof Int32Array || values instanceof Float64Array) return values;
    return Float64Array.from(values, (value) => exact(name, value));
  };

  return {
    has: (name) => byName.has(name),
    // A writer may leave out zeros and empty texts, as proto3 does; the type says that the value is there.
    int: (name, fallback) => read(name, "INT", fallback, (proto) => exact(name, proto.i ?? 0)),
    float: (name, fallback) => read(name, "FLOAT", fallback, (proto) => proto.f ?? 0),
    string: (name, fallback) =>
      read(name, "STRING", fallback, (proto) => readText(proto.s ?? new Uint8Array(), place(name))),
    ints: (name, fallback) =>
      read<readonly number[]>(name, "INTS", fallback, (proto) => Array.from(numbers(name, proto.ints))),
    intColumn: (name, fallback) =>
      numbers(
        name,
        read<ArrayLike<Int64>>(name, "INTS", fallback, (proto) => proto.ints),
      ),
    int64s: (name, fallback) => read(name, "INTS", fallback, (proto) => Array.from(proto.ints, BigInt)),
    floats: (name, fallback) => {
      const values = read<ArrayLike<number>>(name, "FLOATS", fallback, (proto) => proto.floats);
      return values instanceof Float32Array ? values : Float32Array.from(values);
    },
    strings: (name, fallback) => read(name, "STRINGS", fallback, (proto) => readTexts(proto.strings, place(name))),
    tensor: (name) =>
      read(name, "TENSOR", undefined, (proto) => {
        if (proto.t === null) throw malformed(place(name), "it is of type TENSOR, but has no tensor");
        return readTensor(proto.t, place(name));
      }),
    graph: (name) =>
      read(name, "GRAPH", undefined, (proto) => {
        if (proto.g === null) throw malformed(place(name), "it is of type GRAPH, but has no graph");
        if (readSubgraph === undefined) throw malformed(place(name), "a graph stands where none is allowed");
        return readSubgraph(proto.g, place(name));
      }),
    ignore: (...names) => {
      for (const name of names) touched.add(name);
    },
    unread: () => [...byName.keys()].filter((name) => !touched.has(name)),
  };
}

/** The texts of a list. The decoder gives equal ones as the same bytes, mostly, which are then decoded once. */
function readTexts(list: readonly Uint8Array[], where: string): readonly string[] {
  const known = new Map<Uint8Array, string>();
  return list.map((bytes) => {
    let text = known.get(bytes);
    if (text === undefined) {
      text = readText(bytes, where);
      known.set(bytes, text);
    }
    return text;
  });
}

function typeOfAttribute(proto: AttributeProto, where: string): AttributeType {
  const place = `${where}: attribute ${quote(proto.name ?? "")}`;
  const declared = attributeTypes[proto.type ?? 0];
  if (declared === undefined || declared.name === "UNDEFINED") {
    throw malformed(place, `its type is ${proto.type ?? "not set"}, expected one of ONNX's attribute types`);
  }
  if ((proto.ref_attr_name ?? "") !== "") {
    throw malformed(place, "it refers to an attribute of a function, but stands in the main graph");
  }
  for (const { name, field, repeated } of attributeTypes as readonly AttributeValue[]) {
    if (name === "UNDEFINED" || field === declared.field) continue;
    const value = proto[field];
    if (repeated === true ? (value as ArrayLike<unknown>).length > 0 : value !== null) {
      throw malformed(place, `it has a value in ${field}, but its type is ${declared.name}`);
    }
  }
  return declared.name;
}
