/**
 * Perfect tree traversal: every tree is filled up to the forest's depth, a leaf above the last level standing in for all
 * below it, so that children need no table: position = 2 · position + condition. Half the lookups of tree traversal, for
 * tables that double with each level: the form for bushy trees of moderate depth. After Hummingbird's
 * PerfectTreeTraversal (OSDI 2020).
 */

import type { Builder } from "../src/ir/builder.js";
import { type Forest, forestShape } from "../src/ir/forest.js";
import type { ValueId } from "../src/ir/program.js";
import type { Strategy, Target } from "../src/ir/target.js";
import { int32 } from "../src/ir/tensor.js";
import { estimateSeconds } from "./shared/costs.js";
import { createGrid, createLookUp, createPositions } from "./shared/grid.js";
import { layoutFor } from "./shared/layout.js";
import { denseDescent, featuresOf, levelAt, levelBelow } from "./shared/levels.js";
import { withSetColumns } from "./shared/set-columns.js";
import { condition, nodeTables, splitsOf } from "./shared/splits.js";
import { constantAnswer, leafIds, rawScores } from "./shared/votes.js";

/** Most places on the last level of all trees; at 12 to 20 bytes each, tables stay below 100 MB. */
const maxPlaces = 2 ** 22;

export const perfectTreeTraversal: Strategy = {
  name: "perfect-tree-traversal",
  summary:
    "trees filled up to one depth, positions computed instead of looked up; best for bushy trees up to depth 10 or so",
  refuse(forest) {
    const { trees, depth } = forestShape(forest);
    const places = trees * 2 ** depth;
    if (places <= maxPlaces) return undefined;
    return `${trees} trees filled up to depth ${depth} have ${trees} × 2^${depth} leaves, over the limit of ${maxPlaces} for memory`;
  },
  cost: (forest, target) => estimateSeconds(perfectTreeTraversal, forest, target),
  lower,
};

function lower(build: Builder, given: Forest, input: ValueId, want: "raw" | "leaves", target: Target): ValueId {
  const { forest, x } = withSetColumns(build, given, input);
  const { depth } = forestShape(forest);
  if (depth === 0) return constantAnswer(build, forest, x, want);
  const layout = layoutFor(target);
  const dense = Math.min(layout.denseLevels, depth);
  const splits = splitsOf(forest);
  const grid = createGrid(build, forest, x, layout, false);
  const positions = createPositions(build, layout, forest.nTrees * 2 ** depth);
  const trees = Int32Array.from({ length: forest.nTrees }, (_, t) => t);

  let level = levelAt(forest, splits, trees, dense);
  let position = build.op("add", [
    denseDescent(grid, positions, forest, splits, trees, dense),
    grid.perTree(positions.table(trees.map((t) => t * 2 ** dense))),
  ]);
  for (let d = dense; d < depth; d++) {
    const index = positions.toIndex(position);
    const lookUp = createLookUp(build);
    // What a leaf compares does not matter, as it is followed by itself on either side; feature 0 exists.
    const features = int32(featuresOf(forest, level, 0).map((f) => grid.column[f]!));
    const value = grid.elements(lookUp(features, index));
    const goesFirst = condition(build, splits, value, nodeTables(forest, splits, level), (table) =>
      lookUp(table, index),
    );
    position = build.op("add", [build.op("add", [position, position]), positions.fromBool(goesFirst)]);
    level = levelBelow(splits, level);
  }
  const index = positions.toIndex(position);
  return want === "raw" ? rawScores(grid, forest, index, level) : leafIds(grid, forest, index, level);
}
