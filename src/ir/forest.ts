/**
 * A forest of decision trees as one struct of arrays, whatever library it came from. Built and checked by
 * `forest-builder.ts`; nothing else makes one, so everyone else may rely on its shape.
 */

import type { IntervalSets } from "./interval-sets.js";

/**
 * How a node compares x with its threshold t: x goes to the true child where the comparison holds.
 * The names are those of ONNX-ML `nodes_modes` (TreeEnsembleClassifier, ai.onnx.ml 1–5).
 */
export const SplitMode = {
  leaf: 0,
  lessEqual: 1,
  less: 2,
  greaterEqual: 3,
  greater: 4,
  equal: 5,
  notEqual: 6,
  /** Whether x is in a set of numbers; the threshold is the index of the set. */
  member: 7,
} as const;
export type SplitMode = (typeof SplitMode)[keyof typeof SplitMode];

/** How people write the comparison of a node. */
export const comparisonSigns = {
  [SplitMode.lessEqual]: "<=",
  [SplitMode.less]: "<",
  [SplitMode.greaterEqual]: ">=",
  [SplitMode.greater]: ">",
  [SplitMode.equal]: "=",
  [SplitMode.notEqual]: "≠",
  [SplitMode.member]: "in",
} as const;
export type ComparisonSign = (typeof comparisonSigns)[keyof typeof comparisonSigns];

export interface Forest {
  readonly nTrees: number;
  readonly nNodes: number;
  /** Columns of x that the forest reads from; every `feature` is below it. */
  readonly nFeatures: number;
  readonly nOutputs: number;
  /** Length nTrees + 1: the nodes of tree t are treeStart[t] … treeStart[t+1]-1, in pre-order, root first, children after parents. */
  readonly treeStart: Int32Array;
  /** Per node: the column compared; -1 in a leaf. */
  readonly feature: Int32Array;
  /** Per node: a `SplitMode`. */
  readonly mode: Uint8Array;
  /** Per node: what x is compared with, exact in the precision of `compare`, never NaN; for `member` the index of a set; 0 in a leaf. */
  readonly threshold: Float64Array;
  /** What `member` nodes test; bounds are exact in the precision of `compare`. */
  readonly sets: IntervalSets;
  /** Per node: index (into these arrays) of the child taken where the comparison holds; -1 in a leaf. */
  readonly trueChild: Int32Array;
  /** Per node: index of the other child; -1 in a leaf. */
  readonly falseChild: Int32Array;
  /** Per node: 1 where NaN goes to the true child. Says it for every node and mode, so no comparison ever sees NaN. */
  readonly missingTrue: Uint8Array;
  /** Length nNodes + 1: the votes of node i are leafStart[i] … leafStart[i+1]-1 of the two arrays below; none for inner nodes. */
  readonly leafStart: Int32Array;
  /** Output column of each vote, below nOutputs, ascending and unique within a leaf. */
  readonly leafTarget: Int32Array;
  /** Value of each vote, exact in the precision of `sum`. */
  readonly leafValue: Float64Array;
  /** Per node: its id as the source names it (what `leafIndices` answers). */
  readonly nodeId: Int32Array;
  /** Precision to which x is rounded before it is compared. */
  readonly compare: "float32" | "float64";
  /** Precision of the sums over trees, taken in tree order from zero, and the dtype of the raw scores. */
  readonly sum: "float32" | "float64";
  /** How the trees' votes meet. Averages are sums divided afterwards; an output without any vote is 0. */
  readonly aggregate: "sum" | "min" | "max";
}

export function isLeaf(forest: Forest, node: number): boolean {
  return forest.feature[node] === -1;
}

/** The sign of an inner node's comparison. */
export function comparisonOf(forest: Forest, node: number): ComparisonSign {
  return comparisonSigns[forest.mode[node] as keyof typeof comparisonSigns];
}

/** The intervals of a set that `member` nodes test, bounds included. */
export function intervalsOf({ sets }: Forest, set: number): readonly (readonly [low: number, high: number])[] {
  const intervals: [number, number][] = [];
  for (let i = sets.start[set]!; i < sets.start[set + 1]!; i++) intervals.push([sets.low[i]!, sets.high[i]!]);
  return intervals;
}

export interface ForestShape {
  readonly trees: number;
  readonly nodes: number;
  /** Edges on the longest path from a root to a leaf. */
  readonly depth: number;
  /** Leaves of the largest tree. */
  readonly maxLeaves: number;
  /** Inner nodes of the largest tree. */
  readonly maxInner: number;
  readonly outputs: number;
  /** Distinct columns that occur in a split. */
  readonly featuresUsed: number;
  /** Whether any node sends NaN another way than a false comparison would. */
  readonly missing: boolean;
  /** Mean depth of the leaves, over all trees. */
  readonly meanDepth: number;
}

/** Depth of every node below its root. Children stand after their parents, so one sweep suffices. */
export function nodeDepths(forest: Forest): Int32Array {
  const depth = new Int32Array(forest.nNodes);
  for (let i = 0; i < forest.nNodes; i++) {
    if (forest.feature[i] === -1) continue;
    depth[forest.trueChild[i]!] = depth[i]! + 1;
    depth[forest.falseChild[i]!] = depth[i]! + 1;
  }
  return depth;
}

/** Where NaN goes if it is compared as IEEE 754 says: only `!=` holds. */
export function naturalMissingTrue(mode: number): 0 | 1 {
  return mode === SplitMode.notEqual ? 1 : 0;
}

const shapes = new WeakMap<Forest, ForestShape>();

/** The figures that strategies and `inspect` need; computed once per forest. */
export function forestShape(forest: Forest): ForestShape {
  const known = shapes.get(forest);
  if (known !== undefined) return known;
  const depths = nodeDepths(forest);
  const features = new Set<number>();
  let [depth, maxLeaves, maxInner, missing, leafDepths, leaves] = [0, 0, 0, false, 0, 0];
  for (let t = 0; t < forest.nTrees; t++) {
    let treeLeaves = 0;
    const [from, to] = [forest.treeStart[t]!, forest.treeStart[t + 1]!];
    for (let i = from; i < to; i++) {
      depth = Math.max(depth, depths[i]!);
      if (forest.feature[i] === -1) {
        treeLeaves++;
        leafDepths += depths[i]!;
      } else {
        features.add(forest.feature[i]!);
        missing ||= forest.missingTrue[i] !== naturalMissingTrue(forest.mode[i]!);
      }
    }
    leaves += treeLeaves;
    maxLeaves = Math.max(maxLeaves, treeLeaves);
    maxInner = Math.max(maxInner, to - from - treeLeaves);
  }
  const shape: ForestShape = {
    trees: forest.nTrees,
    nodes: forest.nNodes,
    depth,
    maxLeaves,
    maxInner,
    outputs: forest.nOutputs,
    featuresUsed: features.size,
    missing,
    meanDepth: leaves === 0 ? 0 : leafDepths / leaves,
  };
  shapes.set(forest, shape);
  return shape;
}
