/**
 * Trees → one Forest whose sum is XGBoost's raw score, bit by bit. After `trees.ts`; lowered by `read-xgboost.ts`.
 *
 * Source: src/predictor/cpu_predictor.cc and `Dart::PredictBatchImpl` (src/gbm/gbtree.cc). Every output starts at its base score and
 * the trees are added in their order, in float32. A Forest sums from zero, so the base score goes into the leaves of the first tree
 * of each output: rounded once, as the trainer's first addition is. A tree of dart adds its leaf times its weight, rounded to
 * float32 first.
 */

import { ModelParseError } from "../../errors.js";
import { type Forest, SplitMode } from "../../ir/forest.js";
import { buildForest } from "../../ir/forest-builder.js";
import type { CategorySplits } from "./category-splits.js";
import type { Tree } from "./trees.js";
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
  let [nodes, votes] = [0, 0];
  for (const tree of trees) {
    for (let i = 0; i < tree.nodes; i++) {
      if (tree.deleted(i)) continue;
      nodes++;
      if (tree.left[i] === -1) votes += tree.leafSize;
    }
  }
  const rows = {
    tree: new Int32Array(nodes),
    id: new Int32Array(nodes),
    mode: new Uint8Array(nodes),
    feature: new Int32Array(nodes),
    threshold: new Float64Array(nodes),
    trueId: new Float64Array(nodes),
    falseId: new Float64Array(nodes),
    missingTrue: new Uint8Array(nodes),
    voteTree: new Int32Array(votes),
    voteId: new Int32Array(votes),
    voteTarget: new Int32Array(votes),
    voteValue: new Float64Array(votes),
  };
  const rest = base.slice();
  const based = new Uint8Array(base.length);
  let [node, vote] = [0, 0];
  for (const [t, tree] of trees.entries()) {
    const weight = parts.weights === undefined ? undefined : Math.fround(parts.weights[t]!);
    const first = tree.leafSize === 1 ? parts.outputs[t]! : 0;
    for (let i = 0; i < tree.nodes; i++) {
      if (tree.deleted(i)) continue;
      rows.tree[node] = t;
      rows.id[node] = i;
      if (tree.left[i] === -1) {
        for (let k = 0; k < tree.leafSize; k++) {
          let value = tree.leafValue(i, k);
          if (weight !== undefined) value = Math.fround(value * weight);
          const output = first + k;
          if (based[output] === 0) value = Math.fround(base[output]! + value);
          if (!Number.isFinite(value)) {
            throw new ModelParseError(
              formatName,
              tree.path,
              `the leaf at node ${i} gives ${value}, expected a finite number`,
            );
          }
          rows.voteTree[vote] = t;
          rows.voteId[vote] = i;
          rows.voteTarget[vote] = output;
          rows.voteValue[vote++] = value;
        }
      } else {
        const categorical = tree.categories.has(i);
        rows.mode[node] = SplitMode.less;
        rows.feature[node] = categorical ? categories.columnOf(tree, i) : tree.feature[i]!;
        rows.threshold[node] = categorical ? 0.5 : Math.fround(tree.condition[i]!);
        rows.trueId[node] = tree.left[i]!;
        rows.falseId[node] = tree.right[i]!;
        rows.missingTrue[node] = tree.defaultLeft[i]!;
      }
      node++;
    }
    for (let k = 0; k < tree.leafSize; k++) {
      based[first + k] = 1;
      rest[first + k] = 0;
    }
  }
  const forest = buildForest(
    {
      nFeatures: features + categories.columns,
      nOutputs: base.length,
      compare: "float32",
      sum: "float32",
      aggregate: "sum",
      ...rows,
    },
    formatName,
    "learner.gradient_booster",
  );
  return { forest, rest };
}
