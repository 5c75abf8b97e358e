import onnxProto from "onnx-proto";
import { describe, expect, it } from "vitest";
import { type OnnxAttribute, onnxFile } from "../../../test-models/onnx-file.js";
import { ModelParseError } from "../../errors.js";
import { float32 } from "../../ir/tensor.js";
import { type NodeAttributes, nodeAttributes } from "./attributes.js";
import { decodeModel } from "./decode.js";

function attributesOf(bytes: Uint8Array): NodeAttributes {
  const node = decodeModel(bytes).graph?.node[0];
  if (node === undefined) throw new Error("no node came back");
  return nodeAttributes(node, "node #0 (a:B)");
}

const view = (attributes: Readonly<Record<string, OnnxAttribute>>): NodeAttributes =>
  attributesOf(onnxFile({ nodes: [{ op: "B", inputs: [], outputs: [], attributes }], inputs: [], outputs: [] }));

const written = (...attribute: readonly onnxProto.onnx.IAttributeProto[]): NodeAttributes =>
  attributesOf(
    new Uint8Array(onnxProto.onnx.ModelProto.encode({ graph: { node: [{ attribute: [...attribute] }] } }).finish()),
  );

describe("values", () => {
  it("are read by type", () => {
    const tensor = float32([1, 2, 3, 4], [2, 2]);
    const attrs = view({
      int: { int: -7 },
      float: { float: 0.1 },
      string: { string: "é" },
      ints: { ints: [1, -2] },
      labels: { ints: [2n ** 63n - 1n, 3] },
      floats: { floats: [0.1, Number.NaN, -0] },
      strings: { strings: ["a", ""] },
      tensor: { tensor },
    });
    expect(attrs.int("int")).toBe(-7);
    expect(attrs.float("float")).toBe(Math.fround(0.1));
    expect(attrs.string("string")).toBe("é");
    expect(attrs.ints("ints")).toEqual([1, -2]);
    expect(attrs.int64s("labels")).toEqual([2n ** 63n - 1n, 3n]);
    expect(attrs.floats("floats")).toStrictEqual(Float32Array.of(0.1, Number.NaN, -0));
    expect(attrs.strings("strings")).toEqual(["a", ""]);
    expect(attrs.tensor("tensor")).toStrictEqual(tensor);
    expect(attrs.unread()).toEqual([]);
  });

  it("that the writer left out, being zero, are zero", () => {
    const attrs = written(
      { name: "i", type: 2 },
      { name: "f", type: 1 },
      { name: "s", type: 3 },
      { name: "l", type: 7 },
    );
    expect(attrs.int("i", 5)).toBe(0);
    expect(attrs.float("f", 5)).toBe(0);
    expect(attrs.string("s", "x")).toBe("");
    expect(attrs.ints("l", [5])).toEqual([]);
  });

  it("fall back where they are absent, and only there", () => {
    const attrs = view({ there: { int: 1 } });
    expect(attrs.int("there", 9)).toBe(1);
    expect(attrs.int("no", 9)).toBe(9);
    expect(attrs.float("no", 0.25)).toBe(0.25);
    expect(attrs.string("no", "")).toBe("");
    expect(attrs.ints("no", [1])).toEqual([1]);
    expect(attrs.int64s("no", [1n])).toEqual([1n]);
    expect(attrs.floats("no", [1])).toStrictEqual(Float32Array.of(1));
    expect(attrs.strings("no", ["x"])).toEqual(["x"]);
  });

  it("that are missing, of another type or too large are refused", () => {
    const attrs = view({ f: { float: 1 }, big: { int: 2n ** 53n }, bigs: { ints: [1, -(2n ** 60n)] } });
    expect(() => attrs.int("no")).toThrow('onnx: node #0 (a:B): attribute "no" is missing, expected INT');
    expect(() => attrs.int("f", 1)).toThrow('onnx: node #0 (a:B): attribute "f": it is of type FLOAT, expected INT');
    expect(() => attrs.int("big")).toThrow("9007199254740992 is beyond ±2^53");
    expect(() => attrs.ints("bigs")).toThrow("-1152921504606846976 is beyond ±2^53");
    expect(() => attrs.tensor("no")).toThrow(ModelParseError);
  });
});

describe("the account of what was read", () => {
  it("names what was not", () => {
    const attrs = view({ a: { int: 1 }, b: { int: 1 }, c: { int: 1 }, d: { int: 1 } });
    attrs.int("a");
    attrs.ignore("c", "absent");
    attrs.has("d");
    expect(attrs.unread()).toEqual(["b", "d"]);
  });

  it("is not misled by names that objects have", () => {
    const attrs = view(
      Object.fromEntries([
        ["__proto__", { int: 3 }],
        ["constructor", { int: 4 }],
      ]),
    );
    expect(attrs.has("toString")).toBe(false);
    expect(attrs.int("toString", 1)).toBe(1);
    expect(attrs.unread()).toEqual(["__proto__", "constructor"]);
    expect(attrs.int("__proto__")).toBe(3);
    expect(attrs.int("constructor")).toBe(4);
  });
});

describe("malformed attributes", () => {
  // Beyond the enum that onnx-proto declares.
  const unknownType: number = 15;
  const one = { name: "a", type: 2, i: 1 };
  const cases: readonly (readonly [string, readonly onnxProto.onnx.IAttributeProto[], string])[] = [
    ["without a name", [{ type: 2, i: 1 }], "an attribute has no name"],
    ["named twice", [one, one], 'attribute "a" stands twice'],
    ["without a type", [{ name: "a", i: 1 }], "its type is not set"],
    ["of an unknown type", [{ ...one, type: unknownType }], "its type is 15, expected one of ONNX's"],
    ["with a value of another type", [{ ...one, f: 1 }], "it has a value in f, but its type is INT"],
    ["with a list of another type", [{ ...one, strings: [Uint8Array.of(1)] }], "it has a value in strings"],
    ["that refer to a function", [{ name: "a", type: 2, refAttrName: "b" }], "it refers to an attribute of a function"],
  ];
  it.each(cases)("%s are refused", (_, attributes, message) => {
    expect(() => written(...attributes)).toThrow(ModelParseError);
    expect(() => written(...attributes)).toThrow(message);
  });

  it("that hold a tensor without one, or text that is not UTF-8, are refused when read", () => {
    expect(() => written({ name: "t", type: 4 }).tensor("t")).toThrow("it is of type TENSOR, but has no tensor");
    expect(() => written({ name: "s", type: 3, s: Uint8Array.of(0xff) }).string("s")).toThrow("a string is not UTF-8");
    expect(() => written({ name: "s", type: 8, strings: [Uint8Array.of(0xc0)] }).strings("s")).toThrow("is not UTF-8");
  });

  it("that are graphs where none is allowed", () => {
    const graph = { nodes: [], inputs: [], outputs: [] };
    expect(() => view({ then_branch: { graph } }).graph("then_branch")).toThrow(
      'node #0 (a:B): attribute "then_branch": a graph stands where none is allowed',
    );
    expect(() => view({ then_branch: { graph } }).int("then_branch")).toThrow("it is of type GRAPH, expected INT");
  });
});
