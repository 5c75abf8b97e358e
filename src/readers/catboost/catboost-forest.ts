/**
 * `CatboostTrees` → Forest: float32 comparisons, float64 sums, leaves named as `calc_leaf_indexes` names them.
 *
 * A symmetric tree of depth d is d conditions in the file and 2^(d + 1) nodes in a Forest, ten times the file; it has no shape that
 * could be wrong, so that its conditions and values are checked when the file is read, and its nodes made when they are needed.
 */

import { LimitError, ModelParseError } from "../../errors.js";
import { assembleForest } from "../../ir/assemble-forest.js";
import type { Forest } from "../../ir/forest.js";
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
  const rows: Rows = {
    mode: new Uint8Array(count),
    feature: new Int32Array(count),
    threshold: new Float64Array(count),
    trueRow: new Int32Array(count),
    falseRow: new Int32Array(count),
    missingTrue: new Uint8Array(count),
  };
  const treeStart = new Int32Array(to - from + 1);
  const voteStart = new Int32Array(count + 1);
  const voteTarget = new Int32Array(leaves * dimension);
  let [row, vote] = [0, 0];
  for (let t = from; t < to; t++) {
    // Leaf l is the tree's row l; its inner nodes follow.
    const own = leafStart[t + 1]! - leafStart[t]!;
    for (let leaf = 0; leaf < own; leaf++) {
      for (let k = 0; k < dimension; k++) voteTarget[vote++] = k;
      voteStart[++row] = vote;
    }
    const before = row;
    row = trees.symmetric
      ? symmetricRows(trees, conditions, t, rows, row)
      : binaryRows(trees, conditions, t, rows, row);
    voteStart.fill(vote, before + 1, row + 1);
    treeStart[t - from + 1] = row;
  }
  return assembleForest(
    {
      nFeatures: width,
      nOutputs: dimension,
      compare: "float32",
      sum: "float64",
      aggregate: "sum",
      treeStart,
      ...rows,
      voteStart,
      voteTarget,
      voteValue: trees.leafValues.subarray(firstLeaf * dimension, (firstLeaf + leaves) * dimension),
    },
    format,
    "trees",
  );
}

interface Rows {
  readonly mode: Uint8Array;
  readonly feature: Int32Array;
  readonly threshold: Float64Array;
  readonly trueRow: Int32Array;
  readonly falseRow: Int32Array;
  readonly missingTrue: Uint8Array;
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

/** The inner nodes of tree t, level by level, from `row` on; returns the row after them. */
function symmetricRows(trees: SymmetricTrees, conditions: Conditions, t: number, rows: Rows, row: number): number {
  const [first, end] = [trees.splitStart[t]!, trees.splitStart[t + 1]!];
  const inner = 2 ** (end - first) - 1;
  const firstLeaf = row - inner - 1;
  let node = 0;
  // The last condition stands at the root: it is the highest bit, so that leaves come in the order of their numbers.
  for (let i = end - 1; i >= first; i--) {
    for (let width = node + 1; width > 0; width--, node++) {
      const [no, yes] = [2 * node + 1, 2 * node + 2];
      writeCondition(conditions, trees.split[i]!, rows, row + node);
      rows.falseRow[row + node] = no < inner ? row + no : firstLeaf + no - inner;
      rows.trueRow[row + node] = yes < inner ? row + yes : firstLeaf + yes - inner;
    }
  }
  return row + inner;
}

/** As `symmetricRows`, in file order. */
function binaryRows(trees: BinaryTrees, conditions: Conditions, t: number, rows: Rows, row: number): number {
  const firstLeaf = row - (trees.leafStart[t + 1]! - trees.leafStart[t]!);
  const [first, end] = [trees.innerStart[t]!, trees.innerStart[t + 1]!];
  const rowOf = (child: number): number => (child < 0 ? firstLeaf - 1 - child : row + child);
  for (let i = first; i < end; i++) {
    const at = row + i - first;
    writeCondition(conditions, trees.split[i]!, rows, at);
    rows.trueRow[at] = rowOf(trees.yes[i]!);
    rows.falseRow[at] = rowOf(trees.no[i]!);
  }
  return row + end - first;
}
