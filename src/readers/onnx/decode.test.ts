import { existsSync, readdirSync, readFileSync } from "node:fs";
import onnxProto from "onnx-proto";
import { describe, expect, it } from "vitest";
import { onnxFile } from "../../../test-models/onnx-file.js";
import { LimitError, ModelParseError } from "../../errors.js";
import { decodeModel } from "./decode.js";

/** A length-delimited field. */
function field(number: number, content: readonly number[]): number[] {
  return [(number << 3) | 2, ...varint(content.length), ...content];
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  return [...bytes, rest];
}

const decode = (...bytes: readonly number[]) => decodeModel(Uint8Array.from(bytes));

describe("64-bit integers", () => {
  it("are exact at the ends of their range", () => {
    const ints = [0n, 1n, -1n, 2n ** 53n - 1n, 2n ** 53n, -(2n ** 53n) - 1n, 2n ** 63n - 1n, -(2n ** 63n)];
    const bytes = onnxFile({
      nodes: [{ op: "A", inputs: [], outputs: [], attributes: { k: { ints }, i: { int: -(2n ** 62n) - 1n } } }],
      inputs: [],
      outputs: [],
    });
    const attributes = decodeModel(bytes).graph?.node[0]?.attribute;
    expect(Array.from(attributes?.[0]?.ints ?? [], BigInt)).toEqual(ints);
    expect(Array.from(attributes?.[0]?.ints ?? []).slice(0, 5)).toEqual([0, 1, -1, 2 ** 53 - 1, 2n ** 53n]);
    expect(attributes?.[1]?.i).toBe(-(2n ** 62n) - 1n);
  });

  it("are read from varints that are longer than needed, up to ten bytes", () => {
    expect(decode(0x08, 0x88, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00).ir_version).toBe(8);
    expect(() => decode(0x08, 0x88, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x02)).toThrow(
      /^onnx: byte 11 of 11: a varint is longer than 64 bits/,
    );
  });

  it("are refused where 32 bits are meant", () => {
    // graph.initializer.data_type = 2^32 + 1, which protobufjs would cut to 1 (FLOAT).
    const tensor = [0x10, ...varint(2 ** 32 + 1)];
    expect(() => decode(...field(7, field(5, tensor)))).toThrow("4294967297 does not fit a 32-bit integer");
  });
});

describe("numbers that repeat", () => {
  const floatBytes = (value: number) => [...new Uint8Array(Float32Array.of(value).buffer)];
  const attributeOf = (...content: readonly number[]) =>
    decode(...field(7, field(1, field(5, content)))).graph?.node[0]?.attribute[0];

  it("are one list, packed or not, in one piece or in many", () => {
    const pieces = [
      ...[0x40, 1, 0x40, ...varint(300), 0x40, ...varint(100_000)],
      ...[0x3d, ...floatBytes(0.5), 0x3d, ...floatBytes(-0)],
      ...field(8, [2, ...varint(2 ** 40), 3]),
      ...field(7, [...floatBytes(Number.POSITIVE_INFINITY), ...floatBytes(1.25)]),
      ...[0x40, 4, 0x3d, ...floatBytes(7)],
      ...field(8, []),
      ...field(7, []),
    ];
    const attribute = attributeOf(...pieces);
    expect(attribute?.ints).toEqual(Float64Array.of(1, 300, 100_000, 2, 2 ** 40, 3, 4));
    expect(attribute?.floats).toEqual(Float32Array.of(0.5, -0, Number.POSITIVE_INFINITY, 1.25, 7));
  });

  it("stay exact when one of them is no exact number, and through a message in two parts", () => {
    const wide = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f];
    expect(attributeOf(0x40, 5, 0x40, ...wide, 0x40, 6)?.ints).toEqual([5, 2n ** 63n - 1n, 6]);
    // The attribute's tensor twice: its dims are those of both.
    const parts = [...field(5, [0x08, 5, 0x08, ...wide]), ...field(5, [0x08, 6]), ...field(5, [0x10, 1])];
    expect(attributeOf(...parts)?.t?.dims).toEqual([5, 2n ** 63n - 1n, 6]);
    expect(attributeOf(...field(5, [0x08, 5]), ...field(5, [0x08, 6]))?.t?.dims).toEqual(Int32Array.of(5, 6));
    expect(attributeOf(...field(5, [0x22, 4, ...floatBytes(1)]), ...field(5, [0x22, 0]))?.t?.float_data).toEqual(
      Float32Array.of(1),
    );
  });

  it("take time in proportion to the file, however it scatters them", () => {
    // graph, node and attribute, then 100,000 times an element of `ints` and the attribute's type (field 20)
    const content = Array.from({ length: 100_000 }, () => [0x40, 1, 0xa0, 1, 7]).flat();
    const model = [5, 1, 7].reduce(
      (inner, number) => [(number << 3) | 2, ...varint(inner.length)].concat(inner),
      content,
    );
    const attribute = decodeModel(Uint8Array.from(model)).graph?.node[0]?.attribute[0];
    expect(attribute?.ints).toEqual(new Int32Array(100_000).fill(1));
  });

  it("are refused where they are cut off", () => {
    const cuts = [[0x40], [0x40, 1, 0x40], [0x40, 0x80], [0x3d, 0, 0, 0], [0x3d, 0, 0, 0, 0, 0x3d], [0x42, 1, 0x80]];
    for (const cut of [...cuts, [0x3a, 3, 0, 0, 0], [0x3a, 4, 0, 0, 0], [0x42, 2, 1]]) {
      expect(() => attributeOf(...cut)).toThrow(/a field runs past the end of what holds it/);
    }
  });
});

