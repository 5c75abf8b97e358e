/**
 * XGBoost's objectives: what `Booster.predict` does to the raw scores, and how the stored base score becomes one. An objective that
 * is not in the table is refused by name.
 *
 * Source: `PredTransform` and `ProbToMargin` in src/objective/ of XGBoost 1.6.2, 2.1.4 and 3.2.0, float32 throughout. The file
 * holds the base score as a prediction (src/learner.cc); all versions turn it into a margin when they load it.
 */

import { ModelParseError, UnsupportedError } from "../../errors.js";
import type { Builder } from "../../ir/builder.js";
import type { ValueId } from "../../ir/program.js";
import { float32, scalar } from "../../ir/tensor.js";
import { compareVersions, type Version } from "./schema.js";
import { type FileObject, formatName } from "./values.js";

/** From raw scores [N, K] to what `predict` answers. "class" is the index of the largest score, as a float. */
export type Link = "identity" | "sigmoid" | "exp" | "step" | "softmax" | "class";

export interface Objective {
  readonly link: Link;
  /** From a prediction to a raw score: the inverse of the link, where XGBoost applies one to the base score. */
  readonly base: "identity" | "logit" | "log";
  /** Parameters of the training, which the file holds beside the name and prediction does not need. */
  readonly params: readonly string[];
}

const identity = (...params: readonly string[]): Objective => ({ link: "identity", base: "identity", params });
const exponential = (...params: readonly string[]): Objective => ({ link: "exp", base: "log", params });
const ranking = identity("lambda_rank_param", "lambdarank_param", "ti+", "tj-");

const objectives: { readonly [name: string]: Objective } = {
  "reg:squarederror": identity("reg_loss_param"),
  "reg:squaredlogerror": identity("reg_loss_param"),
  "reg:logistic": { link: "sigmoid", base: "logit", params: ["reg_loss_param"] },
  // 1.6 misspells the key.
  "reg:pseudohubererror": identity("pseudo_huber_param", "pseduo_huber_param"),
  "reg:absoluteerror": identity(),
  "reg:quantileerror": identity("quantile_loss_param"),
  "reg:gamma": exponential("reg_loss_param"),
  "reg:tweedie": exponential("tweedie_regression_param"),
  "count:poisson": exponential("poisson_regression_param"),
  "survival:cox": exponential(),
  "survival:aft": exponential("aft_loss_param"),
  "binary:logistic": { link: "sigmoid", base: "logit", params: ["reg_loss_param"] },
  "binary:logitraw": identity("reg_loss_param"),
  "binary:hinge": { link: "step", base: "identity", params: [] },
  "multi:softprob": { link: "softmax", base: "identity", params: ["softmax_multiclass_param"] },
  "multi:softmax": { link: "class", base: "identity", params: ["softmax_multiclass_param"] },
  "rank:pairwise": ranking,
  "rank:ndcg": ranking,
  "rank:map": ranking,
};

export const objectiveNames: readonly string[] = Object.keys(objectives);

/** The objective that the file names. Throws UnsupportedError for an unknown one, or an unknown key beside it. */
export function findObjective(
  stored: FileObject,
  path: string,
): { readonly name: string; readonly objective: Objective } {
  const name = Object.hasOwn(stored, "name") ? stored["name"] : undefined;
  if (typeof name !== "string") throw new ModelParseError(formatName, `${path}.name`, "expected the objective's name");
  const objective = Object.hasOwn(objectives, name) ? objectives[name] : undefined;
  if (objective === undefined) {
    throw new UnsupportedError(
      `${formatName}: ${path}`,
      `the objective ${JSON.stringify(name.slice(0, 80))} is unknown`,
      `calypte knows ${objectiveNames.join(", ")}`,
    );
  }
  for (const key of Object.keys(stored)) {
    if (key !== "name" && !objective.params.includes(key)) {
      throw new UnsupportedError(
        `${formatName}: ${path}`,
        `the key ${JSON.stringify(key.slice(0, 80))} is unknown for ${name}, and what it changes too`,
        "save the model with XGBoost 1.6 to 3.2",
      );
    }
  }
  return { name, objective };
}

/** From 3.2 on XGBoost keeps the base score of logistic objectives this far from 0 and 1 (`kRtEps`). */
const logitEdge = Math.fround(1e-6);

/** The base score as a raw score, float32. Throws ModelParseError where XGBoost would have refused it too. */
export function baseMargin(objective: Objective, stored: number, version: Version, path: string): number {
  const score = Math.fround(stored);
  const fail = (expected: string): never => {
    throw new ModelParseError(formatName, path, `the base score is ${stored}, expected ${expected}`);
  };
  if (!Number.isFinite(score)) return fail("a finite float32");
  switch (objective.base) {
    case "identity":
      return score;
    case "log":
      return score > 0 ? Math.fround(Math.log(score)) : fail("one above 0 for this objective");
    case "logit": {
      const bounded = compareVersions(version, [3, 2, 0]) >= 0;
      if (score < 0 || score > 1 || (!bounded && (score === 0 || score === 1))) return fail("one between 0 and 1");
      const p = bounded ? Math.min(Math.max(score, logitEdge), Math.fround(1 - logitEdge)) : score;
      return -Math.fround(Math.log(Math.fround(Math.fround(1 / p) - 1)));
    }
  }
}

/** Raw scores [N, K] → predictions [N, K], or [N, 1] for "class". */
export function applyLink(build: Builder, link: Link, raw: ValueId): ValueId {
  switch (link) {
    case "identity":
      return raw;
    case "sigmoid":
      return build.op("sigmoid", [raw]);
    case "exp":
      return build.op("exp", [raw]);
    case "step":
      return build.op("cast", [build.op("greater", [raw, build.constant(scalar("float32", 0))])], { to: "float32" });
    case "softmax":
      return build.op("softmax", [raw], { axis: 1 });
    case "class":
      return build.op("cast", [build.op("argMax", [raw], { axis: 1, last: false })], { to: "float32" });
  }
}

/**
 * Class probabilities [N, K] of a classifier: softmax of the raw scores, [1 - p, p] of a binary one, a probability for each label
 * of a multi-label one. Undefined where the objective gives none (`binary:logitraw` and `binary:hinge` answer scores and classes).
 */
export function probabilities(build: Builder, name: string, raw: ValueId, columns: number): ValueId | undefined {
  if (name === "multi:softprob" || name === "multi:softmax") return build.op("softmax", [raw], { axis: 1 });
  if (name !== "binary:logistic") return undefined;
  const p = build.op("sigmoid", [raw]);
  if (columns > 1) return p;
  return build.op("concat", [build.op("sub", [build.constant(float32([1])), p]), p], { axis: 1 });
}

/** Whether the model of this objective has `probabilities`. */
export function hasProbabilities(name: string): boolean {
  return name === "multi:softprob" || name === "multi:softmax" || name === "binary:logistic";
}
