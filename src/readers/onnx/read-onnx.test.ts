import onnxProto from "onnx-proto";
import { describe, expect, it } from "vitest";
import {
  type OnnxAttribute,
  type OnnxFile,
  type OnnxNode,
  type OnnxValue,
  onnxFile,
} from "../../../test-models/onnx-file.js";
import { ModelParseError, UnsupportedError } from "../../errors.js";
import { N } from "../../ir/dims.js";
import type { Model } from "../../ir/model.js";
import { float32, float64, int64, strings } from "../../ir/tensor.js";
import { type Seen, stubOperators } from "./operators.testing.js";
import { readOnnx } from "./read-onnx.js";

const x: OnnxValue = { name: "x", dtype: "float32", shape: [undefined, 4] };
const copy: OnnxNode = { op: "Copy", name: "n", inputs: ["x"], outputs: ["y"] };

const file = (parts: Partial<OnnxFile>): Uint8Array =>
  onnxFile({ nodes: [copy], inputs: [x], outputs: [{ name: "y" }], ...parts });
const read = (parts: Partial<OnnxFile>, seen: Seen[] = []): Model => readOnnx(file(parts), stubOperators(seen));

/** The file with other fields of ModelProto merged in: protocol buffers merge by concatenation. */
const withFields = (bytes: Uint8Array, fields: onnxProto.onnx.IModelProto): Uint8Array =>
  Uint8Array.from([...bytes, ...onnxProto.onnx.ModelProto.encode(fields).finish()]);

describe("a model", () => {
  it("is read", () => {
    const nodes: OnnxNode[] = [
      { op: "Scaler", domain: "ai.onnx.ml", inputs: ["x", "", "w"], outputs: ["s"], attributes: { k: { int: 3 } } },
      { op: "Add", name: "sum", inputs: ["s", "w"], outputs: ["y"], attributes: { note: { string: "ignored" } } },
    ];
    const seen: Seen[] = [];
    const w = float64([1, 2]);
    const model = read({ nodes, initializers: { w }, producer: ["skl2onnx", "1.20.0"] }, seen);
    expect(model.format).toBe("onnx");
    expect(model.producer).toBe("skl2onnx 1.20.0");
    expect(model.opsets).toEqual({ "ai.onnx": 18, "ai.onnx.ml": 3 });
    expect(model.constants).toStrictEqual(new Map([["w", w]]));
    expect(model.nodes.map(({ operator, ...rest }) => ({ op: operator.op, ...rest }))).toEqual([
      { op: "Scaler", inputs: ["x", undefined, "w"], outputs: ["s"], where: "node #0 (ai.onnx.ml:Scaler)" },
      { op: "Add", inputs: ["s", "w"], outputs: ["y"], where: 'node "sum" (ai.onnx:Add)' },
    ]);
    const [scaler] = seen;
    expect(scaler?.version).toBe(3);
    const view = scaler?.view;
    expect([view?.domain, view?.op, view?.format, view?.where]).toEqual([
      "ai.onnx.ml",
      "Scaler",
      "onnx",
      "node #0 (ai.onnx.ml:Scaler)",
    ]);
    expect([view?.inputCount, view?.outputCount]).toEqual([3, 1]);
    expect([0, 1, 2, 3].map((i) => view?.hasInput(i))).toEqual([true, false, true, false]);
    expect([0, 1].map((i) => view?.hasOutput(i))).toEqual([true, false]);
    expect([0, 1, 2, 3].map((i) => view?.constant(i))).toEqual([undefined, undefined, w, undefined]);
  });

  it("does not need the operators of nodes that no output needs", () => {
    const dead: OnnxNode = { op: "Loop", inputs: ["x"], outputs: ["z"], attributes: { q: { int: 1 } } };
    expect(read({ nodes: [copy, dead] }).nodes).toHaveLength(1);
  });
});

