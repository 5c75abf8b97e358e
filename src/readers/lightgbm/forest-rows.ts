/**
 * LightGBM's trees as one checked Forest, in which every numerical node compares `<=` in float64 and NaN has its own way:
 *
 * - thresholds within ±1e-35 move to the ends of that band, because LightGBM takes |x| ≤ 1e-35 for 0;
 * - a node without missing values sends NaN where it sends 0; one whose missing value is NaN has its default direction;
 * - a node whose missing value is zero reads a column in which zeros are NaN (see `ColumnPlan`);
 * - a categorical node tests a set of numbers, those that truncate to one of its categories (see ../boosters/category-sets.ts).
 *
 * Source: `Tree::NumericalDecision`, `Tree::CategoricalDecision` (include/LightGBM/tree.h), `kZeroThreshold` (include/LightGBM/meta.h), and
 * the rows that `LGBM_BoosterPredictForMat` drops zeros from (src/c_api.cpp). A leaf is named by its ordinal, as pred_leaf does.
 */

import { ModelParseError, UnsupportedError } from "../../errors.js";
import { assembleForest, roomForTrees, type TreeColumns } from "../../ir/assemble-forest.js";
import { nextDown64 } from "../../ir/float.js";
import { type Forest, SplitMode } from "../../ir/forest.js";
import { createSetCollector, type IntervalSets } from "../../ir/interval-sets.js";
import { categoryBounds } from "../boosters/category-sets.js";
import { format } from "./lines.js";
import type { TreeCategories, Trees } from "./trees.js";

/** LightGBM's kZeroThreshold, a float32 held as a double. */
export const zeroThreshold = Math.fround(1e-35);

/** The columns that the forest reads: those of X, then copies of some of them. */
export interface ColumnPlan {
  /** Columns of X that follow once more, because some of their nodes take zero for missing and others do not. */
  readonly copies: Int32Array;
  /** Per column of the widened matrix: 1 where zeros become NaN. */
  readonly zeroMissing: Uint8Array;
}

export interface PlannedForest {
  readonly forest: Forest;
  readonly columns: ColumnPlan;
}

/** Bits of decision_type. */
const [categoricalBit, defaultLeftBit] = [1, 2];
/** decision_type >> 2. */
const missing = { none: 0, zero: 1, nan: 2 } as const;

/** The largest number that goes left, given that all of [-1e-35, 1e-35] is taken for 0. */
export function snapThreshold(threshold: number): number {
  if (threshold >= 0 && threshold < zeroThreshold) return zeroThreshold;
  if (threshold < 0 && threshold >= -zeroThreshold) return nextDown64(-zeroThreshold);
  return threshold;
}

/** `outputs`: scores per row; tree t adds to score t mod outputs. Throws ModelParseError or UnsupportedError naming tree and node. */
export function planForest(trees: Trees, nFeatures: number, outputs: number): PlannedForest {
  const { leafStart, count } = trees;
  const leaves = leafStart[count]!;
  const sets = collectSets(trees);
  const zeros = zeroColumns(trees, nFeatures);

  let largest = 0;
  for (let t = 0; t < count; t++) largest = Math.max(largest, leafStart[t + 1]! - leafStart[t]!);
  // Of no trees, none; of a tree of one leaf, one node.
  const largestNodes = Math.max(0, 2 * largest - 1);
  const room = roomForTrees(largestNodes, largest);
  const { mode, feature, threshold, trueRow, falseRow, missingTrue, voteStart, voteTarget, voteValue } = room;
  const treeAt = (t: number): TreeColumns => {
    const firstLeaf = leafStart[t]!;
    const size = leafStart[t + 1]! - firstLeaf;
    // Leaves are rows 0 … size-1, so that their names are their ordinals; inner nodes follow.
    voteTarget.fill(t % outputs, 0, size);
    for (let leaf = 0; leaf < size; leaf++) {
      mode[leaf] = SplitMode.leaf;
      voteValue[leaf] = trees.leafValue[firstLeaf + leaf]!;
      voteStart[leaf + 1] = leaf + 1;
    }
    const rowOf = (child: number): number => (child < 0 ? ~child : size + child);
    for (let i = 0, n = firstLeaf - t, row = size; i < size - 1; i++, n++, row++) {
      voteStart[row + 1] = size;
      mode[row] = SplitMode.lessEqual;
      const decision = trees.decision[n]!;
      const [left, right] = [rowOf(trees.left[n]!), rowOf(trees.right[n]!)];
      if (isCategorical(decision)) {
        // NaN is in no set, as every negative number.
        mode[row] = SplitMode.member;
        feature[row] = trees.feature[n]!;
        threshold[row] = sets.of[n]!;
        trueRow[row] = left;
        falseRow[row] = right;
        missingTrue[row] = 0;
        continue;
      }
      const type = missingType(decision, t, i);
      const cut = snapThreshold(trees.threshold[n]!);
      feature[row] = type === missing.zero ? zeros.of[trees.feature[n]!]! : trees.feature[n]!;
      threshold[row] = cut;
      trueRow[row] = left;
      falseRow[row] = right;
      missingTrue[row] = type === missing.none ? Number(0 <= cut) : Number((decision & defaultLeftBit) !== 0);
    }
    return { nodes: 2 * size - 1, ...room };
  };
  const forest = assembleForest(
    {
      nFeatures: nFeatures + zeros.copies.length,
      nOutputs: outputs,
      compare: "float64",
      sum: "float64",
      aggregate: "sum",
      sets: sets.all,
      nTrees: count,
      nNodes: 2 * leaves - count,
      largest: largestNodes,
      nVotes: leaves,
    },
    treeAt,
    format,
    "trees",
  );
  return { forest, columns: { copies: zeros.copies, zeroMissing: zeros.mask } };
}

