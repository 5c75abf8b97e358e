/** `CatboostTrees` → Forest: float32 comparisons, float64 sums, leaves named as `calc_leaf_indexes` names them. */

import { LimitError, ModelParseError } from "../../errors.js";
import { type Forest, SplitMode } from "../../ir/forest.js";
import { buildForest } from "../../ir/forest-builder.js";
import { type CatboostTrees, format } from "./catboost-file.js";
import type { Conditions } from "./conditions.js";

const maxNodes = 2 ** 28;

/** Trees [from, to) as a forest over X of `columns` columns. Throws ModelParseError or UnsupportedError naming the place. */
export function catboostForest(
  trees: CatboostTrees,
  conditions: Conditions,
  columns: number,
  from: number,
  to: number,
): Forest {
  const { innerStart, leafStart, dimension } = trees;
  const [leaf0, inner0] = [leafStart[from]!, innerStart[from]!];
  const leaves = leafStart[to]! - leaf0;
  const count = leaves + innerStart[to]! - inner0;
  if (count > maxNodes) throw new LimitError(`a forest of ${count} nodes is over the limit of ${maxNodes}`);
  const tree = new Int32Array(count);
  const id = new Int32Array(count);
  const mode = new Uint8Array(count);
  const feature = new Int32Array(count);
  const threshold = new Float64Array(count);
  const trueId = new Int32Array(count);
  const falseId = new Int32Array(count);
  const missingTrue = new Uint8Array(count);
  const voteTree = new Int32Array(leaves * dimension);
  const voteId = new Int32Array(leaves * dimension);
  const voteTarget = new Int32Array(leaves * dimension);
  let [row, vote] = [0, 0];
  for (let t = from; t < to; t++) {
    // Leaf l is node l, inner node i is node own + i.
    const own = leafStart[t + 1]! - leafStart[t]!;
    for (let leaf = 0; leaf < own; leaf++, row++) {
      tree[row] = t;
      id[row] = leaf;
      mode[row] = SplitMode.leaf;
      for (let k = 0; k < dimension; k++, vote++) {
        voteTree[vote] = t;
        voteId[vote] = leaf;
        voteTarget[vote] = k;
      }
    }
    const idOf = (child: number): number => (child < 0 ? -1 - child : own + child);
    for (let i = innerStart[t]!; i < innerStart[t + 1]!; i++, row++) {
      const condition = trees.split[i]!;
      if (!(condition >= 0 && condition < conditions.mode.length)) {
        const message = `its condition ${condition} is not in [0, ${conditions.mode.length})`;
        throw new ModelParseError(format, `tree ${t}`, message);
      }
      const refuse = conditions.refusal.get(condition);
      if (refuse !== undefined) throw refuse();
      tree[row] = t;
      id[row] = own + i - innerStart[t]!;
      mode[row] = conditions.mode[condition]!;
      feature[row] = conditions.column[condition]!;
      threshold[row] = conditions.threshold[condition]!;
      missingTrue[row] = conditions.missingTrue[condition]!;
      trueId[row] = idOf(trees.yes[i]!);
      falseId[row] = idOf(trees.no[i]!);
    }
  }
  const voteValue = trees.leafValues.subarray(leaf0 * dimension, (leaf0 + leaves) * dimension);
  const bad = voteValue.findIndex(Number.isNaN);
  if (bad !== -1) throw new ModelParseError(format, "leaf values", `value ${leaf0 * dimension + bad} is NaN`);
  return buildForest(
    {
      nFeatures: columns,
      nOutputs: dimension,
      compare: "float32",
      sum: "float64",
      aggregate: "sum",
      tree,
      id,
      mode,
      feature,
      threshold,
      trueId,
      falseId,
      missingTrue,
      voteTree,
      voteId,
      voteTarget,
      voteValue,
    },
    format,
    "trees",
  );
}
