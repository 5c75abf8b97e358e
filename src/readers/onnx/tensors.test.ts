import { readFileSync } from "node:fs";
import onnxProto from "onnx-proto";
import { describe, expect, it } from "vitest";
import { UnsupportedError } from "../../errors.js";
import type { Tensor } from "../../ir/tensor.js";
import { decodeModel } from "./decode.js";
import { elementTypes, readTensor } from "./tensors.js";

type Proto = onnxProto.onnx.ITensorProto;

/** Writes the tensor with the other implementation's encoder, then reads it. */
function read(tensor: Proto): Tensor {
  const bytes = onnxProto.onnx.ModelProto.encode({ graph: { initializer: [tensor] } }).finish();
  const proto = decodeModel(new Uint8Array(bytes)).graph?.initializer[0];
  if (proto === undefined) throw new Error("no initializer came back");
  return readTensor(proto, "t");
}

const code = (name: string): number => elementTypes.findIndex(({ onnxName }) => onnxName === name);
const long = (value: bigint) => ({
  low: Number(BigInt.asIntN(32, value)),
  high: Number(BigInt.asIntN(32, value >> 32n)),
  unsigned: false,
});
const raw = (name: string, data: ArrayBufferView, dims = [data.byteLength]): Proto => ({
  dataType: code(name),
  dims,
  rawData: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
});

describe("element types", () => {
  it("are those of onnx-ml.proto", () => {
    const schema = readFileSync(new URL("./generated/onnx-ml.proto", import.meta.url), "utf8");
    const names = /enum DataType \{([^}]*)\}/.exec(schema)?.[1]?.matchAll(/^\s*([A-Z]\w*) = (\d+);/gm) ?? [];
    expect([...names].map(([, name, number]) => [name, Number(number)])).toEqual(
      elementTypes.map(({ onnxName }, i) => [onnxName, i]),
    );
  });

  it.each(
    elementTypes.flatMap(({ onnxName, dtype }, i) => (dtype === undefined && i > 0 ? [[onnxName, i] as const] : [])),
  )("refuse %s by name", (name, dataType) => {
    expect(() => read({ dims: [1], dataType, rawData: Uint8Array.of(0) })).toThrow(UnsupportedError);
    expect(() => read({ dims: [1], dataType, rawData: Uint8Array.of(0) })).toThrow(
      `t: element type ${name} is not supported`,
    );
  });

  it("refuse codes that ONNX does not have", () => {
    expect(() => read({ dims: [1], dataType: 0, floatData: [1] })).toThrow(
      "onnx: t: element type 0 is not one of ONNX's",
    );
    expect(() => read({ dims: [1], floatData: [1] })).toThrow("element type 0 is not one of ONNX's");
    expect(() => read({ dims: [1], dataType: 29 })).toThrow("element type 29 is not one of ONNX's");
    expect(() => read({ dims: [1], dataType: -1 })).toThrow("element type -1 is not one of ONNX's");
  });
});

