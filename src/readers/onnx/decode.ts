/**
 * Bytes of an ONNX file → ModelProto: the first step of reading. Walks the messages by the schema in generated/; what the schema
 * lacks is refused. Below it stands the wire format, wire.ts.
 *
 * Source: the protocol buffers encoding (https://protobuf.dev/programming-guides/encoding/) and onnx-ml.proto. As there, a singular
 * message that stands twice is merged, the last of a singular value counts, and numbers that repeat may be packed or not.
 */

import { LimitError } from "../../errors.js";
import { type Int64, type Messages, type ModelProto, type Scalar, schema } from "./generated/onnx-ml.js";
import {
  type Column,
  damaged,
  finished,
  packed,
  readByteStrings,
  readBytes,
  readDouble,
  readFixed,
  readFloat,
  readInt32,
  readInt64,
  readLength,
  readString,
  readTag,
  readUint64,
  readVarints,
  type Wire,
  wireOf,
} from "./wire.js";

/** Nodes, attributes, tensors and types together. Each takes some 200 bytes of memory, however few it takes in the file. */
const maxMessages = 1_000_000;
const maxDepth = 100;

/** A message whose fields are filled in one by one. */
type Decoded = Record<string, unknown>;

const wireTypes: Readonly<Record<Scalar, number>> = {
  string: 2,
  bytes: 2,
  float: 5,
  double: 1,
  int32: 0,
  int64: 0,
  uint64: 0,
};

const isScalar = (holds: Scalar | keyof Messages): holds is Scalar => Object.hasOwn(wireTypes, holds);

const empty: readonly never[] = [];

/** A message without any of its fields. */
function blank(name: keyof Messages): Decoded {
  const message: Decoded = {};
  for (const [field, holds, repeated] of Object.values(schema[name])) {
    if (repeated !== true) message[field] = null;
    else message[field] = holds === "float" ? new Float32Array() : holds === "double" ? new Float64Array() : empty;
  }
  return message;
}

interface Decoding extends Wire {
  /** Messages and packed fields so far. */
  messages: number;
  readonly blanks: Map<keyof Messages, Decoded>;
}

/**
 * Decodes the bytes of an ONNX file. Throws ModelParseError with the byte offset where they are no ModelProto, LimitError where
 * they hold more messages than memory should be spent on.
 */
export function decodeModel(bytes: Uint8Array): ModelProto {
  const wire: Decoding = { ...wireOf(bytes), messages: 0, blanks: new Map() };
  // The schema and the interfaces are generated from the same file, and `decodeMessage` fills in what the schema says.
  return decodeMessage(wire, "ModelProto", null, 0) as unknown as ModelProto;
}

/** The message from `at` to `end`; its fields are added to those of `before`. */
function decodeMessage(wire: Decoding, name: keyof Messages, before: Decoded | null, depth: number): Decoded {
  if (depth > maxDepth) {
    throw damaged(wire, "messages are nested more than 100 deep", wire.at, "expected a flat graph");
  }
  if (!wire.blanks.has(name)) wire.blanks.set(name, blank(name));
  const message = before ?? { ...wire.blanks.get(name) };
  const fields = schema[name];
  const columns = new Map<string, Column>();
  while (wire.at < wire.end) {
    const tag = readTag(wire);
    const number = tag >>> 3;
    const wireType = tag & 7;
    const field = fields[number];
    if (field === undefined) throw unknownField(wire, number, wireType);
    const [key, holds, repeated] = field;
    const expected = isScalar(holds) ? wireTypes[holds] : 2;
    if (repeated === true && expected !== 2) {
      if (wireType !== expected && wireType !== 2) throw unknownField(wire, number, wireType);
      const column = columns.get(key) ?? columnOf(message[key]);
      columns.set(key, column);
      readNumbers(wire, column, holds as Scalar, wireType === 2 ? packed : tag);
      continue;
    }
    if (wireType !== expected) throw unknownField(wire, number, wireType);
    if (repeated === true) {
      const list = message[key] === empty ? [] : (message[key] as unknown[]);
      message[key] = list;
      if (holds === "bytes") readByteStrings(wire, list as Uint8Array[], oneByte(tag));
      else list.push(isScalar(holds) ? readString(wire) : nested(wire, holds, null, depth));
    } else {
      message[key] = isScalar(holds)
        ? readScalar(wire, holds)
        : nested(wire, holds, message[key] as Decoded | null, depth);
    }
  }
  for (const [key, column] of columns) message[key] = finished(column);
  return message;
}

function nested(wire: Decoding, name: keyof Messages, before: Decoded | null, depth: number): Decoded {
  const outer = enter(wire);
  const message = decodeMessage(wire, name, before, depth + 1);
  wire.end = outer;
  return message;
}

/** Narrows the bytes at hand to those of the nested message or packed field; gives the end to go back to. */
function enter(wire: Decoding): number {
  if (++wire.messages > maxMessages) {
    throw new LimitError(
      `onnx: byte ${wire.at}: the file has more than ${maxMessages} nodes, attributes, tensors and types`,
    );
  }
  const length = readLength(wire);
  const outer = wire.end;
  wire.end = wire.at + length;
  return outer;
}

function readScalar(wire: Wire, holds: Scalar): unknown {
  switch (holds) {
    case "string":
      return readString(wire);
    case "bytes":
      return readBytes(wire);
    case "float":
      return readFloat(wire);
    case "double":
      return readDouble(wire);
    case "int32":
      return readInt32(wire);
    case "int64":
      return readInt64(wire);
    case "uint64":
      return readUint64(wire);
  }
}

/** The tag, or no byte at all where it takes several; it is then read for each value. */
const oneByte = (tag: number): number => (tag < 128 ? tag : 256);

/** `tag` is that of the numbers, or `packed`. */
function readNumbers(wire: Decoding, column: Column, holds: Scalar, tag: number): void {
  const outer = tag === packed ? enter(wire) : wire.end;
  const repeats = oneByte(tag);
  if (holds === "float") readFixed(wire, column, 4, repeats);
  else if (holds === "double") readFixed(wire, column, 8, repeats);
  else if (holds === "int32" || holds === "int64" || holds === "uint64") readVarints(wire, column, holds, repeats);
  wire.end = outer;
}

/** What a message has of a repeated field so far. */
function columnOf(before: unknown): Column {
  if (before instanceof Int32Array || before instanceof Float32Array || before instanceof Float64Array) {
    return { values: before, length: before.length, wide: undefined };
  }
  if (before === empty) return { values: new Int32Array(), length: 0, wide: undefined };
  // Once an integer was no exact number, they are a plain list.
  const wide = [...(before as readonly Int64[])];
  return { values: new Float64Array(wide.length), length: wide.length, wide };
}

function unknownField(wire: Wire, number: number, wireType: number): Error {
  return damaged(wire, `field ${number} with wire type ${wireType} is not in the ONNX schema`);
}
