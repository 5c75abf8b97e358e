/**
 * Trees → one Forest whose sum is XGBoost's raw score, bit by bit. After `trees.ts`; lowered by `read-xgboost.ts`.
 *
 * Source: src/predictor/cpu_predictor.cc and `Dart::PredictBatchImpl` (src/gbm/gbtree.cc). Every output starts at its base score and
 * the trees are added in their order, in float32. A Forest sums from zero, so the base score goes into the leaves of the first tree
 * of each output: rounded once, as the trainer's first addition is. A tree of dart adds its leaf times its weight, rounded to
 * float32 first.
 */

import { ModelParseError } from "../../errors.js";
import { assembleForest, type TreeColumns } from "../../ir/assemble-forest.js";
import { type Forest, SplitMode } from "../../ir/forest.js";
import type { CategorySplits } from "./category-splits.js";
import { isDeleted, type Tree, type TreeNodes, vectorAt } from "./trees.js";
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
  const sum = (of: (tree: Tree) => number): number => trees.reduce((total, tree) => total + of(tree), 0);
  const most = (of: (tree: Tree) => number): number => trees.reduce((top, tree) => Math.max(top, of(tree)), 0);
  const sizeOf = (tree: Tree): number => tree.kept;
  const mostNodes = most((tree) => tree.nodes);
  const mode = new Uint8Array(mostNodes);
  const mostVotes = most((tree) => tree.kept * tree.leafSize);
  const voteStart = new Int32Array(mostNodes + 1);
  const voteTarget = new Int32Array(mostVotes);
  const voteValue = new Float64Array(mostVotes);
  const rest = base.slice();
  const based = new Uint8Array(base.length);
  const treeAt = (t: number): TreeColumns => {
    const tree = trees[t]!;
    const { vectors, leafSize } = tree;
    const stored = tree.read();
    const { left, right, feature, condition, defaultLeft } = stored;
    const weight = parts.weights === undefined ? undefined : Math.fround(parts.weights[t]!);
    const first = vectors === undefined ? parts.outputs[t]! : 0;
    const kept = tree.kept === tree.nodes ? undefined : keptNodes(tree, stored);
    const categorical = tree.categories.size > 0;
    const nodes = sizeOf(tree);
    let vote = 0;
    // What the arrays say of the nodes stays as it is for most of them. Where nodes are left out, those behind move up.
    for (let row = 0; row < nodes; row++) {
      const i = kept === undefined ? row : kept.id[row]!;
      const child = left[i]!;
      if (child === -1) {
        mode[row] = SplitMode.leaf;
        const at = vectors === undefined ? 0 : vectorAt(tree, stored, vectors, i);
        for (let k = 0; k < leafSize; k++) {
          const output = first + k;
          let value = vectors === undefined ? condition[i]! : vectors.values[at + k]!;
          if (weight !== undefined) value = Math.fround(value * weight);
          if (based[output] === 0) value = Math.fround(base[output]! + value);
          if (!Number.isFinite(value)) refuseLeaf(tree, i, value);
          voteTarget[vote] = output;
          voteValue[vote++] = value;
        }
      } else {
        mode[row] = SplitMode.less;
        if (kept !== undefined) {
          left[row] = kept.place(child);
          right[row] = kept.place(child + 1);
          feature[row] = feature[i]!;
          condition[row] = condition[i]!;
          defaultLeft[row] = defaultLeft[i]!;
        }
        const split = categorical ? categories.splitOf(tree, i) : undefined;
        if (split !== undefined) {
          mode[row] = SplitMode.member;
          feature[row] = split.column;
          condition[row] = split.set;
          [left[row], right[row]] = [right[row]!, left[row]!];
          defaultLeft[row] = 1 - defaultLeft[row]!;
        }
      }
      voteStart[row + 1] = vote;
    }
    for (let k = 0; k < leafSize; k++) {
      based[first + k] = 1;
      rest[first + k] = 0;
    }
    return {
      nodes,
      mode,
      feature,
      threshold: condition,
      trueRow: left,
      falseRow: right,
      missingTrue: defaultLeft,
      voteStart,
      voteTarget,
      voteValue,
      ...(kept === undefined ? {} : { id: kept.id }),
    };
  };
  const forest = assembleForest(
    {
      nFeatures: features + categories.columns,
      nOutputs: base.length,
      compare: "float32",
      sum: "float32",
      aggregate: "sum",
      sets: categories.sets,
      nTrees: trees.length,
      nNodes: sum(sizeOf),
      largest: most(sizeOf),
      // Nodes that form a tree are a leaf more than they are splits.
      nVotes: sum((tree) => ((tree.kept + 1) >> 1) * tree.leafSize),
    },
    treeAt,
    formatName,
    "learner.gradient_booster",
  );
  return { forest, rest };
}

function refuseLeaf(tree: Tree, node: number, value: number): never {
  throw new ModelParseError(formatName, tree.path, `the leaf at node ${node} gives ${value}, expected a finite number`);
}

/** The nodes of a pruned tree that are left, and where each of them comes. `place` throws ModelParseError for a deleted one. */
function keptNodes(tree: Tree, stored: TreeNodes): { readonly id: Int32Array; place(node: number): number } {
  const places = new Int32Array(tree.nodes).fill(-1);
  const id = new Int32Array(tree.kept);
  let next = 0;
  for (let i = 0; i < tree.nodes; i++) {
    if (isDeleted(stored, i)) continue;
    id[next] = i;
    places[i] = next++;
  }
  return {
    id,
    place(node) {
      const place = places[node]!;
      if (place === -1) throw new ModelParseError(formatName, tree.path, `the child ${node} is deleted`);
      return place;
    },
  };
}
