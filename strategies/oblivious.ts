/**
 * Symmetric trees, whose nodes of a level make one comparison (CatBoost's): the answers of the levels are the bits of the leaf's
 * number. A form of the bit-sliced kernel of the WebAssembly backend that needs one operation a level instead of several a node.
 */

import { bitSlicedRefusal } from "../src/ir/bit-sliced.js";
import type { Forest } from "../src/ir/forest.js";
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

/** The first tree that is not symmetric, as a reason; undefined where all are. */
function unevenTree(forest: Forest): string | undefined {
  for (let t = 0; t < forest.nTrees; t++) {
    let level = [forest.treeStart[t]!];
    for (let depth = 0; level.length > 0; depth++) {
      const first = level[0]!;
      const differs = level.some(
        (i) =>
          forest.feature[i] !== forest.feature[first] ||
          forest.mode[i] !== forest.mode[first] ||
          forest.threshold[i] !== forest.threshold[first] ||
          forest.missingTrue[i] !== forest.missingTrue[first],
      );
      if (differs) return `the nodes of tree ${t} at depth ${depth} do not all make one comparison`;
      level = forest.feature[first] === -1 ? [] : level.flatMap((i) => [forest.trueChild[i]!, forest.falseChild[i]!]);
    }
  }
  return undefined;
}
