/**
 * The attributes of an ONNX node as compilers see them (`AttributeView`). Keeps account of what was read, so that an attribute that
 * nothing understood can be refused.
 *
 * Source: onnx-ml.proto, message AttributeProto; the `type` field decides which value counts.
 */

import { UnsupportedError } from "../../errors.js";
import type { AttributeView } from "../../ir/sources.js";
import type { AttributeProto, Int64, NodeProto } from "./generated/onnx-ml.js";
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
  { name: "FLOATS", field: "floats" },
  { name: "INTS", field: "ints" },
  { name: "STRINGS", field: "strings" },
  { name: "TENSORS", field: "tensors" },
  { name: "GRAPHS", field: "graphs" },
  { name: "SPARSE_TENSOR", field: "sparse_tensor" },
  { name: "SPARSE_TENSORS", field: "sparse_tensors" },
  { name: "TYPE_PROTO", field: "tp" },
  { name: "TYPE_PROTOS", field: "type_protos" },
] as const satisfies readonly { readonly name: string; readonly field: keyof AttributeProto }[];

type AttributeType = (typeof attributeTypes)[number]["name"];

interface TypedAttribute {
  readonly type: AttributeType;
  readonly proto: AttributeProto;
}

export interface NodeAttributes extends AttributeView {
  /** Attributes that were neither read nor ignored, in the order of the file. */
  unread(): readonly string[];
}

/**
 * The attributes of a node. Throws ModelParseError where one is named twice, has no type or more than one value;
 * UnsupportedError where one is a subgraph.
 */
export function nodeAttributes(node: NodeProto, where: string): NodeAttributes {
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

  return {
    has: (name) => byName.has(name),
    // A writer may leave out zeros and empty texts, as proto3 does; the type says that the value is there.
    int: (name, fallback) => read(name, "INT", fallback, (proto) => exact(name, proto.i ?? 0)),
    float: (name, fallback) => read(name, "FLOAT", fallback, (proto) => proto.f ?? 0),
    string: (name, fallback) =>
      read(name, "STRING", fallback, (proto) => readText(proto.s ?? new Uint8Array(), place(name))),
    ints: (name, fallback) => read(name, "INTS", fallback, (proto) => proto.ints.map((value) => exact(name, value))),
    int64s: (name, fallback) => read(name, "INTS", fallback, (proto) => proto.ints.map(BigInt)),
    floats: (name, fallback) =>
      Float32Array.from(read<ArrayLike<number>>(name, "FLOATS", fallback, (proto) => proto.floats)),
    strings: (name, fallback) =>
      read(name, "STRINGS", fallback, (proto) => proto.strings.map((bytes) => readText(bytes, place(name)))),
    tensor: (name) =>
      read(name, "TENSOR", undefined, (proto) => {
        if (proto.t === null) throw malformed(place(name), "it is of type TENSOR, but has no tensor");
        return readTensor(proto.t, place(name));
      }),
    ignore: (...names) => {
      for (const name of names) touched.add(name);
    },
    unread: () => [...byName.keys()].filter((name) => !touched.has(name)),
  };
}

function typeOfAttribute(proto: AttributeProto, where: string): AttributeType {
  const place = `${where}: attribute ${quote(proto.name ?? "")}`;
  const declared = attributeTypes[proto.type ?? 0];
  if (declared === undefined || declared.name === "UNDEFINED") {
    throw malformed(place, `its type is ${proto.type ?? "not set"}, expected one of ONNX's attribute types`);
  }
  if (declared.name === "GRAPH" || declared.name === "GRAPHS") {
    throw new UnsupportedError(
      place,
      "operators with subgraphs are not supported",
      "export the model without control flow",
    );
  }
  if ((proto.ref_attr_name ?? "") !== "") {
    throw malformed(place, "it refers to an attribute of a function, but stands in the main graph");
  }
  for (const { name, field } of attributeTypes) {
    if (name === "UNDEFINED" || field === declared.field) continue;
    const value = proto[field];
    if (Array.isArray(value) ? value.length > 0 : value !== null) {
      throw malformed(place, `it has a value in ${field}, but its type is ${declared.name}`);
    }
  }
  return declared.name;
}
