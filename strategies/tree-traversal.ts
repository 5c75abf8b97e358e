/**
 * Tree traversal: all trees descend together, one level a round, through tables of nodes: look up each position's feature,
 * threshold and child, read x, compare, step. Siblings stand side by side, so one child table serves both; a leaf points to
 * itself and reads a column of zeros against a threshold that never holds, so rows that have arrived stay. Cost grows with
 * trees × depth, memory with nodes: the form for deep or uneven trees. After Hummingbird's TreeTraversal (OSDI 2020).
 */

import type { Builder } from "../src/ir/builder.js";
import { type Forest, forestShape, nodeDepths } from "../src/ir/forest.js";
import type { ValueId } from "../src/ir/program.js";
import type { Strategy, Target } from "../src/ir/target.js";
import { int32 } from "../src/ir/tensor.js";
import { estimateSeconds } from "./shared/costs.js";
import { depthGroups } from "./shared/depth-groups.js";
import { createGrid, createLookUp, createPositions } from "./shared/grid.js";
import { layoutFor } from "./shared/layout.js";
import { denseDescent, featuresOf, levelAt } from "./shared/levels.js";
import { withSetColumns } from "./shared/set-columns.js";
import { condition, nodeTables, type Splits, splitsOf } from "./shared/splits.js";
import { constantAnswer, leafIds, rawScores } from "./shared/votes.js";

export const treeTraversal: Strategy = {
  name: "tree-traversal",
  summary: "a round of table lookups per level, all trees at once; any forest, best for deep or uneven trees",
  refuse: () => undefined,
  cost: (forest, target) => estimateSeconds(treeTraversal, forest, target),
  lower,
};

function lower(build: Builder, given: Forest, input: ValueId, want: "raw" | "leaves", target: Target): ValueId {
  const { forest, x } = withSetColumns(build, given, input);
  const { depth } = forestShape(forest);
  if (depth === 0) return constantAnswer(build, forest, x, want);
  const layout = layoutFor(target);
  const dense = Math.min(layout.denseLevels, depth);
  const splits = splitsOf(forest);
  const grid = createGrid(build, forest, x, layout, depth > dense);
  const slots = layOut(forest, splits, dense);
  const positions = createPositions(build, layout, slots.nodes.length);
  const lookUp = createLookUp(build);
  const tables = nodeTables(forest, splits, slots.nodes);
  const features = int32(featuresOf(forest, slots.nodes, forest.nFeatures).map((f) => grid.column[f]!));
  const children = positions.table(slots.child);

  const groups = depthGroups(treeDepths(forest), dense, target.batchHint, layout.roundOverhead);
  const reached = groups.map((group) => {
    const entries = positions.table(group.trees.map((t) => slots.entry[t]!));
    let position = denseDescent(grid, positions, forest, splits, group.trees, dense);
    position = build.op("add", [position, grid.perTree(entries)]);
    for (let d = dense; d < group.depth; d++) {
      const index = positions.toIndex(position);
      const value = grid.elements(lookUp(features, index));
      const goesFirst = condition(build, splits, value, tables, (table) => lookUp(table, index));
      position = build.op("add", [lookUp(children, index), positions.fromBool(goesFirst)]);
    }
    return positions.toIndex(position);
  });

  let index = reached[0]!;
  if (groups.length > 1) {
    // Back into the order of the trees, in which sums run.
    const place = new Int32Array(forest.nTrees);
    for (const [i, t] of groups.flatMap((group) => [...group.trees]).entries()) place[t] = i;
    const joined = build.op("concat", reached, { axis: grid.treeAxis });
    index = build.op("gather", [joined, build.constant(int32(place))], { axis: grid.treeAxis });
  }
  return want === "raw" ? rawScores(grid, forest, index, slots.nodes) : leafIds(grid, forest, index, slots.nodes);
}

interface Slots {
  /** The node that each slot stands for; -1 in the last. */
  readonly nodes: Int32Array;
  /** The slot of each slot's second child, its first child's being the next; of a leaf, the slot itself. */
  readonly child: Int32Array;
  /** Per tree: the first of the 2^dense slots at which the dense levels leave their rows. */
  readonly entry: Int32Array;
}

/** Slots of all trees: per tree the nodes of level `dense`, then the pairs of children below them, breadth first. */
function layOut(forest: Forest, splits: Splits, dense: number): Slots {
  // Entries, and at most every node once; and a slot that nothing reaches, after the last child plus 1: backends that know
  // a position to be in range leave out its check, which on some costs ten times as much as the lookup.
  const nodes = new Int32Array(forest.nTrees * 2 ** dense + forest.nNodes + 1);
  const child = new Int32Array(nodes.length);
  const entry = new Int32Array(forest.nTrees);
  let end = 0;
  for (let t = 0; t < forest.nTrees; t++) {
    entry[t] = end;
    const entries = levelAt(forest, splits, Int32Array.of(t), dense);
    nodes.set(entries, end);
    end += entries.length;
    for (let slot = entry[t]!; slot < end; slot++) {
      const node = nodes[slot]!;
      if (forest.feature[node] === -1) {
        child[slot] = slot;
        continue;
      }
      child[slot] = end;
      nodes[end++] = splits.second[node]!;
      nodes[end++] = splits.first[node]!;
    }
  }
  nodes[end] = -1;
  return { nodes: nodes.slice(0, end + 1), child: child.slice(0, end + 1), entry };
}

/** Greatest depth of each tree. */
function treeDepths(forest: Forest): Int32Array {
  const depths = nodeDepths(forest);
  return Int32Array.from({ length: forest.nTrees }, (_, t) =>
    depths.subarray(forest.treeStart[t], forest.treeStart[t + 1]).reduce((a, b) => Math.max(a, b), 0),
  );
}