function isCategorical(decision: number): boolean {
  return (decision & categoricalBit) !== 0;
}

function missingType(decision: number, tree: number, node: number): number {
  const type = decision >> 2;
  if (type > missing.nan) {
    throw new UnsupportedError(`tree ${tree}, node ${node}`, `decision_type ${decision} is not one that calypte knows`);
  }
  return type;
}

/** The distinct sets of all categorical nodes, and per inner node the index of its own. */
function collectSets(trees: Trees): { readonly all: IntervalSets; readonly of: Int32Array } {
  const of = new Int32Array(trees.decision.length).fill(-1);
  const collector = createSetCollector(format);
  const rule = { precision: "float64", negativeFraction: "zero" } as const;
  for (let t = 0; t < trees.count; t++) {
    const from = trees.leafStart[t]! - t;
    const to = trees.leafStart[t + 1]! - (t + 1);
    const known = new Map<number, number>();
    for (let n = from; n < to; n++) {
      if (!isCategorical(trees.decision[n]!)) continue;
      const index = trees.threshold[n]!;
      let found = known.get(index);
      if (found === undefined) {
        const words = bitsetOf(trees.categories[t], index, t, n - from);
        found = collector.add(categoryBounds(membersOf(words), rule, `${format}: tree ${t}, node ${n - from}`));
        known.set(index, found);
      }
      of[n] = found;
    }
  }
  return { all: collector.finish(), of };
}

/** The words of set `index`, without zeros at the end. */
function bitsetOf(categories: TreeCategories | undefined, index: number, tree: number, node: number): Uint32Array {
  const sets = categories === undefined ? 0 : categories.boundaries.length - 1;
  if (categories === undefined || !Number.isInteger(index) || index < 0 || index >= sets) {
    throw new ModelParseError(format, `tree ${tree}, node ${node}`, `category set ${index} is not in [0, ${sets})`);
  }
  let to = categories.boundaries[index + 1]!;
  const from = categories.boundaries[index]!;
  while (to > from && categories.words[to - 1] === 0) to--;
  return categories.words.subarray(from, to);
}

function membersOf(words: Uint32Array): Iterable<number> {
  return {
    *[Symbol.iterator]() {
      for (const [w, word] of words.entries()) {
        for (let bits = word; bits !== 0; bits &= bits - 1) yield 32 * w + 31 - Math.clz32(bits & -bits);
      }
    },
  };
}

/**
 * Where nodes with zero as missing read column f: in place, if all nodes on f are such nodes (as in every file of one training run);
 * else a copy of the column.
 */
function zeroColumns(
  trees: Trees,
  nFeatures: number,
): { readonly of: Int32Array; readonly copies: Int32Array; readonly mask: Uint8Array } {
  const [zero, other] = [new Uint8Array(nFeatures), new Uint8Array(nFeatures)];
  for (let n = 0; n < trees.decision.length; n++) {
    const decision = trees.decision[n]!;
    const used = !isCategorical(decision) && decision >> 2 === missing.zero ? zero : other;
    used[trees.feature[n]!] = 1;
  }
  const copied: number[] = [];
  const of = new Int32Array(nFeatures);
  for (let f = 0; f < nFeatures; f++) {
    const both = zero[f] === 1 && other[f] === 1;
    of[f] = both ? nFeatures + copied.push(f) - 1 : f;
  }
  const mask = new Uint8Array(nFeatures + copied.length);
  for (let f = 0; f < nFeatures; f++) if (zero[f] === 1) mask[of[f]!] = 1;
  return { of, copies: Int32Array.from(copied), mask };
}
