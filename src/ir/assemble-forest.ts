/**
 * Forest columns, tree after tree, → a checked Forest in one sweep over each tree. Readers whose files name children by their place fill
 * the columns themselves; `forest-builder.ts` makes them of rows in any order. Refuses whatever would make a walk wrong or
 * endless: two parents, a cycle, an unreachable node, a child, feature or target out of range, a NaN threshold, a vote at an inner node.
 */

import { LimitError, ModelParseError, UnsupportedError } from "../errors.js";
import { type Forest, SplitMode } from "./forest.js";

/** Nodes of all trees, each tree in one run, and their votes. Arrays over the nodes have treeStart's last entry for length. */
export interface ForestColumns {
  readonly nFeatures: number | undefined;
  readonly nOutputs: number;
  readonly compare: "float32" | "float64";
  readonly sum: "float32" | "float64";
  readonly aggregate: "sum" | "min" | "max";
  /** Length trees + 1: the nodes of tree t are treeStart[t] … treeStart[t+1]-1. */
  readonly treeStart: Int32Array;
  /** Per tree: how the source names it, for errors; by default its place. */
  readonly treeKey?: ArrayLike<number>;
  /** Per node: its name in the source, unique within the tree; by default its place in the tree. */
  readonly id?: Int32Array;
  /** Per node: a `SplitMode`; for leaves, feature, threshold and children are ignored. */
  readonly mode: Uint8Array;
  readonly feature: Int32Array;
  readonly threshold: Float64Array;
  /** Per node: where the child stands in these arrays. */
  readonly trueRow: Int32Array;
  readonly falseRow: Int32Array;
  readonly missingTrue: Uint8Array;
  /** Length nodes + 1: the votes of node i are voteStart[i] … voteStart[i+1]-1; those for one output are aggregated. */
  readonly voteStart: Int32Array;
  readonly voteTarget: Int32Array;
  readonly voteValue: Float64Array;
}

export const maxNodes = 2 ** 28;

/** `format` and `where` name the file and the place in it, for errors. */
export function assembleForest(columns: ForestColumns, format: string, where: string): Forest {
  const fail = (message: string): never => {
    throw new ModelParseError(format, where, message);
  };
  const { treeStart, mode, feature, threshold, trueRow, falseRow, missingTrue } = columns;
  const nTrees = treeStart.length - 1;
  const count = treeStart[nTrees]!;
  if (count > maxNodes) throw new LimitError(`${where}: a forest of ${count} nodes is over the limit of ${maxNodes}`);
  const treeName = (t: number): number => columns.treeKey?.[t] ?? t;
  const nodeName = (t: number, row: number): number => columns.id?.[row] ?? row - treeStart[t]!;
  const place = (t: number, row: number): string => `tree ${treeName(t)}, node ${nodeName(t, row)}`;
  const limit = columns.nFeatures ?? 2 ** 31 - 1;
  const inFloat32 = columns.compare === "float32";

  const parents = new Uint8Array(count);
  let widest = 0;
  const checkChild = (t: number, row: number, child: number): void => {
    if (child < treeStart[t]! || child >= treeStart[t + 1]!) {
      fail(`${place(t, row)}: child ${nodeName(t, child)} does not exist`);
    }
    if (parents[child] === 1) fail(`${place(t, row)}: child ${nodeName(t, child)} has two parents`);
    parents[child] = 1;
  };
  const checkNode = (t: number, row: number): void => {
    const column = feature[row]!;
    if (column < 0 || column >= limit) {
      fail(`${place(t, row)}: feature ${column} is not in [0, ${columns.nFeatures ?? "2^31 - 1"})`);
    }
    if (column >= widest) widest = column + 1;
    const cut = threshold[row]!;
    if (Number.isNaN(cut)) fail(`${place(t, row)}: the threshold is NaN`);
    if (inFloat32 && Math.fround(cut) !== cut) {
      throw new UnsupportedError(where, `threshold ${cut} is no float32`, "the reader must direct it first");
    }
  };
  /** The one node of the tree that is nobody's child. */
  const rootOf = (t: number): number => {
    let root = -1;
    for (let row = treeStart[t]!; row < treeStart[t + 1]!; row++) {
      if (parents[row] === 1) continue;
      if (root !== -1) {
        fail(`tree ${treeName(t)}: nodes ${nodeName(t, root)} and ${nodeName(t, row)} both have no parent`);
      }
      root = row;
    }
    return root === -1 ? fail(`tree ${treeName(t)}: no root, every node has a parent`) : root;
  };

  const votes = voteWriter(columns, (t, row, message) => fail(`${place(t, row)}: ${message}`));
  const out = {
    feature: new Int32Array(count),
    mode: new Uint8Array(count),
    threshold: new Float64Array(count),
    trueChild: new Int32Array(count),
    falseChild: new Int32Array(count),
    missingTrue: new Uint8Array(count),
    nodeId: new Int32Array(count),
  };
  let largest = 0;
  for (let t = 0; t < nTrees; t++) largest = Math.max(largest, treeStart[t + 1]! - treeStart[t]!);
  // False children that wait for the true branch beside them to end, and the place of their parent in the output.
  const waiting = new Int32Array((largest >> 1) + 1);
  const parentOf = new Int32Array((largest >> 1) + 1);
  let at = 0;
  for (let t = 0; t < nTrees; t++) {
    const [from, to] = [treeStart[t]!, treeStart[t + 1]!];
    for (let row = from; row < to; row++) {
      if (mode[row] === SplitMode.leaf) continue;
      checkNode(t, row);
      checkChild(t, row, trueRow[row]!);
      checkChild(t, row, falseRow[row]!);
    }
    // Pre-order, the true child first; what is not reached sits on a cycle.
    let row = rootOf(t);
    let depth = 0;
    for (;;) {
      out.nodeId[at] = columns.id === undefined ? row - from : columns.id[row]!;
      if (mode[row] === SplitMode.leaf) {
        out.feature[at] = out.trueChild[at] = out.falseChild[at] = -1;
        votes.write(t, row, at++);
        if (depth === 0) break;
        row = waiting[--depth]!;
        out.falseChild[parentOf[depth]!] = at;
      } else {
        out.mode[at] = mode[row]!;
        out.feature[at] = feature[row]!;
        out.threshold[at] = threshold[row]!;
        out.missingTrue[at] = missingTrue[row]! === 0 ? 0 : 1;
        votes.write(t, row, at);
        waiting[depth] = falseRow[row]!;
        parentOf[depth++] = at;
        out.trueChild[at] = ++at;
        row = trueRow[row]!;
      }
    }
    if (at !== to) fail(`tree ${treeName(t)}: ${to - at} nodes cannot be reached from the root (a cycle)`);
  }
  return {
    nTrees,
    nNodes: count,
    nFeatures: columns.nFeatures ?? widest,
    nOutputs: columns.nOutputs,
    treeStart,
    ...out,
    ...votes.finish(),
    compare: columns.compare,
    sum: columns.sum,
    aggregate: columns.aggregate,
  };
}

