/**
 * Trees → one Forest whose sum is XGBoost's raw score, bit by bit. After `trees.ts`; lowered by `read-xgboost.ts`.
 *
 * Source: src/predictor/cpu_predictor.cc and `Dart::PredictBatchImpl` (src/gbm/gbtree.cc). Every output starts at its base score and
 * the trees are added in their order, in float32. A Forest sums from zero, so the base score goes into the leaves of the first tree
 * of each output: rounded once, as the trainer's first addition is. A tree of dart adds its leaf times its weight, rounded to
 * float32 first.
 */

import { ModelParseError } from "../../errors.js";
import { assembleForest } from "../../ir/assemble-forest.js";
import { type Forest, SplitMode } from "../../ir/forest.js";
import type { CategorySplits } from "./category-splits.js";
import { type Tree, vectorAt } from "./trees.js";
import { formatName } from "./values.js";

export interface ForestParts {
  readonly trees: readonly Tree[];
  /** Per tree: the output that its scalar leaves vote for. */
  readonly outputs: ArrayLike<number>;
  /** Per tree: the weight of dart, float32; undefined for gbtree. */
  readonly weights: ArrayLike<number> | undefined;
  /** Per output: the base score as a raw score, float32. */
  readonly base: Float32Array;
  readonly features: number;
  readonly categories: CategorySplits;
}

/** The forest, and the base score of the outputs that no tree of it votes for (0 for the others). */
export interface BasedForest {
  readonly forest: Forest;
  readonly rest: Float32Array;
}

/** Throws ModelParseError for children that form no tree, a NaN threshold or a leaf that is not finite. */
export function makeForest(parts: ForestParts): BasedForest {
  const { trees, base, features, categories } = parts;
  const treeStart = new Int32Array(trees.length + 1);
  let votes = 0;
  for (const [t, tree] of trees.entries()) {
    treeStart[t + 1] = treeStart[t]! + tree.nodes - tree.deletions;
    for (let i = 0; i < tree.nodes; i++) if (tree.left[i] === -1 && !tree.deleted(i)) votes += tree.leafSize;
  }
  const nodes = treeStart[trees.length]!;
  const pruned = trees.some((tree) => tree.deletions > 0);
  const id = new Int32Array(pruned ? nodes : 0);
  const columns = {
    treeStart,
    mode: new Uint8Array(nodes),
    feature: new Int32Array(nodes),
    threshold: new Float64Array(nodes),
    trueRow: new Int32Array(nodes),
    falseRow: new Int32Array(nodes),
    missingTrue: new Uint8Array(nodes),
    voteStart: new Int32Array(nodes + 1),
    voteTarget: new Int32Array(votes),
    voteValue: new Float64Array(votes),
  };
  const rest = base.slice();
  const based = new Uint8Array(base.length);
  let [row, vote] = [0, 0];
  for (const [t, tree] of trees.entries()) {
    const { left, feature, condition, defaultLeft, vectors, leafSize } = tree;
    const weight = parts.weights === undefined ? undefined : Math.fround(parts.weights[t]!);
    const first = vectors === undefined ? parts.outputs[t]! : 0;
    const rowOf = placesOf(tree, treeStart[t]!);
    const categorical = tree.categories.size > 0;
    for (let i = 0; i < tree.nodes; i++) {
      if (tree.deletions > 0 && tree.deleted(i)) continue;
      if (pruned) id[row] = i;
      const child = left[i]!;
      if (child === -1) {
        const at = vectors === undefined ? 0 : vectorAt(tree, vectors, i);
        for (let k = 0; k < leafSize; k++) {
          const output = first + k;
          let value = vectors === undefined ? condition[i]! : vectors.values[at + k]!;
          if (weight !== undefined) value = Math.fround(value * weight);
          if (based[output] === 0) value = Math.fround(base[output]! + value);
          if (!Number.isFinite(value)) refuseLeaf(tree, i, value);
          columns.voteTarget[vote] = output;
          columns.voteValue[vote++] = value;
        }
      } else {
        columns.mode[row] = SplitMode.less;
        columns.trueRow[row] = rowOf(child);
        columns.falseRow[row] = rowOf(child + 1);
        columns.missingTrue[row] = defaultLeft[i]!;
        if (categorical && tree.categories.has(i)) {
          columns.feature[row] = categories.columnOf(tree, i);
          columns.threshold[row] = 0.5;
        } else {
          columns.feature[row] = feature[i]!;
          columns.threshold[row] = condition[i]!;
        }
      }
      columns.voteStart[++row] = vote;
    }
    for (let k = 0; k < leafSize; k++) {
      based[first + k] = 1;
      rest[first + k] = 0;
    }
  }
  const forest = assembleForest(
    {
      nFeatures: features + categories.columns,
      nOutputs: base.length,
      compare: "float32",
      sum: "float32",
      aggregate: "sum",
      ...columns,
      ...(pruned ? { id } : {}),
    },
    formatName,
    "learner.gradient_booster",
  );
  return { forest, rest };
}

function refuseLeaf(tree: Tree, node: number, value: number): never {
  throw new ModelParseError(formatName, tree.path, `the leaf at node ${node} gives ${value}, expected a finite number`);
}

/** Where the nodes of a tree stand, that starts at `start` and leaves deleted nodes out. Throws ModelParseError for a deleted one. */
function placesOf(tree: Tree, start: number): (node: number) => number {
  if (tree.deletions === 0) return (node) => start + node;
  let next = start;
  const places = Int32Array.from({ length: tree.nodes }, (_, i) => (tree.deleted(i) ? -1 : next++));
  return (node) => {
    const place = places[node]!;
    if (place !== -1) return place;
    throw new ModelParseError(formatName, tree.path, `the child ${node} is deleted`);
  };
}
