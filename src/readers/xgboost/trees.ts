/**
 * The trees of a model file as checked arrays: children, splits, default directions, leaf values, category sets. Between the tables
 * and `forest.ts`, which makes one Forest of them. Source: `RegTree::LoadModel`, `RegTree::LoadCategoricalSplit` (src/tree/
 * tree_model.cc) and `MultiTargetTree` (include/xgboost/multi_target_tree_model.h), XGBoost 1.6 to 3.2.
 */

import { ModelParseError, UnsupportedError } from "../../errors.js";
import { compareVersions, type Row, readObject, type Version } from "./schema.js";
import { treeParamTable, treeTable } from "./tables.js";
import { type FileObject, formatName, type NumberList } from "./values.js";

/** One tree. Node ids are the indices of the arrays; node 0 is the root. */
export interface Tree {
  readonly path: string;
  readonly nodes: number;
  readonly left: NumberList;
  readonly right: NumberList;
  readonly feature: NumberList;
  readonly condition: NumberList;
  readonly defaultLeft: NumberList;
  /** Categories that go right, for each node that splits by category. */
  readonly categories: ReadonlyMap<number, NumberList>;
  /** Outputs that a leaf votes for: 1, or all of a vector leaf. */
  readonly leafSize: number;
  /** The vote of a leaf for its output k, float32. */
  leafValue(node: number, k: number): number;
  /** Pruning leaves deleted nodes in the arrays. */
  deleted(node: number): boolean;
}

/** What pruning writes into `split_indices` of a deleted node (`RegTree::Node::kDeletedNodeMarker` without its sign bit). */
const deletedMark = 2 ** 31 - 1;

/** Categories are below this, so that float32 holds them exactly (src/common/categorical.h, `OutOfRangeCat`). */
const categoryLimit = 2 ** 24;

/** `features`: columns of the model. Throws ModelParseError, with the place, for arrays that do not fit each other. */
export function readTree(stored: FileObject, index: number, path: string, features: number, version: Version): Tree {
  const row = readObject(stored, path, treeTable, version);
  const param = readObject(row.tree_param, `${path}.tree_param`, treeParamTable, version);
  const fail = (key: string, message: string): never => {
    throw new ModelParseError(formatName, key === "" ? path : `${path}.${key}`, message);
  };
  if (row.id !== index) fail("id", `tree ${row.id} stands where tree ${index} belongs`);
  const nodes = param.num_nodes;
  if (nodes === 0) fail("tree_param.num_nodes", "a tree has at least one node");
  const length = (key: keyof typeof treeTable, list: NumberList | undefined, expected: number): void => {
    if (list !== undefined && list.length !== expected) {
      fail(key, `${list.length} entries, expected ${expected} (num_nodes is ${nodes})`);
    }
  };
  for (const key of ["left_children", "right_children", "split_indices", "split_conditions", "default_left"] as const) {
    length(key, row[key], nodes);
  }
  length("split_type", row.split_type, nodes);
  const leafSize = Math.max(1, param.size_leaf_vector ?? 1);

  const { left_children: left, right_children: right, split_indices: feature, default_left: defaultLeft } = row;
  const deleted = (node: number): boolean => node > 0 && feature[node] === deletedMark;
  let gone = 0;
  for (let i = 0; i < nodes; i++) {
    if (deleted(i)) {
      gone++;
      continue;
    }
    if (left[i] === -1) continue;
    // All versions make children in pairs, and newer ones find the right child by it.
    if (right[i] !== left[i]! + 1) fail(`right_children[${i}]`, `${right[i]} is not beside the left child ${left[i]}`);
    if (!(feature[i]! >= 0 && feature[i]! < features)) {
      fail(`split_indices[${i}]`, `column ${feature[i]} is not in [0, ${features})`);
    }
    if (defaultLeft[i] !== 0 && defaultLeft[i] !== 1) fail(`default_left[${i}]`, `${defaultLeft[i]} is no flag`);
  }
  if (gone !== (param.num_deleted ?? 0)) {
    fail("tree_param.num_deleted", `${param.num_deleted ?? 0}, but ${gone} nodes are marked as deleted`);
  }
  return {
    path,
    nodes,
    left,
    right,
    feature,
    condition: row.split_conditions,
    defaultLeft,
    categories: readCategories(row, path),
    leafSize,
    leafValue:
      leafSize === 1
        ? (node) => Math.fround(row.split_conditions[node]!)
        : vectorLeaves(row, path, nodes, leafSize, version),
    deleted,
  };
}

