/**
 * Lays a forest out for the walk (kernels/forest/walk.ts): nodes of 8 bytes (16 where float64 or more than 256 columns need it)
 * in breadth-first pairs of siblings, with NaN's way told by the column that a node reads. `x == t` becomes two nodes.
 */

import { type Forest, nodeDepths } from "../../../ir/forest.js";
import { type Columns, columnsOf, NanRule } from "./columns.js";
import { type Cuts, cutsOf } from "./cuts.js";
import { leafNumbers, Sink, walkVotes } from "./leaf-votes.js";
import { align, layOut, type PackedForest, type RowDType } from "./packed-forest.js";

/** One comparison as the walk makes it: right where the column is above the cut. */
interface Comparison {
  readonly rule: NanRule;
  readonly cut: number;
  /** Whether the children change places. */
  readonly swap: boolean;
}

/** x above `cut` (NaN: below all numbers) goes right, and so does NaN if `nanRight`. */
function comparison(cut: number, nanRight: boolean): Comparison {
  // All numbers go one way: either NaN does not, and its flag decides, or it does, and nothing is above +Infinity.
  if (Number.isNaN(cut)) return nanRight ? { rule: NanRule.left, cut: Infinity, swap: true } : { rule: NanRule.flag, cut: 0.5, swap: true };
  if (cut === Infinity && nanRight) return { rule: NanRule.flag, cut: 0.5, swap: false };
  return { rule: nanRight ? NanRule.right : NanRule.left, cut, swap: false };
}

/** The comparisons of node i: one, or two for a cut pair, first the upper cut, above which x goes left. */
function comparisonsOf(cuts: Cuts, i: number): readonly [Comparison, Comparison | undefined] {
  const lower = comparison(cuts.low[i]!, cuts.nanRight[i] === 1);
  return Number.isNaN(cuts.high[i]!) ? [lower, undefined] : [comparison(cuts.high[i]!, false), lower];
}

/** The limits of narrow nodes: 8 bits for the column, 24 for the child, 22 for the leaf. */
const narrowLimits = { columns: 256, slots: 2 ** 24, leaves: 2 ** 22 };

/** Most bytes of prepared rows in a block. */
const mostPreparedBytes = 2 ** 23;

const headerBytes = 64;

/** `rows` as in `cutsOf`. Never refuses a forest. */
export function packWalk(forest: Forest, want: "raw" | "leaves", rows: RowDType): PackedForest {
  const cuts = cutsOf(forest, rows);
  const used = new Uint8Array(3 * forest.nFeatures);
  let [comparisons, leaves] = [0, 0];
  for (let i = 0; i < forest.nNodes; i++) {
    if (forest.feature[i] === -1) {
      leaves++;
      continue;
    }
    for (const c of comparisonsOf(cuts, i)) {
      if (c === undefined) continue;
      comparisons++;
      used[forest.feature[i]! * 3 + c.rule] = 1;
    }
  }
  const columns = columnsOf(used);
  // Per tree the root, an empty slot that puts pairs at even places, and a pair for each comparison.
  const slots = 2 * (forest.nTrees + comparisons);
  const wide =
    rows === "float64" ||
    columns.count > narrowLimits.columns ||
    slots > narrowLimits.slots ||
    leaves > narrowLimits.leaves;
  const { nodes, trees } = layOutTrees(forest, cuts, columns, slots, wide);
  const votes = walkVotes(forest, want);

  const stride = align(Math.max(columns.count, 1) * (wide ? 8 : 4), 16);
  const blockRows = Math.max(64, Math.min(rowsFor(nodes.byteLength), Math.floor(mostPreparedBytes / stride / 8) * 8));
  const seen = votes.sink >= Sink.min32 && votes.sink !== Sink.leaves ? forest.nOutputs : 0;
  return {
    kernel: wide ? "forestWalkWide" : "forestWalkNarrow",
    params: layOut([
      forest.nTrees,
      forest.nOutputs,
      votes.sink,
      trees,
      nodes,
      votes.values,
      votes.starts,
      votes.targets,
      columns.runs,
      columns.runs.length / 4,
      stride,
      blockRows,
      rows === "float32" && wide ? 1 : 0,
    ]),
    blockRows,
    scratchBytes: (n) => headerBytes + align(align(Math.min(n, blockRows), 8) * (stride + seen), 16),
  };
}

/** A tree stays in the cache for all rows of a block: short blocks for forests that fit the cache whole, else long ones. */
function rowsFor(nodeBytes: number): number {
  if (nodeBytes <= 2 ** 19) return 256;
  if (nodeBytes <= 2 ** 21) return 1024;
  return nodeBytes <= 2 ** 22 ? 4096 : 16384;
}

