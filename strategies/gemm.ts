/**
 * GEMM: trees as dense linear algebra. Every split is compared for every row; a matrix of ±1 (path: +1 where a leaf lies below
 * the first child of a split, -1 below the second, 0 elsewhere) times the answers counts, per leaf, the turns taken right; the
 * leaf whose count is its number of first turns is the one reached; a matrix of leaf values sums. Features are gathered, never
 * multiplied: 0 · NaN and 0 · Inf in an unused column would poison the row. Work grows with splits × leaves: the form for
 * shallow trees, and for few rows, having the fewest instructions. After Hummingbird's GEMM (OSDI 2020).
 */

import type { Builder } from "../src/ir/builder.js";
import { type Forest, forestShape } from "../src/ir/forest.js";
import type { ValueId } from "../src/ir/program.js";
import type { Strategy, Target } from "../src/ir/target.js";
import { float32, scalar } from "../src/ir/tensor.js";
import { estimateSeconds } from "./shared/costs.js";
import { createGrid, type Grid } from "./shared/grid.js";
import { layoutFor } from "./shared/layout.js";
import { featuresOf } from "./shared/levels.js";
import { type Paths, pathsOf } from "./shared/paths.js";
import { withSetColumns } from "./shared/set-columns.js";
import { condition, nodeTables, type Splits, splitsOf } from "./shared/splits.js";
import { constantAnswer, eachVote, leafIds, rawScores, sumTensor, treeTargets } from "./shared/votes.js";

/** Most elements of the path matrices: 32 MB of constants. It also keeps leaf numbers exact in float32. */
const maxPathElements = 2 ** 23;
/** Elements of one intermediate above which trees are taken in groups; 32 MB. */
const groupElements = 2 ** 23;

export const gemm: Strategy = {
  name: "gemm",
  summary: "matrix products over all splits and leaves; best for shallow trees, and for few rows",
  refuse(forest) {
    const { trees, maxInner, maxLeaves } = forestShape(forest);
    if (trees * maxInner * maxLeaves <= maxPathElements) return undefined;
    const size = `${trees} trees × ${maxInner} splits × ${maxLeaves} leaves`;
    return `its path matrices would have ${size} elements, over the limit of ${maxPathElements} for memory`;
  },
  cost: (forest, target) => estimateSeconds(gemm, forest, target),
  lower,
};

function lower(build: Builder, given: Forest, input: ValueId, want: "raw" | "leaves", target: Target): ValueId {
  const { forest, x } = withSetColumns(build, given, input);
  const shape = forestShape(forest);
  if (shape.depth === 0) return constantAnswer(build, forest, x, want);
  // Columns everywhere: the products then read contiguous rows, and only floats of rank 2 are ever transposed.
  const grid = createGrid(build, forest, x, { ...layoutFor(target), order: "columns" }, false);
  const splits = splitsOf(forest);
  const perTree = Math.max(shape.maxInner, shape.maxLeaves) * Math.max(1, target.batchHint);
  const size = Math.max(1, Math.floor(Math.min(groupElements, target.maxElements) / perTree));
  const groups: Paths[] = [];
  for (let t = 0; t < forest.nTrees; t += size) {
    groups.push(pathsOf(forest, splits, t, Math.min(t + size, forest.nTrees)));
  }

  // One product sums the trees, too, unless 0 · value is not 0, or each tree votes for one of many outputs.
  const summed =
    want === "raw" &&
    forest.aggregate === "sum" &&
    (forest.nOutputs === 1 || treeTargets(forest).includes(-1)) &&
    forest.leafValue.every(Number.isFinite);
  if (summed) {
    const parts = groups.map((group) => {
      const leaves = group.trees * group.leaves;
      const values = new Float64Array(forest.nOutputs * leaves);
      eachVote(forest, group.leafNodes, (leaf, output, value) => {
        values[output * leaves + leaf] = value;
      });
      const reached = build.op("reshape", [reachedLeaves(grid, forest, splits, group)], { shape: [leaves, grid.rows] });
      const hot = forest.sum === "float32" ? reached : build.op("cast", [reached], { to: forest.sum });
      return build.op("matMul", [build.constant(sumTensor(forest, values, [forest.nOutputs, leaves])), hot]);
    });
    const scores = parts.reduce((a, b) => build.op("add", [a, b]));
    return build.op("transpose", [scores], { perm: [1, 0] });
  }

  // Otherwise the leaf's number is multiplied out, and votes are looked up as in the other strategies.
  let base = 0;
  const numbers = groups.map((group) => {
    const { trees, leaves } = group;
    const count = trees * leaves;
    const number = float32(
      Float32Array.from({ length: count }, (_, i) => base + i),
      [trees, 1, leaves],
    );
    base += count;
    const index = build.op("matMul", [build.constant(number), reachedLeaves(grid, forest, splits, group)]);
    // It never is above; this says so to backends that leave out the check of an index that they know to be in range.
    const bounded = build.op("min", [index, build.constant(scalar("float32", base - 1))]);
    return build.op("cast", [build.op("reshape", [bounded], { shape: [trees, grid.rows] })], { to: "int32" });
  });
  const [first] = numbers;
  const index =
    numbers.length === 1 && first !== undefined ? first : build.op("concat", numbers, { axis: grid.treeAxis });
  const slots = Int32Array.from(groups.flatMap((group) => [...group.leafNodes]));
  return want === "raw" ? rawScores(grid, forest, index, slots) : leafIds(grid, forest, index, slots);
}

/** float32 [trees, leaves, N]: 1 for the leaf that the row reaches in each tree, 0 for the others. */
function reachedLeaves(grid: Grid, forest: Forest, splits: Splits, group: Paths): ValueId {
  const { build } = grid;
  const { trees, inner, leaves } = group;
  const x = grid.features(featuresOf(forest, group.innerNodes, 0));
  const tables = nodeTables(forest, splits, group.innerNodes);
  const holds = build.op("cast", [condition(build, splits, x, tables, grid.perTree)], { to: "float32" });
  const answers = build.op("reshape", [holds], { shape: [trees, inner, grid.rows] });
  const turns = build.op("matMul", [build.constant(float32(group.path, [trees, leaves, inner])), answers]);
  // A leaf's turns reach its count only if all of its path agrees, and never pass it: max(turns - count + 1, 0) is "equal" at
  // the price of two cheap steps, where TF.js compares slowly.
  const short = float32(
    group.firstTurns.map((count) => 1 - count),
    [trees, leaves, 1],
  );
  const agreed = build.op("add", [turns, build.constant(short)]);
  return build.op("max", [agreed, build.constant(scalar("float32", 0))]);
}
