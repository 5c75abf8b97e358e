/**
 * What kernels need to know of a forest that evaluate it one bit a row: whether they can, and how leaves are numbered. Here, since
 * the strategies that choose such a kernel and the backend that has it must agree.
 */

import { type Forest, forestShape, SplitMode } from "./forest.js";

/** A leaf's number is a byte. */
const mostLeaves = 256;
/** Ranks of 8 bits must hold the two cuts of each `x == t` of a tree. */
const mostInnerWithEquals = 127;
/** Forests that test sets have ranks of 8 bits, too. */
const mostInnerWithSets = 254;
/** Each may need two masks for itself. */
const mostIntervals = 2 ** 20;
/** Most bytes of votes: dense rows for each number that a leaf of a tree can have. */
const mostVoteBytes = 2 ** 28;

/** Why a bit-sliced kernel cannot take the forest; undefined where it can. */
export function bitSlicedRefusal(forest: Forest): string | undefined {
  const { maxLeaves, maxInner } = forestShape(forest);
  if (forest.aggregate !== "sum") return `it adds votes, and this forest takes the ${forest.aggregate} of them`;
  if (maxLeaves > mostLeaves) return `a tree has ${maxLeaves} leaves, more than ${mostLeaves}`;
  if (maxInner === 0) return "no tree has a split";
  if (maxInner > mostInnerWithSets && hasMode(forest, SplitMode.member)) {
    return `a tree with sets of categories has ${maxInner} splits, more than ${mostInnerWithSets}`;
  }
  if (forest.sets.low.length > mostIntervals) {
    return `its sets have ${forest.sets.low.length} intervals, more than ${mostIntervals}`;
  }
  if (maxInner > mostInnerWithEquals && comparesEqual(forest)) {
    return `a tree with == or != has ${maxInner} splits, more than ${mostInnerWithEquals}`;
  }
  const row = forest.nOutputs * (forest.sum === "float32" ? 4 : 8);
  const bytes = forest.nTrees * 2 ** leafNumbering(forest).bits * row;
  if (bytes > mostVoteBytes && votesForOne(forest) === undefined) {
    return `its votes for ${forest.nOutputs} outputs would take ${bytes} bytes, more than ${mostVoteBytes}`;
  }
  return undefined;
}

/** Per forest and mode: whether some node has it. */
const modes = new WeakMap<Forest, Uint8Array>();

function hasMode(forest: Forest, mode: SplitMode): boolean {
  let found = modes.get(forest);
  if (found === undefined) {
    found = new Uint8Array(256);
    for (let i = 0; i < forest.nNodes; i++) found[forest.mode[i]!] = 1;
    modes.set(forest, found);
  }
  return found[mode] === 1;
}

/** Whether some split is an equality, whose rows lie between two cuts. */
export function comparesEqual(forest: Forest): boolean {
  return hasMode(forest, SplitMode.equal) || hasMode(forest, SplitMode.notEqual);
}

/** Whether it needs ranks of 8 bits with a mask for each cut. */
export function needsMasks(forest: Forest): boolean {
  return comparesEqual(forest) || hasMode(forest, SplitMode.member);
}

/** How leaves are numbered: by their paths (all trees being shallow), or counted; and in how many bits. */
export function leafNumbering(forest: Forest): { readonly byPath: boolean; readonly bits: number } {
  const { maxLeaves, depth } = forestShape(forest);
  const bits = Math.max(1, Math.ceil(Math.log2(maxLeaves)));
  // A path costs a bit more of table, but no lists of masks to xor.
  const byPath = depth <= Math.min(8, bits + 1);
  return { byPath, bits: byPath ? Math.max(1, depth) : bits };
}

/** Per tree the one output that its leaves vote for; undefined where some tree's leaves vote for several. */
export function votesForOne(forest: Forest): Int32Array | undefined {
  const outputs = new Int32Array(forest.nTrees);
  for (let t = 0; t < forest.nTrees; t++) {
    const [from, to] = [forest.leafStart[forest.treeStart[t]!]!, forest.leafStart[forest.treeStart[t + 1]!]!];
    for (let v = from; v < to; v++) {
      if (forest.leafTarget[v] !== forest.leafTarget[from]) return undefined;
    }
    outputs[t] = from < to ? forest.leafTarget[from]! : 0;
  }
  return outputs;
}

/** Per forest: the reason, or "" where all trees are symmetric. */
const uneven = new WeakMap<Forest, string>();

/** The first tree of which some level does not make one comparison in all its nodes, as a reason; undefined where all are symmetric. */
export function unevenTree(forest: Forest): string | undefined {
  const reason = uneven.get(forest) ?? findUneven(forest);
  uneven.set(forest, reason);
  return reason === "" ? undefined : reason;
}

function findUneven({
  nTrees,
  treeStart,
  feature,
  mode,
  threshold,
  missingTrue,
  trueChild,
  falseChild,
}: Forest): string {
  let largest = 0;
  for (let t = 0; t < nTrees; t++) largest = Math.max(largest, treeStart[t + 1]! - treeStart[t]!);
  // Depths of a tree's nodes, told to children before they are met; and the first node met at each depth.
  const depth = new Int32Array(largest);
  const first = new Int32Array(largest);
  for (let t = 0; t < nTrees; t++) {
    const [from, to] = [treeStart[t]!, treeStart[t + 1]!];
    first.fill(-1, 0, to - from);
    for (let i = from; i < to; i++) {
      const d = depth[i - from]!;
      const other = first[d]!;
      if (other === -1) first[d] = i;
      else if (
        feature[i] !== feature[other] ||
        mode[i] !== mode[other] ||
        threshold[i] !== threshold[other] ||
        missingTrue[i] !== missingTrue[other]
      )
        return `the nodes of tree ${t} at depth ${d} do not all make one comparison`;
      if (feature[i] !== -1) depth[trueChild[i]! - from] = depth[falseChild[i]! - from] = d + 1;
    }
  }
  return "";
}
