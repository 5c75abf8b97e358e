/** Forests of every shape in the shaders of webgpu, on Dawn: the leaves of the reference exactly, its sums within the tolerance. */

import { describe, expect, test } from "vitest";
import { createBuilder } from "../../../ir/builder.js";
import { N } from "../../../ir/dims.js";
import type { Forest } from "../../../ir/forest.js";
import { float64, int32 } from "../../../ir/tensor.js";
import { typeOf } from "../../../ir/types.js";
import { narrow } from "../../../passes/narrow.js";
import { referenceBackend, referenceTarget } from "../../reference/reference-backend.js";
import { type GrownForest, grownForest, rowsOf } from "../../wasm/forests/forests.testing.js";
import { hasWebgpu } from "../software-gpu.testing.js";
import { tfjsBackend } from "../tfjs-backend.js";

const kinds: readonly (GrownForest & { readonly name: string; readonly rows: number })[] = [
  { name: "boosted", rows: 1000, trees: 100, leaves: 31, features: 20, missing: "some" },
  { name: "one row, many trees", rows: 1, trees: 500, leaves: 16, features: 8 },
  { name: "few rows, several outputs", rows: 3, trees: 90, leaves: 16, features: 8, outputs: 3, votes: "one" },
  {
    name: "all modes",
    rows: 700,
    trees: 30,
    leaves: 20,
    features: 5,
    modes: ["lessEqual", "less", "greaterEqual", "greater", "equal", "notEqual"],
    bins: 8,
    missing: "some",
  },
  {
    name: "categories",
    rows: 700,
    trees: 30,
    leaves: 20,
    features: 6,
    categorical: 4,
    categories: 70,
    missing: "some",
  },
  { name: "every leaf for all", rows: 300, trees: 40, leaves: 12, features: 5, outputs: 11, votes: "all" },
  { name: "leaves for some", rows: 300, trees: 40, leaves: 12, features: 5, outputs: 6, votes: "some" },
  { name: "least of all trees", rows: 300, trees: 40, leaves: 12, features: 5, aggregate: "min" },
  {
    name: "greatest of each output",
    rows: 300,
    trees: 40,
    leaves: 12,
    features: 5,
    outputs: 4,
    votes: "some",
    aggregate: "max",
  },
  {
    name: "more leaves than one batch holds",
    rows: 17_000,
    trees: 1000,
    leaves: 2,
    features: 3,
    outputs: 2,
    votes: "one",
  },
  { name: "no split", rows: 20, trees: 3, leaves: 1, features: 2 },
  { name: "deep", rows: 200, trees: 20, leaves: 900, features: 10, compare: "float64", sum: "float64" },
];

function programOf(forest: Forest) {
  const b = createBuilder();
  const x = b.input("x", typeOf(forest.compare, [N, forest.nFeatures]));
  return b.finish([
    { name: "raw", value: b.op("forest", [x], { forest }) },
    { name: "leaves", value: b.op("forestLeaves", [x], { forest }) },
  ]);
}

describe.runIf(hasWebgpu)("forests on webgpu", () => {
  test("integers and booleans made floats", async () => {
    const forest = grownForest({ trees: 20, features: 3, leaves: 16, bins: 4 });
    const b = createBuilder();
    const k = b.input("k", { dtype: "int32", shape: [N, 3] });
    const floats = b.op("cast", [k], { to: "float32" });
    const positive = b.op("cast", [b.op("greater", [k, b.constant(int32([0]))])], { to: "float32" });
    const program = b.finish([
      { name: "integers", value: b.op("forestLeaves", [floats], { forest }) },
      { name: "booleans", value: b.op("forestLeaves", [positive], { forest }) },
    ]);
    const names = ["integers", "booleans"];
    const values = Array.from({ length: 60 }, (_, i) => ((i * 7) % 5) - 2);
    const inputs = new Map([["k", int32(values, [20, 3])]]);
    const want = (await referenceBackend.compile(program, referenceTarget(20))).runSync(inputs, 20, names);
    const executable = await tfjsBackend.compile(program, await tfjsBackend.probe({ device: "webgpu", batchHint: 20 }));
    expect(await executable.run(inputs, 20, names)).toEqual(want);
    executable.dispose();
  });

  test.each(kinds)("$name", async ({ rows, ...kind }) => {
    const forest = grownForest({ compare: "float32", sum: "float32", ...kind });
    const program = programOf(forest);
    // Rows of float32 values, which the device has to get exactly right, also against thresholds of float64.
    const plain = rowsOf(forest, rows, forest.nFeatures, "float32", "edges");
    const x = forest.compare === "float32" ? plain : float64(plain.data as Float32Array, plain.shape);
    // So many leaves stay on the device.
    const names = rows > 10_000 ? ["raw"] : ["raw", "leaves"];
    const inputs = new Map([["x", x]]);
    const want = (await referenceBackend.compile(program, referenceTarget(rows))).runSync(inputs, rows, names);
    const target = await tfjsBackend.probe({ device: "webgpu", batchHint: rows });
    const executable = await tfjsBackend.compile(narrow(program, target), target);
    const got = await executable.run(inputs, rows, names);
    executable.dispose();
    expect(got.get("leaves")).toEqual(want.get("leaves"));
    const [sums, expected] = [got.get("raw"), want.get("raw")];
    expect(sums?.shape).toEqual(expected?.shape);
    const largest = forest.leafValue.reduce((a, v) => Math.max(a, Math.abs(v)), 0) * forest.nTrees;
    const wrong = Array.from(expected?.data ?? [], Number).findIndex(
      (value, i) => !(Math.abs(Number(sums?.data[i]) - value) <= 1e-6 * largest),
    );
    expect(wrong).toBe(-1);
  });
});
