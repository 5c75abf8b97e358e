/**
 * What a user can get wrong, through the public API: each ends in a typed error that names the place, quickly, before memory is
 * taken. Native errors that escape fail the test.
 */

import { beforeAll, describe, expect, test } from "vitest";
import { CalypteError, type ErrorCode } from "../src/errors.js";
import { compile, load, type Scorer } from "../src/index.js";
import { float32, int64, tensor } from "../src/ir/tensor.js";
import { loadFixture } from "./fixtures.js";
import { type OnnxAttribute, type OnnxFile, onnxFile } from "./onnx-file.js";

async function expectError(work: () => Promise<unknown>, code: ErrorCode, message: RegExp): Promise<void> {
  const before = process.memoryUsage().arrayBuffers;
  const error = await work().then(
    () => undefined,
    (e: unknown) => e,
  );
  expect(error, "no error").toBeInstanceOf(CalypteError);
  if (!(error instanceof CalypteError)) return;
  expect(error.message).toMatch(message);
  expect(error.code).toBe(code);
  expect(process.memoryUsage().arrayBuffers - before, "bytes taken").toBeLessThan(64 * 2 ** 20);
}

const compiled = async (bytes: Uint8Array) => compile(await load(bytes));

/** A stump on feature 0, `x <= 0.5`, with one attribute changed or left out. */
function stump(changes: Readonly<Record<string, OnnxAttribute | undefined>> = {}): Uint8Array {
  const attributes: Record<string, OnnxAttribute | undefined> = {
    n_targets: { int: 1 },
    nodes_treeids: { ints: [0, 0, 0] },
    nodes_nodeids: { ints: [0, 1, 2] },
    nodes_featureids: { ints: [0, 0, 0] },
    nodes_modes: { strings: ["BRANCH_LEQ", "LEAF", "LEAF"] },
    nodes_values: { floats: [0.5, 0, 0] },
    nodes_truenodeids: { ints: [1, 0, 0] },
    nodes_falsenodeids: { ints: [2, 0, 0] },
    target_treeids: { ints: [0, 0] },
    target_nodeids: { ints: [1, 2] },
    target_ids: { ints: [0, 0] },
    target_weights: { floats: [1, 2] },
    ...changes,
  };
  const given = Object.entries(attributes).filter((e): e is [string, OnnxAttribute] => e[1] !== undefined);
  return onnxFile({
    nodes: [
      {
        op: "TreeEnsembleRegressor",
        domain: "ai.onnx.ml",
        name: "trees",
        inputs: ["X"],
        outputs: ["Y"],
        attributes: Object.fromEntries(given),
      },
    ],
    inputs: [{ name: "X", dtype: "float32", shape: [undefined, 2] }],
    outputs: [{ name: "Y", dtype: "float32", shape: [undefined, 1] }],
  });
}

test("the stump that the cases change is right itself", async () => {
  const scorer = await compiled(stump());
  expect(
    (
      await scorer.predict([
        [0.5, 9],
        [0.6, 9],
        [Number.NaN, 9],
      ])
    ).toArray(),
  ).toEqual([1, 2, 2]);
});

describe("trees", () => {
  const cases: readonly [string, Readonly<Record<string, OnnxAttribute | undefined>>, RegExp][] = [
    ["a node that is its own child", { nodes_truenodeids: { ints: [0, 0, 0] } }, /a cycle/],
    ["a child of two parents", { nodes_falsenodeids: { ints: [1, 0, 0] } }, /child 1 has two parents/],
    ["a child that does not exist", { nodes_truenodeids: { ints: [7, 0, 0] } }, /node 0: child 7 does not exist/],
    ["a negative child", { nodes_truenodeids: { ints: [-1, 0, 0] } }, /child -1 does not exist/],
    ["a feature below zero", { nodes_featureids: { ints: [-3, 0, 0] } }, /feature -3/],
    [
      "a feature beyond the input's width",
      { nodes_featureids: { ints: [2, 0, 0] } },
      /^[^:]*: [^:]*:[^:]*: its trees read column 2, but its input has 2 columns/,
    ],
    ["a target out of range", { target_ids: { ints: [0, 1] } }, /output 1 is not in \[0, 1\)/],
    ["a NaN threshold", { nodes_values: { floats: [Number.NaN, 0, 0] } }, /threshold is NaN/],
    [
      "a short attribute",
      { nodes_values: { floats: [0.5, 0] } },
      /nodes_values has 2 entries, but nodes_treeids has 3/,
    ],
    ["a missing attribute", { nodes_modes: undefined }, /nodes_modes/],
    ["an unknown mode", { nodes_modes: { strings: ["BRANCH_XX", "LEAF", "LEAF"] } }, /BRANCH_XX/],
    ["a node id that stands twice", { nodes_nodeids: { ints: [0, 1, 1] } }, /occurs twice|does not exist/],
    ["an attribute of another type", { nodes_values: { ints: [1, 2, 3] } }, /nodes_values/],
  ];
  test.each(cases)("%s", async (_, changes, message) => {
    await expectError(() => compiled(stump(changes)), "MODEL_PARSE", message);
  });

  test("an attribute that nobody knows", async () => {
    await expectError(() => compiled(stump({ nodes_magic: { int: 1 } })), "UNSUPPORTED", /nodes_magic/);
  });

  test("a cycle apart from the root", async () => {
    const changes = {
      nodes_treeids: { ints: [0, 0, 0, 0] },
      nodes_nodeids: { ints: [0, 1, 2, 3] },
      nodes_featureids: { ints: [0, 0, 0, 0] },
      nodes_modes: { strings: ["LEAF", "BRANCH_LEQ", "BRANCH_LEQ", "LEAF"] },
      nodes_values: { floats: [0, 0.5, 0.5, 0] },
      nodes_truenodeids: { ints: [0, 2, 1, 0] },
      nodes_falsenodeids: { ints: [0, 3, 3, 0] },
      target_nodeids: { ints: [0, 3] },
    };
    await expectError(() => compiled(stump(changes)), "MODEL_PARSE", /two parents|cannot be reached/);
  });
});

