/**
 * What a model predicts, by the loss it was trained with: from the raw scores to the answers of the class that one trains with that loss
 * in Python (CatBoostClassifier for classification, CatBoostRegressor and CatBoostRanker otherwise).
 *
 * Sources: catboost/core.py (`predict`, `_get_default_prediction_type`), catboost/libs/eval_result/eval_helpers.cpp (`PrepareEval`).
 */

import { ModelParseError, UnsupportedError } from "../../errors.js";
import { format } from "./catboost-file.js";

export type Link =
  /** The raw scores themselves. */
  | "identity"
  /** e^score. */
  | "exponent"
  /** [score₀, e^(2·score₁)]: mean and variance. */
  | "uncertainty"
  /** One score: σ is the probability of the second class. */
  | "binary"
  /** Softmax over one score per class. */
  | "softmax"
  /** σ of each score, one per class; the highest wins. */
  | "one-vs-all"
  /** σ of each score; labels are independent. */
  | "multi-label";

const links: { readonly [loss: string]: Link } = {
  RMSE: "identity",
  MAE: "identity",
  Quantile: "identity",
  MultiQuantile: "identity",
  Expectile: "identity",
  LogLinQuantile: "identity",
  LogCosh: "identity",
  MAPE: "identity",
  Huber: "identity",
  Lq: "identity",
  MultiRMSE: "identity",
  MultiRMSEWithMissingValues: "identity",
  SurvivalAft: "identity",
  Cox: "identity",
  GroupQuantile: "identity",
  YetiRank: "identity",
  YetiRankPairwise: "identity",
  PairLogit: "identity",
  PairLogitPairwise: "identity",
  QueryRMSE: "identity",
  QuerySoftMax: "identity",
  QueryCrossEntropy: "identity",
  StochasticFilter: "identity",
  StochasticRank: "identity",
  LambdaMart: "identity",
  Poisson: "exponent",
  Tweedie: "exponent",
  RMSEWithUncertainty: "uncertainty",
  Logloss: "binary",
  CrossEntropy: "binary",
  Focal: "binary",
  MultiClass: "softmax",
  MultiClassOneVsAll: "one-vs-all",
  MultiLogloss: "multi-label",
  MultiCrossEntropy: "multi-label",
};

export interface Objective {
  /** As the file says; undefined in sums of models of different losses. */
  readonly loss: string | undefined;
  readonly link: Link;
}

/** Scores that a link takes; undefined where any number will do. */
const scores: { readonly [L in Link]: ((count: number) => boolean) | undefined } = {
  identity: undefined,
  exponent: (n) => n === 1,
  uncertainty: (n) => n === 2,
  binary: (n) => n === 1,
  softmax: (n) => n > 1,
  "one-vs-all": (n) => n > 1,
  "multi-label": undefined,
};

/** Throws UnsupportedError for a loss that is not in the table, ModelParseError where it does not fit the number of scores. */
export function readObjective(info: ReadonlyMap<string, unknown>, dimension: number): Objective {
  const loss = lossName(info);
  if (loss === undefined) {
    if (!info.has("class_params")) return { loss, link: "identity" };
    throw new UnsupportedError(
      "model_info",
      "the file has class labels but does not say by which loss it was trained",
      "sum only models of the same loss",
    );
  }
  const link = Object.hasOwn(links, loss) ? links[loss] : undefined;
  if (link === undefined) {
    throw new UnsupportedError("model_info.params.loss_function", `the loss ${JSON.stringify(loss)} is not known`);
  }
  if (scores[link]?.(dimension) === false) {
    throw new ModelParseError(format, "model_info.params.loss_function", `${loss} with ${dimension} scores per row`);
  }
  return { loss, link };
}

function field(value: unknown, key: string): unknown {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
  return (value as Readonly<Record<string, unknown>>)[key];
}

/** `TFullModel::GetLossFunctionName`: the model's own key first, then that of its training parameters. */
function lossName(info: ReadonlyMap<string, unknown>): string | undefined {
  const description = info.get("loss_function") ?? field(info.get("params"), "loss_function");
  if (description === undefined) return undefined;
  const type = field(description, "type");
  if (typeof type !== "string") {
    throw new ModelParseError(format, "model_info.params.loss_function", "it names no type");
  }
  return type;
}
