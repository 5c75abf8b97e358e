import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { perfectTreeTraversal } from "../../../strategies/perfect-tree-traversal.js";
import { BackendUnavailableError, DataError, LimitError, OptionError, ShapeError } from "../../errors.js";
import { createBuilder } from "../../ir/builder.js";
import { N } from "../../ir/dims.js";
import { buildForest } from "../../ir/forest-builder.js";
import type { Program } from "../../ir/program.js";
import type { Executable } from "../../ir/target.js";
import { float32, float64, int32, int64, strings, type Tensor } from "../../ir/tensor.js";
import { lowerForests } from "../../passes/lower-forests.js";
import { narrow } from "../../passes/narrow.js";
import { referenceBackend, referenceTarget } from "../reference/reference-backend.js";
import { tfjsBackend } from "./tfjs-backend.js";
import { hasTfjsNode } from "./tfjs-node.testing.js";

async function compile(
  program: Program,
  device: string,
  limits: { readonly maxElements?: number } = {},
): Promise<Executable> {
  const target = { ...(await tfjsBackend.probe({ device, batchHint: 16 })), ...limits };
  return tfjsBackend.compile(narrow(program, target), target);
}

/** y = x · [1, 2, 3] + 1, and the sum of each row. */
function affine(): Program {
  const b = createBuilder();
  const x = b.input("x", { dtype: "float32", shape: [N, 3] });
  const y = b.op("add", [b.op("mul", [x, b.constant(float32([1, 2, 3]))]), b.constant(float32([1]))]);
  return b.finish([
    { name: "y", value: y },
    { name: "sum", value: b.op("reduceSum", [y], { axes: [1] }) },
    { name: "x", value: x },
    { name: "k", value: b.constant(float32([7])) },
  ]);
}

const rows = (n: number): Tensor =>
  float32(
    Array.from({ length: n * 3 }, (_, i) => i - 4),
    [n, 3],
  );
const feed = (x: Tensor): ReadonlyMap<string, Tensor> => new Map([["x", x]]);
const data = (outputs: ReadonlyMap<string, Tensor>, name: string) => [...(outputs.get(name)?.data ?? [])];