describe("files", () => {
  test("truncated at every tenth byte", async () => {
    const { model } = loadFixture("scaler-logistic");
    for (let length = 0; length < model.length; length += 10) {
      const error = await compiled(model.slice(0, length)).then(
        () => undefined,
        (e: unknown) => e,
      );
      if (error !== undefined) expect(error, `${length} bytes`).toBeInstanceOf(CalypteError);
    }
  });

  const foreign: readonly [string, Uint8Array | string, RegExp][] = [
    ["empty", "", /empty/],
    ["a pickle", new Uint8Array([0x80, 4, 0x95, 1, 2, 3, 4, 5, 6, 7, 8, 0x2e]), /pickle|joblib/i],
    ["a PNG", new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 0]), /./],
    ["LightGBM text", "tree\nversion=v4\nnum_class=1\n", /lightgbm/i],
    ["JSON", '{"learner":{"gradient_booster":{}}}', /xgboost/i],
    ["text", "hello, world", /./],
  ];
  test.each(foreign)("%s", async (_, content, message) => {
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
    const error = await load(bytes).then(
      () => undefined,
      (e: unknown) => e,
    );
    expect(error).toBeInstanceOf(CalypteError);
    expect(String(error)).toMatch(message);
  });

  const graph = (file: Partial<OnnxFile>): Uint8Array =>
    onnxFile({
      nodes: [{ op: "Identity", inputs: ["X"], outputs: ["Y"] }],
      inputs: [{ name: "X", dtype: "float32", shape: [undefined, 2] }],
      outputs: [{ name: "Y", dtype: "float32", shape: [undefined, 2] }],
      ...file,
    });

  test("a cycle of nodes", async () => {
    const nodes = [
      { op: "Add", inputs: ["X", "b"], outputs: ["a"] },
      { op: "Neg", inputs: ["a"], outputs: ["b"] },
      { op: "Identity", inputs: ["b"], outputs: ["Y"] },
    ];
    await expectError(() => compiled(graph({ nodes })), "MODEL_PARSE", /cycle/);
  });

  test("two nodes with one output, an unknown input, an unknown operator", async () => {
    const twice = [
      { op: "Identity", inputs: ["X"], outputs: ["Y"] },
      { op: "Neg", inputs: ["X"], outputs: ["Y"] },
    ];
    await expectError(() => compiled(graph({ nodes: twice })), "MODEL_PARSE", /Y/);
    const unknown = [{ op: "Identity", inputs: ["Z"], outputs: ["Y"] }];
    await expectError(() => compiled(graph({ nodes: unknown })), "MODEL_PARSE", /Z/);
    const operator = [{ op: "Frobnicate", name: "odd", inputs: ["X"], outputs: ["Y"] }];
    await expectError(() => compiled(graph({ nodes: operator })), "UNSUPPORTED", /odd.*Frobnicate.*18|Frobnicate/);
  });

  test("a scaler of another width than its input", async () => {
    const nodes = [
      {
        op: "Scaler",
        domain: "ai.onnx.ml",
        inputs: ["X"],
        outputs: ["Y"],
        attributes: { offset: { floats: [1, 2, 3] }, scale: { floats: [1, 1, 1] } },
      },
    ];
    await expectError(() => compiled(graph({ nodes })), "MODEL_PARSE", /Scaler/);
  });

  test("dimensions of 2^31 × 2^31 and below zero, refused before memory is taken", async () => {
    const nodes = [{ op: "Add", inputs: ["X", "c"], outputs: ["Y"] }];
    for (const shape of [[2 ** 31, 2 ** 31], [-1, 2], [2 ** 31 - 1]]) {
      const lying = { ...float32([1, 2]), shape };
      await expectError(() => compiled(graph({ nodes, initializers: { c: lying } })), "MODEL_PARSE", /c/);
    }
  });

  test("a Reshape, an Expand and a ConstantOfShape to an immense shape", async () => {
    const shape = int64([2 ** 31, 2 ** 31]);
    for (const nodes of [
      [{ op: "Reshape", inputs: ["X", "s"], outputs: ["Y"] }],
      [
        { op: "ConstantOfShape", inputs: ["s"], outputs: ["c"] },
        { op: "Identity", inputs: ["c"], outputs: ["Y"] },
      ],
      [{ op: "Expand", inputs: ["X", "s"], outputs: ["Y"] }],
    ]) {
      const work = async () => (await compiled(graph({ nodes, initializers: { s: shape } }))).run({ X: [[1, 2]] });
      const error = await work().then(
        () => undefined,
        (e: unknown) => e,
      );
      expect(error, nodes[0]?.op).toBeInstanceOf(CalypteError);
    }
  });

  test("__proto__ and constructor as names", async () => {
    const file = onnxFile({
      nodes: [{ op: "Neg", name: "__proto__", inputs: ["__proto__"], outputs: ["constructor"] }],
      inputs: [{ name: "__proto__", dtype: "float32", shape: [undefined, 1] }],
      outputs: [{ name: "constructor", dtype: "float32", shape: [undefined, 1] }],
    });
    const scorer = await compiled(file);
    expect((await scorer.predict([[2]])).toArray()).toEqual([-2]);
    const answers = await scorer.run(JSON.parse('{"__proto__": [[3]]}') as Record<string, unknown>);
    expect(Object.hasOwn(answers, "constructor")).toBe(true);
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  });
});

