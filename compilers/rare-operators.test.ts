/** Operators that exporters of classical models rarely write, against onnxruntime where it has them. */

import { describe, expect, it, test } from "vitest";
import { compile } from "../src/compile.js";
import { ModelParseError, UnsupportedError } from "../src/errors.js";
import { float32, float64, int64, strings, type Tensor } from "../src/ir/tensor.js";
import { load } from "../src/load.js";
import { type OnnxAttribute, type OnnxFile, type OnnxNode, onnxFile } from "../test-models/onnx-file.js";
import { operators } from "./index.js";
import {
  type Closeness,
  expectLikeOnnxruntime,
  expectSame,
  graphOf,
  type NodeGraph,
  type Operand,
  runLowered,
  runOnnxruntime,
} from "./shared/single-node.testing.js";

type Attributes = Readonly<Record<string, OnnxAttribute>>;

const rows = (t: Tensor): Operand => ({ rows: t });
const constant = (t: Tensor): Operand => ({ constant: t });
const node = (op: string, opset: number, inputs: readonly Operand[], attributes: Attributes = {}): NodeGraph =>
  graphOf({ op, opset, inputs, attributes });

const x = float32([0.5, -2, 3, 7, -0.25, 6, 1, 1, 2, -3, 4, 9], [3, 4]);

describe("normalisations", () => {
  const vector = (...values: readonly number[]): Operand => constant(float32(values));
  const nearly: Closeness = { ulps: 4, absolute: 5e-7 };
  const stored = [vector(1, 2, 0.5, -1), vector(0, 1, -1, 3), vector(0.1, -2, 3, 8), vector(1, 4, 0.25, 9)];

  it.each([7, 9, 14, 15])("BatchNormalization %i by stored moments", async (opset) => {
    await expectLikeOnnxruntime(node("BatchNormalization", opset, [rows(x), ...stored]), operators, nearly, [3, 1]);
    const channels = float32(
      Array.from({ length: 24 }, (_, i) => Math.sin(i)),
      [2, 4, 3],
    );
    const wide = node("BatchNormalization", opset, [rows(channels), ...stored], { epsilon: { float: 0.5 } });
    await expectLikeOnnxruntime(wide, operators, nearly, [2, 1]);
  });

  it("BatchNormalization refuses training", () => {
    const training = node("BatchNormalization", 15, [rows(x), ...stored], { training_mode: { int: 1 } });
    expect(() => runLowered(training, operators, 3)).toThrow(UnsupportedError);
    const old = node("BatchNormalization", 7, [rows(x), ...stored], { spatial: { int: 0 } });
    expect(() => runLowered(old, operators, 3)).toThrow("spatial is 0");
  });

  it("LayerNormalization over the last axes", async () => {
    const scaled = [rows(x), vector(1, 2, 0.5, -1), vector(0, 1, -1, 3)];
    await expectLikeOnnxruntime(node("LayerNormalization", 17, scaled), operators, nearly, [3, 1]);
    const channels = float32(
      Array.from({ length: 24 }, (_, i) => Math.sin(i)),
      [2, 4, 3],
    );
    const wide = node("LayerNormalization", 17, [rows(channels), constant(float32(new Array(12).fill(2), [4, 3]))], {
      axis: { int: 1 },
      epsilon: { float: 0.1 },
    });
    await expectLikeOnnxruntime(wide, operators, nearly, [2, 1]);
    const wrong = node("LayerNormalization", 17, [rows(float64([1, 2], [1, 2])), constant(float64([1, 1]))]);
    expect(() => runLowered(wrong, operators, 1)).toThrow("stash_type 1 with an input of float64");
  });

  it("MeanVarianceNormalization over its axes", async () => {
    const channels = float32(
      Array.from({ length: 24 }, (_, i) => Math.sin(i) * 3),
      [2, 3, 2, 2],
    );
    const graph = node("MeanVarianceNormalization", 13, [{ fixed: channels }]);
    await expectLikeOnnxruntime(graph, operators, nearly);
  });
});

