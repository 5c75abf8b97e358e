/**
 * Builds a checked Forest from rows of nodes and votes, as every source can provide them. Refuses whatever would make a
 * walk wrong or endless: two parents, a cycle, an unreachable node, a child, feature or target out of range, a NaN
 * threshold, a vote at an inner node. The rule set follows scikit-learn's own discussion of corrupted trees and ONNX-ML.
 */

import { LimitError, ModelParseError, UnsupportedError } from "../errors.js";
import { type Forest, SplitMode } from "./forest.js";

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
  readonly threshold: ArrayLike<number>;
  readonly trueId: ArrayLike<number>;
  readonly falseId: ArrayLike<number>;
  readonly missingTrue: ArrayLike<number>;
  /** Per vote: tree key and id of the leaf, output column, value. Votes of one leaf for one output are aggregated. */
  readonly voteTree: ArrayLike<number>;
  readonly voteId: ArrayLike<number>;
  readonly voteTarget: ArrayLike<number>;
  readonly voteValue: ArrayLike<number>;
  /** Votes at inner nodes are refused, or left out: no walk ends there, and old ONNX exporters write them. */
  readonly innerVotes?: "refuse" | "ignore";
}

const maxNodes = 2 ** 28;

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
  const nTrees = trees.keys.length;

  // Children and parents.
  const trueRow = new Int32Array(count).fill(-1);
  const falseRow = new Int32Array(count).fill(-1);
  const parents = new Uint8Array(count);
  const place = (i: number) => `tree ${rows.tree[i]}, node ${rows.id[i]}`;
  const adopt = (child: number, tree: number, parent: number): number => {
    const row = trees.rowOf(tree, child);
    if (row === -1) fail(`${place(parent)}: child ${child} does not exist`);
    if (parents[row] === 1) fail(`${place(parent)}: child ${child} has two parents`);
    parents[row] = 1;
    return row;
  };
  let widest = 0;
  for (let i = 0; i < count; i++) {
    const mode = rows.mode[i]!;
    if (mode === SplitMode.leaf) continue;
    const feature = rows.feature[i]!;
    if (!Number.isInteger(feature) || feature < 0 || feature >= (rows.nFeatures ?? 2 ** 31 - 1)) {
      fail(`${place(i)}: feature ${feature} is not in [0, ${rows.nFeatures ?? "2^31 - 1"})`);
    }
    widest = Math.max(widest, feature + 1);
    if (Number.isNaN(rows.threshold[i]!)) fail(`${place(i)}: the threshold is NaN`);
    trueRow[i] = adopt(rows.trueId[i]!, trees.of[i]!, i);
    falseRow[i] = adopt(rows.falseId[i]!, trees.of[i]!, i);
  }

  // Pre-order per tree from the one node without a parent; what is not reached sits on a cycle or has no root.
  const order = new Int32Array(count);
  const position = new Int32Array(count).fill(-1);
  const treeStart = new Int32Array(nTrees + 1);
  let at = 0;
  const roots = findRoots(rows, trees, parents, fail);
  const stack: number[] = [];
  for (let t = 0; t < nTrees; t++) {
    treeStart[t] = at;
    stack.push(roots[t]!);
    while (stack.length > 0) {
      const row = stack.pop()!;
      position[row] = at;
      order[at++] = row;
      if (trueRow[row] !== -1) stack.push(falseRow[row]!, trueRow[row]!);
    }
    const missing = trees.sizes[t]! - (at - treeStart[t]!);
    if (missing !== 0) fail(`tree ${trees.keys[t]}: ${missing} nodes cannot be reached from the root (a cycle)`);
  }
  treeStart[nTrees] = at;

  const round = rows.compare === "float32" ? Math.fround : (v: number) => v;
  const feature = new Int32Array(count).fill(-1);
  const mode = new Uint8Array(count);
  const threshold = new Float64Array(count);
  const trueChild = new Int32Array(count).fill(-1);
  const falseChild = new Int32Array(count).fill(-1);
  const missingTrue = new Uint8Array(count);
  const nodeId = new Int32Array(count);
  for (let i = 0; i < count; i++) {
    const row = order[i]!;
    nodeId[i] = rows.id[row]!;
    mode[i] = rows.mode[row]!;
    if (mode[i] === SplitMode.leaf) continue;
    feature[i] = rows.feature[row]!;
    threshold[i] = rows.threshold[row]!;
    if (round(threshold[i]!) !== threshold[i]) {
      throw new UnsupportedError(
        where,
        `threshold ${threshold[i]} is no ${rows.compare}`,
        "the reader must direct it first",
      );
    }
    trueChild[i] = position[trueRow[row]!]!;
    falseChild[i] = position[falseRow[row]!]!;
    missingTrue[i] = rows.missingTrue[row]! === 0 ? 0 : 1;
  }

  const leaves = buildVotes(rows, trees, position, mode, fail);
  return {
    nTrees,
    nNodes: count,
    nFeatures: rows.nFeatures ?? widest,
    nOutputs: rows.nOutputs,
    treeStart,
    feature,
    mode,
    threshold,
    trueChild,
    falseChild,
    missingTrue,
    ...leaves,
    nodeId,
    compare: rows.compare,
    sum: rows.sum,
    aggregate: rows.aggregate,
  };
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

