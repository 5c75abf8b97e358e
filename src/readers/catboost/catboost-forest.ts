/**
 * `CatboostTrees` → Forest: float32 comparisons, float64 sums, leaves named as `calc_leaf_indexes` names them.
 *
 * A symmetric tree of depth d is d conditions in the file and 2^(d + 1) nodes in a Forest, ten times the file; it has no shape that
 * could be wrong, so that its conditions and values are checked when the file is read, and its nodes made when they are needed.
 */

import { LimitError, ModelParseError } from "../../errors.js";
import { assembleForest, roomForTrees, type TreeColumns } from "../../ir/assemble-forest.js";
import { type Forest, SplitMode } from "../../ir/forest.js";
import { type BinaryTrees, type CatboostTrees, format, type SymmetricTrees } from "./catboost-file.js";
import type { Conditions } from "./conditions.js";

const maxNodes = 2 ** 28;

/** Throws ModelParseError or UnsupportedError for a condition that is not there or that is not evaluated, or a value that is NaN. */
export function checkTrees(trees: CatboostTrees, conditions: Conditions): void {
  const { split, leafValues } = trees;
  const start = trees.symmetric ? trees.splitStart : trees.innerStart;
  const count = conditions.mode.length;
  const treeOf = (i: number): number => start.findLastIndex((from) => from <= i);
  for (let i = 0; i < split.length; i++) {
    const condition = split[i]!;
    if (!(condition >= 0 && condition < count)) {
      throw new ModelParseError(format, `tree ${treeOf(i)}`, `its condition ${condition} is not in [0, ${count})`);
    }
    if (conditions.refusal.size === 0) continue;
    const refuse = conditions.refusal.get(condition);
    if (refuse !== undefined) throw refuse();
  }
  for (let i = 0; i < leafValues.length; i++) {
    if (Number.isNaN(leafValues[i])) throw new ModelParseError(format, "leaf values", `value ${i} is NaN`);
  }
}

/** Trees [from, to), checked, as a forest over X of `width` columns. Throws ModelParseError for nodes that form no trees. */
export function catboostForest(
  trees: CatboostTrees,
  conditions: Conditions,
  width: number,
  from: number,
  to: number,
): Forest {
  const { leafStart, dimension } = trees;
  const firstLeaf = leafStart[from]!;
  const leaves = leafStart[to]! - firstLeaf;
  const inner = trees.symmetric ? leaves - (to - from) : trees.innerStart[to]! - trees.innerStart[from]!;
  const count = leaves + inner;
  if (count > maxNodes) throw new LimitError(`a forest of ${count} nodes is over the limit of ${maxNodes}`);
  let largest = 0;
  for (let t = from; t < to; t++) largest = Math.max(largest, leafStart[t + 1]! - leafStart[t]!);
  const most = trees.symmetric ? 2 * largest - 1 : largestOf(trees, from, to);
  const room = roomForTrees(most, largest * dimension);
  const treeAt = (ordinal: number): TreeColumns => {
    const t = from + ordinal;
    const leaf0 = leafStart[t]!;
    const own = leafStart[t + 1]! - leaf0;
    // Leaf l is row l; inner nodes follow.
    for (let leaf = 0, vote = 0; leaf < own; leaf++) {
      room.mode[leaf] = SplitMode.leaf;
      for (let k = 0; k < dimension; k++, vote++) {
        room.voteTarget[vote] = k;
        room.voteValue[vote] = trees.leafValues[leaf0 * dimension + vote]!;
      }
      room.voteStart[leaf + 1] = vote;
    }
    const nodes = trees.symmetric
      ? symmetricRows(trees, conditions, t, room, own)
      : binaryRows(trees, conditions, t, room, own);
    room.voteStart.fill(own * dimension, own + 1, nodes + 1);
    return { nodes, key: t, ...room };
  };
  return assembleForest(
    {
      nFeatures: width,
      nOutputs: dimension,
      compare: "float32",
      sum: "float64",
      aggregate: "sum",
      nTrees: to - from,
      nNodes: count,
      largest: most,
      nVotes: leaves * dimension,
    },
    treeAt,
    format,
    "trees",
  );
}

type Rows = ReturnType<typeof roomForTrees>;

/** Nodes of the largest tree. */
function largestOf({ leafStart, innerStart }: BinaryTrees, from: number, to: number): number {
  let most = 0;
  for (let t = from; t < to; t++) {
    most = Math.max(most, leafStart[t + 1]! - leafStart[t]! + innerStart[t + 1]! - innerStart[t]!);
  }
  return most;
}

function writeCondition(
  { column, mode, threshold, missingTrue }: Conditions,
  c: number,
  rows: Rows,
  row: number,
): void {
  rows.mode[row] = mode[c]!;
  rows.feature[row] = column[c]!;
  rows.threshold[row] = threshold[c]!;
  rows.missingTrue[row] = missingTrue[c]!;
}

/** The inner nodes of tree t, level by level, behind its leaves; returns how many nodes there are. */
function symmetricRows(trees: SymmetricTrees, conditions: Conditions, t: number, rows: Rows, leaves: number): number {
  const [first, end] = [trees.splitStart[t]!, trees.splitStart[t + 1]!];
  const inner = leaves - 1;
  let node = 0;
  // The last condition stands at the root: it is the highest bit, so that leaves come in the order of their numbers.
  for (let i = end - 1; i >= first; i--) {
    for (let width = node + 1; width > 0; width--, node++) {
      const [no, yes] = [2 * node + 1, 2 * node + 2];
      writeCondition(conditions, trees.split[i]!, rows, leaves + node);
      rows.falseRow[leaves + node] = no < inner ? leaves + no : no - inner;
      rows.trueRow[leaves + node] = yes < inner ? leaves + yes : yes - inner;
    }
  }
  return leaves + inner;
}

/** As `symmetricRows`, in file order. */
function binaryRows(trees: BinaryTrees, conditions: Conditions, t: number, rows: Rows, leaves: number): number {
  const [first, end] = [trees.innerStart[t]!, trees.innerStart[t + 1]!];
  const rowOf = (child: number): number => (child < 0 ? -1 - child : leaves + child);
  for (let i = first; i < end; i++) {
    const at = leaves + i - first;
    writeCondition(conditions, trees.split[i]!, rows, at);
    rows.trueRow[at] = rowOf(trees.yes[i]!);
    rows.falseRow[at] = rowOf(trees.no[i]!);
  }
  return leaves + end - first;
}
