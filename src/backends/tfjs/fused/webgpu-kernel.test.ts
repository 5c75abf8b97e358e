/** Forests of every shape in the shaders of webgpu, on Dawn: the leaves of the reference exactly, its sums within the tolerance. */

import type { TensorInfo } from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { forestTables } from "../../../emitters/tfjs/forest-tables.js";
import { forestNodes } from "../../../emitters/tfjs/fused-nodes.js";
import { LimitError } from "../../../errors.js";
import { createBuilder } from "../../../ir/builder.js";
import { N } from "../../../ir/dims.js";
import type { Forest } from "../../../ir/forest.js";
import { float64, int32 } from "../../../ir/tensor.js";
import { typeOf } from "../../../ir/types.js";
import { narrow } from "../../../passes/narrow.js";
import { referenceBackend, referenceTarget } from "../../reference/reference-backend.js";
import { type GrownForest, grownForest, rowsOf } from "../../wasm/forests/forests.testing.js";
import { loadTfjs } from "../load-tfjs.js";
import { hasWebgpu } from "../software-gpu.testing.js";
import { tfjsBackend } from "../tfjs-backend.js";
import { type GpuBackend, type TreeTiles, treeTiles, webgpuKernel } from "./webgpu-kernel.js";

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

  const inTiles = kinds.flatMap((kind) => (["never", "always"] as const).map((tiles) => ({ ...kind, tiles })));
  test.each(inTiles)("$name, tiles: $tiles", async ({ rows, tiles, ...kind }) => {
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
    const got = await withTiles(tiles, () => executable.run(inputs, rows, names));
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

  test.each([1, 3])("the sums of tiles are those without to the bit, %i outputs", async (outputs) => {
    const rows = 2 ** 14;
    const forest = grownForest({ trees: 70, leaves: 60, features: 12, outputs, missing: "some", compare: "float32" });
    const program = programOf(forest);
    const inputs = new Map([["x", rowsOf(forest, rows, forest.nFeatures, "float32", "edges")]]);
    const target = await tfjsBackend.probe({ device: "webgpu", batchHint: rows });
    const executable = await tfjsBackend.compile(narrow(program, target), target);
    const run = (tiles: TreeTiles) => withTiles(tiles, () => executable.run(inputs, rows, ["raw"]));
    const [without, tiled, chosen] = [await run("never"), await run("always"), await run("auto")];
    executable.dispose();
    expect(tiled).toEqual(without);
    expect(chosen).toEqual(without);
  });
});

/** Runs `work` under the flag; the next runs see the flag as it was. */
async function withTiles<T>(tiles: TreeTiles, work: () => Promise<T>): Promise<T> {
  const { core } = await loadTfjs("webgpu");
  core.env().set(treeTiles, tiles);
  try {
    return await work();
  } finally {
    core.env().set(treeTiles, "auto");
  }
}

describe("which shaders run", () => {
  /** The kernel of a forest's node on a GPU that notes what it is told to run, and does nothing. */
  function shadersFor(forest: Forest, rows: number, options: { tiles?: TreeTiles; limits?: object } = {}): string[] {
    const tables = forestTables(forest);
    const ran: string[] = [];
    const info = (shape: number[], dtype: "float32" | "int32"): TensorInfo => ({ dataId: {}, shape, dtype });
    const gpu: GpuBackend = {
      device: { limits: { ...leastLimits, ...options.limits } },
      readSync: () => tables,
      makeTensorInfo: info,
      runWebGPUProgram(program, _, dtype, __, output) {
        ran.push(`${program.shaderKey} ${program.dispatch[0]}x${program.workgroupSize[0]}`);
        return output ?? info(program.outputShape, dtype);
      },
      disposeData: () => true,
    };
    const inputs = {
      x: info([rows, forest.nFeatures], "float32"),
      image: info([1], "int32"),
      tables: info([tables.length], "int32"),
    };
    const kernel = webgpuKernel(forestNodes.forest, () => options.tiles ?? "auto");
    kernel({ inputs, backend: gpu, attrs: {} });
    return ran;
  }
  /** Of every WebGPU device. */
  const leastLimits = {
    maxStorageBufferBindingSize: 2 ** 27,
    maxComputeWorkgroupStorageSize: 2 ** 14,
    maxComputeInvocationsPerWorkgroup: 256,
    maxComputeWorkgroupSizeX: 256,
  };
  const small = grownForest({ trees: 64, leaves: 31, features: 8 });
  const large = grownForest({ trees: 4, leaves: 900, features: 8 });
  const classes = grownForest({ trees: 64, leaves: 31, features: 8, outputs: 3, votes: "one" });

  test("tiles for rows that fill the device, of trees that fit", () => {
    expect(shadersFor(small, 20_000)).toEqual(["calypte_ranks 2500x64", "calypte_tiledSums_sum_1024 79x256"]);
    expect(shadersFor(small, 20_000, { tiles: "never" })[1]).toBe("calypte_sums_sum 313x64");
    expect(shadersFor(small, 100)).toEqual(["calypte_ranks 13x64", "calypte_sums_sum 13x64", "calypte_groups 2x64"]);
    expect(shadersFor(large, 20_000)[1]).toBe("calypte_sums_sum 313x64");
    expect(shadersFor(large, 20_000, { tiles: "always" })[1]).toBe("calypte_tiledSums_sum_1024 79x256");
    expect(shadersFor(classes, 20_000)).toEqual([
      "calypte_ranks 2500x64",
      "calypte_tiledLeaves_1024 79x256",
      "calypte_votes_sum 938x64",
    ]);
  });

  test("within the limits of the device", () => {
    const limits = {
      maxComputeWorkgroupStorageSize: 8192,
      maxComputeInvocationsPerWorkgroup: 128,
      maxComputeWorkgroupSizeX: 128,
    };
    expect(shadersFor(small, 20_000, { limits })[1]).toBe("calypte_tiledSums_sum_512 157x128");
    const more = { maxComputeWorkgroupStorageSize: 2 ** 16, maxComputeInvocationsPerWorkgroup: 1024 };
    expect(shadersFor(small, 20_000, { limits: more })[1]).toBe("calypte_tiledSums_sum_1024 79x256");
  });

  test("no forest and no answer beyond what the device binds", () => {
    const limits = { maxStorageBufferBindingSize: 2 ** 17 };
    expect(() => shadersFor(classes, 20_000, { limits })).toThrow(LimitError);
    expect(() => shadersFor(classes, 20_000, { limits })).toThrow(/240000 bytes.*use 10922 rows per call at most/);
    expect(shadersFor(classes, 10_922, { limits }).at(-1)).toContain("votes");
    expect(() => shadersFor(classes, 1, { limits: { maxStorageBufferBindingSize: 2 ** 12 } })).toThrow(
      /a forest of \d+ bytes is more than this GPU binds \(4096\)/,
    );
  });
});
