/**
 * Forests of the shapes that trainers make (boosted leaf by leaf, grown to a depth, unbounded), from a seed, and rows for them:
 * for tests, benchmarks and calibration of the kernels. Test code: nothing in the library imports it.
 */

import { nextDown32, nextDown64, nextUp32, nextUp64 } from "../../../ir/float.js";
import { type Forest, SplitMode } from "../../../ir/forest.js";
import { buildForest } from "../../../ir/forest-builder.js";
import { createSetCollector } from "../../../ir/interval-sets.js";
import { float32, float64, type Tensor } from "../../../ir/tensor.js";

/** Numbers in [0, 1) that depend on the seed alone (mulberry32). */
export function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

export interface GrownForest {
  readonly trees: number;
  readonly features: number;
  /** Most leaves of a tree. */
  readonly leaves: number;
  /** Greatest depth. Default: none. */
  readonly depth?: number;
  readonly outputs?: number;
  /** "one": each tree votes for one output, in turn, as boosting does. "all" (default): each leaf for all. */
  readonly votes?: "one" | "all" | "some";
  /** Thresholds are multiples of one over this, as from histograms. Default: as they come. */
  readonly bins?: number;
  readonly compare?: "float32" | "float64";
  readonly sum?: "float32" | "float64";
  readonly aggregate?: "sum" | "min" | "max";
  /** "some": NaN goes either way, by node. Default: as the comparison says. */
  readonly missing?: "some";
  /** The first features are categorical, this many, and hold the integers below `categories`; half of these go right at random. */
  readonly categorical?: number;
  readonly categories?: number;
  readonly modes?: readonly (keyof Omit<typeof SplitMode, "leaf">)[];
  readonly seed?: number;
}

interface Box {
  readonly id: number;
  readonly depth: number;
  /** Share of all rows. */
  readonly size: number;
  /** The box with the greatest is split next: mostly a large one, as with real gains. */
  readonly urgency: number;
  readonly low: ReadonlyMap<number, readonly [number, number]>;
}

/** Adds to a binary heap that has the most urgent box first. */
function insert(heap: Box[], box: Box): void {
  let at = heap.length;
  for (let up = (at - 1) >> 1; at > 0 && heap[up]!.urgency < box.urgency; at = up, up = (at - 1) >> 1)
    heap[at] = heap[up]!;
  heap[at] = box;
}

function takeFirst(heap: Box[]): Box {
  const [first, last] = [heap[0]!, heap.pop()!];
  if (heap.length === 0) return first;
  let at = 0;
  for (let down = 1; down < heap.length; down = 2 * at + 1) {
    if (down + 1 < heap.length && heap[down + 1]!.urgency > heap[down]!.urgency) down++;
    if (heap[down]!.urgency <= last.urgency) break;
    heap[at] = heap[down]!;
    at = down;
  }
  heap[at] = last;
  return first;
}

