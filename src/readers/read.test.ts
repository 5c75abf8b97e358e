import { describe, expect, it } from "vitest";
import { onnxFile } from "../../test-models/onnx-file.js";
import { ModelParseError, UnsupportedError } from "../errors.js";
import { detectFormat, readModel } from "./read.js";

const latin1 = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0));

const model = onnxFile({
  nodes: [],
  inputs: [{ name: "x", dtype: "float32", shape: ["N", 2] }],
  outputs: [{ name: "x" }],
});

const operators = { common: async () => [], all: async () => [] };

describe("an ONNX file", () => {
  it("is known by its content and read", async () => {
    expect(detectFormat(model)).toBe("onnx");
    expect((await readModel(model, operators, "a.bin")).inputs.map(({ name }) => name)).toEqual(["x"]);
  });

  it("is still known when it is damaged, so that its reader says where", async () => {
    expect(detectFormat(model.subarray(0, 1))).toBe("onnx");
    await expect(readModel(model.subarray(0, 40), operators, "a.onnx")).rejects.toThrow(/^onnx: byte \d+ of 40: /);
  });
});

describe("another file", () => {
  it.each([
    ["\x80\x04\x95\x10\x00", "a pickle (joblib) file", "skl2onnx"],
    ["x\x9c\xed\xbd", "a zlib-compressed joblib file", "skl2onnx"],
    ["PK\x03\x04\x14\x00\x00\x00\x00\x00schema.json{", "a skops file", "skl2onnx"],
    ["PK\x03\x04\x14\x00\x00\x00", "a zip archive", "unpack"],
    ["\x1f\x8b\x08\x00", "a gzip file", "unpack"],
    ["\xfd7zXZ\x00", "an xz file", "unpack"],
    ["BZh91AY", "a bzip2 file", "unpack"],
    ["\x28\xb5\x2f\xfd\x04", "a Zstandard file", "unpack"],
    ["binf\x00\x00", "an XGBoost model in its old binary form", "save it as JSON"],
    [
      '{"name": "tree", "version": "v4", "num_class": 1, "num_tree_per_iteration": 1,',
      "a LightGBM model dumped as JSON",
      "save_model",
    ],
    ['[{"a": 1}]', "a JSON file", "ONNX"],
    ["\x89HDF\r\n\x1a\n", "an HDF5 file (Keras)", "tf2onnx"],
    ["\x1c\x00\x00\x00TFL3", "a TensorFlow Lite model", "tf2onnx"],
    ["\x18\x00\x00\x00ORTM", "a model in onnxruntime's ORT format", "made from"],
    ["\x93NUMPY\x01\x00", "a NumPy array file", "ONNX"],
    ["<!DOCTYPE html><html>", "a web page", "download"],
    ['<?xml version="1.0"?>\n<PMML version="4.4">', "a PMML model", "skl2onnx"],
    ['<?xml version="1.0"?>\n<net>', "an XML file", "ONNX"],
    ["version https://git-lfs.github.com/spec/v1\noid", "a Git LFS pointer, not the model", "git lfs pull"],
  ])("is named: %j", async (head, called, advice) => {
    await expect(readModel(latin1(head), operators, "m.bin")).rejects.toThrow(UnsupportedError);
    await expect(readModel(latin1(head), operators, "m.bin")).rejects.toThrow(
      `m.bin: the file seems to be ${called}, expected an ONNX, LightGBM, XGBoost or CatBoost model; `,
    );
    await expect(readModel(latin1(head), operators)).rejects.toThrow(advice);
  });

  it("that is empty or of an unknown kind is refused", async () => {
    await expect(readModel(new Uint8Array(), operators, "m")).rejects.toThrow(ModelParseError);
    await expect(readModel(new Uint8Array(), operators, "m")).rejects.toThrow(
      "file: m: it is empty, expected an ONNX, LightGBM, XGBoost or CatBoost model",
    );
    await expect(readModel(latin1("hello, world"), operators)).rejects.toThrow(
      "file: its format is not known (it starts with 68 65 6c 6c 6f 2c 20 77), expected an ONNX, LightGBM, XGBoost or CatBoost model",
    );
    await expect(readModel(Uint8Array.of(0x0b, 0x01), operators)).rejects.toThrow("it starts with 0b 01");
  });
});
