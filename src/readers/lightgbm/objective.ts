/**
 * The objective of a LightGBM text model and the link from raw scores to predictions that it implies. The table is the only place that
 * knows objectives; one that is not in it, or an option beside it that is not listed, is refused by name.
 *
 * Source: `ObjectiveFunction::CreateObjectiveFunction` (src/objective/objective_function.cpp), `ToString` and `ConvertOutput` of each
 * objective (src/objective/*.hpp), `ParseObjectiveAlias` (include/LightGBM/config.h), LightGBM 3.3.5 and 4.7.
 */

import { ModelParseError, UnsupportedError } from "../../errors.js";
import type { Builder } from "../../ir/builder.js";
import { type Dim, N } from "../../ir/dims.js";
import type { ValueId } from "../../ir/program.js";
import { scalar } from "../../ir/tensor.js";
import { format } from "./lines.js";

/** identity: x; square: sign(x)·x·x; logistic: 1/(1+e^(-sigmoid·x)); softplus: log(1+e^x). */
type Link = "identity" | "square" | "exponential" | "logistic" | "softmax" | "softplus";

interface ObjectiveRow {
  readonly link: Link;
  /** Words that may follow the name in the file: "sqrt", or the name before a colon. */
  readonly options?: readonly string[];
  /** "classes": one score per class, and predictions are probabilities. "binary": one score, the second class's. "any": as many as there are. */
  readonly scores?: "binary" | "classes" | "any";
}

const objectives: Readonly<Record<string, ObjectiveRow>> = {
  regression: { link: "identity", options: ["sqrt"] },
  regression_l1: { link: "identity", options: ["sqrt"] },
  huber: { link: "identity" },
  fair: { link: "identity", options: ["sqrt"] },
  quantile: { link: "identity", options: ["sqrt"] },
  mape: { link: "identity", options: ["sqrt"] },
  poisson: { link: "exponential" },
  gamma: { link: "exponential" },
  tweedie: { link: "exponential" },
  binary: { link: "logistic", options: ["sigmoid"], scores: "binary" },
  multiclass: { link: "softmax", options: ["num_class"], scores: "classes" },
  multiclassova: { link: "logistic", options: ["num_class", "sigmoid"], scores: "classes" },
  cross_entropy: { link: "logistic" },
  cross_entropy_lambda: { link: "softplus" },
  lambdarank: { link: "identity" },
  rank_xendcg: { link: "identity" },
  // Trained with a function of the user's: Booster.predict gives raw scores.
  custom: { link: "identity", scores: "any" },
};

const aliases: ReadonlyMap<string, string> = new Map([
  ["regression_l2", "regression"],
  ["xentropy", "cross_entropy"],
  ["xentlambda", "cross_entropy_lambda"],
  ["none", "custom"],
  ["null", "custom"],
  ["na", "custom"],
]);

export interface Objective {
  readonly name: string;
  readonly link: Link;
  /** Multiplies the score before the logistic function. */
  readonly sigmoid: number;
  readonly classifies: "no" | "binary" | "classes";
}

/** Reads the line `objective=`; undefined stands for a file without it (a custom objective). `outputs`: scores per row. */
export function readObjective(text: string | undefined, outputs: number): Objective {
  const [written = "", ...options] = (text ?? "custom").split(" ").filter((word) => word !== "");
  const name = aliases.get(written) ?? written;
  const row = Object.hasOwn(objectives, name) ? objectives[name] : undefined;
  if (row === undefined) {
    throw new UnsupportedError("objective", `"${written}" is not an objective that calypte knows`);
  }
  let { link } = row;
  let sigmoid = 1;
  for (const option of options) {
    const [key = "", value] = option.split(":", 2);
    if (row.options?.includes(key) !== true) {
      throw new UnsupportedError("objective", `"${option}" is not an option of ${name} that calypte knows`);
    }
    const number = value === undefined || value === "" ? Number.NaN : Number(value);
    if (key === "sqrt" && value === undefined) link = "square";
    else if (key === "sigmoid" && number > 0 && number < Infinity) sigmoid = number;
    else if (key !== "num_class" || number !== outputs) {
      throw new ModelParseError(
        format,
        "objective",
        `option "${option}" does not fit a model of ${outputs} scores a row`,
      );
    }
  }
  const single = row.scores === undefined || row.scores === "binary";
  if (single && outputs !== 1) {
    throw new ModelParseError(format, "objective", `${name} has one score a row, but num_class is ${outputs}`);
  }
  const classifies = row.scores === "binary" || row.scores === "classes" ? row.scores : "no";
  return { name, link, sigmoid, classifies };
}

/** Writes the link: scores float64 [N, K] → what Booster.predict gives, of the same shape. */
export function applyLink(build: Builder, objective: Objective, scores: ValueId): ValueId {
  const number = (value: number) => build.constant(scalar("float64", value));
  switch (objective.link) {
    case "identity":
      return scores;
    case "square":
      return build.op("mul", [build.op("mul", [build.op("sign", [scores]), scores]), scores]);
    case "exponential":
      return build.op("exp", [scores]);
    case "logistic": {
      const scaled = objective.sigmoid === 1 ? scores : build.op("mul", [scores, number(objective.sigmoid)]);
      return build.op("sigmoid", [scaled]);
    }
    case "softmax":
      return build.op("softmax", [scores], { axis: 1 });
    case "softplus":
      return build.op("log1p", [build.op("exp", [scores])]);
  }
}

/** Probabilities [N, classes] of a classifier from its predictions [N, K]. */
export function probabilitiesOf(build: Builder, objective: Objective, predicted: ValueId): ValueId {
  if (objective.classifies !== "binary") return predicted;
  const other = build.op("sub", [build.constant(scalar("float64", 1)), predicted]);
  return build.op("concat", [other, predicted], { axis: 1 });
}

/** [N, 1] → [N]; others as they are. */
export function withoutSingleColumn(build: Builder, value: ValueId): ValueId {
  const [rows = N, columns] = build.type(value).shape;
  return columns === 1 ? build.op("reshape", [value], { shape: [rows satisfies Dim] }) : value;
}
