/**
 * The one node of a LightGBM model: X float64 [N, F] → predictions, and probabilities where it classifies. The forest stays whole in the
 * Program; zeros as missing values, averages and links are ordinary primitives around it.
 *
 * Source: `GBDT::PredictRaw`, `GBDT::Predict` (src/boosting/gbdt_prediction.cpp). As there, the raw score of a random forest is the sum over
 * its trees, and only predictions are averaged.
 */

import { ShapeError } from "../../errors.js";
import type { Builder } from "../../ir/builder.js";
import { N } from "../../ir/dims.js";
import type { BoundOperator } from "../../ir/operator.js";
import type { ValueId } from "../../ir/program.js";
import { bool, scalar, zeros } from "../../ir/tensor.js";
import { formatType } from "../../ir/types.js";
import { type ColumnPlan, planForest, zeroThreshold } from "./forest-rows.js";
import { largestTerms, linearScores } from "./linear-leaves.js";
import { applyLink, type Objective, probabilitiesOf, withoutSingleColumn } from "./objective.js";
import type { Trees } from "./trees.js";

export interface Booster {
  readonly trees: Trees;
  readonly nFeatures: number;
  /** Scores per row. */
  readonly outputs: number;
  readonly objective: Objective;
  /** Predictions are the mean over rounds (boosting=rf). */
  readonly average: boolean;
}

/**
 * Checks the trees and binds the lowering. Results: predictions ([N], or [N, K] for several scores), then probabilities [N, classes] for a
 * classifier. Marks the raw scores [N, K] and, where there are trees, the ordinals of the leaves [N, T]. Throws as `buildForest` does.
 */
export function bindBooster(booster: Booster): BoundOperator {
  const { trees, nFeatures, outputs, objective } = booster;
  const { forest, columns } = planForest(trees, nFeatures, outputs);
  if (trees.linear !== undefined) largestTerms(trees, trees.linear);
  return {
    op: "LightGBM",
    labels: "decode",
    compile(ctx, [x]) {
      const { build } = ctx;
      if (x === undefined) throw new ShapeError(`${ctx.where}: its input X is left out`);
      const type = build.type(x);
      if (type.dtype !== "float64" || type.shape.length !== 2 || type.shape[1] !== nFeatures) {
        throw new ShapeError(`${ctx.where}: X is ${formatType(type)}, expected float64[N, ${nFeatures}]`);
      }
      const raw = scores();
      ctx.mark("rawScore", raw);
      const rounds = trees.count / outputs;
      const score =
        booster.average && rounds > 0 ? build.op("div", [raw, build.constant(scalar("float64", rounds))]) : raw;
      const linked = applyLink(build, objective, score);
      const predict = withoutSingleColumn(build, linked);
      return objective.classifies === "no" ? [predict] : [predict, probabilitiesOf(build, objective, linked)];

      function scores(): ValueId {
        if (x === undefined || trees.count === 0) {
          const none = build.constant(zeros("float64", [1, outputs]));
          return build.op("broadcastTo", [none], { shape: [type.shape[0] ?? N, outputs] });
        }
        const wide = widen(build, columns, x);
        const leaves = build.op("forestLeaves", [wide], { forest });
        ctx.mark("leafIndices", leaves);
        if (trees.linear !== undefined) return linearScores(build, trees, trees.linear, x, leaves, outputs);
        return build.op("forest", [wide], { forest });
      }
    },
  };
}

/** Writes the columns of a `ColumnPlan` from X [N, F]. */
function widen(build: Builder, plan: ColumnPlan, x: ValueId): ValueId {
  const wide =
    plan.copies.length === 0
      ? x
      : build.op("concat", [x, build.op("gatherColumns", [x], { columns: plan.copies })], { axis: 1 });
  if (!plan.zeroMissing.includes(1)) return wide;
  const isZero = build.op("lessEqual", [build.op("abs", [wide]), build.constant(scalar("float64", zeroThreshold))]);
  const masked = build.constant(bool(plan.zeroMissing, [1, plan.zeroMissing.length]));
  const missing = plan.zeroMissing.includes(0) ? build.op("and", [isZero, masked]) : isZero;
  return build.op("select", [missing, build.constant(scalar("float64", Number.NaN)), wide]);
}