describe("Constant nodes", () => {
  it.each<readonly [string, OnnxAttribute, Model["constants"] extends ReadonlyMap<string, infer T> ? T : never]>([
    ["value", { tensor: int64([5, 6]) }, int64([5, 6])],
    ["value_float", { float: 0.1 }, float32([0.1], [])],
    ["value_floats", { floats: [1, -0] }, float32([1, -0])],
    ["value_int", { int: -3 }, int64([-3], [])],
    ["value_ints", { ints: [1, 2n ** 62n] }, int64([1n, 2n ** 62n])],
    ["value_string", { string: "é" }, strings(["é"], [])],
    ["value_strings", { strings: ["a", ""] }, strings(["a", ""])],
  ])("with %s are constants", (name, value, expected) => {
    const seen: Seen[] = [];
    const constant: OnnxNode = { op: "Constant", inputs: [], outputs: ["c"], attributes: { [name]: value } };
    const model = read({ nodes: [{ op: "Add", inputs: ["x", "c"], outputs: ["y"] }, constant] }, seen);
    expect(model.constants).toStrictEqual(new Map([["c", expected]]));
    expect(model.nodes).toHaveLength(1);
    expect(seen[0]?.view.constant(1)).toStrictEqual(expected);
  });

  it("without a value, with two, or with something else, are refused", () => {
    const constant = (attributes: Readonly<Record<string, OnnxAttribute>>) =>
      read({ nodes: [{ op: "Constant", inputs: [], outputs: ["y"], attributes }] });
    expect(() => constant({})).toThrow("expected no input, one output and one of the attributes value, value_float");
    expect(() => constant({ value_int: { int: 1 }, value_float: { float: 1 } })).toThrow(ModelParseError);
    expect(() => constant({ sparse_value: { int: 1 } })).toThrow("sparse constants are not supported");
    expect(() => constant({ value_int: { int: 1 }, other: { int: 1 } })).toThrow(
      'attribute "other" is not one of a Constant',
    );
  });
});

describe("operator sets", () => {
  it("choose the reader", () => {
    const at = (version: number): string | undefined => {
      const seen: Seen[] = [];
      read({ opsets: { "": version } }, seen);
      return seen[0]?.op;
    };
    expect([1, 12, 13, 28].map(at)).toEqual(["Copy-1", "Copy-1", "Copy-13", "Copy-13"]);
    expect(() => at(29)).toThrow("version 29 of operator set ai.onnx is newer than 28, the newest that calypte knows");
  });

  it("may be older than every reader", () => {
    const nodes = [{ ...copy, op: "Softmax" }];
    expect(() => read({ nodes, opsets: { "": 12 } })).toThrow(UnsupportedError);
    expect(() => read({ nodes, opsets: { "": 12 } })).toThrow(
      "it is from opset 13 on; export with a newer target opset",
    );
  });

  it("may stand twice with one version under both names of the domain, not with two versions", () => {
    const twice = withFields(file({ opsets: { "": 18 } }), { opsetImport: [{ domain: "ai.onnx", version: 18 }] });
    expect(readOnnx(twice, stubOperators()).opsets).toEqual({ "ai.onnx": 18 });
    const both = withFields(file({ opsets: { "": 18 } }), { opsetImport: [{ domain: "", version: 9 }] });
    expect(() => readOnnx(both, stubOperators())).toThrow(
      'onnx: opset_import "ai.onnx": it is imported with versions 18 and 9, expected one',
    );
  });

  it("may be missing for ai.onnx.ml, where 1 is meant, and nowhere else", () => {
    const seen: Seen[] = [];
    read({ nodes: [{ ...copy, op: "Scaler", domain: "ai.onnx.ml" }], opsets: { "": 18 } }, seen);
    expect(seen[0]?.version).toBe(1);
    expect(() => read({ opsets: { "ai.onnx.ml": 3 } })).toThrow(`opset_import lacks the node's domain "ai.onnx"`);
    expect(() => read({ nodes: [{ ...copy, domain: "my" }] })).toThrow(`opset_import lacks the node's domain "my"`);
  });

  it("may be named like an object's properties", () => {
    const opsets = Object.fromEntries([
      ["", 18],
      ["__proto__", 1],
      ["constructor", 2],
    ]);
    expect(Object.entries(read({ opsets }).opsets)).toEqual([
      ["ai.onnx", 18],
      ["__proto__", 1],
      ["constructor", 2],
    ]);
    for (const domain of ["__proto__", "constructor"]) {
      expect(() => read({ opsets, nodes: [{ ...copy, domain, op: "toString" }] })).toThrow(
        `node "n" (${domain}:toString): operator ${domain}:toString of opset`,
      );
    }
  });

  it("must have a positive version", () => {
    expect(() => read({ opsets: { "": 0 } })).toThrow("its version is 0, expected a positive integer");
    expect(() => read({ opsets: { "": -5 } })).toThrow("its version is -5");
  });
});

