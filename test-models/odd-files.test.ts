/** Files that are unusual but right, and files that would run away: through the public API, on the default backend and on reference. */

import { describe, expect, test } from "vitest";
import { DataError, LimitError, ModelParseError, OptionError } from "../src/errors.js";
import { compile, load } from "../src/index.js";
import { bool, float32, int64, tensor } from "../src/ir/tensor.js";
import { type OnnxFile, type OnnxGraph, onnxFile } from "./onnx-file.js";

const backends = ["reference", "wasm"] as const;

async function run(file: OnnxFile, feeds: Readonly<Record<string, unknown>>, backend: (typeof backends)[number]) {
  const scorer = await compile(await load(onnxFile(file)), { backend });
  try {
    return await scorer.run(feeds);
  } finally {
    scorer.dispose();
  }
}

/** The answers as plain arrays, the same from both backends. */
async function answer(file: OnnxFile, feeds: Readonly<Record<string, unknown>>) {
  const found = [];
  for (const backend of backends) {
    const answers = await run(file, feeds, backend);
    found.push(Object.fromEntries(Object.entries(answers).map(([name, y]) => [name, y.toArray()])));
  }
  expect(found[1]).toEqual(found[0]);
  return found[0];
}

const x = { name: "x", dtype: "float32", shape: ["N", 2] } as const;
const y = { name: "y", dtype: "float32", shape: ["N", 2] } as const;

describe("types", () => {
  test.each(["float16", "bfloat16"] as const)("%s initializers", async (dtype) => {
    const small = dtype === "float16" ? 2 ** -24 : 2 ** -133;
    const file: OnnxFile = {
      inputs: [x],
      outputs: [y, { name: "sizes", dtype, shape: [4] }],
      nodes: [
        { op: "Cast", inputs: ["w"], outputs: ["wide"], attributes: { to: { int: 1 } } },
        { op: "Slice", inputs: ["wide", "from", "to"], outputs: ["two"] },
        { op: "Add", inputs: ["x", "two"], outputs: ["y"] },
        { op: "Abs", inputs: ["w"], outputs: ["sizes"] },
      ],
      initializers: {
        w: tensor(dtype, [4], Float32Array.of(-1.5, 0.25, Number.NEGATIVE_INFINITY, -small)),
        from: int64([0]),
        to: int64([2]),
      },
    };
    expect(await answer(file, { x: [[1, 2]] })).toEqual({
      y: [[-0.5, 2.25]],
      sizes: [1.5, 0.25, Number.POSITIVE_INFINITY, small],
    });
  });

  test("int64 beyond 2^53 stays exact, in constants, inputs, labels and answers", async () => {
    const big = 2n ** 53n + 1n;
    const file: OnnxFile = {
      inputs: [{ name: "n", dtype: "int64", shape: ["N", 1] }],
      outputs: [
        { name: "sum", dtype: "int64", shape: ["N", 1] },
        { name: "same", dtype: "bool", shape: ["N", 1] },
        { name: "name", dtype: "string", shape: ["N", 1] },
      ],
      nodes: [
        { op: "Add", inputs: ["n", "one"], outputs: ["sum"] },
        { op: "Equal", inputs: ["n", "big"], outputs: ["same"] },
        {
          op: "LabelEncoder",
          domain: "ai.onnx.ml",
          inputs: ["n"],
          outputs: ["name"],
          attributes: {
            keys_int64s: { ints: [big, big - 1n] },
            values_strings: { strings: ["odd", "even"] },
            default_string: { string: "other" },
          },
        },
      ],
      initializers: { one: int64([1n], [1]), big: int64([big], [1]) },
    };
    expect(await answer(file, { n: [[big], [big - 1n], [2n ** 62n]] })).toEqual({
      sum: [[big + 1n], [big], [2n ** 62n + 1n]],
      same: [[true], [false], [false]],
      name: [["odd"], ["even"], ["other"]],
    });
    // A number that large is no integer that anybody can have meant.
    await expect(run(file, { n: [[2 ** 53 + 2]] }, "wasm")).rejects.toThrow(DataError);
    await expect(run(file, { n: [[2n ** 64n]] }, "wasm")).rejects.toThrow(DataError);
  });
});