describe("ReverseSequence", () => {
  const sequences = float32(
    Array.from({ length: 24 }, (_, i) => i),
    [4, 3, 2],
  );

  it("turns the beginning of each row around", async () => {
    const axes = { batch_axis: { int: 0 }, time_axis: { int: 1 } };
    const graph = node("ReverseSequence", 10, [rows(sequences), rows(int64([1, 3, 2, 0]))], axes);
    // onnxruntime takes no length of 0.
    await expectLikeOnnxruntime(
      node("ReverseSequence", 10, [rows(sequences), rows(int64([1, 3, 2, 1]))], axes),
      operators,
      {},
      [4, 1],
    );
    expect(runLowered(graph, operators, 4)[0]?.data.slice(18)).toEqual(sequences.data.slice(18));
  });

  it("takes time first by default", async () => {
    const graph = node("ReverseSequence", 10, [{ fixed: sequences }, constant(int64([4, 1, 3]))]);
    await expectLikeOnnxruntime(graph, operators);
  });

  it("refuses lengths and axes that there are not", () => {
    const long = node("ReverseSequence", 10, [{ fixed: sequences }, constant(int64([4, 1, 5]))]);
    expect(() => runLowered(long, operators, 1)).toThrow("a sequence has length 5, but there are 4 steps");
    const axes = node("ReverseSequence", 10, [{ fixed: sequences }, constant(int64([4, 1, 3]))], {
      time_axis: { int: 2 },
    });
    expect(() => runLowered(axes, operators, 1)).toThrow(ModelParseError);
  });
});

describe("CumProd", () => {
  // onnxruntime has no kernel for it: by hand.
  const run = (attributes: Attributes, axis: number): readonly number[] =>
    Array.from(
      runLowered(node("CumProd", 26, [rows(x), constant(int64([axis], []))], attributes), operators, 1)[0]
        ?.data as Float32Array,
    );

  test.each<[Attributes, readonly number[]]>([
    [{}, [0.5, -1, -3, -21]],
    [{ exclusive: { int: 1 } }, [1, 0.5, -1, -3]],
    [{ reverse: { int: 1 } }, [-21, -42, 21, 7]],
    [{ reverse: { int: 1 }, exclusive: { int: 1 } }, [-42, 21, 7, 1]],
  ])("%o", (attributes, want) => {
    expect(run(attributes, 1)).toEqual(want);
    expect(run(attributes, -1)).toEqual(want);
  });
});

describe("RNN", () => {
  const sequences = float32(
    Array.from({ length: 24 }, (_, i) => Math.sin(i)),
    [4, 3, 2],
  );
  const weights = [
    constant(float32([0.5, -1, 0.25, 1], [1, 2, 2])),
    constant(float32([0.1, 0.2, -0.3, 0.4], [1, 2, 2])),
  ];
  const hidden = { hidden_size: { int: 2 } };
  const nearly: Closeness = { ulps: 8, absolute: 3e-7 };

  it.each([7, 14])("%i steps through sequences", async (opset) => {
    const graph = (inputs: readonly Operand[], attributes: Attributes) => ({
      ...graphOf({ op: "RNN", opset, inputs, attributes: { ...hidden, ...attributes }, outputs: 2 }),
    });
    const x = { fixed: sequences };
    const bias = constant(float32([0.5, 0, 0.25, -1], [1, 4]));
    const start = constant(float32([1, -1, 0.5, 0, 2, 3], [1, 3, 2]));
    await expectLikeOnnxruntime(graph([x, ...weights], {}), operators, nearly);
    await expectLikeOnnxruntime(graph([x, ...weights, bias, undefined, start], {}), operators, nearly);
    const affine = {
      activations: { strings: ["Affine"] },
      activation_alpha: { floats: [2] },
      activation_beta: { floats: [-0.5] },
      direction: { string: "reverse" },
    };
    await expectLikeOnnxruntime(graph([x, ...weights, bias], affine), operators, nearly);
    await expectLikeOnnxruntime(graph([x, ...weights], { activations: { strings: ["Relu"] } }), operators, nearly);
  });

  it("refuses what it does not step through", () => {
    const refuse = (attributes: Attributes, message: string) =>
      expect(() =>
        runLowered(node("RNN", 14, [{ fixed: sequences }, ...weights], { ...hidden, ...attributes }), operators, 1),
      ).toThrow(message);
    refuse({ direction: { string: "bidirectional" } }, "direction bidirectional");
    refuse({ activations: { strings: ["Elu"] } }, "activation Elu");
    refuse({ layout: { int: 1 } }, "layout 1");
    refuse({ hidden_size: { int: 3 } }, "weights have shape [1, 2, 2], expected [1, 3, 2]");
  });
});