describe("what is not supported", () => {
  it("is named with the nearest alternative: operators", () => {
    const scalar = { ...copy, op: "Scalar" };
    expect(() => read({ nodes: [scalar] })).toThrow(UnsupportedError);
    expect(() => read({ nodes: [scalar] })).toThrow(
      'node "n" (ai.onnx:Scalar): operator ai.onnx:Scalar of opset 18 is not supported; the nearest supported operator is ai.onnx.ml:Scaler',
    );
    expect(() => read({ nodes: [{ ...copy, op: "StringNormalizer" }] })).toThrow(
      "is not supported; the table of supported operators lists what can stand in its place",
    );
  });

  it("is named: attributes that no reader looked at", () => {
    const nodes = [{ ...copy, attributes: { k: { int: 1 }, axis: { int: 1 }, mode: { string: "" } } }];
    expect(() => read({ nodes })).toThrow(UnsupportedError);
    expect(() => read({ nodes })).toThrow(
      'node "n" (ai.onnx:Copy): attribute "axis", "mode" of opset 18 is not supported',
    );
  });

  it("does no harm in functions that are not called", () => {
    const idle = withFields(file({}), { functions: [{ domain: "f", name: "Copy" }] });
    expect(readOnnx(idle, stubOperators()).nodes).toHaveLength(1);
  });

  it("is named: parts of the file", () => {
    const refusal = (fields: onnxProto.onnx.IModelProto) => () =>
      readOnnx(withFields(file({}), fields), stubOperators());
    expect(refusal({ trainingInfo: [{}] })).toThrow("training_info: training graphs are not supported");
    expect(refusal({ graph: { sparseInitializer: [{}] } })).toThrow("graph: sparse initializers are not supported");
    expect(() => read({ irVersion: 2 })).toThrow("IR version 2 is older than 3");
    expect(() => read({ irVersion: 15 })).toThrow("IR version 15 is newer than 14");
    expect(() => readOnnx(Uint8Array.of(0x08, 0x08), [])).toThrow("the file has no graph");
    expect(() => readOnnx(Uint8Array.of(0x3a, 0x00), [])).toThrow("the file has no ir_version");
  });
});

