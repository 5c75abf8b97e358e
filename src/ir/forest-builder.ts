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
}

const maxNodes = 2 ** 28;

/** `format` and `where` name the file and the place in it, for errors. */
export function buildForest(rows: ForestRows, format: string, where: string): Forest {
  const fail = (message: string): never => {
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

  // Trees in order of first appearance, and a way from (tree, id) to the row of the node.
  const treeIndex = new Map<number, number>();
  const byId: Map<number, number>[] = [];
  for (let i = 0; i < count; i++) {
    const key = rows.tree[i]!;
    let t = treeIndex.get(key);
    if (t === undefined) {
      t = byId.length;
      treeIndex.set(key, t);
      byId.push(new Map());
    }
    const ids = byId[t]!;
    const id = rows.id[i]!;
    if (!Number.isInteger(id) || id < -(2 ** 31) || id >= 2 ** 31) fail(`tree ${key}: node id ${id} is not a 32-bit integer`);
    if (ids.has(id)) fail(`tree ${key}: node id ${id} occurs twice`);
    ids.set(id, i);
  }
  const nTrees = byId.length;

  // Children and parents.
  const trueRow = new Int32Array(count).fill(-1);
  const falseRow = new Int32Array(count).fill(-1);
  const parents = new Uint8Array(count);
  let widest = 0;
  for (let i = 0; i < count; i++) {
    const mode = rows.mode[i]!;
    if (mode === SplitMode.leaf) continue;
    const key = rows.tree[i]!;
    const place = `tree ${key}, node ${rows.id[i]}`;
    const feature = rows.feature[i]!;
    if (!Number.isInteger(feature) || feature < 0 || feature >= (rows.nFeatures ?? 2 ** 31 - 1)) {
      fail(`${place}: feature ${feature} is not in [0, ${rows.nFeatures ?? "2^31 - 1"})`);
    }
    widest = Math.max(widest, feature + 1);
    if (Number.isNaN(rows.threshold[i]!)) fail(`${place}: the threshold is NaN`);
    const ids = byId[treeIndex.get(key)!]!;
    for (const [child, into] of [
      [rows.trueId[i]!, trueRow],
      [rows.falseId[i]!, falseRow],
    ] as const) {
      const row = ids.get(child);
      if (row === undefined) fail(`${place}: child ${child} does not exist`);
      else {
        if (parents[row] === 1) fail(`${place}: child ${child} has two parents`);
        parents[row] = 1;
        into[i] = row;
      }
    }
  }

  // Pre-order per tree from the one node without a parent; what is not reached sits on a cycle or has no root.
  const order = new Int32Array(count);
  const position = new Int32Array(count).fill(-1);
  const treeStart = new Int32Array(nTrees + 1);
  let at = 0;
  let t = 0;
  for (const [key, ids] of [...treeIndex.keys()].map((k, i) => [k, byId[i]!] as const)) {
    treeStart[t++] = at;
    let root = -1;
    for (const row of ids.values()) {
      if (parents[row] === 1) continue;
      if (root !== -1) fail(`tree ${key}: nodes ${rows.id[root]} and ${rows.id[row]} both have no parent`);
      root = row;
    }
    if (root === -1) fail(`tree ${key}: no root, every node has a parent`);
    const stack = [root];
    const from = at;
    while (stack.length > 0) {
      const row = stack.pop()!;
      position[row] = at;
      order[at++] = row;
      if (trueRow[row] !== -1) stack.push(falseRow[row]!, trueRow[row]!);
    }
    if (at - from !== ids.size) fail(`tree ${key}: ${ids.size - (at - from)} nodes cannot be reached from the root (a cycle)`);
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
      throw new UnsupportedError(where, `threshold ${threshold[i]} is no ${rows.compare}`, "the reader must direct it first");
    }
    trueChild[i] = position[trueRow[row]!]!;
    falseChild[i] = position[falseRow[row]!]!;
    missingTrue[i] = rows.missingTrue[row]! === 0 ? 0 : 1;
  }

  const leaves = buildVotes(rows, treeIndex, byId, position, mode, fail);
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

/** Votes as compressed rows per node, targets ascending, duplicates added in the precision of the sums. */
function buildVotes(
  rows: ForestRows,
  treeIndex: ReadonlyMap<number, number>,
  byId: readonly ReadonlyMap<number, number>[],
  position: Int32Array,
  mode: Uint8Array,
  fail: (message: string) => never,
): Pick<Forest, "leafStart" | "leafTarget" | "leafValue"> {
  const round = rows.sum === "float32" ? Math.fround : (v: number) => v;
  const merge = { sum: (a: number, b: number) => round(a + b), min: Math.min, max: Math.max }[rows.aggregate];
  const votes = rows.voteTree.length;
  const node = new Int32Array(votes);
  for (let v = 0; v < votes; v++) {
    const key = rows.voteTree[v]!;
    const id = rows.voteId[v]!;
    const t = treeIndex.get(key);
    const row = t === undefined ? undefined : byId[t]!.get(id);
    if (row === undefined) return fail(`vote ${v}: tree ${key} has no node ${id}`);
    node[v] = position[row]!;
    if (mode[node[v]!] !== SplitMode.leaf) fail(`vote ${v}: node ${id} of tree ${key} is not a leaf`);
    const target = rows.voteTarget[v]!;
    if (!Number.isInteger(target) || target < 0 || target >= rows.nOutputs) {
      fail(`vote ${v}: output ${target} is not in [0, ${rows.nOutputs})`);
    }
  }
  const byNode = Array.from({ length: votes }, (_, v) => v).sort(
    (a, b) => node[a]! - node[b]! || rows.voteTarget[a]! - rows.voteTarget[b]! || a - b,
  );
  const leafStart = new Int32Array(mode.length + 1);
  const targets: number[] = [];
  const values: number[] = [];
  let previous = -1;
  for (const v of byNode) {
    const target = rows.voteTarget[v]!;
    if (node[v] === previous && targets.at(-1) === target) {
      values.push(merge(values.pop()!, round(rows.voteValue[v]!)));
      continue;
    }
    previous = node[v]!;
    leafStart[previous + 1]!++;
    targets.push(target);
    values.push(round(rows.voteValue[v]!));
  }
  for (let i = 0; i < mode.length; i++) leafStart[i + 1]! += leafStart[i]!;
  return { leafStart, leafTarget: Int32Array.from(targets), leafValue: Float64Array.from(values) };
}
