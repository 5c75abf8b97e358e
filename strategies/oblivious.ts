/**
 * Symmetric trees, whose nodes of a level make one comparison (CatBoost's): the answers of the levels are the bits of the leaf's
 * number. A form of the bit-sliced kernel of the WebAssembly backend that needs one operation a level instead of several a node.
 */

import { bitSlicedRefusal, unevenTree } from "../src/ir/bit-sliced.js";
import type { Strategy } from "../src/ir/target.js";
import { bitSlicedHints, secondsWithWalk, withoutKernel } from "./bit-sliced.js";

export const oblivious: Strategy = {
  name: "oblivious",
  summary: "the answers of a symmetric tree's levels are the leaf's number, in a kernel of the wasm backend",
  fused: true,
  refuse: (forest, target) => withoutKernel(target) ?? bitSlicedRefusal(forest) ?? unevenTree(forest),
  cost: (forest, target) => secondsWithWalk(forest, target, true),
  lower(build, forest, x, want) {
    const op = want === "raw" ? "forest" : "forestLeaves";
    return build.op(op, [x], { forest, ...bitSlicedHints(forest, "oblivious") });
  },
};
