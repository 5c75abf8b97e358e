/**
 * Bytes of an ONNX file → ModelProto: the first step of reading. The field-by-field decoder is generated (see generated/); here
 * stands the reader of the wire format below it, stricter than protobufjs's own: nothing in the file is dropped or rounded.
 *
 * Source: the protocol buffers encoding (https://protobuf.dev/programming-guides/encoding/) and onnx-ml.proto.
 */

import protobuf from "protobufjs/minimal.js";
import { CalypteError, LimitError, ModelParseError } from "../../errors.js";
import { type Int64, type ModelProto, onnx } from "./generated/onnx-ml.js";

/** Nodes, attributes, tensors and types together. Each takes some 200 bytes of memory, however few it takes in the file. */
const maxMessages = 1_000_000;

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The text of UTF-8 bytes; undefined where they are not UTF-8. */
export function textOf(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

/** What the generated decoder and this file use of protobufjs's Reader. */
interface WireReader {
  readonly buf: Uint8Array;
  pos: number;
  len: number;
  size(): number;
  bytes(): Uint8Array;
  string(): string;
  int32(): number;
  int64(): Int64;
  uint64(): Int64;
  skipType(wireType: number, depth: number, field: number): unknown;
}

// protobufjs declares 64-bit integers as Long; the subclass below gives them another type, which no override may.
const BaseReader = protobuf.Reader as unknown as new (bytes: Uint8Array) => WireReader;

class ModelReader extends BaseReader {
  #messages = 0;

  /** The length of a nested message or packed field; texts and bytes do not come here. */
  override size(): number {
    if (++this.#messages > maxMessages) {
      throw new LimitError(
        `onnx: byte ${this.pos}: the file has more than ${maxMessages} nodes, attributes, tensors and types`,
      );
    }
    return super.size();
  }

  override bytes(): Uint8Array {
    const length = super.size();
    const start = this.pos;
    if (length > this.len - start) throw new RangeError("index out of range");
    this.pos = start + length;
    return this.buf.subarray(start, this.pos);
  }

  override string(): string {
    const start = this.pos;
    const text = textOf(this.bytes());
    if (text === undefined) {
      this.pos = start;
      throw new Error("a text is not UTF-8");
    }
    return text;
  }

  /** protobufjs cuts a varint to its low 32 bits; here one that does not fit is an error. */
  override int32(): number {
    const value = this.int64();
    if (typeof value === "bigint" || value !== (value | 0)) throw new Error(`${value} does not fit a 32-bit integer`);
    return value;
  }

  override int64(): Int64 {
    const [low, high] = this.#varint();
    if (high < 2 ** 21) return low + high * 2 ** 32;
    return smallest(BigInt.asIntN(64, (BigInt(high) << 32n) | BigInt(low)));
  }

  override uint64(): Int64 {
    const [low, high] = this.#varint();
    if (high < 2 ** 21) return low + high * 2 ** 32;
    return (BigInt(high) << 32n) | BigInt(low);
  }

  /** The generated decoder asks to skip what its schema lacks, or has with another wire type. */
  override skipType(wireType: number, _depth: number, field: number): never {
    throw new Error(`field ${field} with wire type ${wireType} is not in the ONNX schema`);
  }

  /** The two unsigned 32-bit halves of a varint of at most 64 bits. */
  #varint(): readonly [number, number] {
    const { buf, len } = this;
    let low = 0;
    let high = 0;
    for (let i = 0; i < 10; i++) {
      if (this.pos >= len) throw new RangeError("index out of range");
      const byte = buf[this.pos++]!;
      const bits = byte & 127;
      if (i < 4) low |= bits << (7 * i);
      else if (i === 4) {
        low |= bits << 28;
        high = bits >> 4;
      } else if (i < 9) high |= bits << (7 * i - 32);
      else if (byte > 1) break;
      else high |= bits << 31;
      if (byte < 128) return [low >>> 0, high >>> 0];
    }
    throw new Error("a varint is longer than 64 bits");
  }
}

function smallest(value: bigint): Int64 {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/**
 * Decodes the bytes of an ONNX file. Throws ModelParseError with the byte offset where they are no ModelProto, LimitError where
 * they hold more messages than memory should be spent on.
 */
export function decodeModel(bytes: Uint8Array): ModelProto {
  const reader = new ModelReader(bytes);
  try {
    return onnx.ModelProto.decode(reader);
  } catch (error) {
    if (error instanceof CalypteError || !(error instanceof Error)) throw error;
    throw new ModelParseError("onnx", `byte ${reader.pos} of ${bytes.length}`, reasonOf(error), { cause: error });
  }
}

function reasonOf(error: Error): string {
  if (error.message.startsWith("index out of range")) {
    return "a field runs past the end of what holds it; the file is truncated or damaged, copy or export it again";
  }
  if (error.message === "max depth exceeded") return "messages are nested more than 100 deep, expected a flat graph";
  return `${error.message}; the file is damaged or not an ONNX model`;
}
