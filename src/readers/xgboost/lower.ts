/**
 * A learner → the instructions of its predictions: category columns, forest or linear sum, base score, link. What the one node of
 * an XGBoost Model compiles to; written for `read-xgboost.ts`.
 */

import { N } from "../../ir/dims.js";
import type { CompileContext } from "../../ir/operator.js";
import type { ValueId } from "../../ir/program.js";
import { scalar, tensor } from "../../ir/tensor.js";
import type { LinearBooster } from "./booster.js";
import { categorySplits } from "./category-splits.js";
import { makeForest } from "./forest.js";
import { applyLink, probabilities } from "./objectives.js";
import type { Learner } from "./read-learner.js";

/** Writes raw scores [N, outputs] from x [N, features], in which every missing value is NaN. */
export type RawScorer = (ctx: CompileContext, x: ValueId) => ValueId;

/** Checks the trees once, when the model is read; the lowering only writes. */
export function rawScorer(learner: Learner, range: readonly [number, number] | undefined): RawScorer {
  const { booster } = learner;
  if (booster.kind === "gblinear") return (ctx, x) => linearScores(ctx, learner, booster, x);
  const [first, end] =
    range === undefined ? [0, booster.trees.length] : [booster.rounds[range[0]]!, booster.rounds[range[1]]!];
  const trees = booster.trees.slice(first, end);
  const categories = categorySplits(trees, learner.features, learner.version);
  const cut = (list: ArrayLike<number>): number[] => Array.from({ length: end - first }, (_, i) => list[first + i]!);
  const { forest, rest } = makeForest({
    trees,
    outputs: cut(booster.outputs),
    weights: booster.weights === undefined ? undefined : cut(booster.weights),
    base: learner.base,
    features: learner.features,
    categories,
  });
  return ({ build, mark }, x) => {
    const start = build.constant(tensor("float32", [1, learner.outputs], rest));
    if (forest.nTrees === 0) {
      return build.op("broadcastTo", [start], { shape: [build.type(x).shape[0] ?? N, learner.outputs] });
    }
    const wide = categories.append(build, x);
    mark("leafIndices", build.op("forestLeaves", [wide], { forest }));
    const raw = build.op("forest", [wide], { forest });
    return rest.some((v) => v !== 0) ? build.op("add", [raw, start]) : raw;
  };
}

/**
 * x·W + bias + base score, missing values left out of the sum (`GBLinear::Pred`, src/gbm/gblinear.cc). All outputs start at the
 * first base score, also where the file holds one for each.
 */
function linearScores({ build }: CompileContext, learner: Learner, booster: LinearBooster, x: ValueId): ValueId {
  const { features, outputs } = learner;
  const weights = booster.weights.subarray(0, features * outputs);
  const bias = booster.weights.slice(features * outputs).map((v) => Math.fround(v + learner.base[0]!));
  const zero = build.constant(scalar("float32", 0));
  const filled = build.op("select", [build.op("isNaN", [x]), zero, x]);
  const product = build.op("matMul", [filled, build.constant(tensor("float32", [features, outputs], weights.slice()))]);
  return build.op("add", [product, build.constant(tensor("float32", [1, outputs], bias))]);
}

/** `predict` [N], or [N, K] for several outputs, and `probabilities` [N, K] where the objective has them. */
export function lower(
  ctx: CompileContext,
  learner: Learner,
  rawScore: RawScorer,
  missing: number | undefined,
  input: ValueId,
): readonly ValueId[] {
  const { build } = ctx;
  const { objective, outputs } = learner;
  let x = input;
  if (missing !== undefined && !Number.isNaN(missing)) {
    // The trainer compares in float32, where -0 equals 0.
    const is = build.op("equal", [x, build.constant(scalar("float32", missing))]);
    x = build.op("select", [is, build.constant(scalar("float32", Number.NaN)), x]);
  }
  const raw = rawScore(ctx, x);
  ctx.mark("rawScore", raw);
  const value = applyLink(build, objective.link, raw);
  const rows = build.type(x).shape[0] ?? N;
  const columns = objective.link === "class" ? 1 : outputs;
  const predict = columns === 1 ? build.op("reshape", [value], { shape: [rows] }) : value;
  const classes = probabilities(build, learner.objectiveName, raw, outputs);
  return classes === undefined ? [predict] : [predict, classes];
}
