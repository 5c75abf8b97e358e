/**
 * The gradient booster of a model file: gbtree, dart or gblinear, checked against the learner's parameters. Between the tables and
 * `read-xgboost.ts`. Source: the `LoadModel` functions in src/gbm/ of XGBoost 1.6.2, 2.1.4 and 3.2.0.
 */

import { ModelParseError, UnsupportedError } from "../../errors.js";
import { type Dictionary, readDictionaries } from "./dictionaries.js";
import { readObject, type Version } from "./schema.js";
import { boosterTable, dartTable, forestParamTable, forestTable, linearTable } from "./tables.js";
import { readTrees, type Tree } from "./trees.js";
import { type FileObject, formatName, type NumberList } from "./values.js";

export interface TreeBooster {
  readonly kind: "gbtree" | "dart";
  readonly trees: readonly Tree[];
  /** Per tree: the output of its scalar leaves. */
  readonly outputs: NumberList;
  readonly weights: NumberList | undefined;
  /** Trees of round r: rounds[r] … rounds[r + 1] - 1. */
  readonly rounds: NumberList;
  /** Categories by column, where the file lists them. */
  readonly dictionaries: ReadonlyMap<number, Dictionary>;
}

export interface LinearBooster {
  readonly kind: "gblinear";
  /** Row-major [features + 1, outputs], float32; the last row is the bias. */
  readonly weights: Float32Array;
}

const place = "learner.gradient_booster";

/** `outputs`: raw scores of the model. Throws UnsupportedError for another booster, ModelParseError for sizes that disagree. */
export function readBooster(
  stored: FileObject,
  features: number,
  outputs: number,
  version: Version,
): TreeBooster | LinearBooster {
  const name = Object.hasOwn(stored, "name") ? stored["name"] : undefined;
  if (name === "dart") {
    const dart = readObject(stored, place, dartTable, version);
    const tree = readObject(dart.gbtree, `${place}.gbtree`, boosterTable, version);
    return readForest(tree.model, `${place}.gbtree.model`, features, outputs, version, dart.weight_drop);
  }
  if (name === "gbtree") {
    const { model } = readObject(stored, place, boosterTable, version);
    return readForest(model, `${place}.model`, features, outputs, version, undefined);
  }
  if (typeof name !== "string") throw new ModelParseError(formatName, `${place}.name`, "expected the booster's name");
  if (name !== "gblinear") {
    throw new UnsupportedError(
      `${formatName}: ${place}`,
      `the booster ${JSON.stringify(name.slice(0, 80))} is unknown`,
      "calypte knows gbtree, dart and gblinear",
    );
  }
  const { model } = readObject(stored, place, boosterTable, version);
  const { weights } = readObject(model, `${place}.model`, linearTable, version);
  const expected = (features + 1) * outputs;
  if (weights.length !== expected) {
    throw new ModelParseError(
      formatName,
      `${place}.model.weights`,
      `${weights.length} weights, expected ${expected} for ${features} columns and a bias, ${outputs} outputs`,
    );
  }
  const rounded = Float32Array.from(weights);
  if (!rounded.every(Number.isFinite)) {
    throw new ModelParseError(formatName, `${place}.model.weights`, "a weight is not finite");
  }
  return { kind: "gblinear", weights: rounded };
}

function readForest(
  model: FileObject,
  path: string,
  features: number,
  outputs: number,
  version: Version,
  weights: NumberList | undefined,
): TreeBooster {
  const row = readObject(model, path, forestTable, version);
  const param = readObject(row.gbtree_model_param, `${path}.gbtree_model_param`, forestParamTable, version);
  const fail = (key: string, message: string): never => {
    throw new ModelParseError(formatName, `${path}.${key}`, message);
  };
  const dictionaries = readDictionaries(row.cats, `${path}.cats`, features, version);
  const count = row.trees.length;
  if (param.num_trees !== count)
    fail("gbtree_model_param.num_trees", `${param.num_trees}, but the file holds ${count} trees`);
  if (row.tree_info.length !== count) fail("tree_info", `${row.tree_info.length} entries for ${count} trees`);
  if (weights !== undefined && weights.length !== count) {
    throw new ModelParseError(formatName, `${place}.weight_drop`, `${weights.length} weights for ${count} trees`);
  }
  const trees = readTrees(row.trees, `${path}.trees`, features, version);
  for (const [i, tree] of trees.entries()) {
    const output = row.tree_info[i]!;
    if (tree.leafSize > 1 && tree.leafSize !== outputs) {
      fail(`trees[${i}].tree_param.size_leaf_vector`, `${tree.leafSize}, but the model has ${outputs} outputs`);
    }
    if (tree.leafSize > 1 && weights !== undefined) {
      throw new UnsupportedError(`${formatName}: ${path}`, "dart with vector leaves, which XGBoost has not either");
    }
    if (!(output >= 0 && output < outputs)) fail(`tree_info[${i}]`, `output ${output} is not in [0, ${outputs})`);
  }
  const vector = trees.some((tree) => tree.leafSize > 1);
  const perRound = Math.max(1, param.num_parallel_tree ?? 1) * (vector ? 1 : outputs);
  const rounds =
    row.iteration_indptr ?? Array.from({ length: Math.ceil(count / perRound) + 1 }, (_, r) => r * perRound);
  for (let r = 0; r < rounds.length; r++) {
    const [before, at] = [r === 0 ? 0 : rounds[r - 1]!, rounds[r]!];
    if (r === 0 ? at !== 0 : at < before) fail(`iteration_indptr[${r}]`, `${at} after ${before}`);
  }
  if ((rounds[rounds.length - 1] ?? -1) !== count) {
    const key = row.iteration_indptr === undefined ? "gbtree_model_param.num_parallel_tree" : "iteration_indptr";
    fail(key, `the rounds end at tree ${rounds[rounds.length - 1] ?? -1}, but there are ${count} trees`);
  }
  return {
    kind: weights === undefined ? "gbtree" : "dart",
    trees,
    outputs: row.tree_info,
    weights,
    rounds,
    dictionaries,
  };
}
