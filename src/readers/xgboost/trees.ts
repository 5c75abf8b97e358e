/**
 * The trees of a model file as checked arrays: children, splits, default directions, leaf values, category sets. Between the tables
 * and `forest.ts`, which makes one Forest of them. Source: `RegTree::LoadModel`, `RegTree::LoadCategoricalSplit` (src/tree/
 * tree_model.cc) and `MultiTargetTree` (include/xgboost/multi_target_tree_model.h), XGBoost 1.6 to 3.2.
 */

import { ModelParseError, UnsupportedError } from "../../errors.js";
import { copyFlags, copyFloats, copyIntegers, isZero, noFlag } from "./copy-numbers.js";
import { compareVersions, type Row, readObject, type Version } from "./schema.js";
import { treeParamTable, treeTable } from "./tables.js";
import { type FileObject, formatName, type NumberList } from "./values.js";

/** The nodes of one tree. Node ids are the indices of the arrays, which may be longer; node 0 is the root. */
export interface TreeNodes {
  /** Children that stand beside each other, within the tree; -1 for a leaf. */
  readonly left: Int32Array;
  readonly right: Int32Array;
  readonly feature: Int32Array;
  /** Float32 numbers. */
  readonly condition: Float64Array;
  readonly defaultLeft: Uint8Array;
}

/** One tree. */
export interface Tree {
  readonly path: string;
  readonly nodes: number;
  /** How many of them pruning has left in the tree; the others stand in the arrays, deleted. */
  readonly kept: number;
  /**
   * The nodes, checked, in arrays that the next tree's are written into, and that may be changed: who reads one tree after another needs
   * no memory for all, and finds each in the cache. Throws ModelParseError, with the place.
   */
  read(): TreeNodes;
  /** Categories that go right, for each node that splits by category. */
  readonly categories: ReadonlyMap<number, NumberList>;
  /** Outputs that a leaf votes for: 1, or all of a vector leaf. */
  readonly leafSize: number;
  /** Per leaf vector: its votes, float32. Undefined for scalar leaves, whose vote is their condition. */
  readonly vectors: LeafVectors | undefined;
}

/** Whether pruning has deleted the node. */
export function isDeleted({ feature }: TreeNodes, node: number): boolean {
  return node > 0 && feature[node] === deletedMark;
}

/** The leaf at a node votes values[leafSize · vector] … for all outputs, where vector is the node (`byNode`) or what its `right` says. */
export interface LeafVectors {
  readonly values: Float64Array;
  readonly byNode: boolean;
}

/** What pruning writes into `split_indices` of a deleted node (`RegTree::Node::kDeletedNodeMarker` without its sign bit). */
const deletedMark = 2 ** 31 - 1;

/** Categories are below this, so that float32 holds them exactly (src/common/categorical.h, `OutOfRangeCat`). */
const categoryLimit = 2 ** 24;

interface StoredTree {
  readonly path: string;
  readonly row: Row<typeof treeTable>;
  readonly param: Row<typeof treeParamTable>;
}

/** `path` is that of the trees' list, `features` the columns of the model. Throws ModelParseError, with the place, for lists that do not fit. */
export function readTrees(
  stored: readonly FileObject[],
  path: string,
  features: number,
  version: Version,
): readonly Tree[] {
  const rows = stored.map((tree, index) => readSizes(tree, index, `${path}[${index}]`, version));
  // No more than the lists of the file hold.
  const largest = rows.reduce((most, { param }) => Math.max(most, param.num_nodes), 0);
  const room = {
    left: new Int32Array(largest),
    right: new Int32Array(largest),
    feature: new Int32Array(largest),
    condition: new Float64Array(largest),
    defaultLeft: new Uint8Array(largest),
  };
  return rows.map((tree) => readTree(tree, room, features, version));
}

/** Checks that the lists of a tree are as long as it says. */
function readSizes(stored: FileObject, index: number, path: string, version: Version): StoredTree {
  const row = readObject(stored, path, treeTable, version);
  const param = readObject(row.tree_param, `${path}.tree_param`, treeParamTable, version);
  const fail = (key: string, message: string): never => {
    throw new ModelParseError(formatName, `${path}.${key}`, message);
  };
  if (row.id !== index) fail("id", `tree ${row.id} stands where tree ${index} belongs`);
  const nodes = param.num_nodes;
  if (nodes === 0) fail("tree_param.num_nodes", "a tree has at least one node");
  const deleted = param.num_deleted ?? 0;
  if (deleted >= nodes) fail("tree_param.num_deleted", `${deleted} of ${nodes} nodes`);
  for (const key of [
    "left_children",
    "right_children",
    "split_indices",
    "split_conditions",
    "default_left",
    "split_type",
  ] as const) {
    const length = row[key]?.length ?? nodes;
    if (length !== nodes) fail(key, `${length} entries, expected ${nodes} (num_nodes is ${nodes})`);
  }
  return { path, row, param };
}

/** `room`: for the nodes of any one tree. */
function readTree({ path, row, param }: StoredTree, room: TreeNodes, features: number, version: Version): Tree {
  const nodes = param.num_nodes;
  const kept = nodes - (param.num_deleted ?? 0);
  const leafSize = Math.max(1, param.size_leaf_vector ?? 1);
  return {
    path,
    nodes,
    kept,
    read() {
      readNodes({ path, row, param }, room, features);
      return room;
    },
    categories: readCategories(row, path, nodes, room.left),
    leafSize,
    vectors: leafSize === 1 ? undefined : readVectors(row, path, nodes, (kept + 1) >> 1, leafSize, version),
  };
}

