/**
 * Symmetric (oblivious) trees as full binary trees: `depth` conditions, 2^depth leaves, bit j of a leaf's number the outcome of
 * condition j (CatBoost `CalcIndexesBasic`, catboost/libs/model/cpu/evaluator_impl.cpp).
 */

import { LimitError, ModelParseError } from "../../errors.js";
import { type CatboostTrees, format } from "./catboost-file.js";

/** CatBoost trains at most 16 levels; beyond this the arrays here would be out of proportion to any file. */
const maxDepth = 26;
const maxNodes = 2 ** 28;

/** `depths` per tree, its conditions one after another in `splits`. Throws ModelParseError where the counts do not fit. */
export function symmetricTrees(
  depths: ArrayLike<number>,
  splits: ArrayLike<number>,
  leafValues: Float64Array,
  dimension: number,
): CatboostTrees {
  const fail = (message: string): never => {
    throw new ModelParseError(format, "trees", message);
  };
  const trees = depths.length;
  const innerStart = new Int32Array(trees + 1);
  const leafStart = new Int32Array(trees + 1);
  let [leaves, conditions] = [0, 0];
  for (let t = 0; t < trees; t++) {
    const depth = depths[t]!;
    if (!Number.isInteger(depth) || depth < 0 || depth > maxDepth) fail(`tree ${t} has ${depth} conditions`);
    leaves += 2 ** depth;
    conditions += depth;
    if (leaves > maxNodes) throw new LimitError(`a forest of ${leaves} leaves is over the limit of ${maxNodes}`);
    leafStart[t + 1] = leaves;
    innerStart[t + 1] = leaves - (t + 1);
  }
  // The values lie in the file, so that what is allocated below is in proportion to it.
  if (leafValues.length !== leaves * dimension) {
    fail(`${leafValues.length} leaf values, but the depths of the trees ask for ${leaves * dimension}`);
  }
  if (splits.length !== conditions) fail(`${splits.length} conditions, but the trees have ${conditions} together`);

  const inner = leaves - trees;
  const split = new Int32Array(inner);
  const yes = new Int32Array(inner);
  const no = new Int32Array(inner);
  let first = 0;
  for (let t = 0; t < trees; t++) {
    const depth = depths[t]!;
    const at = innerStart[t]!;
    const count = 2 ** depth - 1;
    // The last condition stands at the root: it is the highest bit, so that leaves come in the order of their numbers.
    for (let level = 0, node = 0; level < depth; level++) {
      const condition = splits[first + depth - 1 - level]!;
      for (let i = 0; i < 2 ** level; i++, node++) {
        const [left, right] = [2 * node + 1, 2 * node + 2];
        split[at + node] = condition;
        no[at + node] = left < count ? left : count - 1 - left;
        yes[at + node] = right < count ? right : count - 1 - right;
      }
    }
    first += depth;
  }
  return { symmetric: true, dimension, innerStart, leafStart, split, yes, no, leafValues };
}
