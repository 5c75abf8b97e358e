/**
 * The wire format of protocol buffers below the messages of ONNX: varints, texts, and columns of numbers. Nothing in the file is
 * dropped or rounded, and no memory is taken that the bytes at hand do not account for.
 *
 * Source: the protocol buffers encoding (https://protobuf.dev/programming-guides/encoding/).
 */

import { ModelParseError } from "../../errors.js";
import type { Int64 } from "./generated/onnx-ml.js";

/** Bytes being read. */
export interface Wire {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  /** The next byte to read. */
  at: number;
  /** Where the message at hand ends. */
  end: number;
  /** The upper 32 bits of the varint read last. */
  high: number;
  /** Some of the byte strings read last, so that a list that repeats a few of them holds each once. */
  readonly recent: Uint8Array[];
}

export function wireOf(bytes: Uint8Array): Wire {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return { bytes, view, at: 0, end: bytes.length, high: 0, recent: [] };
}

/** A ModelParseError at an offset, where the reader stands by default. */
export function damaged(
  wire: Wire,
  message: string,
  at = wire.at,
  advice = "the file is damaged or not an ONNX model",
): ModelParseError {
  return new ModelParseError("onnx", `byte ${at} of ${wire.bytes.length}`, `${message}; ${advice}`);
}

