/** If, Loop, Scan, sequences and what waits for the data, against onnxruntime where it runs them. */

import * as ort from "onnxruntime-node";
import { describe, expect, it } from "vitest";
import { compile } from "../src/compile.js";
import { LimitError, UnsupportedError } from "../src/errors.js";
import { bool, float32, int64, type Tensor } from "../src/ir/tensor.js";
import { load } from "../src/load.js";
import { type OnnxFile, type OnnxGraph, type OnnxNode, onnxFile } from "../test-models/onnx-file.js";

const node = (op: string, inputs: string, outputs: string, attributes: OnnxNode["attributes"] = {}): OnnxNode => ({
  op,
  name: `to ${outputs}`,
  inputs: inputs === "" ? [] : inputs.split(" ").map((name) => (name === "-" ? "" : name)),
  outputs: outputs.split(" "),
  attributes,
});

const x = { name: "x", dtype: "float32", shape: ["N", 3] } as const;
const rows = float32([1, -2, 3, 0.5, 4, -6, 7, 0, 2, -1, -1, -1], [4, 3]);

async function ours(file: OnnxFile, feeds: Readonly<Record<string, Tensor>>, backend: "reference" | "wasm") {
  const scorer = await compile(await load(onnxFile(file)), { backend });
  try {
    return { answers: await scorer.run(feeds), plan: scorer.plan };
  } finally {
    scorer.dispose();
  }
}

async function theirs(file: OnnxFile, feeds: Readonly<Record<string, Tensor>>) {
  const session = await ort.InferenceSession.create(onnxFile(file), { logSeverityLevel: 4 });
  const given = Object.entries(feeds).map(([name, t]) => [
    name,
    new ort.Tensor(t.dtype as "float32", t.data as Float32Array, t.shape),
  ]);
  const results = await session.run(Object.fromEntries(given) as Record<string, ort.Tensor>);
  await session.release();
  return results;
}

/** Both backends give onnxruntime's answers, to the bit. Says whether rows stay apart. */
async function check(file: OnnxFile, feeds: Readonly<Record<string, Tensor>>): Promise<boolean> {
  const want = await theirs(file, feeds);
  let rowWise = false;
  for (const backend of ["reference", "wasm"] as const) {
    const { answers, plan } = await ours(file, feeds, backend);
    rowWise = plan.rowWise;
    for (const [name, value] of Object.entries(want)) {
      const got = answers[name];
      expect(got?.shape, `${backend} ${name}`).toEqual([...value.dims]);
      expect(Array.from(got?.data as ArrayLike<unknown>, Number), `${backend} ${name}`).toEqual(
        Array.from(value.data as ArrayLike<unknown>, Number),
      );
    }
  }
  return rowWise;
}

const y = (shape: readonly (string | number)[] = ["N", 3]) => ({ name: "y", dtype: "float32", shape }) as const;

