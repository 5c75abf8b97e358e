/**
 * Forests that no one trained, for the calibration of costs: shapes drawn over the range that trained ones have. Splits cut
 * the interval that reaches a node near its middle, so that uniform rows spread over the leaves as real ones do.
 */

import { type Forest, SplitMode } from "../src/ir/forest.js";
import { buildForest } from "../src/ir/forest-builder.js";
import { type Tensor, tensor } from "../src/ir/tensor.js";
import { createRandom, type Random } from "./random.js";

export interface ForestSpec {
  readonly seed: number;
  readonly trees: number;
  /** Greatest depth of a tree. */
  readonly depth: number;
  /** Most leaves of a tree; `leafWise` trees have as many, where the depth allows it. */
  readonly leaves: number;
  /** "balanced": level by level, as random forests and XGBoost grow; "leafWise": one leaf at a time, as LightGBM does. */
  readonly growth: "balanced" | "leafWise";
  readonly features: number;
  readonly outputs: number;
  /** "one": a tree votes for one output, as boosting's do; "all": each leaf votes for all, as a random forest's do. */
  readonly votes: "one" | "all";
  /** Half of the nodes send NaN to their true child. */
  readonly missing: boolean;
}

/** Nodes of a forest beyond which measuring it takes too long. */
const maxNodes = 120_000;

/** `count` specifications, trees and depths spread evenly (on a logarithmic and a linear scale). */
export function drawSpecs(count: number, seed: number): readonly ForestSpec[] {
  const random = createRandom(seed);
  const specs: ForestSpec[] = [];
  while (specs.length < count) {
    const depth = 1 + (specs.length % 12);
    const trees = Math.max(1, Math.round(500 ** random.unit()));
    const growth = random.pick(["balanced", "leafWise"] as const);
    const leaves = growth === "balanced" ? 2 ** depth : Math.min(2 ** depth, 4 + random.below(60));
    const outputs = random.pick([1, 1, 1, 2, 3, 10]);
    const spec: ForestSpec = {
      seed: random.below(2 ** 31),
      trees,
      depth,
      leaves,
      growth,
      features: 4 + random.below(60),
      outputs,
      votes: outputs === 1 ? "one" : random.pick(["one", "all"] as const),
      missing: random.unit() < 0.15,
    };
    if (trees * leaves * 2 <= maxNodes) specs.push(spec);
  }
  return specs;
}

interface Place {
  readonly id: number;
  readonly depth: number;
  /** Intervals of the features that reach it, where they are narrower than [0, 1). */
  readonly box: ReadonlyMap<number, readonly [number, number]>;
}

export function syntheticForest(spec: ForestSpec): Forest {
  const random = createRandom(spec.seed);
  const [tree, id, mode, feature, threshold, trueId, falseId, missingTrue] = Array.from(
    { length: 8 },
    (): number[] => [],
  );
  const [voteTree, voteId, voteTarget, voteValue] = Array.from({ length: 4 }, (): number[] => []);
  for (let t = 0; t < spec.trees; t++) {
    const first = tree!.length;
    const add = (): number => {
      const at = tree!.length - first;
      for (const list of [mode, feature, threshold, trueId, falseId, missingTrue]) list!.push(0);
      tree!.push(t);
      id!.push(at);
      return at;
    };
    const open: Place[] = [{ id: add(), depth: 0, box: new Map() }];
    const closed: Place[] = [];
    while (open.length > 0) {
      const [place] = open.splice(nextLeaf(spec, open, random), 1);
      if (place === undefined) break;
      // Real trees stop early on some branches; one full path keeps the depth what the specification says.
      const stops = spec.growth === "balanced" && place.depth > 0 && closed.length > 0 && random.unit() < 0.12;
      if (place.depth >= spec.depth || stops || closed.length + open.length + 2 > spec.leaves) {
        closed.push(place);
        continue;
      }
      const f = random.below(spec.features);
      const [low, high] = place.box.get(f) ?? [0, 1];
      const cut = Math.fround(low + (high - low) * (0.35 + 0.3 * random.unit()));
      const at = first + place.id;
      const children = [add(), add()] as const;
      mode![at] = SplitMode.lessEqual;
      feature![at] = f;
      threshold![at] = cut;
      trueId![at] = children[0];
      falseId![at] = children[1];
      missingTrue![at] = spec.missing && random.unit() < 0.5 ? 1 : 0;
      const grown: readonly Place[] = [
        { id: children[0], depth: place.depth + 1, box: new Map(place.box).set(f, [low, cut]) },
        { id: children[1], depth: place.depth + 1, box: new Map(place.box).set(f, [cut, high]) },
      ];
      open.push(...grown);
    }
    for (const leaf of closed) {
      const targets = spec.votes === "all" ? Array.from({ length: spec.outputs }, (_, k) => k) : [t % spec.outputs];
      for (const target of targets) {
        voteTree!.push(t);
        voteId!.push(leaf.id);
        voteTarget!.push(target);
        voteValue!.push(random.unit() - 0.5);
      }
    }
  }
  return buildForest(
    {
      nFeatures: spec.features,
      nOutputs: spec.outputs,
      compare: "float32",
      sum: "float32",
      aggregate: "sum",
      tree: tree!,
      id: id!,
      mode: mode!,
      feature: feature!,
      threshold: threshold!,
      trueId: trueId!,
      falseId: falseId!,
      missingTrue: missingTrue!,
      voteTree: voteTree!,
      voteId: voteId!,
      voteTarget: voteTarget!,
      voteValue: voteValue!,
    },
    "synthetic",
    `forest ${spec.seed}`,
  );
}

/** Which open leaf to split next: the last, depth first, for balanced trees; a random one, mostly a young one, leaf-wise. */
function nextLeaf(spec: ForestSpec, open: readonly Place[], random: Random): number {
  if (spec.growth === "balanced") return open.length - 1;
  return Math.max(random.below(open.length), random.below(open.length));
}

/** Uniform rows, [count, features] float32. */
export function syntheticRows(spec: ForestSpec, count: number, seed: number): Tensor<"float32"> {
  const random = createRandom(seed);
  return tensor(
    "float32",
    [count, spec.features],
    Float32Array.from({ length: count * spec.features }, () => random.unit()),
  );
}
