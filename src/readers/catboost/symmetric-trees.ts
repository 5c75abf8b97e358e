/**
 * Symmetric (oblivious) trees, checked to have 2^depth leaves each: bit j of a leaf's number is the outcome of condition j (CatBoost
 * `CalcIndexesBasic`, catboost/libs/model/cpu/evaluator_impl.cpp).
 */

import { LimitError, ModelParseError } from "../../errors.js";
import { format, type SymmetricTrees } from "./catboost-file.js";

/** CatBoost trains at most 16 levels; beyond this the arrays here would be out of proportion to any file. */
const maxDepth = 26;
const maxNodes = 2 ** 28;

/** `depths` per tree, its conditions one after another in `splits`. Throws ModelParseError where the counts do not fit. */
export function symmetricTrees(
  depths: ArrayLike<number>,
  splits: ArrayLike<number>,
  leafValues: Float64Array,
  dimension: number,
): SymmetricTrees {
  const fail = (message: string): never => {
    throw new ModelParseError(format, "trees", message);
  };
  const trees = depths.length;
  const splitStart = new Int32Array(trees + 1);
  const leafStart = new Int32Array(trees + 1);
  let [leaves, conditions] = [0, 0];
  for (let t = 0; t < trees; t++) {
    const depth = depths[t]!;
    if (!Number.isInteger(depth) || depth < 0 || depth > maxDepth) fail(`tree ${t} has ${depth} conditions`);
    leaves += 2 ** depth;
    conditions += depth;
    if (2 * leaves > maxNodes)
      throw new LimitError(`a forest of ${leaves} leaves is over the limit of ${maxNodes / 2}`);
    leafStart[t + 1] = leaves;
    splitStart[t + 1] = conditions;
  }
  // The values lie in the file, so that what the forest will take is in proportion to it.
  if (leafValues.length !== leaves * dimension) {
    fail(`${leafValues.length} leaf values, but the depths of the trees ask for ${leaves * dimension}`);
  }
  if (splits.length !== conditions) fail(`${splits.length} conditions, but the trees have ${conditions} together`);
  return { symmetric: true, dimension, leafStart, leafValues, splitStart, split: Int32Array.from(splits) };
}