describe("graphs", () => {
  const add: OnnxFile = {
    inputs: [x],
    outputs: [y],
    nodes: [{ op: "Add", inputs: ["x", "w"], outputs: ["y"] }],
    initializers: { w: float32([10, 20]) },
  };

  test("initializers that are inputs too are constants, whether the input has their type or none", async () => {
    for (const w of [{ name: "w", dtype: "float32", shape: [2] } as const, { name: "w" }]) {
      const file = { ...add, irVersion: 3, inputs: [x, w] };
      expect(await answer(file, { x: [[1, 2]] })).toEqual({ y: [[11, 22]] });
      await expect(run(file, { x: [[1, 2]], w: [0, 0] }, "wasm")).rejects.toThrow(OptionError);
    }
  });

  test("a domain may be imported twice, under both of its names", async () => {
    const file = { ...add, opsets: { "": 18, "ai.onnx": 18, "ai.onnx.ml": 3, "com.example": 7 } };
    expect(await answer(file, { x: [[1, 2]] })).toEqual({ y: [[11, 22]] });
    await expect(load(onnxFile({ ...file, opsets: { "": 18, "ai.onnx": 17 } }))).rejects.toThrow(ModelParseError);
  });

  test("nothing between inputs and outputs need be described, nor the outputs", async () => {
    const file: OnnxFile = {
      ...add,
      outputs: [{ name: "y" }, { name: "label" }],
      nodes: [
        ...add.nodes,
        { op: "ArgMax", inputs: ["y"], outputs: ["label"], attributes: { axis: { int: 1 }, keepdims: { int: 0 } } },
      ],
    };
    expect(await answer(file, { x: [[1, 2]] })).toEqual({ y: [[11, 22]], label: [1] });
  });
});

describe("what would run away", () => {
  const sums: OnnxGraph = {
    nodes: [
      { op: "Add", inputs: ["total", "row"], outputs: ["next"] },
      { op: "Identity", inputs: ["next"], outputs: ["line"] },
    ],
    inputs: [{ name: "total" }, { name: "row" }],
    outputs: [{ name: "next" }, { name: "line" }],
  };
  const scan = (steps: string, body: OnnxGraph): OnnxFile => ({
    inputs: [x],
    outputs: [y],
    initializers: {
      start: float32([0, 0]),
      trips: int64([2n ** 62n], []),
      on: bool([1], []),
      size: int64([2n ** 40n, 2n]),
    },
    nodes: [
      ...(steps === "made" ? [{ op: "Expand", inputs: ["start", "size"], outputs: ["made"] }] : []),
      {
        op: "Scan",
        name: "run",
        inputs: ["start", steps],
        outputs: ["end", "y"],
        attributes: { num_scan_inputs: { int: 1 }, body: { graph: body } },
      },
    ],
  });

  test.each(backends)("a Scan that carries a state over many rows is stopped, on %s", async (backend) => {
    const rows = 2 ** 16 + 1;
    const many = { data: new Float32Array(rows * 2), shape: [rows, 2] };
    await expect(run(scan("x", sums), { x: many }, backend)).rejects.toThrow(LimitError);
    await expect(run(scan("x", sums), { x: many }, backend)).rejects.toThrow('node "run"');
  });

  test("a Scan over more slices than any file holds is refused before memory is taken", async () => {
    await expect(run(scan("made", sums), { x: [[1, 2]] }, "reference")).rejects.toThrow(LimitError);
  });

  test("a Loop of 2^62 rounds inside a Scan is stopped", async () => {
    const endless: OnnxGraph = {
      nodes: [
        {
          op: "Loop",
          inputs: ["trips", "on", "total"],
          outputs: ["next"],
          attributes: {
            body: {
              graph: {
                nodes: [
                  { op: "Add", inputs: ["value", "value"], outputs: ["twice"] },
                  { op: "Identity", inputs: ["goes"], outputs: ["again"] },
                ],
                inputs: [{ name: "round" }, { name: "goes" }, { name: "value" }],
                outputs: [{ name: "again" }, { name: "twice" }],
              },
            },
          },
        },
        { op: "Identity", inputs: ["row"], outputs: ["line"] },
      ],
      inputs: [{ name: "total" }, { name: "row" }],
      outputs: [{ name: "next" }, { name: "line" }],
    };
    const file = { ...scan("x", endless), outputs: [{ ...y, name: "end", shape: [2] }, y] };
    await expect(run(file, { x: [[1, 2]] }, "reference")).rejects.toThrow(LimitError);
  }, 60_000);
});