function readNodes({ path, row, param }: StoredTree, into: TreeNodes, features: number): void {
  const fail = (key: string, message: string): never => {
    throw new ModelParseError(formatName, `${path}.${key}`, message);
  };
  const nodes = param.num_nodes;
  const { left, right, feature, defaultLeft } = into;
  copyIntegers(row.left_children, left, `${path}.left_children`);
  copyIntegers(row.right_children, right, `${path}.right_children`);
  copyIntegers(row.split_indices, feature, `${path}.split_indices`);
  copyFlags(row.default_left, into.defaultLeft);
  copyFloats(row.split_conditions, into.condition, `${path}.split_conditions`);
  let deletions = 0;
  for (let i = 0; i < nodes; i++) {
    if (i > 0 && feature[i] === deletedMark) {
      deletions++;
      continue;
    }
    const child = left[i]!;
    if (child === -1) continue;
    if (child < 0 || child >= nodes) fail(`left_children[${i}]`, `child ${child} does not exist`);
    // All versions make children in pairs, and newer ones find the right child by it.
    if (right[i] !== child + 1) fail(`right_children[${i}]`, `${right[i]} is not beside the left child ${child}`);
    if (child + 1 >= nodes) fail(`right_children[${i}]`, `child ${right[i]} does not exist`);
    if (!(feature[i]! >= 0 && feature[i]! < features)) {
      fail(`split_indices[${i}]`, `column ${feature[i]} is not in [0, ${features})`);
    }
    if (defaultLeft[i] === noFlag) fail(`default_left[${i}]`, "it is no flag, 0 or 1");
  }
  if (deletions !== (param.num_deleted ?? 0)) {
    fail("tree_param.num_deleted", `${param.num_deleted ?? 0}, but ${deletions} nodes are marked as deleted`);
  }
}

/** Before 3.2 every node has a weight vector; since, the leaves alone, each at the place that its right child names. */
function readVectors(
  row: Row<typeof treeTable>,
  path: string,
  nodes: number,
  leaves: number,
  size: number,
  version: Version,
): LeafVectors {
  const byNode = row.leaf_weights === undefined;
  const key = byNode ? "base_weights" : "leaf_weights";
  const fail = (message: string): never => {
    throw new ModelParseError(formatName, `${path}.${key}`, message);
  };
  if (byNode && compareVersions(version, [3, 2, 0]) >= 0) {
    throw new ModelParseError(formatName, `${path}.leaf_weights`, "it is missing");
  }
  const list = row.leaf_weights ?? row.base_weights;
  if (byNode && list.length !== nodes * size) fail(`${list.length} entries, expected ${nodes} vectors of ${size}`);
  if (list.length % size !== 0) fail(`${list.length} entries are no vectors of ${size}`);
  // Each leaf has a vector of its own, so that votes are in proportion to the file.
  if (list.length < leaves * size) fail(`${list.length} entries, expected ${leaves} vectors of ${size}`);
  const values = new Float64Array(list.length);
  copyFloats(list, values, `${path}.${key}`);
  return { values, byNode };
}

/** Where the votes of the leaf at a node start in the values of its tree's vectors. Throws ModelParseError where there are none. */
export function vectorAt(tree: Tree, { right }: TreeNodes, vectors: LeafVectors, node: number): number {
  const vector = vectors.byNode ? node : right[node]!;
  if (!(vector >= 0 && vector < vectors.values.length / tree.leafSize)) {
    const place = `${tree.path}.right_children[${node}]`;
    throw new ModelParseError(formatName, place, `there is no leaf vector ${vector}`);
  }
  return vector * tree.leafSize;
}

const noCategories: ReadonlyMap<number, NumberList> = new Map();

/** The category sets of the nodes that `categories_nodes` lists, which are those whose `split_type` is 1; `types` is room for these. */
function readCategories(
  row: Row<typeof treeTable>,
  path: string,
  nodes: number,
  types: Int32Array,
): ReadonlyMap<number, NumberList> {
  const fail = (key: string, message: string): never => {
    throw new ModelParseError(formatName, `${path}.${key}`, message);
  };
  if (row.split_type === undefined) {
    if (row.categories_nodes !== undefined && row.categories_nodes.length > 0) fail("split_type", "it is missing");
    return noCategories;
  }
  let categorical = 0;
  const numeric = isZero(row.split_type);
  if (!numeric) copyIntegers(row.split_type, types, `${path}.split_type`);
  for (let i = 0; i < nodes && !numeric; i++) {
    if (types[i] === 1) categorical++;
    else if (types[i] !== 0) {
      throw new UnsupportedError(`${formatName}: ${path}.split_type[${i}]`, `the kind of split ${types[i]} is unknown`);
    }
  }
  const { categories, categories_nodes: at, categories_segments: starts, categories_sizes: sizes } = row;
  if (at === undefined || starts === undefined || sizes === undefined || categories === undefined) {
    return categorical === 0 ? noCategories : fail("categories_nodes", "it is missing");
  }
  if (at.length !== categorical || starts.length !== categorical || sizes.length !== categorical) {
    const lengths = `${at.length}, ${starts.length} and ${sizes.length} entries`;
    fail("categories_nodes", `nodes, segments and sizes have ${lengths}, but ${categorical} nodes split by category`);
  }
  if (categorical === 0) return noCategories;
  const found = new Map<number, NumberList>();
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
