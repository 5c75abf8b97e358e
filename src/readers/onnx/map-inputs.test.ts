import onnxProto from "onnx-proto";
import { describe, expect, it } from "vitest";
import { operators } from "../../../compilers/index.js";
import { type OnnxAttribute, type OnnxNode, onnxFile } from "../../../test-models/onnx-file.js";
import { ModelParseError, UnsupportedError } from "../../errors.js";
import { N } from "../../ir/dims.js";
import { readOnnx } from "./read-onnx.js";

const { onnx } = onnxProto;

/** A file whose input X is a map, from strings (8) or int64 (7), to float32. */
function fileOf(nodes: readonly OnnxNode[], keyType = 8): Uint8Array {
  const model = onnx.ModelProto.decode(onnxFile({ nodes, inputs: [{ name: "X" }], outputs: [{ name: "y" }] }));
  const input = model.graph?.input?.[0];
  if (input === undefined || input === null) throw new Error("no input");
  input.type = onnx.TypeProto.create({ mapType: { keyType, valueType: { tensorType: { elemType: 1 } } } });
  return new Uint8Array(onnx.ModelProto.encode(model).finish());
}

const vectorizer = (attributes: Readonly<Record<string, OnnxAttribute>>, output = "y"): OnnxNode => ({
  op: "DictVectorizer",
  domain: "ai.onnx.ml",
  inputs: ["X"],
  outputs: [output],
  attributes,
});
const texts = { string_vocabulary: { strings: ["a", "é"] } };

describe("a map input", () => {
  it("is a matrix with a column for each entry of the vocabulary", () => {
    const [text] = readOnnx(fileOf([vectorizer(texts)]), operators).inputs;
    expect(text).toEqual({ name: "X", dtype: "float32", shape: [N, 2], columns: ["a", "é"], sparse: true });
    const [number] = readOnnx(
      fileOf([vectorizer({ int64_vocabulary: { ints: [5, -(2n ** 62n)] } })], 7),
      operators,
    ).inputs;
    expect(number?.columns).toEqual(["5", "-4611686018427387904"]);
  });

  it("is refused where something else reads it", () => {
    const identity: OnnxNode = { op: "Identity", inputs: ["X"], outputs: ["y"] };
    const add: OnnxNode = { op: "Add", inputs: ["s", "t"], outputs: ["y"] };
    for (const nodes of [[identity], [vectorizer(texts, "s"), vectorizer(texts, "t"), add]]) {
      expect(() => readOnnx(fileOf(nodes), operators)).toThrow(UnsupportedError);
      expect(() => readOnnx(fileOf(nodes), operators)).toThrow(/input "X": it is a map/);
    }
  });

  it("is refused without a vocabulary, and with a doubtful one", () => {
    const refused: readonly (readonly [Readonly<Record<string, OnnxAttribute>>, RegExp])[] = [
      [{}, /neither string_vocabulary nor int64_vocabulary/],
      [{ ...texts, int64_vocabulary: { ints: [1] } }, /either string_vocabulary or int64_vocabulary/],
      [{ string_vocabulary: { strings: ["a", "a"] } }, /stands twice/],
    ];
    for (const [attributes, message] of refused) {
      expect(() => readOnnx(fileOf([vectorizer(attributes)]), operators)).toThrow(ModelParseError);
      expect(() => readOnnx(fileOf([vectorizer(attributes)]), operators)).toThrow(message);
    }
  });
});
