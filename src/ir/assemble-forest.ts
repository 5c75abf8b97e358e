/**
 * Trees one after another → a checked Forest, in one sweep over each. Readers whose files name children by their place write each tree
 * into the same few arrays; `forest-builder.ts` takes rows in any order. Refuses whatever would make a walk wrong or endless: two
 * parents, a cycle, an unreachable node, a child, feature or target out of range, a NaN threshold, a vote at an inner node.
 */

import { LimitError, ModelParseError, UnsupportedError } from "../errors.js";
import { type Forest, SplitMode } from "./forest.js";
import { type IntervalSets, maxIntervals, noSets, setCount } from "./interval-sets.js";

/** What holds for all trees. */
export interface ForestFrame {
  readonly nFeatures: number | undefined;
  readonly nOutputs: number;
  readonly compare: "float32" | "float64";
  readonly sum: "float32" | "float64";
  readonly aggregate: "sum" | "min" | "max";
  /** What `member` nodes test. Default: none. */
  readonly sets?: IntervalSets | undefined;
  readonly nTrees: number;
  /** Nodes of all trees. */
  readonly nNodes: number;
  /** Nodes of the largest tree. */
  readonly largest: number;
  /** Votes of all trees, or more. */
  readonly nVotes: number;
}

/** One tree: nodes in any order, and their votes. The arrays may be longer than the tree is, and be written again for the next. */
export interface TreeColumns {
  readonly nodes: number;
  /** How the source names the tree, for errors; by default its place. */
  readonly key?: number;
  /** Per node: its name in the source, unique within the tree; by default its place. */
  readonly id?: Int32Array;
  /** Per node: a `SplitMode`; for leaves, feature, threshold and children are ignored. */
  readonly mode: Uint8Array;
  readonly feature: Int32Array;
  /** For `member` nodes the index of one of the frame's sets. */
  readonly threshold: Float64Array;
  /** Per node: the place of the child in the tree. */
  readonly trueRow: Int32Array;
  readonly falseRow: Int32Array;
  readonly missingTrue: Uint8Array;
  /** One more than nodes: the votes of node i are voteStart[i] … voteStart[i+1]-1; those for one output are aggregated. */
  readonly voteStart: Int32Array;
  readonly voteTarget: Int32Array;
  readonly voteValue: Float64Array;
}

export const maxNodes = 2 ** 28;

/** Arrays that hold each of a forest's trees in turn. */
export function roomForTrees(nodes: number, votes: number): Omit<TreeColumns, "nodes" | "key" | "id"> {
  return {
    mode: new Uint8Array(nodes),
    feature: new Int32Array(nodes),
    threshold: new Float64Array(nodes),
    trueRow: new Int32Array(nodes),
    falseRow: new Int32Array(nodes),
    missingTrue: new Uint8Array(nodes),
    voteStart: new Int32Array(nodes + 1),
    voteTarget: new Int32Array(votes),
    voteValue: new Float64Array(votes),
  };
}