describe("raw_data", () => {
  it.each([
    ["FLOAT", "float32", Float32Array.of(1.5, -0, Number.NaN, -Infinity)],
    ["DOUBLE", "float64", Float64Array.of(0.1, -0, Number.NaN, Infinity)],
    ["INT8", "int8", Int8Array.of(-128, 0, 127, 1)],
    ["INT16", "int16", Int16Array.of(-32768, 0, 32767, 1)],
    ["INT32", "int32", Int32Array.of(-(2 ** 31), 0, 2 ** 31 - 1, 1)],
    ["INT64", "int64", BigInt64Array.of(-(2n ** 63n), 0n, 2n ** 63n - 1n, 2n ** 53n + 1n)],
    ["UINT8", "uint8", Uint8Array.of(0, 1, 254, 255)],
    ["UINT16", "uint16", Uint16Array.of(0, 1, 65534, 65535)],
    ["UINT32", "uint32", Uint32Array.of(0, 1, 2 ** 31, 2 ** 32 - 1)],
    ["UINT64", "uint64", BigUint64Array.of(0n, 1n, 2n ** 63n, 2n ** 64n - 1n)],
    ["BOOL", "bool", Uint8Array.of(0, 1, 1, 0)],
  ] as const)("holds %s", (name, dtype, data) => {
    expect(read(raw(name, data, [2, 2]))).toStrictEqual({ dtype, shape: [2, 2], data });
  });

  it("holds 16-bit floats, given as float32", () => {
    const halves = Uint16Array.of(0x3c00, 0xc000, 0x8000, 0x0001, 0x03ff, 0x7bff, 0x7c00, 0xfc00, 0x7e01, 0x3555);
    const data = Float32Array.of(
      1,
      -2,
      -0,
      2 ** -24,
      1023 * 2 ** -24,
      65504,
      Infinity,
      -Infinity,
      Number.NaN,
      0.333251953125,
    );
    expect(read(raw("FLOAT16", halves, [10]))).toStrictEqual({ dtype: "float16", shape: [10], data });
    const brains = Uint16Array.of(0x3f80, 0xc000, 0x8000, 0x0001, 0x7f7f, 0x7f80, 0xff80, 0x7fc0);
    const wide = Float32Array.of(1, -2, -0, 2 ** -133, 255 * 2 ** 120, Infinity, -Infinity, Number.NaN);
    expect(read(raw("BFLOAT16", brains, [8]))).toStrictEqual({ dtype: "bfloat16", shape: [8], data: wide });
  });

  it("must have the length that the shape needs", () => {
    expect(() => read(raw("FLOAT", Float32Array.of(1, 2, 3), [2, 2]))).toThrow(
      "onnx: t: 4 float32 values need 16 bytes of raw_data, got 12",
    );
    expect(() => read(raw("FLOAT", Uint8Array.of(1, 2, 3), [1]))).toThrow("need 4 bytes of raw_data, got 3");
    expect(() => read(raw("FLOAT", Float32Array.of(1), [0]))).toThrow(
      "0 float32 values need 0 bytes of raw_data, got 4",
    );
  });

  it("excludes typed fields and strings", () => {
    expect(() => read({ ...raw("FLOAT", Float32Array.of(1), [1]), floatData: [1] })).toThrow(
      "both raw_data and float_data",
    );
    expect(() => read({ ...raw("FLOAT", Float32Array.of(1), [1]), int32Data: [1] })).toThrow(
      "both raw_data and int32_data",
    );
    expect(() => read(raw("STRING", Uint8Array.of(97), [1]))).toThrow(
      "strings stand in raw_data, expected string_data",
    );
  });

  it("holds bools as 0 and 1 only", () => {
    expect(() => read(raw("BOOL", Uint8Array.of(0, 2)))).toThrow("element 1 is 2, expected a bool from 0 to 1");
  });
});

describe("typed fields", () => {
  it.each([
    ["FLOAT", { floatData: [1.5, -0, Number.NaN] }, "float32", Float32Array.of(1.5, -0, Number.NaN)],
    ["DOUBLE", { doubleData: [0.1, -0, -Infinity] }, "float64", Float64Array.of(0.1, -0, -Infinity)],
    ["INT8", { int32Data: [-128, 127, 0] }, "int8", Int8Array.of(-128, 127, 0)],
    ["INT16", { int32Data: [-32768, 32767, 0] }, "int16", Int16Array.of(-32768, 32767, 0)],
    ["INT32", { int32Data: [-(2 ** 31), 2 ** 31 - 1, 0] }, "int32", Int32Array.of(-(2 ** 31), 2 ** 31 - 1, 0)],
    ["UINT8", { int32Data: [255, 0, 1] }, "uint8", Uint8Array.of(255, 0, 1)],
    ["UINT16", { int32Data: [65535, 0, 1] }, "uint16", Uint16Array.of(65535, 0, 1)],
    ["BOOL", { int32Data: [1, 0, 1] }, "bool", Uint8Array.of(1, 0, 1)],
    ["FLOAT16", { int32Data: [0x3c00, 0xfc00, 0x8000] }, "float16", Float32Array.of(1, -Infinity, -0)],
    ["BFLOAT16", { int32Data: [0x3f80, 0xff80, 0x8000] }, "bfloat16", Float32Array.of(1, -Infinity, -0)],
  ] as const)("hold %s", (name, fields, dtype, data) => {
    const lists = Object.fromEntries(Object.entries(fields).map(([key, list]) => [key, [...list]]));
    expect(read({ dataType: code(name), dims: [3], ...lists })).toStrictEqual({ dtype, shape: [3], data });
  });

  it("hold 64-bit integers exactly", () => {
    const values = [-(2n ** 63n), 2n ** 53n + 1n, 7n];
    expect(read({ dataType: code("INT64"), dims: [3], int64Data: values.map(long) }).data).toStrictEqual(
      BigInt64Array.from(values),
    );
    const large = [2n ** 64n - 1n, 2n ** 53n + 1n, 7n];
    expect(read({ dataType: code("UINT64"), dims: [3], uint64Data: large.map(long) }).data).toStrictEqual(
      BigUint64Array.from(large),
    );
    const words = [2n ** 32n - 1n, 0n];
    expect(read({ dataType: code("UINT32"), dims: [2], uint64Data: words.map(long) }).data).toStrictEqual(
      Uint32Array.of(4294967295, 0),
    );
  });

  it("hold strings", () => {
    const stringData = ["", "é", "__proto__"].map((text) => new TextEncoder().encode(text));
    expect(read({ dataType: code("STRING"), dims: [3], stringData }).data).toStrictEqual(["", "é", "__proto__"]);
    expect(() => read({ dataType: code("STRING"), dims: [1], stringData: [Uint8Array.of(0xff)] })).toThrow(
      "is not UTF-8",
    );
  });

  it("refuse values beyond their type", () => {
    expect(() => read({ dataType: code("UINT8"), dims: [2], int32Data: [0, 256] })).toThrow(
      "onnx: t: element 1 is 256, expected a uint8 from 0 to 255",
    );
    expect(() => read({ dataType: code("INT8"), dims: [1], int32Data: [-129] })).toThrow(
      "expected a int8 from -128 to 127",
    );
    expect(() => read({ dataType: code("FLOAT16"), dims: [1], int32Data: [65536] })).toThrow("element 0 is 65536");
    expect(() => read({ dataType: code("UINT32"), dims: [1], uint64Data: [long(2n ** 32n)] })).toThrow(
      "element 0 is 4294967296",
    );
  });

  it("must be the field of the type, with the length that the shape needs", () => {
    expect(() => read({ dataType: code("DOUBLE"), dims: [1], floatData: [1] })).toThrow(
      "float64 values stand in float_data, expected double_data",
    );
    expect(() => read({ dataType: code("FLOAT"), dims: [3], floatData: [1, 2] })).toThrow(
      "shape [3] needs 3 values in float_data, got 2",
    );
    expect(() => read({ dataType: code("FLOAT"), dims: [2] })).toThrow("shape [2] needs 2 values in float_data, got 0");
  });
});