describe.each(["cpu", "wasm"])("tfjs on %s", (device) => {
  test("computes the outputs named, synchronously and not", async () => {
    const executable = await compile(affine(), device);
    const x = float32([1, 2, 3, -1, 0, 1], [2, 3]);
    const got = executable.runSync(feed(x), 2, ["sum", "y"]);
    expect([...got.keys()]).toEqual(["sum", "y"]);
    expect(got.get("y")).toEqual(float32([2, 5, 10, 0, 1, 4], [2, 3]));
    expect(got.get("sum")).toEqual(float32([17, 5]));
    expect(await executable.run(feed(x), 2, ["y", "sum"])).toEqual(new Map([...got].reverse()));
    executable.dispose();
  });

  test("row blocks of any size give the same answer", async () => {
    const want = (await compile(affine(), device)).runSync(feed(rows(10)), 10, ["y", "sum", "k"]);
    for (const maxElements of [3, 12, 27, 30, 1]) {
      const executable = await compile(affine(), device, { maxElements });
      expect(executable.runSync(feed(rows(10)), 10, ["y", "sum", "k"])).toEqual(want);
      expect(await executable.run(feed(rows(10)), 10, ["y", "sum", "k"])).toEqual(want);
    }
  });

  test("a batch without rows", async () => {
    const executable = await compile(affine(), device);
    const got = executable.runSync(feed(rows(0)), 0, ["y", "sum", "k"]);
    expect(got.get("y")).toEqual(float32([], [0, 3]));
    expect(got.get("sum")).toEqual(float32([]));
    expect(got.get("k")).toEqual(float32([7]));
  });

  test("outputs own their memory, and inputs stay as they were", async () => {
    const executable = await compile(affine(), device);
    const x = rows(2);
    const before = [...x.data];
    const got = executable.runSync(feed(x), 2, ["x", "k"]);
    for (const output of got.values()) (output.data as Float32Array).fill(-1);
    expect([...x.data]).toEqual(before);
    expect(data(executable.runSync(feed(x), 2, ["x", "k"]), "x")).toEqual(before);
    expect(data(executable.runSync(feed(x), 2, ["x", "k"]), "k")).toEqual([7]);
  });

  test("nothing is left in TF.js after a run, and nothing at all after dispose", async () => {
    const start = tf.memory().numTensors;
    const executable = await compile(affine(), device);
    const loaded = tf.memory().numTensors;
    expect(loaded).toBeGreaterThan(start);
    for (let i = 0; i < 3; i++) {
      executable.runSync(feed(rows(5)), 5, ["y", "sum", "x"]);
      await executable.run(feed(rows(5)), 5, ["k"]);
    }
    expect(() => executable.runSync(feed(rows(5)), 4, ["y"])).toThrow(ShapeError);
    expect(tf.memory().numTensors).toBe(loaded);
    executable.dispose();
    executable.dispose();
    expect(tf.memory().numTensors).toBe(start);
    expect(() => executable.runSync(feed(rows(1)), 1, ["y"])).toThrow(OptionError);
    await expect(executable.run(feed(rows(1)), 1, ["y"])).rejects.toThrow(OptionError);
  });

  test("float64 is rounded once, int64 narrowed, and what does not fit named by row", async () => {
    const b = createBuilder();
    const x = b.input("x", { dtype: "float64", shape: [N, 2] });
    const k = b.input("k", { dtype: "int64", shape: [N, 2] });
    const program = b.finish([
      { name: "x", value: b.op("neg", [x]) },
      { name: "k", value: b.op("add", [k, b.constant(int64([1]))]) },
    ]);
    const executable = await compile(program, device);
    const run = (ks: readonly (number | bigint)[]) =>
      executable.runSync(
        new Map<string, Tensor>([
          ["x", float64([0.1, 1e300, 0, Number.NaN], [2, 2])],
          ["k", int64(ks, [2, 2])],
        ]),
        2,
        ["x", "k"],
      );
    const got = run([1, -(2 ** 31), 2 ** 31 - 2, 0]);
    expect(data(got, "x")).toEqual([-Math.fround(0.1), Number.NEGATIVE_INFINITY, -0, Number.NaN]);
    expect(got.get("k")).toEqual(int32([2, -(2 ** 31) + 1, 2 ** 31 - 1, 1], [2, 2]));
    const tooLarge = () => run([1, 2, 3, 2n ** 31n]);
    expect(tooLarge).toThrow(DataError);
    expect(tooLarge).toThrow(/input k: 2147483648 at row 1 does not fit/);
    expect(() =>
      executable.runSync(
        new Map<string, Tensor>([
          ["x", rows(1)],
          ["k", int64([1, 2], [1, 2])],
        ]),
        1,
        ["x"],
      ),
    ).toThrow(ShapeError);
  });

  test("text is looked up on the host", async () => {
    const b = createBuilder();
    const city = b.input("city", { dtype: "string", shape: [N, 1] });
    const x = b.input("x", { dtype: "float32", shape: [N, 1] });
    const code = b.op("indexOf", [city], { keys: strings(["a", "b"]) });
    const program = b.finish([
      { name: "y", value: b.op("add", [b.op("cast", [code], { to: "float32" }), x]) },
      { name: "code", value: code },
    ]);
    const executable = await compile(program, device, { maxElements: 2 });
    const inputs = new Map<string, Tensor>([
      ["city", strings(["b", "?", "a"], [3, 1])],
      ["x", float32([10, 20, 30], [3, 1])],
    ]);
    const got = executable.runSync(inputs, 3, ["y", "code"]);
    expect(got.get("y")).toEqual(float32([11, 19, 30], [3, 1]));
    expect(got.get("code")).toEqual(int32([1, -1, 0], [3, 1]));
  });

  test("an index out of range is an error of the data", async () => {
    const b = createBuilder();
    const k = b.input("k", { dtype: "int32", shape: [N, 2] });
    const x = b.input("x", { dtype: "float32", shape: [N, 3] });
    const program = b.finish([
      { name: "table", value: b.op("gather", [b.constant(float32([1, 2, 3])), k], { axis: 0 }) },
      { name: "row", value: b.op("gatherByRow", [x, k]) },
    ]);
    const executable = await compile(program, device);
    const run = (ks: readonly number[], name: string) =>
      executable.runSync(
        new Map<string, Tensor>([
          ["k", int32(ks, [2, 2])],
          ["x", rows(2)],
        ]),
        2,
        [name],
      );
    expect(data(run([0, 2, 1, 1], "table"), "table")).toEqual([1, 3, 2, 2]);
    for (const bad of [3, -1])
      for (const name of ["table", "row"]) expect(() => run([0, bad, 0, 0], name), `${name} ${bad}`).toThrow(DataError);
    expect(data(run([2, 0, 1, 2], "row"), "row")).toEqual([-2, -4, 0, 1]);
  });

  test("integers become floats by rounding, also where nothing is written out between", async () => {
    const b = createBuilder();
    const k = b.input("k", { dtype: "int32", shape: [N] });
    const rounded = b.op("cast", [k], { to: "float32" });
    const program = b.finish([{ name: "same", value: b.op("equal", [rounded, b.constant(float32([16777216]))]) }]);
    const executable = await compile(program, device);
    const got = executable.runSync(new Map([["k", int32([16777216, 16777217, 16777218])]]), 3, ["same"]);
    expect(data(got, "same")).toEqual([1, 1, 0]);
  });

  test("a program that mixes rows runs whole, or not at all", async () => {
    const b = createBuilder();
    const x = b.input("x", { dtype: "float32", shape: [N, 3] });
    const program = b.finish([
      { name: "y", value: b.op("cumSum", [x], { axis: 0, exclusive: false, reverse: false }) },
    ]);
    const executable = await compile(program, device, { maxElements: 12 });
    expect(data(executable.runSync(feed(rows(4)), 4, ["y"]), "y")).toEqual([
      -4, -3, -2, -5, -3, -1, -3, 0, 3, 2, 6, 10,
    ]);
    expect(() => executable.runSync(feed(rows(5)), 5, ["y"])).toThrow(LimitError);
  });

  test("a forest lowered to tensors routes like the walk", async () => {
    const forest = buildForest(
      {
        nFeatures: 2,
        nOutputs: 1,
        compare: "float64",
        sum: "float64",
        aggregate: "sum",
        tree: [0, 0, 0, 0, 0, 1, 1, 1],
        id: [0, 1, 2, 3, 4, 0, 1, 2],
        mode: [1, 0, 2, 0, 0, 4, 0, 0],
        feature: [0, 0, 1, 0, 0, 1, 0, 0],
        threshold: [0.1, 0, -0, 0, 0, 1e-40, 0, 0],
        trueId: [1, 0, 3, 0, 0, 1, 0, 0],
        falseId: [2, 0, 4, 0, 0, 2, 0, 0],
        missingTrue: [0, 0, 1, 0, 0, 1, 0, 0],
        voteTree: [0, 0, 0, 1, 1],
        voteId: [1, 3, 4, 1, 2],
        voteTarget: [0, 0, 0, 0, 0],
        voteValue: [1, 2, 4, 8, 16],
      },
      "onnx",
      "test",
    );
    const b = createBuilder();
    const x = b.input("x", { dtype: "float64", shape: [N, 2] });
    const program = b.finish([
      { name: "raw", value: b.op("forest", [x], { forest }) },
      { name: "leaf", value: b.op("forestLeaves", [x], { forest }) },
    ]);
    const near = Math.fround(0.1);
    const special = [near, near - 2 ** -27, Number.NaN, Infinity, -Infinity, 0, -0, 1e-40, -1e-40];
    const values = special.flatMap((u) => special.flatMap((v) => [Math.fround(u), Math.fround(v)]));
    const n = values.length / 2;
    const inputs = feed(float64(values, [n, 2]));
    const want = (await referenceBackend.compile(program, referenceTarget(1))).runSync(inputs, n, ["raw", "leaf"]);
    const target = await tfjsBackend.probe({ device, batchHint: 16 });
    const lowered = lowerForests(
      narrow(program, target),
      target,
      [perfectTreeTraversal],
      "perfect-tree-traversal",
    ).program;
    const got = (await tfjsBackend.compile(lowered, target)).runSync(inputs, n, ["raw", "leaf"]);
    expect(data(got, "raw")).toEqual(data(want, "raw"));
    expect(data(got, "leaf")).toEqual(data(want, "leaf"));
  });
});