function cutShort(wire: Wire): ModelParseError {
  const advice = "the file is truncated or damaged, copy or export it again";
  return damaged(wire, "a field runs past the end of what holds it", wire.at, advice);
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Names are short and ASCII, for which calling the decoder costs more than it does. */
const longestName = 48;

/** The text of UTF-8 bytes; undefined where they are not UTF-8. */
export function textOf(bytes: Uint8Array): string | undefined {
  if (bytes.length <= longestName && bytes.every((byte) => byte < 128)) return String.fromCharCode(...bytes);
  try {
    return utf8.decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

/** The lower 32 bits of a varint of at most 64; the upper ones are left in `high`. Both unsigned. */
function readVarint(wire: Wire): number {
  const { bytes, end } = wire;
  let low = 0;
  let high = 0;
  for (let i = 0; i < 10; i++) {
    if (wire.at >= end) throw cutShort(wire);
    const byte = bytes[wire.at++]!;
    const bits = byte & 127;
    if (i < 4) low |= bits << (7 * i);
    else if (i === 4) {
      low |= bits << 28;
      high = bits >> 4;
    } else if (i < 9) high |= bits << (7 * i - 32);
    else if (byte > 1) break;
    else high |= bits << 31;
    if (byte < 128) {
      wire.high = high >>> 0;
      return low >>> 0;
    }
  }
  throw damaged(wire, "a varint is longer than 64 bits");
}

export function readInt64(wire: Wire): Int64 {
  const low = readVarint(wire);
  const { high } = wire;
  if (high < 2 ** 21) return low + high * 2 ** 32;
  const value = BigInt.asIntN(64, (BigInt(high) << 32n) | BigInt(low));
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

export function readUint64(wire: Wire): Int64 {
  const low = readVarint(wire);
  const { high } = wire;
  return high < 2 ** 21 ? low + high * 2 ** 32 : (BigInt(high) << 32n) | BigInt(low);
}

export function readInt32(wire: Wire): number {
  const value = readInt64(wire);
  if (typeof value === "bigint" || value !== (value | 0)) throw beyond32(wire, value);
  return value;
}

function beyond32(wire: Wire, value: Int64): ModelParseError {
  return damaged(wire, `${value} does not fit a 32-bit integer`);
}

/** The field number and wire type in one number, as the file has them. */
export function readTag(wire: Wire): number {
  const tag = readVarint(wire);
  if (wire.high !== 0) throw damaged(wire, "a field's number is beyond those of the ONNX schema");
  return tag;
}

/** A length, checked: so many bytes are there. */
export function readLength(wire: Wire): number {
  const length = readVarint(wire);
  if (wire.high !== 0 || length > wire.end - wire.at) throw cutShort(wire);
  return length;
}

export function readFloat(wire: Wire): number {
  if (wire.end - wire.at < 4) throw cutShort(wire);
  wire.at += 4;
  return wire.view.getFloat32(wire.at - 4, true);
}

export function readDouble(wire: Wire): number {
  if (wire.end - wire.at < 8) throw cutShort(wire);
  wire.at += 8;
  return wire.view.getFloat64(wire.at - 8, true);
}

/** A view of the file's bytes. */
export function readBytes(wire: Wire): Uint8Array {
  const length = readLength(wire);
  wire.at += length;
  return wire.bytes.subarray(wire.at - length, wire.at);
}

export function readString(wire: Wire): string {
  const start = wire.at;
  const text = textOf(readBytes(wire));
  if (text === undefined) throw damaged(wire, "a text is not UTF-8", start);
  return text;
}

/** Byte strings that are looked for among the last ones. */
const longestKept = 64;

/**
 * Appends the byte string at hand and, as long as its one-byte `tag` repeats, those behind it. One that is equal to one of the last
 * few is the same view as that.
 */
export function readByteStrings(wire: Wire, list: Uint8Array[], tag: number): void {
  const { bytes, end, recent } = wire;
  for (;;) {
    const length = readLength(wire);
    const at = wire.at;
    const next = at + length;
    wire.at = next;
    if (length === 0 || length > longestKept) list.push(bytes.subarray(at, next));
    else {
      const slot = (length * 5 + bytes[at]! + 3 * bytes[next - 1]!) & 15;
      const known = recent[slot];
      let same = 0;
      if (known?.length === length) while (same < length && known[same] === bytes[at + same]) same++;
      if (same < length) recent[slot] = bytes.subarray(at, next);
      list.push(recent[slot]!);
    }
    if (next >= end || bytes[next] !== tag) return;
    wire.at = next + 1;
  }
}

/**
 * The numbers of a repeated field, which a file may write in several pieces. Integers are in 32 bits while they fit, which code that is
 * not yet optimised reads and writes without an object for each.
 */
export interface Column {
  values: Int32Array | Float32Array | Float64Array;
  length: number;
  /** All of the values, once there is one that is no exact number. */
  wide: Int64[] | undefined;
}

/** Says that a field is packed: its numbers follow each other without tags. */
export const packed = -1;

/** The numbers at hand up to the end of the packed field (`end`), or, each after its one-byte `tag`, as long as it repeats. */
export function readFixed(wire: Wire, column: Column, width: 4 | 8, tag: number): void {
  const { bytes, view, end, at } = wire;
  const stride = tag === packed ? width : width + 1;
  let count = Math.floor((end - at) / stride);
  if (tag === packed) {
    if (count * width !== end - at) throw cutShort(wire);
  } else {
    if (end - at < width) throw cutShort(wire);
    count = 1;
    for (let next = at + width; next + stride <= end && bytes[next] === tag; next += stride) count++;
  }
  reserve(column, count);
  const { values, length } = column;
  if (width === 4) {
    // As bits: a float would be an object here.
    const bits = new Int32Array(values.buffer);
    for (let i = 0; i < count; i++) bits[length + i] = view.getInt32(at + i * stride, true);
  } else {
    for (let i = 0; i < count; i++) values[length + i] = view.getFloat64(at + i * stride, true);
  }
  column.length = length + count;
  wire.at = at + count * stride - (tag === packed ? 0 : 1);
}

/** As `readFixed`, for varints. */
export function readVarints(wire: Wire, column: Column, holds: "int32" | "int64" | "uint64", tag: number): void {
  const { bytes, end } = wire;
  let at = wire.at;
  if (tag === packed && at === end) return;
  reserve(column, countVarints(wire, tag));
  let { values, length } = column;
  for (;;) {
    if (at >= end) throw cutShort(wire);
    const byte = bytes[at]!;
    // Most numbers in a model take one byte, or two.
    if (byte < 128 && column.wide === undefined) {
      values[length++] = byte;
      at++;
    } else if (at + 1 < end && bytes[at + 1]! < 128 && column.wide === undefined) {
      values[length++] = (byte & 127) | (bytes[at + 1]! << 7);
      at += 2;
    } else {
      wire.at = at;
      const value = holds === "uint64" ? readUint64(wire) : readInt64(wire);
      at = wire.at;
      if (holds === "int32" && value !== (Number(value) | 0)) throw beyond32(wire, value);
      column.length = length;
      append(column, value);
      values = column.values;
      length++;
    }
    if (at === end) break;
    if (tag === packed) continue;
    if (bytes[at] !== tag) break;
    at++;
  }
  wire.at = at;
  column.length = length;
}

/** Adds an integer for which there is room, and gives the column a type that holds it. */
function append(column: Column, value: Int64): void {
  const { values, length } = column;
  if (column.wide === undefined && typeof value === "bigint") column.wide = Array.from(values.subarray(0, length));
  if (column.wide !== undefined) column.wide.push(value);
  else if (typeof value === "number") {
    if (values instanceof Int32Array && value !== (value | 0)) column.values = Float64Array.from(values);
    column.values[length] = value;
  }
}

/** How many varints `readVarints` will find, at most. */
function countVarints({ bytes, at, end }: Wire, tag: number): number {
  let count = 0;
  for (let next = at; next < end; ) {
    while (next < end && bytes[next]! >= 128) next++;
    next++;
    count++;
    if (tag !== packed && next < end && bytes[next++] !== tag) break;
  }
  return count;
}

function reserve(column: Column, more: number): void {
  const { values, length } = column;
  const needed = length + more;
  if (needed <= values.length) return;
  // Exact for a field in one piece; doubling for one in many.
  const capacity = length === 0 ? needed : Math.max(needed, 2 * values.length);
  const kind = values instanceof Int32Array ? Int32Array : values instanceof Float32Array ? Float32Array : Float64Array;
  column.values = new kind(capacity);
  column.values.set(values.subarray(0, length));
}

/** All numbers of the column. */
export function finished({ values, length, wide }: Column): ArrayLike<Int64> {
  return wide ?? (values.length === length ? values : values.slice(0, length));
}