/** Both backends' answers, by name. */
async function answersOf(file: OnnxFile, feeds: Readonly<Record<string, Tensor>>) {
  const found = [];
  for (const backend of ["reference", "wasm"] as const) {
    const scorer = await compile(await load(onnxFile(file)), { backend });
    const answers = await scorer.run(feeds);
    scorer.dispose();
    found.push(
      Object.fromEntries(Object.entries(answers).map(([name, t]) => [name, [t.shape, Array.from<unknown>(t.data)]])),
    );
  }
  expect(found[1]).toEqual(found[0]);
  return found[0] ?? {};
}

describe("what the data decides", () => {
  const outputs = (dtype: Tensor["dtype"], rank: number) =>
    ["y", "first", "inverse", "counts"].map((name, i) => ({
      name,
      dtype: i === 0 ? dtype : ("int64" as const),
      shape: new Array<undefined>(i === 0 ? rank : 1).fill(undefined),
    }));
  const file = (given: Tensor, attributes: Attributes, rank: number): OnnxFile => ({
    opsets: { "": 18 },
    inputs: [{ name: "x", dtype: given.dtype, shape: ["N", ...given.shape.slice(1)] }],
    outputs: outputs(given.dtype, rank),
    nodes: [{ op: "Unique", inputs: ["x"], outputs: ["y", "first", "inverse", "counts"], attributes }],
  });

  it("Unique finds distinct numbers, NaN once and last", async () => {
    const given = float32([2, Number.NaN, 1, -0, Number.NaN, 2, 0, Number.NEGATIVE_INFINITY], [4, 2]);
    expect(await answersOf(file(given, {}, 1), { x: given })).toEqual({
      y: [[5], [Number.NEGATIVE_INFINITY, -0, 1, 2, Number.NaN]],
      first: [[5], [7, 3, 2, 0, 1]],
      inverse: [[8], [3, 4, 2, 1, 4, 3, 1, 0]],
      counts: [[5], [1, 2, 1, 2, 2]],
    });
    expect((await answersOf(file(given, { sorted: { int: 0 } }, 1), { x: given }))["y"]).toEqual([
      [5],
      [2, Number.NaN, 1, -0, Number.NEGATIVE_INFINITY],
    ]);
  });

  it("Unique finds distinct rows and texts", async () => {
    const given = int64([1, 2, 0, 5, 1, 2, 0, 4], [4, 2]);
    expect(await answersOf(file(given, { axis: { int: 0 } }, 2), { x: given })).toEqual({
      y: [
        [3, 2],
        [0, 4, 0, 5, 1, 2],
      ],
      first: [[3], [3, 1, 0]],
      inverse: [[4], [2, 1, 2, 0]],
      counts: [[3], [1, 1, 2]],
    });
    const texts = strings(["b", "\u{1F600}", "", "\uFFFD", "b"], [5, 1]);
    expect((await answersOf(file(texts, {}, 1), { x: texts }))["y"]).toEqual([[4], ["", "b", "\uFFFD", "\u{1F600}"]]);
  });

  it("Unique of no rows is nothing", async () => {
    const none = float32([], [0, 2]);
    expect((await answersOf(file(none, {}, 1), { x: none }))["counts"]).toEqual([[0], []]);
  });

  it("Unique and Det agree with onnxruntime", async () => {
    const sorted = node("Unique", 11, [constant(x)]);
    expectSame(runLowered({ ...sorted }, operators, 1), await runOnnxruntime(sorted, 1));
    const matrices = float32([2, 1, 1, 3, 0, 1, 1, 0, 1, 2, 2, 4], [3, 2, 2]);
    const graph = node("Det", 11, [constant(matrices)]);
    expect(runLowered(graph, operators, 1)[0]).toEqual(float32([5, -1, 0]));
    expectSame(runLowered(graph, operators, 1), await runOnnxruntime(graph, 1), { ulps: 2 });
  });

  it("Det waits for the rows", async () => {
    const given = float32([0, 2, 3, 1, 5, 1, 4, 1, 6], [1, 3, 3]);
    const det: OnnxFile = {
      opsets: { "": 22 },
      inputs: [{ name: "x", dtype: "float32", shape: ["N", 3, 3] }],
      outputs: [{ name: "y", dtype: "float32", shape: ["N"] }],
      nodes: [{ op: "Det", inputs: ["x"], outputs: ["y"] }],
    };
    expect(await answersOf(det, { x: given })).toEqual({ y: [[1], [-61]] });
  });
});

