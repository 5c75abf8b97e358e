/**
 * The forest of a TreeEnsembleClassifier or TreeEnsembleRegressor node: its `nodes_*` attributes and its votes (`class_*` or
 * `target_*`), in plain and `*_as_tensor` form. Source: ai.onnx.ml 1 and 3 (which adds the tensors of doubles).
 */

import { ModelParseError } from "../../src/errors.js";
import { type Forest, naturalMissingTrue, SplitMode } from "../../src/ir/forest.js";
import { buildForest } from "../../src/ir/forest-builder.js";
import type { NodeView } from "../../src/ir/sources.js";

const modes: ReadonlyMap<string, SplitMode> = new Map<string, SplitMode>([
  ["LEAF", SplitMode.leaf],
  ["BRANCH_LEQ", SplitMode.lessEqual],
  ["BRANCH_LT", SplitMode.less],
  ["BRANCH_GTE", SplitMode.greaterEqual],
  ["BRANCH_GT", SplitMode.greater],
  ["BRANCH_EQ", SplitMode.equal],
  ["BRANCH_NEQ", SplitMode.notEqual],
]);

/** Numbers as the file writes them: exact in `dtype`. */
export interface FileNumbers {
  readonly values: Float32Array | Float64Array;
  readonly dtype: "float32" | "float64";
}

export const noNumbers: FileNumbers = { values: new Float32Array(), dtype: "float32" };

/** The votes of the leaves, in the order of the file. */
export interface Votes {
  readonly trees: Int32Array | Float64Array;
  readonly nodes: Int32Array | Float64Array;
  /** Class or target of each vote. */
  readonly targets: Int32Array | Float64Array;
  readonly weights: FileNumbers;
}

/**
 * The numbers of attribute `name`, or of `${name}_as_tensor`; empty where neither is given. Throws ModelParseError where
 * both are, or where the tensor does not hold floats or doubles. Tensors exist from version 3 on.
 */
export function readNumbers(node: NodeView, name: string): FileNumbers {
  const values = node.attrs.floats(name, []);
  const tensorName = `${name}_as_tensor`;
  if (!node.attrs.has(tensorName)) return { values, dtype: "float32" };
  if (node.version < 3) {
    const message = `${tensorName} exists from version 3 of ${node.domain} on, but the file imports ${node.version}`;
    throw new ModelParseError(node.format, node.where, message);
  }
  const { dtype, data } = node.attrs.tensor(tensorName);
  if (values.length > 0 && data.length > 0) {
    throw new ModelParseError(
      node.format,
      node.where,
      `both ${name} and ${tensorName} are given, expected one of them`,
    );
  }
  if (data.length === 0) return { values, dtype: "float32" };
  if (dtype === "float32" && data instanceof Float32Array) return { values: data, dtype };
  if (dtype === "float64" && data instanceof Float64Array) return { values: data, dtype };
  throw new ModelParseError(node.format, node.where, `${tensorName} is of type ${dtype}, expected float32 or float64`);
}

/** Reads `class_*` or `target_*`. Throws ModelParseError where the lengths differ or there are no votes. */
export function readVotes(node: NodeView, prefix: "class" | "target"): Votes {
  const votes: Votes = {
    trees: node.attrs.intColumn(`${prefix}_treeids`),
    nodes: node.attrs.intColumn(`${prefix}_nodeids`),
    targets: node.attrs.intColumn(`${prefix}_ids`),
    weights: readNumbers(node, `${prefix}_weights`),
  };
  const count = votes.targets.length;
  if (count === 0)
    throw new ModelParseError(node.format, node.where, `${prefix}_ids is empty, expected a vote for each leaf`);
  checkLengths(node, count, `${prefix}_ids`, {
    [`${prefix}_treeids`]: votes.trees.length,
    [`${prefix}_nodeids`]: votes.nodes.length,
    [`${prefix}_weights`]: votes.weights.values.length,
  });
  return votes;
}

/**
 * The forest over `nOutputs` columns; vote i counts for column `targets[i]`. It compares in the precision of the thresholds
 * and sums in that of the weights, as they stand in the file. Throws ModelParseError for whatever `buildForest` refuses.
 */
export function readForest(
  node: NodeView,
  votes: Votes,
  targets: ArrayLike<number>,
  nOutputs: number,
  aggregate: Forest["aggregate"],
): Forest {
  const { attrs } = node;
  // Statistics of the training, documented as without influence.
  attrs.ignore("nodes_hitrates", "nodes_hitrates_as_tensor");
  const tree = attrs.intColumn("nodes_treeids");
  const id = attrs.intColumn("nodes_nodeids");
  const texts = attrs.strings("nodes_modes");
  const feature = attrs.intColumn("nodes_featureids");
  const threshold = readNumbers(node, "nodes_values");
  const trueId = attrs.intColumn("nodes_truenodeids");
  const falseId = attrs.intColumn("nodes_falsenodeids");
  const tracksTrue = attrs.intColumn("nodes_missing_value_tracks_true", []);
  const count = tree.length;
  if (count === 0)
    throw new ModelParseError(node.format, node.where, "nodes_treeids is empty, expected at least one tree");
  checkLengths(node, count, "nodes_treeids", {
    nodes_nodeids: id.length,
    nodes_modes: texts.length,
    nodes_featureids: feature.length,
    nodes_values: threshold.values.length,
    nodes_truenodeids: trueId.length,
    nodes_falsenodeids: falseId.length,
    ...(tracksTrue.length === 0 ? {} : { nodes_missing_value_tracks_true: tracksTrue.length }),
  });

  const mode = new Uint8Array(count);
  const missingTrue = new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    const known = modes.get(texts[i]!);
    if (known === undefined) {
      const expected = [...modes.keys()].join(", ");
      throw new ModelParseError(
        node.format,
        node.where,
        `nodes_modes[${i}] is "${texts[i]}", expected one of ${expected}`,
      );
    }
    const tracks = tracksTrue[i] ?? 0;
    if (tracks !== 0 && tracks !== 1) {
      throw new ModelParseError(
        node.format,
        node.where,
        `nodes_missing_value_tracks_true[${i}] is ${tracks}, expected 0 or 1`,
      );
    }
    mode[i] = known;
    // NaN goes to the true child where the file says so, and also where the comparison holds for NaN by itself.
    missingTrue[i] = tracks === 1 ? 1 : naturalMissingTrue(known);
  }
  return buildForest(
    {
      nFeatures: undefined,
      nOutputs,
      compare: threshold.dtype,
      sum: votes.weights.dtype,
      aggregate,
      tree,
      id,
      mode,
      feature,
      threshold: threshold.values,
      trueId,
      falseId,
      missingTrue,
      voteTree: votes.trees,
      voteId: votes.nodes,
      voteTarget: targets,
      voteValue: votes.weights.values,
      // onnxruntime reads weights at leaves only (tree_ensemble_common.h).
      innerVotes: "ignore",
    },
    node.format,
    node.where,
  );
}

function checkLengths(node: NodeView, count: number, what: string, lengths: Readonly<Record<string, number>>): void {
  for (const [name, length] of Object.entries(lengths)) {
    if (length !== count) {
      throw new ModelParseError(node.format, node.where, `${name} has ${length} entries, but ${what} has ${count}`);
    }
  }
}
