/** Fields of protocol buffer messages, written with protobufjs's Writer: what the emitters of ONNX and SavedModel need of the format. */

import protobuf from "protobufjs/minimal.js";

export type Writer = protobuf.Writer;

/** Bytes that a message can have: its lengths are 32-bit. */
export const mostMessageBytes = 2 ** 31 - 1;

const wire = { varint: 0, bytes: 2, fixed32: 5 } as const;
const tag = (field: number, type: number): number => field * 8 + type;

export const text = (w: Writer, field: number, value: string): Writer => w.uint32(tag(field, wire.bytes)).string(value);

export const bytes = (w: Writer, field: number, value: Uint8Array): Writer =>
  w.uint32(tag(field, wire.bytes)).bytes(value);

/** int32, int64, enum; bool as 0 or 1. */
export const integer = (w: Writer, field: number, value: number): Writer =>
  w.uint32(tag(field, wire.varint)).int64(value);

export const float = (w: Writer, field: number, value: number): Writer =>
  w.uint32(tag(field, wire.fixed32)).float(value);

export function message(w: Writer, field: number, write: (inner: Writer) => void): Writer {
  w.uint32(tag(field, wire.bytes)).fork();
  write(w);
  return w.ldelim();
}

/** One entry of a map from text to messages. */
export const entry = (w: Writer, field: number, key: string, write: (inner: Writer) => void): Writer =>
  message(w, field, (e) => message(text(e, 1, key), 2, write));

/** The bytes of one message. */
export function encode(write: (w: Writer) => void): Uint8Array {
  const w = protobuf.Writer.create();
  write(w);
  return w.finish();
}