/** The one node of each tree that is nobody's child. */
function findRoots(rows: ForestRows, trees: TreeIndex, parents: Uint8Array, fail: Fail): Int32Array {
  const roots = new Int32Array(trees.keys.length).fill(-1);
  for (let i = 0; i < parents.length; i++) {
    if (parents[i] === 1) continue;
    const t = trees.of[i]!;
    if (roots[t] !== -1)
      fail(`tree ${trees.keys[t]}: nodes ${rows.id[roots[t]!]} and ${rows.id[i]} both have no parent`);
    roots[t] = i;
  }
  const rootless = roots.indexOf(-1);
  if (rootless !== -1) fail(`tree ${trees.keys[rootless]}: no root, every node has a parent`);
  return roots;
}

/** Votes as compressed rows per node, targets ascending; duplicates are aggregated in the precision of the sums. */
function buildVotes(
  rows: ForestRows,
  trees: TreeIndex,
  position: Int32Array,
  mode: Uint8Array,
  fail: Fail,
): Pick<Forest, "leafStart" | "leafTarget" | "leafValue"> {
  const round = rows.sum === "float32" ? Math.fround : (v: number) => v;
  const merge = { sum: (a: number, b: number) => round(a + b), min: Math.min, max: Math.max }[rows.aggregate];
  const votes = rows.voteTree.length;
  const node = new Int32Array(votes);
  const begin = new Int32Array(mode.length + 1);
  for (let v = 0; v < votes; v++) {
    const t = trees.ordinal(rows.voteTree[v]!);
    const row = t === undefined ? -1 : trees.rowOf(t, rows.voteId[v]!);
    if (row === -1) fail(`vote ${v}: tree ${rows.voteTree[v]} has no node ${rows.voteId[v]}`);
    node[v] = position[row]!;
    if (mode[node[v]!] !== SplitMode.leaf) {
      node[v] = -1;
      if (rows.innerVotes === "ignore") continue;
      fail(`vote ${v}: node ${rows.voteId[v]} of tree ${rows.voteTree[v]} is not a leaf`);
    }
    const target = rows.voteTarget[v]!;
    if (!Number.isInteger(target) || target < 0 || target >= rows.nOutputs) {
      fail(`vote ${v}: output ${target} is not in [0, ${rows.nOutputs})`);
    }
    begin[node[v]! + 1]!++;
  }
  for (let i = 0; i < mode.length; i++) begin[i + 1]! += begin[i]!;

  // Votes by node in file order, then by target within the node; the sort is stable and mostly finds its work done.
  const sorted = new Int32Array(votes);
  const next = begin.slice();
  for (let v = 0; v < votes; v++) if (node[v] !== -1) sorted[next[node[v]!]!++] = v;
  const leafStart = new Int32Array(mode.length + 1);
  const leafTarget = new Int32Array(votes);
  const leafValue = new Float64Array(votes);
  let at = 0;
  for (let i = 0; i < mode.length; i++) {
    const [first, end] = [begin[i]!, begin[i + 1]!];
    let ascending = true;
    for (let j = first + 1; j < end; j++) {
      if (rows.voteTarget[sorted[j - 1]!]! > rows.voteTarget[sorted[j]!]!) ascending = false;
    }
    if (!ascending) {
      sorted.subarray(first, end).sort((a, b) => rows.voteTarget[a]! - rows.voteTarget[b]! || a - b);
    }
    const from = at;
    for (let j = first; j < end; j++) {
      const vote = sorted[j]!;
      const target = rows.voteTarget[vote]!;
      const value = round(rows.voteValue[vote]!);
      if (at > from && leafTarget[at - 1] === target) leafValue[at - 1] = merge(leafValue[at - 1]!, value);
      else {
        leafTarget[at] = target;
        leafValue[at++] = value;
      }
    }
    leafStart[i + 1] = at;
  }
  return { leafStart, leafTarget: leafTarget.slice(0, at), leafValue: leafValue.slice(0, at) };
}