describe("Scan", () => {
  /** Squared distances to the state, as exporters write them. */
  const distances: OnnxGraph = {
    nodes: [
      node("Sub", "held row", "difference"),
      node("ReduceSumSquare", "difference", "sum", { axes: { ints: [1] }, keepdims: { int: 0 } }),
      node("Identity", "held", "held_out"),
    ],
    inputs: [
      { name: "held", dtype: "float32", shape: ["M", 3] },
      { name: "row", dtype: "float32", shape: [3] },
    ],
    outputs: [
      { name: "held_out", dtype: "float32", shape: ["M", 3] },
      { name: "sum", dtype: "float32", shape: ["M"] },
    ],
  };
  const file = (attributes: OnnxNode["attributes"], body: OnnxGraph, outputs: OnnxFile["outputs"]): OnnxFile => ({
    opsets: { "": 17 },
    inputs: [x],
    outputs,
    initializers: { vectors: float32([0, 0, 0, 1, 1, 1], [2, 3]), start: float32([0, 0, 0]) },
    nodes: [
      node("Scan", body === distances ? "vectors x" : "start x", "state y", { body: { graph: body }, ...attributes }),
    ],
  });

  it("without changing states is one instruction on all rows, and keeps them apart", async () => {
    const scan = file({ num_scan_inputs: { int: 1 } }, distances, [y(["N", 2])]);
    expect(await check(scan, { x: rows })).toBe(true);
    // onnxruntime's Scan takes no empty batch.
    const { answers } = await ours(scan, { x: float32([], [0, 3]) }, "wasm");
    expect(answers["y"]?.shape).toEqual([0, 2]);
    const scorer = await compile(await load(onnxFile(scan)), { backend: "reference" });
    expect(scorer.plan.program).toContain("squaredDistances");
  });

  it("along other axes and backwards", async () => {
    const attributes = {
      num_scan_inputs: { int: 1 },
      scan_output_axes: { ints: [1] },
      scan_output_directions: { ints: [1] },
    };
    await check(file(attributes, distances, [y([2, "N"])]), { x: rows });
  });

  const sums: OnnxGraph = {
    nodes: [node("Add", "total row", "next"), node("Identity", "next", "line")],
    inputs: [
      { name: "total", dtype: "float32", shape: [3] },
      { name: "row", dtype: "float32", shape: [3] },
    ],
    outputs: [
      { name: "next", dtype: "float32", shape: [3] },
      { name: "line", dtype: "float32", shape: [3] },
    ],
  };

  it("with a state that is carried waits for the data, and says so", async () => {
    const scan = file({ num_scan_inputs: { int: 1 } }, sums, [{ name: "state", dtype: "float32", shape: [3] }, y()]);
    expect(await check(scan, { x: rows })).toBe(false);
    const empty = await ours(scan, { x: float32([], [0, 3]) }, "wasm");
    expect(empty.answers["y"]?.shape).toEqual([0, 3]);
    expect(empty.answers["state"]?.data).toEqual(Float32Array.of(0, 0, 0));
    const { plan } = await ours(scan, { x: rows }, "wasm");
    expect(plan.notes.join()).toContain("its shapes or its course depend on the data");
    const backwards = {
      num_scan_inputs: { int: 1 },
      scan_input_directions: { ints: [1] },
      scan_output_directions: { ints: [1] },
    };
    await check(file(backwards, sums, [y()]), { x: rows });
  });

  it("refuses bodies that do not fit", async () => {
    const short = { ...sums, inputs: [...sums.inputs, { name: "more" }] };
    await expect(ours(file({ num_scan_inputs: { int: 1 } }, short, [y()]), {}, "reference")).rejects.toThrow(
      "num_scan_inputs is 1 of 2",
    );
  });
});

describe("If", () => {
  const branch = (factor: string): OnnxGraph => ({
    nodes: [node("Mul", `x ${factor}`, "scaled")],
    inputs: [],
    outputs: [{ name: "scaled", dtype: "float32", shape: ["N", 3] }],
  });
  const file = (condition: readonly OnnxNode[], name: string): OnnxFile => ({
    opsets: { "": 17 },
    inputs: [x],
    outputs: [y()],
    initializers: { two: float32([2], []), ten: float32([10], []), yes: bool([1], []), limit: float32([5], []) },
    nodes: [
      ...condition,
      node("If", name, "y", { then_branch: { graph: branch("two") }, else_branch: { graph: branch("ten") } }),
    ],
  });

  it("with a constant condition is its branch", async () => {
    expect(await check(file([], "yes"), { x: rows })).toBe(true);
  });

  it("with a computed condition waits for the data", async () => {
    const condition = [node("ReduceMax", "x", "top", { keepdims: { int: 0 } }), node("Greater", "top limit", "above")];
    expect(await check(file(condition, "above"), { x: rows })).toBe(false);
    await check(file(condition, "above"), { x: float32([1, 2, 3], [1, 3]) });
  });

  it("refuses a branch that reads what nobody gives", async () => {
    await expect(
      ours({ ...file([], "yes"), initializers: { yes: bool([1], []), ten: float32([1], []) } }, {}, "reference"),
    ).rejects.toThrow('it reads "two", which is no input, initializer or output of a node');
  });
});

