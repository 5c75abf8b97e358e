/**
 * Large forests between the calls that need them: scorers run their nodes from the backend's memory, and look at the forest itself again
 * only for outputs that were not asked for before, for the plan and for errors. Until then it rests in some 7 bytes a node instead
 * of 30: arrays that follow from the order of the nodes are left out, others stand in the narrowest type that holds them exactly.
 * What comes back is the same forest, bit for bit.
 */

import type { Forest } from "./forest.js";

/** Smaller forests stay as they are: to pack them would take longer than it is worth. */
const leastNodes = 2 ** 16;

type Numbers = Int8Array | Uint8Array | Int16Array | Int32Array | Float32Array | Float64Array;

/** Arrays that follow from the others in the forests of most trainers. */
const following = [
  "mode",
  "missingTrue",
  "trueChild",
  "falseChild",
  "leafStart",
  "leafTarget",
  "nodeId",
] as const satisfies readonly (keyof Forest)[];

/** What the forests of most trainers have in common in all of their nodes. */
interface Habits {
  /** Whether the true child is the one that stands behind its parent. */
  readonly trueFirst: boolean;
  readonly mode: number;
  readonly missingTrue: number;
  /** Votes of a leaf, for the outputs from 0 on. */
  readonly votes: number;
}

interface Packed {
  /** Of the arrays only the short ones, and those that do not follow. */
  readonly rest: Omit<Forest, (typeof following)[number] | "feature" | "threshold" | "leafValue"> &
    Partial<Pick<Forest, (typeof following)[number]>>;
  readonly habits: Habits;
  readonly feature: Numbers;
  /** Of inner nodes alone. */
  readonly threshold: Numbers;
  readonly leafValue: Numbers;
}

const resting = new WeakMap<Forest, () => Forest>();

/** A function that gives the forest back, and holds it in few bytes; packed once, whoever asks. */
export function restingForest(forest: Forest): () => Forest {
  const known = resting.get(forest);
  if (known !== undefined) return known;
  const back = forest.nNodes < leastNodes ? () => forest : waking(packForest(forest));
  resting.set(forest, back);
  return back;
}

/** Apart from what packs, so that the function holds nothing else. */
function waking(packed: Packed): () => Forest {
  const back = (): Forest => {
    const forest = unpackForest(packed);
    resting.set(forest, back);
    return forest;
  };
  return back;
}

function packForest(forest: Forest): Packed {
  const { feature, threshold, leafValue, ...rest } = forest;
  const inner = feature.findIndex((f) => f !== -1);
  const leaf = feature.indexOf(-1);
  const habits: Habits = {
    trueFirst: forest.trueChild[inner] === inner + 1,
    mode: forest.mode[inner] ?? 0,
    missingTrue: forest.missingTrue[inner] ?? 0,
    votes: forest.leafStart[leaf + 1]! - forest.leafStart[leaf]!,
  };
  const guesses = follow(feature, forest.treeStart, forest.leafTarget.length, habits);
  const left: { -readonly [K in keyof Packed["rest"]]?: Packed["rest"][K] } = rest;
  for (const name of following) if (same(forest[name], guesses[name])) delete left[name];
  return {
    rest: left as Packed["rest"],
    habits,
    feature: narrowed(feature),
    threshold: narrowed(threshold.filter((_, i) => feature[i] !== -1)),
    leafValue: narrowed(leafValue),
  };
}

function unpackForest({ rest, habits, ...packed }: Packed): Forest {
  const feature = Int32Array.from(packed.feature);
  const threshold = new Float64Array(rest.nNodes);
  let next = 0;
  for (let i = 0; i < rest.nNodes; i++) if (feature[i] !== -1) threshold[i] = packed.threshold[next++]!;
  const leafValue = Float64Array.from(packed.leafValue);
  return { ...follow(feature, rest.treeStart, leafValue.length, habits), ...rest, feature, threshold, leafValue };
}

/** The arrays of a forest of such habits whose nodes stand in pre-order. Where it has others, they may hold anything. */
function follow(
  feature: Int32Array,
  treeStart: Int32Array,
  nVotes: number,
  { trueFirst, mode: innerMode, missingTrue: innerMissing, votes }: Habits,
): Pick<Forest, (typeof following)[number]> {
  const n = feature.length;
  const [mode, missingTrue] = [new Uint8Array(n), new Uint8Array(n)];
  const [behind, other, nodeId] = [new Int32Array(n).fill(-1), new Int32Array(n).fill(-1), new Int32Array(n)];
  // The end of the subtree below each node, from the last one on.
  const end = new Int32Array(n + 1);
  for (let i = n - 1; i >= 0; i--) {
    if (feature[i] === -1) end[i] = i + 1;
    else {
      mode[i] = innerMode;
      missingTrue[i] = innerMissing;
      behind[i] = i + 1;
      other[i] = end[i + 1]!;
      end[i] = end[Math.min(n, other[i]!)]!;
    }
  }
  for (let t = 0; t + 1 < treeStart.length; t++)
    for (let i = treeStart[t]!; i < treeStart[t + 1]!; i++) nodeId[i] = i - treeStart[t]!;
  const leafStart = new Int32Array(n + 1);
  for (let i = 0; i < n; i++) leafStart[i + 1] = leafStart[i]! + (feature[i] === -1 ? votes : 0);
  const leafTarget = new Int32Array(nVotes);
  if (votes > 1) for (let v = 0; v < nVotes; v++) leafTarget[v] = v % votes;
  const [trueChild, falseChild] = trueFirst ? [behind, other] : [other, behind];
  return { mode, missingTrue, trueChild, falseChild, leafStart, leafTarget, nodeId };
}

function same(a: Int32Array | Uint8Array, b: Int32Array | Uint8Array): boolean {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return a.length === b.length;
}

/** The values in the narrowest of a few types that holds them exactly, the sign of zeros as well. */
function narrowed(values: Int32Array | Float64Array): Numbers {
  const types = values instanceof Int32Array ? [Int8Array, Int16Array] : [Float32Array];
  for (const Type of types) {
    const narrow = new Type(values);
    let i = 0;
    while (i < values.length && Object.is(values[i], narrow[i])) i++;
    if (i === values.length) return narrow;
  }
  return values;
}