/** Before 3.2 every node has a weight vector; since, the leaves alone, each at the place that its right child names. */
function vectorLeaves(
  row: Row<typeof treeTable>,
  path: string,
  nodes: number,
  size: number,
  version: Version,
): Tree["leafValue"] {
  if (row.leaf_weights === undefined && compareVersions(version, [3, 2, 0]) >= 0) {
    throw new ModelParseError(formatName, `${path}.leaf_weights`, "it is missing");
  }
  const values = row.leaf_weights ?? row.base_weights;
  const key = row.leaf_weights === undefined ? "base_weights" : "leaf_weights";
  const { right_children: right } = row;
  if (row.leaf_weights === undefined && values.length !== nodes * size) {
    throw new ModelParseError(
      formatName,
      `${path}.${key}`,
      `${values.length} entries, expected ${nodes} vectors of ${size}`,
    );
  }
  if (values.length % size !== 0) {
    throw new ModelParseError(formatName, `${path}.${key}`, `${values.length} entries are no vectors of ${size}`);
  }
  return (node, k) => {
    const vector = row.leaf_weights === undefined ? node : right[node]!;
    if (!(vector >= 0 && vector < values.length / size)) {
      throw new ModelParseError(formatName, `${path}.right_children[${node}]`, `there is no leaf vector ${vector}`);
    }
    return Math.fround(values[vector * size + k]!);
  };
}

/** The category sets of the nodes that `categories_nodes` lists, which are those whose `split_type` is 1. */
function readCategories(row: Row<typeof treeTable>, path: string): ReadonlyMap<number, NumberList> {
  const found = new Map<number, NumberList>();
  const types = row.split_type;
  const fail = (key: string, message: string): never => {
    throw new ModelParseError(formatName, `${path}.${key}`, message);
  };
  if (types === undefined) {
    if (row.categories_nodes !== undefined && row.categories_nodes.length > 0) fail("split_type", "it is missing");
    return found;
  }
  let categorical = 0;
  for (let i = 0; i < types.length; i++) {
    if (types[i] === 1) categorical++;
    else if (types[i] !== 0) {
      throw new UnsupportedError(`${formatName}: ${path}.split_type[${i}]`, `the kind of split ${types[i]} is unknown`);
    }
  }
  const { categories, categories_nodes: at, categories_segments: starts, categories_sizes: sizes } = row;
  if (at === undefined || starts === undefined || sizes === undefined || categories === undefined) {
    return categorical === 0 ? found : fail("categories_nodes", "it is missing");
  }
  if (at.length !== categorical || starts.length !== categorical || sizes.length !== categorical) {
    const lengths = `${at.length}, ${starts.length} and ${sizes.length} entries`;
    fail("categories_nodes", `nodes, segments and sizes have ${lengths}, but ${categorical} nodes split by category`);
  }
  for (let i = 0; i < categorical; i++) {
    const [node, start, size] = [at[i]!, starts[i]!, sizes[i]!];
    if (types[node] !== 1 || (i > 0 && node <= at[i - 1]!))
      fail(`categories_nodes[${i}]`, `node ${node} is out of place`);
    if (!(start >= 0 && size > 0 && start + size <= categories.length)) {
      fail(`categories_sizes[${i}]`, `${size} categories from ${start} on are not in ${categories.length}`);
    }
    const members = Array.from({ length: size }, (_, j) => categories[start + j]!);
    const odd = members.find((c) => !(c >= 0 && c < categoryLimit));
    if (odd !== undefined) fail(`categories[${start}]`, `category ${odd} is not in [0, 2^24)`);
    found.set(node, members);
  }
  return found;
}