/** Features run over [0, 1), categorical ones over the integers below `categories`. */
export function grownForest(kind: GrownForest): Forest {
  const { categorical = 0, categories = 40 } = kind;
  const sets = createSetCollector("test");
  const random = randomNumbers(kind.seed ?? 1);
  const { outputs = 1, compare = "float32", sum = "float32", depth = Infinity, modes = ["lessEqual"] } = kind;
  const [round, roundSum] = [compare, sum].map((p) => (p === "float32" ? Math.fround : (v: number) => v));
  const nodes: Record<
    "tree" | "id" | "mode" | "feature" | "threshold" | "trueId" | "falseId" | "missingTrue",
    number[]
  > = {
    tree: [],
    id: [],
    mode: [],
    feature: [],
    threshold: [],
    trueId: [],
    falseId: [],
    missingTrue: [],
  };
  const votes: Record<"voteTree" | "voteId" | "voteTarget" | "voteValue", number[]> = {
    voteTree: [],
    voteId: [],
    voteTarget: [],
    voteValue: [],
  };
  for (let tree = 0; tree < kind.trees; tree++) {
    let leaves = 1;
    let nextId = 1;
    const open: Box[] = [{ id: 0, depth: 0, size: 1, urgency: 1, low: new Map() }];
    const closed: Box[] = [];
    const inner: { id: number; feature: number; threshold: number; left: number }[] = [];
    while (open.length > 0) {
      const box = takeFirst(open);
      if (leaves >= kind.leaves || box.depth >= depth) {
        closed.push(box);
        continue;
      }
      const feature = Math.floor(random() * kind.features);
      const [low, high] = box.low.get(feature) ?? [0, 1];
      let threshold = low + (high - low) * (0.1 + random() * 0.8);
      if (kind.bins !== undefined) threshold = Math.round(threshold * kind.bins) / kind.bins;
      threshold = round!(threshold);
      if (feature < categorical) threshold = sets.add(randomSet(random, categories, kind.compare ?? "float32"));
      inner.push({ id: box.id, feature, threshold, left: nextId });
      const share = feature < categorical ? 0.5 : (threshold - low) / (high - low) || 0.5;
      for (const [side, part, range] of [
        [0, share, [low, threshold]],
        [1, 1 - share, [threshold, high]],
      ] as const) {
        const size = box.size * part;
        const known = feature < categorical ? box.low : new Map([...box.low, [feature, range]]);
        const urgency = size * random();
        insert(open, {
          id: nextId + side,
          depth: box.depth + 1,
          size,
          urgency,
          low: known,
        });
      }
      nextId += 2;
      leaves++;
    }
    const add = (
      id: number,
      mode: number,
      feature: number,
      threshold: number,
      trueId: number,
      falseId: number,
    ): void => {
      nodes.tree.push(tree);
      nodes.id.push(id * 2 + 5);
      nodes.mode.push(mode);
      nodes.feature.push(feature);
      nodes.threshold.push(threshold);
      nodes.trueId.push(trueId * 2 + 5);
      nodes.falseId.push(falseId * 2 + 5);
    };
    for (const n of inner) {
      const mode = n.feature < categorical ? "member" : modes[Math.floor(random() * modes.length)]!;
      const swap = mode === "greater" || mode === "greaterEqual";
      add(n.id, SplitMode[mode], n.feature, n.threshold, n.left + (swap ? 1 : 0), n.left + (swap ? 0 : 1));
      nodes.missingTrue.push(kind.missing === "some" ? Math.round(random()) : mode === "notEqual" ? 1 : 0);
    }
    for (const leaf of closed) {
      add(leaf.id, SplitMode.leaf, 0, 0, 0, 0);
      nodes.missingTrue.push(0);
      for (let target = 0; target < outputs; target++) {
        if (kind.votes === "one" && target !== tree % outputs) continue;
        if (kind.votes === "some" && random() < 0.8) continue;
        votes.voteTree.push(tree);
        votes.voteId.push(leaf.id * 2 + 5);
        votes.voteTarget.push(target);
        votes.voteValue.push(roundSum!(random() - 0.5));
      }
    }
  }
  const { features: nFeatures, aggregate = "sum" } = kind;
  const all = { ...nodes, ...votes, sets: sets.finish() };
  return buildForest({ nFeatures, nOutputs: outputs, compare, sum, aggregate, ...all }, "test", "forest");
}

/** Bounds of about half of the categories, in runs. */
function randomSet(random: () => number, categories: number, compare: "float32" | "float64"): number[] {
  const down = compare === "float32" ? nextDown32 : nextDown64;
  const bounds: number[] = [];
  for (let k = 0, last = -2; k < categories; k++) {
    if (random() < 0.5) continue;
    if (k !== last + 1) bounds.push(k, 0);
    bounds[bounds.length - 1] = down(k + 1);
    last = k;
  }
  return bounds;
}

const specials = [NaN, Infinity, -Infinity, 0, -0, 2 ** -149, -(2 ** -149), 2 ** -130, 1e30, -7.25];

/**
 * Rows in the features' ranges ("plain"), or ("edges") one third of them at and beside thresholds and one tenth special numbers. In float32
 * the neighbours are float32 ones.
 */
export function rowsOf(
  forest: Forest,
  rows: number,
  width: number,
  dtype: "float32" | "float64",
  kind: "plain" | "edges",
  seed = 7,
): Tensor {
  const random = randomNumbers(seed);
  const byFeature = new Map<number, number[]>();
  // Per feature with sets: an integer above all members.
  const integers = new Map<number, number>();
  for (let i = 0; i < forest.nNodes; i++) {
    if (forest.feature[i] === -1) continue;
    const known = byFeature.get(forest.feature[i]!) ?? [];
    byFeature.set(forest.feature[i]!, known);
    if (forest.mode[i] !== SplitMode.member) known.push(forest.threshold[i]!);
    else {
      const set = forest.threshold[i]!;
      for (let k = forest.sets.start[set]!; k < forest.sets.start[set + 1]!; k++)
        known.push(forest.sets.low[k]!, forest.sets.high[k]!);
      integers.set(
        forest.feature[i]!,
        Math.max(integers.get(forest.feature[i]!) ?? 1, Math.ceil(known.at(-1) ?? 1) + 1),
      );
    }
  }
  const [up, down] = dtype === "float32" ? [nextUp32, nextDown32] : [nextUp64, nextDown64];
  const data = Array.from({ length: rows * width }, (_, i) => {
    const choice = kind === "plain" ? 1 : random();
    const known = byFeature.get(i % width);
    if (choice < 0.1) return specials[Math.floor(random() * specials.length)]!;
    const most = integers.get(i % width);
    if ((choice > 0.43 && most !== undefined) || known?.length === 0) return Math.floor(random() * (most ?? 1));
    if (choice > 0.43 || known === undefined) return random();
    const exact = known[Math.floor(random() * known.length)]!;
    const t = dtype === "float32" ? Math.fround(exact) : exact;
    return [t, up(t), down(t), Math.fround(t)][Math.floor(random() * 4)]!;
  });
  return (dtype === "float32" ? float32 : float64)(data, [rows, width]);
}
