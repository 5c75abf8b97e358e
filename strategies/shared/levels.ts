/**
 * Trees as full levels: level d of T trees is T · 2^d nodes, a leaf above it standing in for all that would be below. The first
 * levels of a descent are taken densely (every node of the level compared, one answer picked), which needs no lookup.
 */

import type { Forest } from "../../src/ir/forest.js";
import type { ValueId } from "../../src/ir/program.js";
import { scalar } from "../../src/ir/tensor.js";
import type { Grid, Positions } from "./grid.js";
import { condition, nodeTables, type Splits } from "./splits.js";

/** The roots of `trees`: level 0. */
export function rootsOf(forest: Forest, trees: Int32Array): Int32Array {
  return trees.map((t) => forest.treeStart[t]!);
}

/** The level below: each node's second child, then its first; a leaf twice. */
export function levelBelow(splits: Splits, nodes: Int32Array): Int32Array {
  const below = new Int32Array(2 * nodes.length);
  for (let i = 0; i < nodes.length; i++) {
    const node = nodes[i]!;
    const leaf = splits.first[node] === -1;
    below[2 * i] = leaf ? node : splits.second[node]!;
    below[2 * i + 1] = leaf ? node : splits.first[node]!;
  }
  return below;
}

/** Level `depth` of `trees`, [trees · 2^depth]. */
export function levelAt(forest: Forest, splits: Splits, trees: Int32Array, depth: number): Int32Array {
  let nodes = rootsOf(forest, trees);
  for (let d = 0; d < depth; d++) nodes = levelBelow(splits, nodes);
  return nodes;
}

/** Features of `nodes`, with `filler` for leaves and for -1. */
export function featuresOf(forest: Forest, nodes: Int32Array, filler: number): Int32Array {
  return nodes.map((node) => {
    const feature = node < 0 ? -1 : forest.feature[node]!;
    return feature === -1 ? filler : feature;
  });
}

/**
 * Descends `levels` ≥ 1 levels from the roots of `trees`. The result, one per row and tree, is where in its tree's part of
 * `levelAt(levels)` each row stands: 0 … 2^levels - 1, in the arithmetic of `positions`.
 */
export function denseDescent(
  grid: Grid,
  positions: Positions,
  forest: Forest,
  splits: Splits,
  trees: Int32Array,
  levels: number,
): ValueId {
  const { build } = grid;
  const answersOf = (level: Int32Array, width: number): ValueId[] =>
    Array.from({ length: width }, (_, j) => {
      const nodes = trees.map((_, t) => level[t * width + j]!);
      // What a leaf compares does not matter, as it is followed by itself on either side; feature 0 exists.
      const x = grid.features(featuresOf(forest, nodes, 0));
      return positions.fromBool(condition(build, splits, x, nodeTables(forest, splits, nodes), grid.perTree));
    });
  const zero = build.constant(scalar(positions.dtype, 0));
  let level = rootsOf(forest, trees);
  let position = answersOf(level, 1)[0]!;
  const bits = [position];
  for (let d = 1; d < levels; d++) {
    level = levelBelow(splits, level);
    let answers = answersOf(level, 2 ** d);
    // Pairs differ in the last bit of their place, which the level above decided.
    for (const bit of [...bits].reverse()) {
      answers = Array.from({ length: answers.length / 2 }, (_, j) => {
        const [clear, set] = [answers[2 * j]!, answers[2 * j + 1]!];
        // Arithmetic, not select: that is one of the slow kernels of TF.js.
        return build.op("add", [clear, build.op("mul", [bit, build.op("sub", [set, clear])])]);
      });
    }
    const answer = answers[0]!;
    position = build.op("add", [build.op("add", [position, position]), answer]);
    // Only the cast of a condition tells a backend that it is 0 or 1, and so that positions stay within their tables.
    if (d < levels - 1) bits.push(positions.fromBool(build.op("greater", [answer, zero])));
  }
  return position;
}