describe("Loop", () => {
  const body: OnnxGraph = {
    nodes: [
      node("Add", "value x", "sum"),
      node("Cast", "round", "number", { to: { int: 1 } }),
      node("Less", "number limit", "goes"),
      node("Identity", "sum", "line"),
    ],
    inputs: [
      { name: "round", dtype: "int64", shape: [] },
      { name: "before", dtype: "bool", shape: [] },
      { name: "value", dtype: "float32", shape: ["N", 3] },
    ],
    outputs: [
      { name: "goes", dtype: "bool", shape: [] },
      { name: "sum", dtype: "float32", shape: ["N", 3] },
      { name: "line", dtype: "float32", shape: ["N", 3] },
    ],
  };
  const file = (inputs: string, limit: number, trips = 3): OnnxFile => ({
    opsets: { "": 17 },
    inputs: [x],
    outputs: [{ name: "last", dtype: "float32", shape: ["N", 3] }, y(["R", "N", 3])],
    initializers: { trips: int64([trips], []), yes: bool([1], []), limit: float32([limit], []) },
    nodes: [node("Loop", inputs, "last y", { body: { graph: body } })],
  });

  it("of few rounds is unrolled, and keeps rows apart", async () => {
    expect(await check(file("trips yes x", 100), { x: rows })).toBe(true);
    expect(await check(file("trips yes x", 1), { x: rows })).toBe(true);
    expect(await check(file("- yes x", 6), { x: rows })).toBe(true);
  });

  it("of many rounds waits for the data", async () => {
    expect(await check(file("trips yes x", 1e6, 100), { x: rows })).toBe(false);
  });

  it("without end is stopped", async () => {
    await expect(ours(file("- yes x", Number.POSITIVE_INFINITY), { x: rows }, "reference")).rejects.toThrow(LimitError);
  }, 60_000);
});

describe("loops in loops", () => {
  /** A body that carries a value through loops of loops that do nothing. */
  const carrying = (depth: number): OnnxGraph => {
    const goesOn =
      depth === 0
        ? [node("Identity", "goes", "next")]
        : [
            node("Loop", "trips goes seed", `kept${depth}`, { body: { graph: carrying(depth - 1) } }),
            node("Identity", `kept${depth}`, "next"),
          ];
    return {
      nodes: [...goesOn, node("Identity", "value", `out${depth}`)],
      inputs: [{ name: "round" }, { name: "goes" }, { name: "value" }],
      outputs: [{ name: "next" }, { name: `out${depth}` }],
    };
  };

  it("are stopped before they take the memory", async () => {
    const file = (trips: number): OnnxFile => ({
      opsets: { "": 17 },
      inputs: [x],
      outputs: [y()],
      initializers: { trips: int64([trips], []), goes: bool([1], []), seed: bool([1], []) },
      nodes: [node("Loop", "trips goes x", "y", { body: { graph: carrying(5) } })],
    });
    await expect(ours(file(30), { x: rows }, "reference")).rejects.toThrow(LimitError);
    await expect(ours(file(60), { x: rows }, "reference")).rejects.toThrow(LimitError);
  }, 60_000);
});

describe("what depends on the data", () => {
  const file = (
    nodes: readonly OnnxNode[],
    outputs: OnnxFile["outputs"],
    initializers: OnnxFile["initializers"] = {},
  ): OnnxFile => ({
    opsets: { "": 17 },
    inputs: [x],
    outputs,
    initializers,
    nodes,
  });

  it("positions, marked slices, and a shape computed from them", async () => {
    const found = file(
      [
        node("NonZero", "x", "places"),
        node("Shape", "places", "shape"),
        node("Gather", "shape one", "count"),
        node("Unsqueeze", "count zero", "size"),
        node("ConstantOfShape", "size", "zeros"),
        node("ReduceMax", "x", "top", { axes: { ints: [1] }, keepdims: { int: 0 } }),
        node("Greater", "top limit", "marks"),
        node("Compress", "x marks", "kept", { axis: { int: 0 } }),
      ],
      [
        { name: "places", dtype: "int64", shape: [2, "K"] },
        { name: "zeros", dtype: "float32", shape: ["K"] },
        { name: "kept", dtype: "float32", shape: ["M", 3] },
      ],
      { one: int64([1], []), zero: int64([0]), limit: float32([3.5], []) },
    );
    expect(await check(found, { x: rows })).toBe(false);
    await check(found, { x: float32([0, 0, 0], [1, 3]) });
  });

  it("is refused where the file does not declare what leaves", async () => {
    const found = file([node("NonZero", "x", "places")], [{ name: "places" }]);
    await expect(ours(found, { x: rows }, "reference")).rejects.toThrow(UnsupportedError);
    await expect(ours(found, { x: rows }, "reference")).rejects.toThrow(
      "the input of NonZero is computed from the data",
    );
  });

  it("is refused on TF.js", async () => {
    const found = file([node("NonZero", "x", "places")], [{ name: "places", dtype: "int64", shape: [2, "K"] }]);
    await expect(compile(await load(onnxFile(found)), { backend: "tfjs", device: "cpu" })).rejects.toThrow(
      "cannot run what depends on the data",
    );
  });

  it("stops before it eats the memory", async () => {
    const found = file(
      [
        node("ReduceMax", "x", "top", { keepdims: { int: 0 } }),
        node("Cast", "top", "size", { to: { int: 7 } }),
        node("Unsqueeze", "size zero", "shape"),
        node("ConstantOfShape", "shape", "y"),
      ],
      [y(["K"])],
      { zero: int64([0]) },
    );
    await check(found, { x: rows });
    await expect(ours(found, { x: float32([1e9, 0, 0], [1, 3]) }, "wasm")).rejects.toThrow(LimitError);
  });
});

