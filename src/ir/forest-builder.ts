/**
 * Rows of nodes and votes in any order, with children by name, as ONNX has them → a checked Forest: puts them tree by tree for
 * `assemble-forest.ts`, which checks the rest. The rule set follows scikit-learn's own discussion of corrupted trees and ONNX-ML.
 */

import { LimitError, ModelParseError } from "../errors.js";
import { assembleForest, maxNodes, type TreeColumns } from "./assemble-forest.js";
import { type Forest, SplitMode } from "./forest.js";
import type { IntervalSets } from "./interval-sets.js";

/** Nodes and votes in any order; arrays of a group have equal length. Trees keep the order in which their keys first appear. */
export interface ForestRows {
  readonly nFeatures: number | undefined;
  readonly nOutputs: number;
  readonly compare: "float32" | "float64";
  readonly sum: "float32" | "float64";
  readonly aggregate: "sum" | "min" | "max";
  /** Per node: key of its tree. */
  readonly tree: ArrayLike<number>;
  /** Per node: its id, unique within the tree. */
  readonly id: ArrayLike<number>;
  /** Per node: a `SplitMode`; for leaves, feature, threshold and children are ignored. */
  readonly mode: ArrayLike<number>;
  readonly feature: ArrayLike<number>;
  /** For `member` nodes the index of one of `sets`. */
  readonly threshold: ArrayLike<number>;
  readonly trueId: ArrayLike<number>;
  readonly falseId: ArrayLike<number>;
  readonly missingTrue: ArrayLike<number>;
  /** Default: none. */
  readonly sets?: IntervalSets;
  /** Per vote: tree key and id of the leaf, output column, value. Votes of one leaf for one output are aggregated. */
  readonly voteTree: ArrayLike<number>;
  readonly voteId: ArrayLike<number>;
  readonly voteTarget: ArrayLike<number>;
  readonly voteValue: ArrayLike<number>;
  /** Votes at inner nodes are refused, or left out: no walk ends there, and old ONNX exporters write them. */
  readonly innerVotes?: "refuse" | "ignore";
}

/** `format` and `where` name the file and the place in it, for errors. */
export function buildForest(rows: ForestRows, format: string, where: string): Forest {
  const fail: Fail = (message) => {
    throw new ModelParseError(format, where, message);
  };
  const count = rows.tree.length;
  if (count > maxNodes) throw new LimitError(`${where}: a forest of ${count} nodes is over the limit of ${maxNodes}`);
  for (const name of ["id", "mode", "feature", "threshold", "trueId", "falseId", "missingTrue"] as const) {
    if (rows[name].length !== count) fail(`${count} nodes, but ${rows[name].length} entries in ${name}`);
  }
  const votes = rows.voteTree.length;
  for (const name of ["voteId", "voteTarget", "voteValue"] as const) {
    if (rows[name].length !== votes) fail(`${votes} votes, but ${rows[name].length} entries in ${name}`);
  }
  const trees = indexTrees(rows, fail);
  const nodes = placeNodes(rows, trees, fail);
  const placed = placeVotes(rows, trees, nodes, fail);
  const { treeStart } = nodes;
  const { nFeatures, nOutputs, compare, sum, aggregate, sets } = rows;
  const largest = trees.sizes.reduce((most, size) => Math.max(most, size), 0);
  const whole = { nFeatures, nOutputs, compare, sum, aggregate, sets };
  const frame = { ...whole, nTrees: trees.keys.length, nNodes: count, largest };
  const treeAt = (t: number): TreeColumns => {
    const [from, to] = [treeStart[t]!, treeStart[t + 1]!];
    return {
      nodes: to - from,
      key: trees.keys[t]!,
      id: nodes.id.subarray(from, to),
      mode: nodes.mode.subarray(from, to),
      feature: nodes.feature.subarray(from, to),
      threshold: nodes.threshold.subarray(from, to),
      trueRow: nodes.trueRow.subarray(from, to),
      falseRow: nodes.falseRow.subarray(from, to),
      missingTrue: nodes.missingTrue.subarray(from, to),
      ...placed,
      voteStart: placed.voteStart.subarray(from, to + 1),
    };
  };
  return assembleForest({ ...frame, nVotes: placed.voteTarget.length }, treeAt, format, where);
}

/** Nodes tree by tree, in file order within a tree, with children by their place in it. */
function placeNodes(rows: ForestRows, trees: TreeIndex, fail: Fail) {
  const count = rows.tree.length;
  const treeStart = new Int32Array(trees.keys.length + 1);
  for (const [t, size] of trees.sizes.entries()) treeStart[t + 1] = treeStart[t]! + size;
  const placeOf = new Int32Array(count);
  const next = treeStart.slice();
  for (let i = 0; i < count; i++) placeOf[i] = next[trees.of[i]!]!++;

  const id = new Int32Array(count);
  const mode = new Uint8Array(count);
  const feature = new Int32Array(count);
  const threshold = new Float64Array(count);
  const trueRow = new Int32Array(count);
  const falseRow = new Int32Array(count);
  const missingTrue = new Uint8Array(count);
  const placeOfChild = (parent: number, child: number): number => {
    const row = trees.rowOf(trees.of[parent]!, child);
    if (row === -1) fail(`tree ${rows.tree[parent]}, node ${rows.id[parent]}: child ${child} does not exist`);
    return placeOf[row]! - treeStart[trees.of[parent]!]!;
  };
  for (let i = 0; i < count; i++) {
    const at = placeOf[i]!;
    id[at] = rows.id[i]!;
    mode[at] = rows.mode[i]!;
    if (mode[at] === SplitMode.leaf) continue;
    const column = rows.feature[i]!;
    if (column !== (column | 0)) {
      fail(
        `tree ${rows.tree[i]}, node ${rows.id[i]}: feature ${column} is not in [0, ${rows.nFeatures ?? "2^31 - 1"})`,
      );
    }
    feature[at] = column;
    threshold[at] = rows.threshold[i]!;
    trueRow[at] = placeOfChild(i, rows.trueId[i]!);
    falseRow[at] = placeOfChild(i, rows.falseId[i]!);
    missingTrue[at] = rows.missingTrue[i]! === 0 ? 0 : 1;
  }
  return { treeStart, placeOf, id, mode, feature, threshold, trueRow, falseRow, missingTrue };
}