describe("rows", () => {
  let scorer: Scorer;
  beforeAll(async () => {
    scorer = await compiled(loadFixture("iris-tree").model);
  });
  const row = [5.1, 3.5, 1.4, 0.2];

  test("a wrong width, ragged rows", async () => {
    await expectError(() => scorer.predict([[1, 2, 3]]), "DATA", /3.*4|4.*3/);
    await expectError(() => scorer.predict([row, [1, 2]]), "DATA", /row 1/);
    const wide = tensor("float32", [1, 5], new Float32Array(5));
    await expectError(() => scorer.predict(wide), "SHAPE", /5/);
  });

  test("text, a boolean, a date, an object for a number", async () => {
    for (const bad of ["5.1", true, new Date(), {}, Symbol("x"), () => 1]) {
      await expectError(() => scorer.predict([row, [1, bad, 3, 4]]), "DATA", /row 1.*column 1/);
    }
  });

  test("a wrong dtype, a wrong length, nothing at all", async () => {
    await expectError(() => scorer.predict({ data: ["a", "b", "c", "d"], shape: [1, 4] }), "DATA", /./);
    for (const bad of [undefined, null, 3, "x", { data: new Float32Array(3), shape: [1, 4] }, new Float32Array(4)]) {
      const error = await scorer.predict(bad).then(
        () => undefined,
        (e: unknown) => e,
      );
      expect(error, String(bad)).toBeInstanceOf(CalypteError);
    }
  });

  test("an unknown input, an unknown output, an unknown option", async () => {
    await expectError(() => scorer.run({ Z: [row] }), "DATA", /X/);
    await expectError(() => scorer.run({ X: [row] }, { outputs: ["nope"] }), "OPTION", /nope.*label/);
    const options = { batchhint: 3 } as Record<string, unknown>;
    const model = await load(loadFixture("iris-tree").model);
    await expectError(() => compile(model, options), "OPTION", /batchhint.*batchHint/);
    await expectError(() => compile(model, { strategy: "magic" }), "OPTION", /magic.*gemm/);
    await expectError(() => scorer.transform([row]), "UNSUPPORTED", /predict/);
  });

  test("after dispose every call throws", async () => {
    const other = await compiled(loadFixture("iris-tree").model);
    other.dispose();
    await expectError(() => other.predict([row]), "OPTION", /disposed/);
    expect(() => other.predictSync([row])).toThrow(CalypteError);
  });

  test("the user's data is not modified, and outputs own their memory", async () => {
    const data = Float32Array.from(row);
    const X = { data, shape: [1, 4] };
    const first = await scorer.predictProba(X);
    const kept = Array.from(first.data as Float32Array);
    (first.data as Float32Array).fill(7);
    expect(Array.from(data)).toEqual(Array.from(Float32Array.from(row)));
    expect(Array.from((await scorer.predictProba(X)).data as Float32Array)).toEqual(kept);
  });
});

describe("a file with a batch of one row", () => {
  const oneRow = (shape: readonly number[]) =>
    onnxFile({
      nodes: [
        { op: "Neg", inputs: ["X"], outputs: ["n"] },
        { op: "Reshape", name: "flat", inputs: ["n", "s"], outputs: ["Y"] },
      ],
      inputs: [{ name: "X", dtype: "float32", shape: [1, 2] }],
      outputs: [{ name: "Y", dtype: "float32", shape: [1, 2] }],
      initializers: { s: int64([...shape]) },
    });

  test("scores any number of rows, each by itself", async () => {
    const scorer = await compiled(oneRow([-1, 2]));
    const { Y } = await scorer.run({
      X: [
        [1, 2],
        [3, 4],
      ],
    });
    expect(Y?.toArray()).toEqual([
      [-1, -2],
      [-3, -4],
    ]);
  });

  test("is refused where a node would mix rows", async () => {
    await expectError(() => compiled(oneRow([1, -1])), "UNSUPPORTED", /flat.*one row.*open batch/);
  });
});
