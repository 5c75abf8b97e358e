/**
 * `npx tsx bench/gpu.ts [FIXTURE…]`: calypte's strategies on the GPU of this machine, for whoever has one: TF.js on WebGPU (any adapter of the
 * package webgpu) and tfjs-node or tfjs-node-gpu where installed (npm run setup:tfjs-node, with PACKAGE=@tensorflow/tfjs-node-gpu), beside
 * the wasm backend on one thread and onnxruntime-node, for 1 to 100,000 rows. Answers are compared before anything is timed; the wall
 * clock, since a GPU's work is not this process's. The table goes to stdout and to bench/results/<date>-gpu.txt.
 *
 *   --software        a software adapter will do: to try the script, not to learn of a GPU
 *   --batches A,B     rows per call
 *   --seconds S       processor seconds of samples per cell
 */

import { parseArgs } from "node:util";
import { type TreeTiles, treeTiles } from "../src/backends/tfjs/fused/webgpu-kernel.js";
import { loadTfjs } from "../src/backends/tfjs/load-tfjs.js";
import { provideGpu } from "../src/backends/tfjs/provide-gpu.js";
import { hasTfjsNode } from "../src/backends/tfjs/tfjs-node.testing.js";
import { BackendUnavailableError } from "../src/errors.js";
import { loadFixture } from "../test-models/fixtures.js";
import { type Cell, compareOn } from "./compare-engines.js";
import { calypteEngine } from "./engines/calypte.js";
import type { Engine } from "./engines/engine.js";
import { onnxruntimeNode } from "./engines/onnxruntime-node.js";
import { comparisonLines } from "./report.js";
import { circumstances, circumstancesLine, resultPath, writeReport } from "./results.js";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    software: { type: "boolean", default: false },
    batches: { type: "string", default: "1,100,1000,10000,100000" },
    seconds: { type: "string", default: "0.2" },
  },
});

/** What runs on WebGPU here, in words; undefined where nothing may count. */
async function adapter(): Promise<string | undefined> {
  try {
    const { software } = await provideGpu();
    if (software && !values.software) {
      console.error(
        "WebGPU has a software adapter here, whose figures say nothing of a GPU; --software takes it all the same",
      );
      return undefined;
    }
    const { gpu } = navigator as unknown as {
      readonly gpu: { requestAdapter(): Promise<{ readonly info: Readonly<Record<string, string>> } | null> };
    };
    const { vendor, architecture, description } = (await gpu.requestAdapter())?.info ?? {};
    return `${[vendor, architecture, description].filter(Boolean).join(" ")}${software ? " (software)" : ""}`;
  } catch (error) {
    if (!(error instanceof BackendUnavailableError)) throw error;
    console.error(error.message);
    return undefined;
  }
}

const strategies = ["walk", "gemm", "tree-traversal", "perfect-tree-traversal"] as const;
const on = (device: string): readonly Engine[] =>
  strategies.map((strategy) => calypteEngine({ backend: "tfjs", device }, strategy));

/** The fused operator on WebGPU, which walks trees in tiles of workgroup memory or does not (src/backends/tfjs/fused/webgpu-kernel.ts). */
function walkWith(tiles: TreeTiles): Engine {
  const engine = calypteEngine({ backend: "tfjs", device: "webgpu" }, "walk");
  return {
    name: `${engine.name}, tiles ${tiles}`,
    async prepare(model, batch) {
      const prepared = await engine.prepare(model, batch);
      if ("refused" in prepared) return prepared;
      const { core } = await loadTfjs("webgpu");
      return {
        ...prepared,
        async run(inputs) {
          core.env().set(treeTiles, tiles);
          try {
            return await prepared.run(inputs);
          } finally {
            core.env().set(treeTiles, "auto");
          }
        },
      };
    },
  };
}

const gpu = await adapter();
const engines = [
  onnxruntimeNode,
  calypteEngine({ backend: "wasm", device: "cpu" }, "auto"),
  ...(gpu === undefined ? [] : [...on("webgpu"), walkWith("always"), walkWith("never")]),
  ...(hasTfjsNode ? on("tensorflow") : []),
];
if (gpu === undefined && !hasTfjsNode) {
  console.error("there is no GPU to measure: no WebGPU, no tfjs-node");
  process.exit(1);
}

const before = circumstances(1);
const lines = [
  circumstancesLine(before),
  `WebGPU: ${gpu ?? "none"}`,
  "wall clock, medians; walk is the fused operator, which takes tiles of trees where it expects them to pay",
  "",
];
console.log(lines.join("\n"));
const cells: Cell[] = [];
const batches = values.batches.split(",").map(Number);
const seconds = Number(values.seconds);
// Much of a call on a GPU is the way there, which more rows do not lengthen.
const options = { engines, batches, seed: 1, clock: "wall", longestCall: 10 } as const;
const names =
  positionals.length > 0
    ? positionals
    : ["cancer-forest", "digits-forest", "lightgbm-binary", "xgboost-regression", "deep-regressor"];
for (const name of names) {
  const fixture = loadFixture(name);
  const own = await compareOn(fixture, { ...options, seconds }, () => {});
  cells.push(...own);
  const table = comparisonLines(fixture, own);
  lines.push(...table);
  console.log(table.join("\n"));
}
const path = resultPath("gpu");
writeReport(path, { circumstances: before, adapter: gpu ?? null, clock: "wall", cells }, lines);
console.error(`raw samples in ${path}`);
process.exit(0);