/** Votes node by node, in file order within a node. */
function placeVotes(
  rows: ForestRows,
  trees: TreeIndex,
  { placeOf, mode }: { readonly placeOf: Int32Array; readonly mode: Uint8Array },
  fail: Fail,
) {
  const votes = rows.voteTree.length;
  const nodeOf = new Int32Array(votes);
  const voteStart = new Int32Array(mode.length + 1);
  let [key, tree]: [number | undefined, number | undefined] = [undefined, undefined];
  for (let v = 0; v < votes; v++) {
    if (rows.voteTree[v] !== key) {
      key = rows.voteTree[v]!;
      tree = trees.ordinal(key);
    }
    const row = tree === undefined ? -1 : trees.rowOf(tree, rows.voteId[v]!);
    if (row === -1) fail(`vote ${v}: tree ${key} has no node ${rows.voteId[v]}`);
    const node = placeOf[row]!;
    nodeOf[v] = node;
    if (mode[node] !== SplitMode.leaf) {
      nodeOf[v] = -1;
      if (rows.innerVotes === "ignore") continue;
      fail(`vote ${v}: node ${rows.voteId[v]} of tree ${key} is not a leaf`);
    }
    const target = rows.voteTarget[v]!;
    if (!Number.isInteger(target) || target < 0 || target >= rows.nOutputs) {
      fail(`vote ${v}: output ${target} is not in [0, ${rows.nOutputs})`);
    }
    voteStart[node + 1]!++;
  }
  for (let i = 0; i < mode.length; i++) voteStart[i + 1]! += voteStart[i]!;
  const taken = voteStart[mode.length]!;
  const voteTarget = new Int32Array(taken);
  const voteValue = new Float64Array(taken);
  const next = voteStart.slice();
  for (let v = 0; v < votes; v++) {
    const node = nodeOf[v]!;
    if (node === -1) continue;
    const at = next[node]!++;
    voteTarget[at] = rows.voteTarget[v]!;
    voteValue[at] = rows.voteValue[v]!;
  }
  return { voteStart, voteTarget, voteValue };
}

type Fail = (message: string) => never;

/** Trees in order of first appearance, and the way from (tree, id) to the row of the node. */
interface TreeIndex {
  readonly keys: readonly number[];
  /** Nodes per tree. */
  readonly sizes: readonly number[];
  /** Per row: the ordinal of its tree. */
  readonly of: Int32Array;
  ordinal(key: number): number | undefined;
  /** Row of the node with this id in the tree of this ordinal, or -1. */
  rowOf(tree: number, id: number): number;
}

function indexTrees(rows: ForestRows, fail: Fail): TreeIndex {
  const count = rows.tree.length;
  const ordinals = new Map<number, number>();
  const keys: number[] = [];
  const sizes: number[] = [];
  const first: number[] = [];
  const of = new Int32Array(count);
  // Most files list a tree's nodes in one run with ids 0, 1, 2, …; such trees need no map.
  const plain: boolean[] = [];
  for (let i = 0; i < count; i++) {
    const key = rows.tree[i]!;
    let t = i > 0 && rows.tree[i - 1] === key ? of[i - 1]! : ordinals.get(key);
    if (t === undefined) {
      t = keys.push(key) - 1;
      ordinals.set(key, t);
      sizes.push(0);
      first.push(i);
      plain.push(true);
    }
    of[i] = t;
    const id = rows.id[i]!;
    if (id !== (id | 0)) fail(`tree ${key}: node id ${id} is not a 32-bit integer`);
    if (id !== sizes[t] || first[t]! + id !== i) plain[t] = false;
    sizes[t]!++;
  }
  const maps = new Map<number, Map<number, number>>();
  if (plain.includes(false)) {
    for (let i = 0; i < count; i++) {
      const t = of[i]!;
      if (plain[t]) continue;
      const ids = maps.get(t) ?? new Map<number, number>();
      maps.set(t, ids);
      if (ids.has(rows.id[i]!)) fail(`tree ${rows.tree[i]}: node id ${rows.id[i]} occurs twice`);
      ids.set(rows.id[i]!, i);
    }
  }
  const rowOf = (t: number, id: number): number => {
    if (!plain[t]) return maps.get(t)?.get(id) ?? -1;
    return Number.isInteger(id) && id >= 0 && id < sizes[t]! ? first[t]! + id : -1;
  };
  return { keys, sizes, of, ordinal: (key) => ordinals.get(key), rowOf };
}
