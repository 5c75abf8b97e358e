/** The leaves of a forest in node order, and their votes in the forms that the walk's kernel adds up (kernels/forest/votes.ts). */

import type { Forest } from "../../../ir/forest.js";

/** What the walk does with a leaf; the numbers of kernels/forest/votes.ts. */
export const Sink = {
  single32: 0,
  single64: 1,
  dense32: 2,
  dense64: 3,
  sparse32: 4,
  sparse64: 5,
  min32: 6,
  min64: 7,
  max32: 8,
  max64: 9,
  leaves: 10,
} as const;

/** Per node: its number among the leaves; -1 for inner nodes. */
export function leafNumbers(forest: Forest): Int32Array {
  const numbers = new Int32Array(forest.nNodes);
  let count = 0;
  for (let i = 0; i < forest.nNodes; i++) numbers[i] = forest.feature[i] === -1 ? count++ : -1;
  return numbers;
}

/** An array of the forest's sum dtype. */
export function sumArray(forest: Forest, length: number): Float32Array | Float64Array {
  return forest.sum === "float32" ? new Float32Array(length) : new Float64Array(length);
}

export interface WalkVotes {
  readonly sink: number;
  readonly values: Int32Array | Float32Array | Float64Array;
  readonly starts: Uint32Array;
  readonly targets: Uint32Array;
}

const none = new Uint32Array(0);

/** Below this share of leaves × outputs that are votes, they are kept compressed. */
const sparseBelow = 0.25;

export function walkVotes(forest: Forest, want: "raw" | "leaves"): WalkVotes {
  const numbers = leafNumbers(forest);
  if (want === "leaves") {
    return {
      sink: Sink.leaves,
      values: forest.nodeId.filter((_, i) => numbers[i] !== -1),
      starts: none,
      targets: none,
    };
  }
  const wide = forest.sum === "float64" ? 1 : 0;
  const leaves = numbers.reduce((a, b) => Math.max(a, b), -1) + 1;
  if (forest.aggregate !== "sum") {
    return {
      sink: (forest.aggregate === "min" ? Sink.min32 : Sink.max32) + wide,
      ...compressed(forest, numbers, leaves),
    };
  }
  const { nOutputs, leafStart, leafTarget, leafValue } = forest;
  if (nOutputs > 4 && leafValue.length < leaves * nOutputs * sparseBelow) {
    return { sink: Sink.sparse32 + wide, ...compressed(forest, numbers, leaves) };
  }
  const values = sumArray(forest, leaves * nOutputs);
  for (let i = 0; i < forest.nNodes; i++) {
    // Adding the zeros in between changes no sum: one that begins with +0 never becomes -0.
    for (let v = leafStart[i]!; v < leafStart[i + 1]!; v++)
      values[numbers[i]! * nOutputs + leafTarget[v]!] = leafValue[v]!;
  }
  return { sink: (nOutputs === 1 ? Sink.single32 : Sink.dense32) + wide, values, starts: none, targets: none };
}

function compressed(forest: Forest, numbers: Int32Array, leaves: number): Omit<WalkVotes, "sink"> {
  const starts = new Uint32Array(leaves + 1);
  for (let i = 0; i < forest.nNodes; i++) if (numbers[i] !== -1) starts[numbers[i]! + 1] = forest.leafStart[i + 1]!;
  const values = sumArray(forest, forest.leafValue.length);
  values.set(forest.leafValue);
  return { starts, targets: Uint32Array.from(forest.leafTarget), values };
}