describe("byte strings that repeat", () => {
  it("are read each as it stands", () => {
    const list = ["LEAF", "BRANCH_LEQ", "LEAF", "", "LEAF", "LEAG", "FEAL", "x".repeat(100), "BRANCH_LEQ", "LEAF"];
    const coded = list.flatMap((text) => field(9, [...new TextEncoder().encode(text)]));
    const strings = decode(...field(7, field(1, field(5, coded)))).graph?.node[0]?.attribute[0]?.strings;
    expect(strings?.map((bytes) => new TextDecoder().decode(bytes))).toEqual(list);
  });
});

describe("damaged bytes", () => {
  it("are refused with their offset where a length runs past the end", () => {
    expect(() => decode(0x08, 0x08, 0x3a, 0x7f, 0x0a)).toThrow(
      /^onnx: byte 4 of 5: a field runs past the end of what holds it; the file is truncated/,
    );
    expect(() => decode(0x12, 0x05, 0x61)).toThrow(ModelParseError);
    expect(() => decode(0x3a, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01)).toThrow(ModelParseError);
  });

  it("are refused where a field or wire type is not in the schema", () => {
    expect(() => decode(0x08, 0x08, 0x58, 0x01)).toThrow("field 11 with wire type 0 is not in the ONNX schema");
    // producer_name as a varint
    expect(() => decode(0x10, 0x01)).toThrow("field 2 with wire type 0 is not in the ONNX schema");
  });

  it("are refused where they open or close groups", () => {
    expect(() => decode(0x0b, 0x0c)).toThrow(ModelParseError);
    expect(() => decode(...new Array<number>(100_000).fill(0x3b))).toThrow(ModelParseError);
    expect(() => decode(0x0c)).toThrow(ModelParseError);
  });

  it("are refused where a text is not UTF-8; a byte order mark stays", () => {
    expect(() => decode(...field(2, [0x61, 0xff]))).toThrow(/^onnx: byte 1 of 4: a text is not UTF-8/);
    expect(decode(...field(2, [0xef, 0xbb, 0xbf, 0x61])).producer_name).toBe("\ufeffa");
  });

  it("are refused where subgraphs are nested too deep", () => {
    const nested = (levels: number): Uint8Array => {
      // graph (model 7, attribute 6) > node (1) > attribute (5) > graph …, written from the inside out
      const headers: number[][] = [];
      let length = 0;
      for (let i = 0; i < levels; i++) {
        for (const number of i === levels - 1 ? [5, 1, 7] : [5, 1, 6]) {
          const header = [(number << 3) | 2, ...varint(length)];
          headers.push(header);
          length += header.length;
        }
      }
      return Uint8Array.from(headers.reverse().flat());
    };
    expect(decodeModel(nested(20)).graph?.node[0]?.attribute).toHaveLength(1);
    for (const levels of [34, 1_000, 100_000]) {
      expect(() => decodeModel(nested(levels))).toThrow(/nested more than 100 deep/);
    }
  });

  it("are refused before a flood of empty messages takes memory", () => {
    const nodes = new Uint8Array(2_000_004);
    for (let i = 0; i < nodes.length; i += 2) nodes[i] = 0x0a;
    const length = varint(nodes.length);
    const bytes = new Uint8Array(1 + length.length + nodes.length);
    bytes.set([0x3a, ...length]);
    bytes.set(nodes, 1 + length.length);
    expect(() => decodeModel(bytes)).toThrow(LimitError);
  });
});

const models = new URL("../../../test-models/onnx/", import.meta.url);
const files = readdirSync(models)
  .map((name) => new URL(`${name}/model.onnx`, models))
  .filter(existsSync);

/** A message of onnx-proto in the form that our decoder gives: own names, exact integers, plain bytes. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return Array.from(value);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  if ("low" in value && "high" in value) {
    return BigInt.asIntN(64, (BigInt(Number(value.high)) << 32n) | BigInt(Number(value.low) >>> 0));
  }
  const entries = Object.entries(value).map(([key, child]) => [snake(key), plain(child)] as const);
  return Object.fromEntries(entries.filter(([, child]) => !Array.isArray(child) || child.length > 0));
}

const snake = (key: string): string => key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** Names of 64-bit fields, whose numbers the other decoder gives as Long. */
const int64Fields = new Set([
  "i",
  "ints",
  "dims",
  "int64_data",
  "uint64_data",
  "ir_version",
  "model_version",
  "version",
  "dim_value",
]);

function ours(value: unknown, key = ""): unknown {
  if (int64Fields.has(key) && (typeof value === "number" || typeof value === "bigint")) return BigInt(value);
  // Ours keeps the bytes of what it never looks into.
  if (key === "sequence_type" && value instanceof Uint8Array) {
    return plain(onnxProto.onnx.TypeProto.Sequence.decode(value));
  }
  if (value instanceof Uint8Array) return Array.from(value);
  if (
    Array.isArray(value) ||
    value instanceof Int32Array ||
    value instanceof Float32Array ||
    value instanceof Float64Array
  ) {
    return Array.from<unknown, unknown>(value, (child) => ours(child, key));
  }
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([name, child]) => [name, ours(child, name)] as const);
  // Ours names the fields that the file does not set.
  const set = entries.filter(([, child]) => child !== null && (!Array.isArray(child) || child.length > 0));
  return Object.fromEntries(set);
}

describe("a second decoder", () => {
  it("has models to compare on", () => {
    expect(files.length).toBeGreaterThanOrEqual(30);
  });

  it.each(files.map((file) => [file.pathname.split("/").at(-2), file] as const))("agrees on %s", (_, file) => {
    const bytes = readFileSync(file);
    const got = ours(decodeModel(bytes));
    expect(got).toStrictEqual(plain(onnxProto.onnx.ModelProto.decode(bytes)));
  });
});