describe("inputs", () => {
  const shapes = (...inputs: readonly OnnxValue[]) =>
    read({ inputs: [x, ...inputs] })
      .inputs.slice(1)
      .map(({ shape }) => shape);

  it("have the batch where the first dimension is open, 0 or 1", () => {
    expect(
      shapes(
        { name: "a", dtype: "float32", shape: ["batch", 3] },
        { name: "b", dtype: "float32", shape: [undefined, "columns"] },
        { name: "c", dtype: "float32", shape: [1, 3] },
        { name: "d", dtype: "float32", shape: [-1, -1] },
        { name: "e", dtype: "float32", shape: [8, 3] },
        { name: "f", dtype: "float32", shape: [2, "batch"] },
        { name: "g", dtype: "float32", shape: [undefined] },
        { name: "h", dtype: "float32", shape: [0, 1] },
        { name: "i", dtype: "float32", shape: [] },
      ),
    ).toEqual([[N, 3], [N, "?"], [N, 3], [N, "?"], [8, 3], [2, N], [N], [N, 1], []]);
  });

  it("have a type of tensors", () => {
    expect(read({ inputs: [x, { name: "s", dtype: "string", shape: [undefined, 1] }] }).inputs).toEqual([
      { name: "x", dtype: "float32", shape: [N, 4] },
      { name: "s", dtype: "string", shape: [N, 1] },
    ]);
    const typed = (type: onnxProto.onnx.ITypeProto) => () =>
      readOnnx(withFields(file({}), { graph: { input: [{ name: "q", type }] } }), stubOperators());
    const float = { tensorType: { elemType: 1 } };
    expect(typed({ sequenceType: { elemType: float } })).toThrow('input "q": it is a sequence, expected a tensor');
    expect(typed({ mapType: { keyType: 7, valueType: float } })).toThrow(
      'input "q": it is a map, which one DictVectorizer can read',
    );
    expect(typed({ optionalType: { elemType: float } })).toThrow(
      'input "q": it is an optional value, expected a tensor',
    );
    expect(typed({ sparseTensorType: { elemType: 1 } })).toThrow('input "q": it is a sparse tensor, expected a tensor');
    expect(typed({})).toThrow('input "q": it is of no declared type, expected a tensor');
    expect(typed(float)).toThrow('input "q": its shape is not declared');
    expect(typed({ tensorType: { elemType: 14, shape: {} } })).toThrow(
      'input "q": element type COMPLEX64 is not supported',
    );
    expect(typed({ tensorType: { shape: {} } })).toThrow('input "q": element type 0 is not one of ONNX\'s');
    expect(typed({ tensorType: { elemType: 1, shape: { dim: [{ dimValue: -2 }] } } })).toThrow(
      "dimension -2 is not between",
    );
  });
});

describe("outputs", () => {
  const outputsOf = (input: OnnxValue, ...outputs: readonly OnnxValue[]) => {
    const nodes = outputs.map(({ name }): OnnxNode => ({ op: "Copy", inputs: ["x"], outputs: [name] }));
    return read({ nodes, inputs: [input], outputs }).outputs;
  };

  it("have roles by their names", () => {
    const names = [
      "label",
      "output_label",
      "probabilities",
      "output_probability",
      "scores",
      "score_samples",
      "variable",
      "toString",
    ];
    expect(outputsOf(x, ...names.map((name) => ({ name }))).map(({ role }) => role)).toEqual([
      "label",
      "label",
      "probabilities",
      "probabilities",
      "decision",
      "scoreSamples",
      undefined,
      undefined,
    ]);
  });

  it("have what is declared", () => {
    const batch: OnnxValue = { name: "x", dtype: "float32", shape: ["N", 4] };
    expect(
      outputsOf(
        batch,
        { name: "a", dtype: "int64", shape: ["N"] },
        { name: "b", dtype: "float32", shape: [2, "N", "M", undefined, 1] },
        { name: "c", dtype: "float32" },
        { name: "d" },
      ),
    ).toEqual([
      { name: "a", dtype: "int64", shape: [N] },
      { name: "b", dtype: "float32", shape: [2, N, "?", "?", 1] },
      { name: "c", dtype: "float32" },
      { name: "d" },
    ]);
  });

  it("leave 1 open where the file was traced with one row", () => {
    const one: OnnxValue = { name: "x", dtype: "float32", shape: [1, 4] };
    expect(outputsOf(one, { name: "a", dtype: "float32", shape: [1, 3] })[0]?.shape).toEqual(["?", 3]);
  });

  it("that are no tensors have no type", () => {
    const type = {
      sequenceType: { elemType: { mapType: { keyType: 7, valueType: { tensorType: { elemType: 1 } } } } },
    };
    const bytes = withFields(file({ outputs: [{ name: "x" }] }), { graph: { output: [{ name: "y", type }] } });
    expect(readOnnx(bytes, stubOperators()).outputs).toEqual([{ name: "x" }, { name: "y" }]);
  });
});
