/**
 * One bit a row: values become ranks, ranks become masks of the rows that are above each cut, and every node of every tree is
 * evaluated for 256 rows at once by a few operations on bits, without branches. A kernel of the WebAssembly backend
 * (src/backends/wasm/kernels/forest/bit-sliced.ts); small batches walk. Hummingbird's idea, dense arithmetic instead of branches,
 * taken down to single bits.
 */

import { bitSlicedRefusal } from "../src/ir/bit-sliced.js";
import type { Forest } from "../src/ir/forest.js";
import type { ForestHints } from "../src/ir/primitive.js";
import type { Strategy, Target } from "../src/ir/target.js";
import {
  bitSlicedForm,
  bitSlicedSeconds,
  kernelSeconds,
  leastBitSlicedSeconds,
  rowsToWalkBelow,
} from "./shared/kernel-costs.js";

export const bitSliced: Strategy = {
  name: "bit-sliced",
  summary: "one bit a row, 256 rows at a time, in a kernel of the wasm backend; trees of up to 256 leaves",
  fused: true,
  refuse: (forest, target) => withoutKernel(target) ?? bitSlicedRefusal(forest),
  cost: (forest, target) => secondsWithWalk(forest, target, false),
  lower(build, forest, x, want) {
    const op = want === "raw" ? "forest" : "forestLeaves";
    return build.op(op, [x], { forest, ...bitSlicedHints(forest, "bit-sliced") });
  },
};

/** What the backend is told: the form that is faster for many rows, and below how many the walk is. */
export function bitSlicedHints(forest: Forest, kernel: "bit-sliced" | "oblivious"): ForestHints {
  const rankBits = bitSlicedForm(forest) === "masks" ? 8 : 16;
  return { kernel, rankBits, walkBelow: rowsToWalkBelow(forest, kernel === "oblivious") };
}

/** Why the target has no bit-sliced kernel; undefined where it has. */
export function withoutKernel(target: Target): string | undefined {
  if (
    target.backend !== "reference" &&
    target.device !== "webgpu" &&
    target.primitives.has("forest") &&
    target.primitives.has("forestLeaves")
  )
    return undefined;
  return "only the wasm backend has its kernel";
}

/** Estimated seconds where small batches walk; never quite as little as the walk's own, which needs less memory. */
export function secondsWithWalk(forest: Forest, target: Target, oblivious: boolean): number {
  const walk = 1.01 * kernelSeconds(forest, "walk", target.batchHint);
  if (walk <= leastBitSlicedSeconds(forest, target.batchHint, oblivious)) return walk;
  return Math.min(bitSlicedSeconds(forest, target.batchHint, oblivious), walk);
}