interface VoteWriter {
  /** Takes over the votes of a row as those of node `at` of the forest; nodes come in their order. */
  write(tree: number, row: number, at: number): void;
  finish(): Pick<Forest, "leafStart" | "leafTarget" | "leafValue">;
}

/** Targets ascend within a leaf; votes of one leaf for one output are aggregated, in file order and the precision of the sums. */
function voteWriter(columns: ForestColumns, fail: (tree: number, row: number, message: string) => never): VoteWriter {
  const { mode, voteStart, voteTarget, voteValue, nOutputs } = columns;
  const inFloat32 = columns.sum === "float32";
  const round = inFloat32 ? Math.fround : (v: number) => v;
  const merge = { sum: (a: number, b: number) => round(a + b), min: Math.min, max: Math.max }[columns.aggregate];
  const votes = voteTarget.length;
  const leafStart = new Int32Array(mode.length + 1);
  const leafTarget = new Int32Array(votes);
  const leafValue = new Float64Array(votes);
  let written = 0;
  const add = (vote: number, first: number): void => {
    const target = voteTarget[vote]!;
    const value = inFloat32 ? Math.fround(voteValue[vote]!) : voteValue[vote]!;
    if (written > first && leafTarget[written - 1] === target) {
      leafValue[written - 1] = merge(leafValue[written - 1]!, value);
    } else {
      leafTarget[written] = target;
      leafValue[written++] = value;
    }
  };
  const sorted = (from: number, to: number): Int32Array =>
    Int32Array.from({ length: to - from }, (_, i) => from + i).sort((a, b) => voteTarget[a]! - voteTarget[b]! || a - b);
  return {
    write(t, row, at) {
      const [from, to, first] = [voteStart[row]!, voteStart[row + 1]!, written];
      if (to > from && mode[row] !== SplitMode.leaf) fail(t, row, "it has votes, but is not a leaf");
      let ascending = true;
      for (let vote = from; vote < to; vote++) {
        const target = voteTarget[vote]!;
        if (target < 0 || target >= nOutputs) fail(t, row, `its output ${target} is not in [0, ${nOutputs})`);
        if (vote > from && voteTarget[vote - 1]! > target) ascending = false;
      }
      if (ascending) for (let vote = from; vote < to; vote++) add(vote, first);
      else for (const vote of sorted(from, to)) add(vote, first);
      leafStart[at + 1] = written;
    },
    finish: () =>
      written === votes
        ? { leafStart, leafTarget, leafValue }
        : { leafStart, leafTarget: leafTarget.slice(0, written), leafValue: leafValue.slice(0, written) },
  };
}