describe("optional values", () => {
  const file = (nodes: readonly OnnxNode[]): OnnxFile => ({
    opsets: { "": 18 },
    inputs: [{ name: "x", dtype: "float32", shape: ["N", 4] }],
    outputs: [{ name: "y" }],
    nodes,
  });
  const op = (name: string, inputs: readonly string[], output: string): OnnxNode => ({
    op: name,
    inputs,
    outputs: [output],
  });

  it("are there, or not, when the model is compiled", async () => {
    const taken = [op("Optional", ["x"], "maybe"), op("OptionalGetElement", ["maybe"], "y")];
    expect(await answersOf(file(taken), { x })).toEqual({ y: [[3, 4], Array.from(x.data)] });
    const has = (nodes: readonly OnnxNode[]) => answersOf(file(nodes), { x });
    const there = { y: [[], [1]] };
    const absent = { y: [[], [0]] };
    expect(await has([op("OptionalHasElement", ["x"], "y")])).toEqual(there);
    expect(await has([op("Optional", ["x"], "maybe"), op("OptionalHasElement", ["maybe"], "y")])).toEqual(there);
    expect(await has([op("Optional", [], "maybe"), op("OptionalHasElement", ["maybe"], "y")])).toEqual(absent);
    expect(await has([op("OptionalHasElement", [], "y")])).toEqual(absent);
    // A list without elements is there.
    expect(await has([op("SequenceEmpty", [], "list"), op("OptionalHasElement", ["list"], "y")])).toEqual(there);
  });

  it("that are absent have no element", async () => {
    const wrong = file([op("Optional", [], "maybe"), op("OptionalGetElement", ["maybe"], "y")]);
    await expect(answersOf(wrong, { x })).rejects.toThrow("takes the element of an optional value that is absent");
  });
});

describe("Scan 8", () => {
  const body = {
    nodes: [
      { op: "Add", inputs: ["total", "item"], outputs: ["next"] },
      { op: "Identity", inputs: ["next"], outputs: ["line"] },
    ],
    inputs: [
      { name: "total", dtype: "float32", shape: [2] },
      { name: "item", dtype: "float32", shape: [2] },
    ],
    outputs: [
      { name: "next", dtype: "float32", shape: [2] },
      { name: "line", dtype: "float32", shape: [2] },
    ],
  } as const;
  const file = (inputs: readonly string[], attributes: Attributes): OnnxFile => ({
    opsets: { "": 8 },
    inputs: [
      { name: "start", dtype: "float32", shape: ["N", 2] },
      { name: "x", dtype: "float32", shape: ["N", 3, 2] },
    ],
    outputs: [
      { name: "end", dtype: "float32", shape: ["N", 2] },
      { name: "y", dtype: "float32", shape: ["N", 3, 2] },
    ],
    nodes: [
      {
        op: "Scan",
        inputs,
        outputs: ["end", "y"],
        attributes: { num_scan_inputs: { int: 1 }, body: { graph: body }, ...attributes },
      },
    ],
  });
  const feeds = {
    start: float32([0, 100, 10, 0], [2, 2]),
    x: float32([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], [2, 3, 2]),
  };

  it("scans each element of the batch by itself", async () => {
    expect(await answersOf(file(["", "start", "x"], {}), feeds)).toEqual({
      end: [
        [2, 2],
        [9, 112, 37, 30],
      ],
      y: [
        [2, 3, 2],
        [1, 102, 4, 106, 9, 112, 17, 8, 26, 18, 37, 30],
      ],
    });
    const backwards = await answersOf(file(["", "start", "x"], { directions: { ints: [1] } }), feeds);
    expect(backwards["y"]).toEqual([
      [2, 3, 2],
      [5, 106, 8, 110, 9, 112, 21, 12, 30, 22, 37, 30],
    ]);
  });

  it("keeps rows apart, on the device", async () => {
    const { plan } = await compile(await load(onnxFile(file(["", "start", "x"], {}))), { backend: "wasm" });
    expect(plan.rowWise).toBe(true);
    expect(plan.notes).toEqual([]);
  });

  it("refuses sequences of different lengths", async () => {
    const lengths = { ...file(["lengths", "start", "x"], {}), initializers: { lengths: int64([3, 3]) } };
    await expect(answersOf(lengths, feeds)).rejects.toThrow("sequences of different lengths");
  });
});
