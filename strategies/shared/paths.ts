/** The matrices of the `gemm` strategy for a contiguous run of trees, all filled up to the largest of them. */

import type { Forest } from "../../src/ir/forest.js";
import type { Splits } from "./splits.js";

export interface Paths {
  /** Numbers of trees, and of splits and leaves of the largest; at least 1 each. */
  readonly trees: number;
  readonly inner: number;
  readonly leaves: number;
  /** [trees · inner] and [trees · leaves]: nodes of the forest; -1 where a tree has fewer. */
  readonly innerNodes: Int32Array;
  readonly leafNodes: Int32Array;
  /** [trees, leaves, inner]: 1 where the leaf lies below the first child of the split, -1 below the second, else 0. */
  readonly path: Float32Array;
  /** [trees · leaves]: first children on the way to the leaf; more than there can be, for places without one. */
  readonly firstTurns: Int32Array;
}

/** Paths of the trees `from` … `to` - 1. */
export function pathsOf(forest: Forest, splits: Splits, from: number, to: number): Paths {
  const trees = to - from;
  let [inner, leaves] = [1, 1];
  for (let t = from; t < to; t++) {
    const nodes = forest.treeStart[t + 1]! - forest.treeStart[t]!;
    // A tree of binary splits has one leaf more than it has splits.
    inner = Math.max(inner, (nodes - 1) / 2);
    leaves = Math.max(leaves, (nodes + 1) / 2);
  }
  const innerNodes = new Int32Array(trees * inner).fill(-1);
  const leafNodes = new Int32Array(trees * leaves).fill(-1);
  const path = new Float32Array(trees * leaves * inner);
  const firstTurns = new Int32Array(trees * leaves).fill(inner + 2);
  for (let t = 0; t < trees; t++) {
    let [splitCount, leafCount] = [0, 0];
    const way: { readonly split: number; readonly turn: 1 | -1 }[] = [];
    // A node to visit with the turn to it, and the length of the way above it.
    const stack: { readonly node: number; readonly above: number; readonly split: number; readonly turn: 1 | -1 }[] = [
      { node: forest.treeStart[from + t]!, above: 0, split: -1, turn: 1 },
    ];
    for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
      way.length = at.above;
      if (at.split !== -1) way.push({ split: at.split, turn: at.turn });
      if (forest.feature[at.node] !== -1) {
        const split = splitCount++;
        innerNodes[t * inner + split] = at.node;
        stack.push({ node: splits.second[at.node]!, above: way.length, split, turn: -1 });
        stack.push({ node: splits.first[at.node]!, above: way.length, split, turn: 1 });
        continue;
      }
      const leaf = t * leaves + leafCount++;
      leafNodes[leaf] = at.node;
      firstTurns[leaf] = 0;
      for (const { split, turn } of way) {
        path[leaf * inner + split] = turn;
        if (turn === 1) firstTurns[leaf]!++;
      }
    }
  }
  return { trees, inner, leaves, innerNodes, leafNodes, path, firstTurns };
}
