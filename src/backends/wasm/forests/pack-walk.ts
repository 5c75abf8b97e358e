/**
 * Lays a forest out for the walk (kernels/forest/walk.ts): nodes of 8 bytes (16 where float64 or more than 256 columns need it)
 * in pairs of siblings, with NaN's way told by the column that a node reads. `x == t` becomes two nodes. A pair shares its cache
 * line with pairs below it, so that a walk through a forest beyond the cache fetches a line every other level.
 */

import { type Forest, nodeDepths } from "../../../ir/forest.js";
import { type Columns, columnsOf, NanRule } from "./columns.js";
import { type Cuts, cutsOf } from "./cuts.js";
import { leafNumbers, Sink, walkVotes } from "./leaf-votes.js";
import { align, layOut, type PackedForest, type RowDType } from "./packed-forest.js";

/**
 * Per node the comparison that the walk makes for its lower cut: right where the column of a rule is above the cut, with the
 * children in each other's place where `swap` is 1. A cut pair is compared before with its upper cut, above which x goes left.
 */
interface Comparisons {
  readonly rule: Uint8Array;
  readonly cut: Float64Array;
  readonly swap: Uint8Array;
}

function comparisonsOf(forest: Forest, cuts: Cuts): Comparisons {
  const rule = new Uint8Array(forest.nNodes);
  const cut = Float64Array.from(cuts.low);
  const swap = new Uint8Array(forest.nNodes);
  for (let i = 0; i < forest.nNodes; i++) {
    if (forest.feature[i] === -1) continue;
    const nanRight = cuts.nanRight[i] === 1;
    const below = Number.isNaN(cut[i]!);
    rule[i] = nanRight ? NanRule.right : NanRule.left;
    if (!below && (cut[i] !== Infinity || !nanRight)) continue;
    // All numbers go one way: either NaN does not, and its flag decides, or it does, and nothing is above +Infinity.
    const flagged = below !== nanRight;
    rule[i] = flagged ? NanRule.flag : NanRule.left;
    cut[i] = flagged ? 0.5 : Infinity;
    swap[i] = below ? 1 : 0;
  }
  return { rule, cut, swap };
}

/** The limits of narrow nodes: 8 bits for the column, 24 for the child, 22 for the leaf. */
const narrowLimits = { columns: 256, slots: 2 ** 24, leaves: 2 ** 22 };

/** Most bytes of prepared rows in a block. */
const mostPreparedBytes = 2 ** 23;

const headerBytes = 64;

/** `rows` as in `cutsOf`. Never refuses a forest. */
export function packWalk(forest: Forest, want: "raw" | "leaves", rows: RowDType): PackedForest {
  const cuts = cutsOf(forest, rows);
  const made = comparisonsOf(forest, cuts);
  const used = new Uint8Array(3 * forest.nFeatures);
  let [comparisons, leaves] = [0, 0];
  for (let i = 0; i < forest.nNodes; i++) {
    if (forest.feature[i] === -1) {
      leaves++;
      continue;
    }
    const ofFeature = forest.feature[i]! * 3;
    comparisons++;
    used[ofFeature + made.rule[i]!] = 1;
    if (Number.isNaN(cuts.high[i]!)) continue;
    comparisons++;
    used[ofFeature + NanRule.left] = 1;
  }
  const columns = columnsOf(used);
  // Per tree the root and an empty slot, and a pair for each comparison; then what may stay empty.
  const slots = 2 * (2 * (forest.nTrees + comparisons)) + 8;
  const wide =
    rows === "float64" ||
    columns.count > narrowLimits.columns ||
    slots > narrowLimits.slots ||
    leaves > narrowLimits.leaves;
  const { nodes, trees } = layOutTrees(forest, cuts, made, columns, slots, wide);
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

function layOutTrees(
  forest: Forest,
  cuts: Cuts,
  { rule, cut, swap }: Comparisons,
  columns: Columns,
  capacity: number,
  wide: boolean,
): Trees {
  const nodes = new Uint8Array(capacity * (wide ? 16 : 8));
  const write = nodeWriter(nodes, wide);
  const numbers = leafNumbers(forest);
  const steps = stepsOf(forest, cuts);
  const trees = new Uint32Array(3 * forest.nTrees);
  const line = createLines(wide ? 2 : 4);
  // What stands in each slot: a node, or -1 - node for the second comparison of a cut pair.
  const content = new Int32Array(capacity);
  // The pair of slots below each comparison, -1 while it has no place. Two slots may lead to one (after a cut pair).
  const firstPair = new Int32Array(forest.nNodes).fill(-1);
  const secondPair = new Map<number, number>();
  const isSplit = (what: number): boolean => what < 0 || forest.feature[what] !== -1;
  const pairOf = (what: number): number => (what < 0 ? (secondPair.get(what) ?? -1) : firstPair[what]!);
  const below = (what: number): readonly [left: number, right: number] => {
    const node = what < 0 ? -1 - what : what;
    const [left, right] = [cuts.left[node]!, cuts.right[node]!];
    if (what >= 0 && !Number.isNaN(cuts.high[node]!)) return [-1 - node, left];
    return swap[node] === 1 ? [right, left] : [left, right];
  };
  /** Gives places to the pair below `what` and to the next ones further down, as many as share a line. */
  const placeBelow = (what: number, waiting: number[]): void => {
    const owners = [what];
    for (let k = 0; k < owners.length; k++) {
      for (const child of below(owners[k]!)) {
        if (owners.length < line.pairs && isSplit(child) && pairOf(child) === -1 && !owners.includes(child))
          owners.push(child);
      }
    }
    let slot = line.take(owners.length);
    for (const owner of owners) {
      if (owner < 0) secondPair.set(owner, slot);
      else firstPair[owner] = slot;
      for (const child of below(owner)) {
        content[slot] = child;
        waiting.push(slot++);
      }
    }
  };
  for (let t = 0; t < forest.nTrees; t++) {
    const root = line.take(1);
    content[root] = forest.treeStart[t]!;
    trees.set([root, ...steps[t]!], 3 * t);
    const waiting = [root];
    for (let i = 0; i < waiting.length; i++) {
      const slot = waiting[i]!;
      const what = content[slot]!;
      if (!isSplit(what)) {
        write.leaf(slot, numbers[what]!);
        continue;
      }
      if (pairOf(what) === -1) placeBelow(what, waiting);
      const node = what < 0 ? -1 - what : what;
      const upper = what >= 0 && !Number.isNaN(cuts.high[node]!);
      const column = columns.columnOf[forest.feature[node]! * 3 + (upper ? NanRule.left : rule[node]!)]!;
      write.inner(slot, upper ? cuts.high[node]! : cut[node]!, pairOf(what), column);
    }
  }
  return { nodes: nodes.subarray(0, line.used() * (wide ? 16 : 8)), trees };
}

/** Places for runs of pairs of slots, none of which crosses a cache line of so many pairs. At most half the slots stay empty. */
function createLines(pairs: number) {
  let free = 0;
  // Starts of what is left of lines, by the number of pairs.
  const holes: number[][] = Array.from({ length: pairs + 1 }, () => []);
  return {
    pairs,
    /** The first slot of `count` pairs. */
    take(count: number): number {
      let size = count;
      while (size < pairs && holes[size]!.length === 0) size++;
      const at = size < pairs ? holes[size]!.pop()! : free;
      if (size === pairs) free += 2 * pairs;
      if (size > count) holes[size - count]!.push(at + 2 * count);
      return at;
    },
    /** Slots of all lines that were begun. */
    used: (): number => free,
  };
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
