/**
 * A forest as the comparisons that the walk makes: `x > cut` each, with what follows on either side. Most nodes are one; `x == t` is two;
 * a set of numbers is a binary search among its cuts, or one comparison with a flag that says whether the row is in the set
 * (set-flags.ts). NaN's way is told by the column that a comparison reads.
 */

import { LimitError } from "../../../errors.js";
import type { Forest } from "../../../ir/forest.js";
import { NanRule } from "./columns.js";
import type { Cuts } from "./cuts.js";
import type { SetFlags } from "./set-flags.js";

export interface WalkSteps {
  readonly count: number;
  /** Per step what it reads: 3 · feature + the rule for NaN, or 3 · nFeatures + a flag. */
  readonly source: Int32Array;
  readonly cut: Float64Array;
  /** Per step what follows where the value is above the cut, and where it is not: a step, or -1 - leaf (a node of the forest). */
  readonly above: Int32Array;
  readonly below: Int32Array;
  /** Per tree: what comes first. */
  readonly first: Int32Array;
  /** Per tree: steps on the longest way to a leaf, and on the mean one, all leaves alike. */
  readonly deepest: Int32Array;
  readonly mean: Float64Array;
}

/** More steps than nodes come from sets that are tested in many nodes; 2^26 of them take a gigabyte. */
const maxSteps = 2 ** 26;

/** `flags`: undefined where sets are searched. */
export function walkSteps(forest: Forest, cuts: Cuts, flags: SetFlags | undefined): WalkSteps {
  const n = forest.nNodes;
  const flagOf = (node: number): number => (flags === undefined ? -1 : flags.of[node]!);
  // Where each node's steps begin.
  const start = new Int32Array(n + 1);
  let count = 0;
  for (let i = 0; i < n; i++) {
    start[i] = count;
    if (forest.feature[i] !== -1)
      count += Math.max(1, flags?.of[i] === undefined || flags.of[i] === -1 ? cutCount(cuts, i) : 1);
    if (count > maxSteps) {
      throw new LimitError(
        `its sets of categories make a walk of over ${maxSteps} comparisons; use the reference backend`,
      );
    }
  }
  start[n] = count;
  const source = new Int32Array(count);
  const cut = new Float64Array(count);
  const [above, below] = [new Int32Array(count), new Int32Array(count)];
  const entry = (node: number): number =>
    forest.feature[node] === -1 ? -1 - node : start[node]! + ((start[node + 1]! - start[node]!) >> 1);
  const list: number[] = [];
  for (let i = 0; i < n; i++) {
    if (forest.feature[i] === -1) continue;
    const ofFeature = 3 * forest.feature[i]!;
    const left = entry(cuts.left[i]!);
    const right = entry(cuts.right[i]!);
    const nanRight = cuts.nanRight[i] === 1;
    const from = start[i]!;
    const flag = flagOf(i);
    if (flag !== -1) {
      source[from] = 3 * forest.nFeatures + flag;
      cut[from] = 0.5;
      above[from] = right;
      below[from] = left;
      continue;
    }
    const inside = cutsOfNode(cuts, i, list);
    // Where a number goes that is above an odd, or an even, number of cuts.
    const odd = inside ? left : right;
    const even = inside ? right : left;
    if (list.length === 1) {
      source[from] = ofFeature + (nanRight !== inside ? NanRule.right : NanRule.left);
      cut[from] = list[0]!;
      above[from] = odd;
      below[from] = even;
      continue;
    }
    if (list.length === 0) {
      // All numbers go one way: either NaN does, too, and nothing is above +Infinity, or its flag decides.
      const flagged = nanRight !== inside;
      source[from] = ofFeature + (flagged ? NanRule.flag : NanRule.left);
      cut[from] = flagged ? 0.5 : Infinity;
      above[from] = odd;
      below[from] = even;
      continue;
    }
    // NaN is below all cuts, or above the first alone, which turns it to the other side.
    const search = (low: number, high: number): number => {
      if (low === high) return (low & 1) === 1 ? odd : even;
      const middle = (low + high) >> 1;
      const at = from + middle;
      source[at] = ofFeature + (middle === 0 && nanRight !== inside ? NanRule.right : NanRule.left);
      cut[at] = list[middle]!;
      above[at] = search(middle + 1, high);
      below[at] = search(low, middle);
      return at;
    };
    search(0, list.length);
  }
  const first = Int32Array.from({ length: forest.nTrees }, (_, t) => entry(forest.treeStart[t]!));
  return { count, source, cut, above, below, first, ...depthsOf(forest, cuts, start) };
}

/** How many cuts `cutsOfNode` gives. */
function cutCount(cuts: Cuts, node: number): number {
  const set = cuts.set[node]!;
  if (set !== -1) return cuts.sets.start[set + 1]! - cuts.sets.start[set]!;
  const low = cuts.low[node]!;
  const high = cuts.high[node]!;
  if (low === Infinity || low === high) return 0;
  return (Number.isNaN(low) ? 0 : 1) + (high < Infinity ? 1 : 0);
}

/** The cuts of a node into `list`; whether x goes right where none is below it. */
function cutsOfNode(cuts: Cuts, node: number, list: number[]): boolean {
  list.length = 0;
  const set = cuts.set[node]!;
  if (set !== -1) {
    for (let i = cuts.sets.start[set]!; i < cuts.sets.start[set + 1]!; i++) list.push(cuts.sets.cut[i]!);
    return cuts.sets.inside[set] === 1;
  }
  const low = cuts.low[node]!;
  const high = cuts.high[node]!;
  const inside = Number.isNaN(low);
  if (low === Infinity || low === high) return false;
  if (!inside) list.push(low);
  if (high < Infinity) list.push(high);
  return inside;
}

function depthsOf(forest: Forest, cuts: Cuts, start: Int32Array): Pick<WalkSteps, "deepest" | "mean"> {
  const stepsAt = (node: number): number => 32 - Math.clz32(start[node + 1]! - start[node]!);
  // Steps above each node. Children stand after their parents.
  const depth = new Int32Array(forest.nNodes);
  const deepest = new Int32Array(forest.nTrees);
  const mean = new Float64Array(forest.nTrees);
  for (let t = 0; t < forest.nTrees; t++) {
    let [leaves, sum, most] = [0, 0, 0];
    for (let i = forest.treeStart[t]!; i < forest.treeStart[t + 1]!; i++) {
      if (forest.feature[i] === -1) {
        leaves++;
        sum += depth[i]!;
        most = Math.max(most, depth[i]!);
      } else depth[cuts.left[i]!] = depth[cuts.right[i]!] = depth[i]! + stepsAt(i);
    }
    deepest[t] = most;
    mean[t] = sum / leaves;
  }
  return { deepest, mean };
}
