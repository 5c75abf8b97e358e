/**
 * Measures the forest kernels over generated forests and batch sizes, and fits the weights of their cost model
 * (strategies/shared/kernel-costs.ts): the least of several runs each, least squares of relative errors. Writes
 * strategies/generated/kernel-costs.ts. `npx tsx scripts/calibrate-kernels.ts`; on a quiet machine it takes some minutes.
 */

import { writeFile } from "node:fs/promises";
import { fitRelative } from "../bench/nnls.js";
import { planBitSliced } from "../src/backends/wasm/forests/bit-sliced-plan.js";
import { cutsOf } from "../src/backends/wasm/forests/cuts.js";
import { type GrownForest, grownForest, rowsOf } from "../src/backends/wasm/forests/forests.testing.js";
import { place } from "../src/backends/wasm/forests/kernels.testing.js";
import { packBitSliced } from "../src/backends/wasm/forests/pack-bit-sliced.js";
import { packWalk } from "../src/backends/wasm/forests/pack-walk.js";
import type { PackedForest } from "../src/backends/wasm/forests/packed-forest.js";
import { bitSlicedRefusal } from "../src/ir/bit-sliced.js";
import type { Forest } from "../src/ir/forest.js";
import { type CostedKernel, kernelWork } from "../strategies/shared/kernel-costs.js";

const shapes: readonly GrownForest[] = [
  { trees: 1, features: 5, leaves: 8 },
  { trees: 10, features: 4, leaves: 16 },
  { trees: 10, features: 30, leaves: 31, bins: 255 },
  { trees: 30, features: 12, leaves: 64, depth: 6, bins: 255 },
  { trees: 100, features: 28, leaves: 31, bins: 255 },
  { trees: 100, features: 28, leaves: 31, bins: 255, sum: "float64", compare: "float64", missing: "some" },
  { trees: 100, features: 100, leaves: 16, bins: 100 },
  { trees: 100, features: 28, leaves: 64, depth: 6, bins: 255 },
  { trees: 500, features: 28, leaves: 31, bins: 255 },
  { trees: 300, features: 20, leaves: 8, depth: 3, outputs: 3, votes: "one", bins: 255 },
  { trees: 20, features: 10, leaves: 256, depth: 8 },
  { trees: 100, features: 30, leaves: 256, depth: 8, outputs: 2 },
  { trees: 100, features: 90, leaves: 230, outputs: 7 },
  { trees: 60, features: 20, leaves: 120, outputs: 2, sum: "float64" },
  { trees: 100, features: 28, leaves: 1000 },
  { trees: 100, features: 28, leaves: 4530, outputs: 2 },
];
const batches = [1, 2, 4, 8, 16, 32, 64, 100, 128, 200, 256, 1000, 4096];
const rounds = 7;

function packings(forest: Forest): (readonly [CostedKernel, PackedForest])[] {
  const rows = forest.compare;
  const found: (readonly [CostedKernel, PackedForest])[] = [["walk", packWalk(forest, "raw", rows)]];
  if (bitSlicedRefusal(forest) !== undefined) return found;
  for (const form of ["masks", "tables"] as const) {
    if (planBitSliced(forest, cutsOf(forest, rows), form) !== undefined)
      found.push([form, packBitSliced(forest, "raw", rows, { form })]);
  }
  return found;
}

const work: Record<CostedKernel, number[][]> = { walk: [], masks: [], tables: [] };
const seconds: Record<CostedKernel, number[]> = { walk: [], masks: [], tables: [] };
for (const shape of shapes) {
  const forest = grownForest(shape);
  const total = 4096;
  const x = rowsOf(forest, total, shape.features, forest.compare, "plain").data as Float32Array | Float64Array;
  const bytes = forest.nOutputs * (forest.sum === "float32" ? 4 : 8);
  const out = new Float64Array(total * forest.nOutputs);
  for (const [kernel, packed] of packings(forest)) {
    const placed = place(packed, shape.features, bytes, total, x.BYTES_PER_ELEMENT);
    for (const rows of batches) {
      let least = Infinity;
      for (let round = 0; round < rounds; round++) {
        const repeat = round === 0 ? 1 : Math.max(1, Math.min(1000, Math.round(0.004 / least)));
        const began = performance.now();
        for (let i = 0; i < repeat; i++) {
          const from = ((i + round) * rows) % (total - rows + 1);
          placed.run(x.subarray(from * shape.features, (from + rows) * shape.features), rows, out);
        }
        least = Math.min(least, (performance.now() - began) / repeat / 1000);
      }
      work[kernel].push(kernelWork(forest, kernel, rows));
      seconds[kernel].push(least);
    }
  }
  console.error(`measured ${JSON.stringify(shape)}`);
}

const lines = (Object.keys(work) as CostedKernel[]).map((kernel) => {
  const weights = fitRelative(work[kernel], seconds[kernel]);
  const ratios = work[kernel]
    .map((row, i) => row.reduce((sum, v, j) => sum + v * weights[j]!, 0) / seconds[kernel][i]!)
    .sort((a, b) => a - b);
  const at = (share: number): string => ratios[Math.floor(share * (ratios.length - 1))]!.toFixed(2);
  console.error(
    `${kernel}: estimate / measured, 5 %, 50 %, 95 % of ${ratios.length} runs: ${at(0.05)}, ${at(0.5)}, ${at(0.95)}`,
  );
  return `  ${kernel}: [${weights.map((w) => Number(w.toPrecision(3)).toExponential().replace("e+", "e")).join(", ")}],`;
});
await writeFile(
  new URL("../strategies/generated/kernel-costs.ts", import.meta.url),
  `/**
 * Weights of the cost model of the forest kernels, seconds per unit of each count of work in the order of
 * strategies/shared/kernel-costs.ts. Written by scripts/calibrate-kernels.ts; do not edit by hand.
 */

export const kernelCosts = {
${lines.join("\n")}
} as const satisfies { readonly [kernel: string]: readonly number[] };
`,
);