interface Trees {
  readonly nodes: Uint8Array;
  /** { u32 root, u32 levels, u32 go on } per tree. */
  readonly trees: Uint32Array;
}

function layOutTrees(forest: Forest, cuts: Cuts, columns: Columns, slots: number, wide: boolean): Trees {
  const nodes = new Uint8Array(slots * (wide ? 16 : 8));
  const write = nodeWriter(nodes, wide);
  const numbers = leafNumbers(forest);
  const steps = stepsOf(forest, cuts);
  const trees = new Uint32Array(3 * forest.nTrees);
  // The pair of each node's first comparison; a node that two slots lead to (after a cut pair) has one pair for both.
  const pairOf = new Int32Array(forest.nNodes).fill(-1);
  // What stands in each slot: a node, or -1 - node for the second comparison of a cut pair.
  const content = new Int32Array(slots);
  let free = 0;
  for (let t = 0; t < forest.nTrees; t++) {
    const root = free;
    content[root] = forest.treeStart[t]!;
    trees.set([root, ...steps[t]!], 3 * t);
    free += 2;
    for (let slot = root; slot < free; slot += slot === root ? 2 : 1) {
      const second = content[slot]! < 0;
      const node = second ? -1 - content[slot]! : content[slot]!;
      if (forest.feature[node] === -1) {
        write.leaf(slot, numbers[node]!);
        continue;
      }
      const both = comparisonsOf(cuts, node);
      const c = second ? both[1]! : both[0];
      let pair = second ? -1 : pairOf[node]!;
      if (pair === -1) {
        pair = free;
        free += 2;
        if (!second) pairOf[node] = pair;
        const upper = !second && both[1] !== undefined;
        const [left, right] = upper ? [-1 - node, cuts.left[node]!] : [cuts.left[node]!, cuts.right[node]!];
        content[pair] = c.swap ? right : left;
        content[pair + 1] = c.swap ? left : right;
      }
      write.inner(slot, c.cut, pair, columns.columnOf[forest.feature[node]! * 3 + c.rule]!);
    }
  }
  return { nodes, trees };
}

function nodeWriter(nodes: Uint8Array, wide: boolean) {
  const view = new DataView(nodes.buffer);
  if (wide) {
    return {
      leaf(slot: number, number: number): void {
        view.setUint32(slot * 16, number, true);
        view.setUint32(slot * 16 + 4, 0x7ff80000, true);
        view.setUint32(slot * 16 + 8, slot, true);
      },
      inner(slot: number, cut: number, child: number, column: number): void {
        view.setFloat64(slot * 16, cut, true);
        view.setUint32(slot * 16 + 8, child, true);
        view.setUint32(slot * 16 + 12, column * 8, true);
      },
    };
  }
  return {
    leaf(slot: number, number: number): void {
      view.setUint32(slot * 8, 0x7fc00000 + number, true);
      view.setUint32(slot * 8 + 4, slot * 256, true);
    },
    inner(slot: number, cut: number, child: number, column: number): void {
      view.setFloat32(slot * 8, cut, true);
      view.setUint32(slot * 8 + 4, child * 256 + column, true);
    },
  };
}

/** Per tree: levels that eight rows take without looking whether all have arrived, and whether they then go on. */
function stepsOf(forest: Forest, cuts: Cuts): readonly (readonly [levels: number, goOn: 0 | 1])[] {
  const depths = nodeDepths(forest);
  // Comparisons below each node, on the longest way. Children stand after their parents.
  const height = new Int32Array(forest.nNodes);
  for (let i = forest.nNodes - 1; i >= 0; i--) {
    if (forest.feature[i] === -1) continue;
    height[i] = Math.max(height[cuts.left[i]!]!, height[cuts.right[i]!]!) + (Number.isNaN(cuts.high[i]!) ? 1 : 2);
  }
  return Array.from({ length: forest.nTrees }, (_, t) => {
    const [from, to] = [forest.treeStart[t]!, forest.treeStart[t + 1]!];
    const deepest = height[from]!;
    let [leaves, sum] = [0, 0];
    for (let i = from; i < to; i++) {
      if (forest.feature[i] !== -1) continue;
      leaves++;
      sum += depths[i]!;
    }
    const mean = Math.round(sum / leaves);
    return deepest <= Math.max(10, mean + 2) ? ([deepest, 0] as const) : ([mean, 1] as const);
  });
}
