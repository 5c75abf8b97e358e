/**
 * The last step of every strategy: from the leaf that each row reached in each tree to raw scores, or to the leaves' names.
 * Semantics of the `forest` and `forestLeaves` primitives: sums run over trees in tree order from zero; under "min" and "max"
 * an output for which no reached leaf votes is 0.
 */

import type { Builder } from "../../src/ir/builder.js";
import type { Forest } from "../../src/ir/forest.js";
import type { ValueId } from "../../src/ir/program.js";
import { float32, int32, scalar, type Tensor, tensor } from "../../src/ir/tensor.js";
import { createLookUp, type Grid } from "./grid.js";

/** A vector or matrix in the forest's sum dtype. */
export function sumTensor(forest: Forest, values: Float64Array, shape: readonly number[] = [values.length]): Tensor {
  return forest.sum === "float32"
    ? tensor("float32", shape, Float32Array.from(values))
    : tensor("float64", shape, values);
}

/** Per tree: the one output that its leaves vote for, -1 where they vote for several; 0 for a tree without any vote. */
export function treeTargets(forest: Forest): Int32Array {
  const targets = new Int32Array(forest.nTrees);
  for (let t = 0; t < forest.nTrees; t++) {
    const from = forest.leafStart[forest.treeStart[t]!]!;
    const to = forest.leafStart[forest.treeStart[t + 1]!]!;
    const target = from < to ? forest.leafTarget[from]! : 0;
    targets[t] = target;
    for (let v = from; v < to; v++) if (forest.leafTarget[v] !== target) targets[t] = -1;
  }
  return targets;
}

/**
 * Raw scores [N, nOutputs]. `index` (int32, one per row and tree of the grid, trees in forest order) points into `slots`,
 * which holds the node at each place; places that are no leaf are never pointed at.
 */
export function rawScores(grid: Grid, forest: Forest, index: ValueId, slots: Int32Array): ValueId {
  const { build, treeAxis, rows } = grid;
  const targets = treeTargets(forest);
  if (forest.aggregate === "sum" && !targets.includes(-1)) {
    const values = new Float64Array(slots.length);
    for (let i = 0; i < slots.length; i++) {
      const node = slots[i]!;
      const vote = node < 0 ? -1 : forest.leafStart[node]!;
      if (vote !== -1 && vote < forest.leafStart[node + 1]!) values[i] = forest.leafValue[vote]!;
    }
    const votes = createLookUp(build)(sumTensor(forest, values), index);
    if (forest.nOutputs === 1) {
      return build.op("reshape", [build.op("reduceSum", [votes], { axes: [treeAxis] })], { shape: [rows, 1] });
    }
    const dealt = dealTrees(targets, forest.nOutputs);
    if (dealt !== undefined) return sumByOutput(grid, forest, votes, dealt);
  }
  const leaves = leafRows(build, forest, index, slots);
  const votes = (missing: number): ValueId => {
    const table = new Float64Array(leaves.nodes.length * forest.nOutputs).fill(missing);
    eachVote(forest, leaves.nodes, (leaf, output, value) => {
      table[leaf * forest.nOutputs + output] = value;
    });
    const constant = build.constant(sumTensor(forest, table, [leaves.nodes.length, forest.nOutputs]));
    return build.op("gather", [constant, leaves.index], { axis: 0 });
  };
  if (forest.aggregate === "sum") return build.op("reduceSum", [votes(0)], { axes: [treeAxis] });
  const minimum = forest.aggregate === "min";
  const best = build.op(minimum ? "reduceMin" : "reduceMax", [votes(minimum ? Infinity : -Infinity)], {
    axes: [treeAxis],
  });
  if (alwaysVoted(forest)) return best;
  const voted = new Float32Array(leaves.nodes.length * forest.nOutputs);
  eachVote(forest, leaves.nodes, (leaf, output) => {
    voted[leaf * forest.nOutputs + output] = 1;
  });
  const flags = build.op(
    "gather",
    [build.constant(float32(voted, [leaves.nodes.length, forest.nOutputs])), leaves.index],
    {
      axis: 0,
    },
  );
  const any = build.op("reduceMax", [flags], { axes: [treeAxis] });
  const has = build.op("greater", [any, build.constant(scalar("float32", 0))]);
  return build.op("select", [has, best, build.constant(scalar(forest.sum, 0))]);
}

/** Leaf names, int32 [N, nTrees]; `index` and `slots` as for `rawScores`. */
export function leafIds(grid: Grid, forest: Forest, index: ValueId, slots: Int32Array): ValueId {
  const names = slots.map((node) => (node < 0 ? 0 : forest.nodeId[node]!));
  const ids = createLookUp(grid.build)(int32(names), index);
  return grid.treeAxis === 1 ? ids : grid.build.op("transpose", [ids], { perm: [1, 0] });
}