describe("shapes", () => {
  it("may be scalar or empty", () => {
    expect(read({ dataType: 1, floatData: [7] })).toStrictEqual({
      dtype: "float32",
      shape: [],
      data: Float32Array.of(7),
    });
    expect(read({ dataType: 1, dims: [3, 0] })).toStrictEqual({
      dtype: "float32",
      shape: [3, 0],
      data: new Float32Array(0),
    });
    expect(read({ dataType: 1, dims: [0], rawData: new Uint8Array() }).shape).toEqual([0]);
  });

  it("are refused before memory is taken for them", () => {
    expect(() => read({ dataType: 1, dims: [-1], floatData: [1] })).toThrow(
      "dimension -1 is not between 0 and 2^31 - 1",
    );
    expect(() => read({ dataType: 1, dims: [2 ** 31, 2 ** 31] })).toThrow("dimension 2147483648 is not between");
    expect(() => read({ dataType: 1, dims: [2 ** 31 - 1, 2 ** 31 - 1] })).toThrow(
      "has more elements than any file holds",
    );
    expect(() => read({ dataType: 1, dims: [2 ** 31 - 1, 2 ** 20] })).toThrow(/needs \d+ values in float_data, got 0/);
    expect(() => read({ ...raw("FLOAT", Float32Array.of(1)), dims: [2 ** 30] })).toThrow(
      "need 4294967296 bytes of raw_data, got 4",
    );
    expect(() => read({ dataType: 1, dims: new Array<number>(65).fill(1), floatData: [1] })).toThrow(
      "it has 65 dimensions",
    );
    expect(() => read({ dataType: 1, dims: [long(2n ** 63n - 1n)] })).toThrow(
      "dimension 9223372036854775807 is not between",
    );
  });
});

describe("other storage", () => {
  it("is refused", () => {
    // Beyond the enum that onnx-proto declares.
    const unknownLocation: number = 2;
    expect(() => read({ dataType: 1, dims: [1], dataLocation: 1 })).toThrow(
      "t: its values are in another file (external data); load the model by its path",
    );
    expect(() => read({ dataType: 1, dims: [1], externalData: [{ key: "location", value: "x" }] })).toThrow(
      UnsupportedError,
    );
    expect(() => read({ dataType: 1, dims: [1], dataLocation: unknownLocation, floatData: [1] })).toThrow(
      "data_location is 2, expected 0 or 1",
    );
    expect(() => read({ dataType: 1, dims: [1], segment: { begin: 0, end: 1 }, floatData: [1] })).toThrow(
      "stored in segments",
    );
  });
});