describe("sequences", () => {
  it("are put together and taken apart while the model is compiled", async () => {
    const sequences: OnnxFile = {
      opsets: { "": 17 },
      inputs: [x],
      outputs: [
        y(["N", 6]),
        { name: "stacked", dtype: "float32", shape: [3, "N", 3] },
        { name: "size", dtype: "int64", shape: [] },
      ],
      initializers: { last: int64([-1], []), one: int64([1], []) },
      nodes: [
        node("Neg", "x", "negative"),
        node("SequenceConstruct", "x negative", "two"),
        node("Abs", "x", "size_of"),
        node("SequenceInsert", "two size_of one", "three"),
        node("SequenceAt", "three last", "at"),
        node("SequenceErase", "three one", "again"),
        node("ConcatFromSequence", "again", "y", { axis: { int: 1 } }),
        node("SequenceInsert", "again at", "more"),
        node("ConcatFromSequence", "more", "stacked", { axis: { int: 0 }, new_axis: { int: 1 } }),
        node("SequenceLength", "more", "size"),
      ],
    };
    expect(await check(sequences, { x: rows })).toBe(true);
  });

  it("are parts of an axis", async () => {
    const parts: OnnxFile = {
      opsets: { "": 17 },
      inputs: [x],
      outputs: [y(["N", 1]), { name: "flat", dtype: "float32", shape: ["N"] }],
      initializers: { two: int64([2], []), one: int64([1], []) },
      nodes: [
        node("SplitToSequence", "x two", "parts", { axis: { int: 1 } }),
        node("SequenceAt", "parts one", "y"),
        node("SplitToSequence", "x", "columns", { axis: { int: 1 }, keepdims: { int: 0 } }),
        node("SequenceAt", "columns one", "flat"),
      ],
    };
    expect(await check(parts, { x: rows })).toBe(true);
  });

  it("leave the model as one output for each tensor", async () => {
    const leaving: OnnxFile = {
      opsets: { "": 17 },
      inputs: [x],
      outputs: [{ name: "both" }],
      nodes: [node("Neg", "x", "negative"), node("SequenceConstruct", "x negative", "both")],
    };
    const { answers } = await ours(leaving, { x: rows }, "wasm");
    expect(Object.keys(answers)).toEqual(["both[0]", "both[1]"]);
    expect(answers["both[1]"]?.data).toEqual(rows.data.map((v) => -v));
  });

  it("are no tensors", async () => {
    const wrong: OnnxFile = {
      opsets: { "": 17 },
      inputs: [x],
      outputs: [y()],
      nodes: [node("SequenceConstruct", "x", "list"), node("Neg", "list", "y")],
    };
    await expect(ours(wrong, { x: rows }, "reference")).rejects.toThrow("needs a tensor, but its input is a sequence");
    const other: OnnxFile = { ...wrong, nodes: [node("SequenceLength", "x", "y")] };
    await expect(ours(other, { x: rows }, "reference")).rejects.toThrow("input 0 is a tensor, expected a sequence");
  });
});