/** What a forest of single leaves answers, the same for every row; x only gives the batch size. */
export function constantAnswer(build: Builder, forest: Forest, x: ValueId, want: "raw" | "leaves"): ValueId {
  const rows = build.type(x).shape[0] ?? 1;
  const roots = forest.treeStart.subarray(0, forest.nTrees);
  if (want === "leaves") {
    const ids = int32(
      roots.map((root) => forest.nodeId[root]!),
      [1, forest.nTrees],
    );
    return build.op("broadcastTo", [build.constant(ids)], { shape: [rows, forest.nTrees] });
  }
  const round = forest.sum === "float32" ? Math.fround : (v: number) => v;
  const merge = { sum: (a: number, b: number) => round(a + b), min: Math.min, max: Math.max }[forest.aggregate];
  const scores = new Float64Array(forest.nOutputs);
  const voted = new Uint8Array(forest.nOutputs);
  eachVote(forest, roots, (_, output, value) => {
    scores[output] = voted[output] === 1 || forest.aggregate === "sum" ? merge(scores[output]!, value) : value;
    voted[output] = 1;
  });
  const raw = build.constant(sumTensor(forest, scores, [1, forest.nOutputs]));
  return build.op("broadcastTo", [raw], { shape: [rows, forest.nOutputs] });
}

/** Calls back with each vote of `nodes`: the node's place in that list (-1 entries have no votes), the output, and the value. */
export function eachVote(
  forest: Forest,
  nodes: Int32Array,
  visit: (place: number, output: number, value: number) => void,
): void {
  for (let i = 0; i < nodes.length; i++) {
    const node = nodes[i]!;
    if (node < 0) continue;
    for (let v = forest.leafStart[node]!; v < forest.leafStart[node + 1]!; v++) {
      visit(i, forest.leafTarget[v]!, forest.leafValue[v]!);
    }
  }
}

/** An index into the forest's leaves alone, so that a wide table of votes has each leaf once, however often it has a slot. */
function leafRows(
  build: Builder,
  forest: Forest,
  index: ValueId,
  slots: Int32Array,
): { readonly nodes: Int32Array; readonly index: ValueId } {
  const rowOf = new Int32Array(forest.nNodes);
  const nodes = new Int32Array(forest.nNodes);
  let count = 0;
  for (let node = 0; node < forest.nNodes; node++) {
    if (forest.feature[node] !== -1) continue;
    rowOf[node] = count;
    nodes[count++] = node;
  }
  const rows = int32(slots.map((node) => (node < 0 ? 0 : rowOf[node]!)));
  return { nodes: nodes.slice(0, count), index: createLookUp(build)(rows, index) };
}

/** Whether every output surely gets a vote: some tree votes for it in all of its leaves. */
function alwaysVoted(forest: Forest): boolean {
  const sure = new Uint8Array(forest.nOutputs);
  for (let t = 0; t < forest.nTrees; t++) {
    const votes = new Int32Array(forest.nOutputs);
    let leaves = 0;
    for (let i = forest.treeStart[t]!; i < forest.treeStart[t + 1]!; i++) {
      if (forest.feature[i] !== -1) continue;
      leaves++;
      for (let v = forest.leafStart[i]!; v < forest.leafStart[i + 1]!; v++) votes[forest.leafTarget[v]!]!++;
    }
    for (let k = 0; k < forest.nOutputs; k++) if (votes[k] === leaves) sure[k] = 1;
  }
  return !sure.includes(0);
}

/**
 * Trees that vote for one output each, dealt into rounds: entry r · outputs + k is the r-th tree that votes for output k, or
 * nTrees where there is none. Undefined where that would be mostly empty.
 */
function dealTrees(targets: Int32Array, outputs: number): Int32Array | undefined {
  const counts = new Int32Array(outputs);
  for (const k of targets) counts[k]!++;
  const rounds = counts.reduce((a, b) => Math.max(a, b), 0);
  if (rounds * outputs > 4 * targets.length) return undefined;
  const dealt = new Int32Array(rounds * outputs).fill(targets.length);
  counts.fill(0);
  for (const [t, k] of targets.entries()) dealt[counts[k]!++ * outputs + k] = t;
  return dealt;
}

/** Sums per output of `votes` (one per row and tree): no tensor is wider than the trees, as [N, trees, outputs] would be. */
function sumByOutput(grid: Grid, forest: Forest, votes: ValueId, dealt: Int32Array): ValueId {
  const { build, treeAxis, rows } = grid;
  let ordered = votes;
  if (dealt.length !== forest.nTrees || dealt.some((t, i) => t !== i)) {
    if (dealt.includes(forest.nTrees)) {
      const zero = build.op("broadcastTo", [build.constant(scalar(forest.sum, 0))], { shape: grid.shape(1) });
      ordered = build.op("concat", [ordered, zero], { axis: treeAxis });
    }
    ordered = build.op("gather", [ordered, build.constant(int32(dealt))], { axis: treeAxis });
  }
  const rounds = dealt.length / forest.nOutputs;
  if (treeAxis === 1) {
    const split = build.op("reshape", [ordered], { shape: [rows, rounds, forest.nOutputs] });
    return build.op("reduceSum", [split], { axes: [1] });
  }
  const split = build.op("reshape", [ordered], { shape: [rounds, forest.nOutputs, rows] });
  return build.op("transpose", [build.op("reduceSum", [split], { axes: [0] })], { perm: [1, 0] });
}