/** `treeAt` is asked for each tree once, in order. `format` and `where` name the file and the place in it, for errors. */
export function assembleForest(
  frame: ForestFrame,
  treeAt: (t: number) => TreeColumns,
  format: string,
  where: string,
): Forest {
  const { nTrees, nNodes } = frame;
  if (nNodes > maxNodes) throw new LimitError(`${where}: a forest of ${nNodes} nodes is over the limit of ${maxNodes}`);
  const fail = (message: string): never => {
    throw new ModelParseError(format, where, message);
  };
  const { sets = noSets } = frame;
  checkSets(sets, frame.compare, fail, where);
  const check = treeChecker(frame, fail, where);
  const votes = voteWriter(frame, fail);
  const treeStart = new Int32Array(nTrees + 1);
  const feature = new Int32Array(nNodes);
  const mode = new Uint8Array(nNodes);
  const threshold = new Float64Array(nNodes);
  const trueChild = new Int32Array(nNodes);
  const falseChild = new Int32Array(nNodes);
  const missingTrue = new Uint8Array(nNodes);
  const nodeId = new Int32Array(nNodes);
  const leafStart = new Int32Array(nNodes + 1);
  // False children that wait for the true branch beside them to end, and the place of their parent in the forest.
  const waiting = new Int32Array((frame.largest >> 1) + 1);
  const parentOf = new Int32Array((frame.largest >> 1) + 1);
  let [at, written] = [0, 0];
  for (let t = 0; t < nTrees; t++) {
    const tree = treeAt(t);
    const { id, voteStart, trueRow, falseRow } = tree;
    const own = { mode: tree.mode, feature: tree.feature, threshold: tree.threshold, missingTrue: tree.missingTrue };
    const end = at + tree.nodes;
    // Pre-order, the true child first; what is not reached sits on a cycle.
    let row = check.root(tree, t);
    for (let depth = 0; ; ) {
      nodeId[at] = id === undefined ? row : id[row]!;
      if (voteStart[row] !== voteStart[row + 1]) written = votes.write(tree, t, row);
      leafStart[at + 1] = written;
      if (own.mode[row] === SplitMode.leaf) {
        feature[at] = trueChild[at] = falseChild[at] = -1;
        at++;
        if (depth === 0) break;
        row = waiting[--depth]!;
        falseChild[parentOf[depth]!] = at;
      } else {
        mode[at] = own.mode[row]!;
        feature[at] = own.feature[row]!;
        threshold[at] = own.threshold[row]!;
        missingTrue[at] = own.missingTrue[row]! === 0 ? 0 : 1;
        waiting[depth] = falseRow[row]!;
        parentOf[depth++] = at;
        trueChild[at] = at + 1;
        at++;
        row = trueRow[row]!;
      }
    }
    if (at !== end) fail(`tree ${tree.key ?? t}: ${end - at} nodes cannot be reached from the root (a cycle)`);
    treeStart[t + 1] = at;
  }
  return {
    nTrees,
    nNodes,
    nFeatures: frame.nFeatures ?? check.widest(),
    nOutputs: frame.nOutputs,
    treeStart,
    feature,
    mode,
    threshold,
    sets,
    trueChild,
    falseChild,
    missingTrue,
    leafStart,
    ...votes.finish(),
    nodeId,
    compare: frame.compare,
    sum: frame.sum,
    aggregate: frame.aggregate,
  };
}

type Fail = (message: string) => never;

/** Ascending intervals apart from each other, with bounds that `compare` can hold. */
function checkSets(
  { start, low, high }: IntervalSets,
  compare: ForestFrame["compare"],
  fail: Fail,
  where: string,
): void {
  if (low.length > maxIntervals) throw new LimitError(`${where}: its sets have over ${maxIntervals} intervals`);
  if (start[0] !== 0 || start.at(-1) !== low.length || high.length !== low.length) fail("its sets are not complete");
  const round = compare === "float32" ? Math.fround : (v: number) => v;
  for (let s = 0; s + 1 < start.length; s++) {
    if (start[s]! > start[s + 1]!) fail(`set ${s} ends before it begins`);
    for (let i = start[s]!; i < start[s + 1]!; i++) {
      const [from, to] = [low[i]!, high[i]!];
      if (!(from <= to)) fail(`set ${s}: an interval from ${from} to ${to}`);
      if (i > start[s]! && !(high[i - 1]! < from)) fail(`set ${s}: an interval begins at ${from} after ${high[i - 1]}`);
      if (round(from) !== from || round(to) !== to) {
        const what = `[${from}, ${to}] has a bound that is no ${compare}`;
        throw new UnsupportedError(where, what, "the reader must direct it first");
      }
    }
  }
}

function placeOf(tree: TreeColumns, t: number, row: number): string {
  return `tree ${tree.key ?? t}, node ${tree.id?.[row] ?? row}`;
}

interface TreeChecker {
  /** The one node that is nobody's child; every other one has one parent. */
  root(tree: TreeColumns, t: number): number;
  /** One more than the largest feature met. */
  widest(): number;
}