test("scorers on two devices run side by side, and the application keeps its backend", async () => {
  const [cpu, wasm] = [await compile(affine(), "cpu"), await compile(affine(), "wasm")];
  await tf.setBackend("cpu");
  const runs = Array.from({ length: 8 }, (_, i) => (i % 2 === 0 ? cpu : wasm).run(feed(rows(i + 1)), i + 1, ["sum"]));
  const want = Array.from({ length: 8 }, (_, i) => cpu.runSync(feed(rows(i + 1)), i + 1, ["sum"]));
  expect(await Promise.all(runs)).toEqual(want);
  expect(tf.getBackend()).toBe("cpu");
  expect(wasm.runSync(feed(rows(1)), 1, ["sum"])).toEqual(want[0]);
  expect(tf.getBackend()).toBe("cpu");
});

test("without a device it takes wasm; others say what to install", async () => {
  expect((await tfjsBackend.probe({ batchHint: 5 })).device).toBe("wasm");
  // Node has no WebGL.
  const webgl = tfjsBackend.probe({ device: "webgl", batchHint: 1 });
  await expect(webgl).rejects.toThrow(BackendUnavailableError);
  await expect(webgl).rejects.toThrow(/WebGL in browsers only; use the device wasm, cpu or webgpu/);
  if (!hasTfjsNode) {
    const probe = tfjsBackend.probe({ device: "tensorflow", batchHint: 1 });
    await expect(probe).rejects.toThrow(BackendUnavailableError);
    await expect(probe).rejects.toThrow(/install it with: npm install @tensorflow\/tfjs-node /);
  }
  await expect(tfjsBackend.probe({ device: "portable", batchHint: 1 })).rejects.toThrow(OptionError);
  await expect(tfjsBackend.probe({ device: "tpu", batchHint: 1 })).rejects.toThrow(OptionError);
});
