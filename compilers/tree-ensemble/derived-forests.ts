/**
 * Forests made from a checked one by changing what its leaves count or in which precision it computes; the trees stay as they are, so
 * the checks of the forest builder still hold.
 */

import type { Builder } from "../../src/ir/builder.js";
import type { Forest } from "../../src/ir/forest.js";
import type { ValueId } from "../../src/ir/program.js";
import { scalarLike } from "../shared/values.js";

/**
 * The forest with comparisons or sums in float64 where asked for: float32 thresholds and votes are float64 numbers as they
 * stand.
 */
export function widened(forest: Forest, compare: Forest["compare"], sum: Forest["sum"]): Forest {
  const next = {
    compare: compare === "float64" ? compare : forest.compare,
    sum: sum === "float64" ? sum : forest.sum,
  };
  return next.compare === forest.compare && next.sum === forest.sum ? forest : { ...forest, ...next };
}

/** A forest whose output k is 1 in the rows where at least one tree votes for k, else 0. */
function presence(forest: Forest): Forest {
  return { ...forest, leafValue: new Float64Array(forest.leafValue.length).fill(1), sum: "float32", aggregate: "max" };
}

/** bool [N, outputs]: whether a tree votes for the output in the row. */
export function voted(build: Builder, forest: Forest, x: ValueId): ValueId {
  const votes = build.op("forest", [x], { forest: presence(forest) });
  return build.op("greater", [votes, scalarLike(build, votes, 0)]);
}

/** Per output: 1 where some tree votes for it in each of its leaves, so that every row has such a vote. */
export function alwaysVoted(forest: Forest): Uint8Array {
  const always = new Uint8Array(forest.nOutputs);
  const count = new Int32Array(forest.nOutputs);
  for (let t = 0; t < forest.nTrees; t++) {
    count.fill(0);
    let leaves = 0;
    for (let i = forest.treeStart[t]!; i < forest.treeStart[t + 1]!; i++) {
      if (forest.feature[i] !== -1) continue;
      leaves++;
      for (let v = forest.leafStart[i]!; v < forest.leafStart[i + 1]!; v++) count[forest.leafTarget[v]!]!++;
    }
    for (let k = 0; k < forest.nOutputs; k++) if (count[k] === leaves) always[k] = 1;
  }
  return always;
}

/**
 * Whether the output with the highest sum always has a vote, so that outputs without one (their sum is 0) need no
 * special care: each has a vote in every row, or no vote is negative and in every row there is a positive one.
 */
export function winnerIsVoted(forest: Forest): boolean {
  if (alwaysVoted(forest).every((always) => always === 1)) return true;
  if (!forest.leafValue.every((v) => v >= 0)) return false;
  for (let t = 0; t < forest.nTrees; t++) {
    let positive = true;
    for (let i = forest.treeStart[t]!; i < forest.treeStart[t + 1]! && positive; i++) {
      if (forest.feature[i] !== -1) continue;
      positive = false;
      for (let v = forest.leafStart[i]!; v < forest.leafStart[i + 1]!; v++) positive ||= forest.leafValue[v]! > 0;
    }
    if (positive) return true;
  }
  return false;
}
