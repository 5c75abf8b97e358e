/**
 * The plain walk from root to leaf, for backends with a kernel of their own for it: keeps the `forest` and `forestLeaves`
 * primitives as they are. The fastest way to evaluate trees wherever loops are native; impossible in a graph of dense
 * tensor operators.
 */

import type { Strategy } from "../src/ir/target.js";
import { estimateSeconds } from "./shared/costs.js";
import { kernelSeconds } from "./shared/kernel-costs.js";

export const walk: Strategy = {
  name: "walk",
  summary: "each row walks each tree in the backend's own kernel, where it has one",
  fused: true,
  refuse(_forest, target) {
    const missing = (["forest", "forestLeaves"] as const).filter((p) => !target.primitives.has(p));
    if (missing.length === 0) return undefined;
    return `it has no kernel for the primitive ${missing.join(" and ")}`;
  },
  cost: (forest, target) =>
    target.backend === "reference"
      ? estimateSeconds(walk, forest, target)
      : kernelSeconds(forest, "walk", target.batchHint),
  lower: (build, forest, x, want) => build.op(want === "raw" ? "forest" : "forestLeaves", [x], { forest }),
};