function treeChecker(frame: ForestFrame, fail: Fail, where: string): TreeChecker {
  const limit = frame.nFeatures ?? 2 ** 31 - 1;
  const inFloat32 = frame.compare === "float32";
  const sets = setCount(frame.sets ?? noSets);
  const parents = new Uint8Array(frame.largest);
  let widest = 0;
  const checkThreshold = (tree: TreeColumns, t: number, row: number): void => {
    const cut = tree.threshold[row]!;
    if (Number.isNaN(cut)) fail(`${placeOf(tree, t, row)}: the threshold is NaN`);
    if (tree.mode[row] === SplitMode.member) {
      if (Number.isInteger(cut) && cut >= 0 && cut < sets) return;
      fail(`${placeOf(tree, t, row)}: set ${cut} is not in [0, ${sets})`);
    }
    throw new UnsupportedError(where, `threshold ${cut} is no float32`, "the reader must direct it first");
  };
  const adopt = (tree: TreeColumns, t: number, row: number, child: number): void => {
    if (child < 0 || child >= tree.nodes) fail(`${placeOf(tree, t, row)}: child ${child} does not exist`);
    if (parents[child] === 1) fail(`${placeOf(tree, t, row)}: child ${tree.id?.[child] ?? child} has two parents`);
    parents[child] = 1;
  };
  return {
    root(tree, t) {
      const { nodes, mode, feature, threshold, trueRow, falseRow } = tree;
      parents.fill(0, 0, nodes);
      let children = 0;
      for (let row = 0; row < nodes; row++) {
        if (mode[row] === SplitMode.leaf) continue;
        const column = feature[row]!;
        if (column < 0 || column >= limit) {
          fail(`${placeOf(tree, t, row)}: feature ${column} is not in [0, ${frame.nFeatures ?? "2^31 - 1"})`);
        }
        if (column >= widest) widest = column + 1;
        // NaN differs from itself.
        const cut = threshold[row]!;
        if (mode[row] === SplitMode.member || (inFloat32 ? Math.fround(cut) : cut) !== cut)
          checkThreshold(tree, t, row);
        adopt(tree, t, row, trueRow[row]!);
        adopt(tree, t, row, falseRow[row]!);
        children += 2;
      }
      let root = 0;
      while (root < nodes && parents[root] === 1) root++;
      if (root === nodes) fail(`tree ${tree.key ?? t}: no root, every node has a parent`);
      if (children !== nodes - 1) {
        const other = parents.subarray(0, nodes).indexOf(0, root + 1);
        const [first, second] = [tree.id?.[root] ?? root, tree.id?.[other] ?? other];
        fail(`tree ${tree.key ?? t}: nodes ${first} and ${second} both have no parent`);
      }
      return root;
    },
    widest: () => widest,
  };
}

interface VoteWriter {
  /** Takes over the votes of a row, which has some, behind those of the rows before; returns how many there are now. */
  write(tree: TreeColumns, t: number, row: number): number;
  finish(): Pick<Forest, "leafTarget" | "leafValue">;
}

/** Targets ascend within a leaf; votes of one leaf for one output are aggregated, in file order and the precision of the sums. */
function voteWriter(frame: ForestFrame, fail: Fail): VoteWriter {
  const { nOutputs, nVotes } = frame;
  const inFloat32 = frame.sum === "float32";
  const round = inFloat32 ? Math.fround : (v: number) => v;
  const merge = { sum: (a: number, b: number) => round(a + b), min: Math.min, max: Math.max }[frame.aggregate];
  const leafTarget = new Int32Array(nVotes);
  const leafValue = new Float64Array(nVotes);
  let written = 0;
  const add = (tree: TreeColumns, vote: number, first: number): void => {
    const target = tree.voteTarget[vote]!;
    const value = inFloat32 ? Math.fround(tree.voteValue[vote]!) : tree.voteValue[vote]!;
    if (written > first && leafTarget[written - 1] === target) {
      leafValue[written - 1] = merge(leafValue[written - 1]!, value);
    } else {
      leafTarget[written] = target;
      leafValue[written++] = value;
    }
  };
  const byTarget = ({ voteTarget }: TreeColumns, from: number, to: number): Int32Array =>
    Int32Array.from({ length: to - from }, (_, i) => from + i).sort((a, b) => voteTarget[a]! - voteTarget[b]! || a - b);
  return {
    write(tree, t, row) {
      const { voteTarget } = tree;
      const [from, to, first] = [tree.voteStart[row]!, tree.voteStart[row + 1]!, written];
      if (tree.mode[row] !== SplitMode.leaf) fail(`${placeOf(tree, t, row)}: it has votes, but is not a leaf`);
      let ascending = true;
      for (let vote = from; vote < to; vote++) {
        const target = voteTarget[vote]!;
        if (target < 0 || target >= nOutputs) {
          fail(`${placeOf(tree, t, row)}: its output ${target} is not in [0, ${nOutputs})`);
        }
        if (vote > from && voteTarget[vote - 1]! > target) ascending = false;
      }
      if (ascending) for (let vote = from; vote < to; vote++) add(tree, vote, first);
      else for (const vote of byTarget(tree, from, to)) add(tree, vote, first);
      return written;
    },
    finish: () =>
      written === nVotes
        ? { leafTarget, leafValue }
        : { leafTarget: leafTarget.slice(0, written), leafValue: leafValue.slice(0, written) },
  };
}
