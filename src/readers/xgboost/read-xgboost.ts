/**
 * XGBoost's own files, JSON and UBJSON, written by 1.6 to 3.2 → Model: one input X [N, features] in float32, `predict` as
 * `Booster.predict` answers it, and `probabilities` of classifiers; raw scores and leaf indices (node ids) are marked.
 * A row of the table in `readers/read.ts`. Source: XGBoost 1.6.2, 2.1.4 and 3.2.0, file by file in the modules beside this one.
 */

import { OptionError } from "../../errors.js";
import type { Categories } from "../../ir/categories.js";
import { N } from "../../ir/dims.js";
import type { Model, ModelInput, ModelNode, PredictionOptions } from "../../ir/model.js";
import { decodeJson } from "./decode-json.js";
import { decodeUbjson } from "./decode-ubjson.js";
import { isUbjson } from "./looks-like-xgboost.js";
import { lower, rawScorer } from "./lower.js";
import { hasProbabilities } from "./objectives.js";
import { type Learner, readLearner } from "./read-learner.js";
import { formatName } from "./values.js";

/** Names of categories that a fact lists. */
const namesShown = 50;

/**
 * Throws ModelParseError for a damaged file, with the place in it; UnsupportedError for a version, objective, booster or key that
 * calypte does not know, by name.
 */
export function readXgboost(bytes: Uint8Array): Model {
  const learner = readLearner(isUbjson(bytes) ? decodeUbjson(bytes) : decodeJson(bytes));
  return modelOf(learner, {});
}

/** [first, end) checked against the rounds that the model has. */
function checkRange(
  learner: Learner,
  range: readonly [number, number] | undefined,
): readonly [number, number] | undefined {
  if (range === undefined) return undefined;
  const { booster } = learner;
  if (booster.kind === "gblinear") {
    throw new OptionError("iterationRange", "a gblinear model has no rounds to choose from; leave it out");
  }
  const rounds = booster.rounds.length - 1;
  // The option comes from users, whatever its type says.
  const [first = Number.NaN, end = Number.NaN] = Array.isArray(range) && range.length === 2 ? range : [];
  if (!Number.isInteger(first) || !Number.isInteger(end) || !(0 <= first && first < end && end <= rounds)) {
    const got = JSON.stringify(range);
    throw new OptionError("iterationRange", `expected 0 <= first < end <= ${rounds}, the model's rounds, got ${got}`);
  }
  return [first, end];
}

function modelOf(learner: Learner, options: PredictionOptions): Model {
  const { objectiveName: name } = learner;
  const range = checkRange(learner, options.iterationRange);
  if (options.missing !== undefined && typeof options.missing !== "number") {
    throw new OptionError("missing", `expected a number, got ${typeof options.missing}`);
  }
  const rawScore = rawScorer(learner, range);
  const outputs = ["predict", ...(hasProbabilities(name) ? ["probabilities"] : [])];
  const node: ModelNode = {
    operator: {
      op: "XgboostBooster",
      labels: "decode",
      compile: (ctx, inputs) => lower(ctx, learner, rawScore, options.missing, inputs[0]!),
    },
    inputs: ["X"],
    outputs,
    where: `${learner.booster.kind} (${name})`,
  };
  const version = learner.version.join(".");
  return {
    format: formatName,
    producer: `XGBoost ${version}`,
    inputs: [inputOf(learner)],
    outputs: outputs.map((output) => ({ name: output, role: output === "predict" ? "values" : "probabilities" })),
    nodes: [node],
    constants: new Map(),
    opsets: {},
    facts: factsOf(learner),
    configure: (more) => modelOf(learner, { ...options, ...more }),
  };
}

function inputOf({ features, columns, booster }: Learner): ModelInput {
  const categories = new Map<number, Categories>();
  if (booster.kind !== "gblinear") {
    for (const [column, dictionary] of booster.dictionaries) {
      if (dictionary.categories !== undefined) categories.set(column, dictionary.categories);
    }
  }
  return {
    name: "X",
    dtype: "float32",
    shape: [N, features],
    ...(columns === undefined ? {} : { columns }),
    ...(categories.size === 0 ? {} : { categories }),
  };
}

/** `Booster.predict` takes all rounds; the wrapper for scikit-learn stops at the best one. */
function sayAllRounds(best: string, booster: Learner["booster"]): string {
  const end = Number(best) + 1;
  if (booster.kind === "gblinear" || !Number.isInteger(end) || end >= booster.rounds.length - 1) return "";
  return ` (all rounds are used unless iterationRange is [0, ${end}])`;
}

function factsOf(learner: Learner): readonly (readonly [string, string])[] {
  const { booster, attributes } = learner;
  const facts: (readonly [string, string])[] = [
    ["objective", learner.objectiveName],
    ["booster", booster.kind],
    ["library version", learner.version.join(".")],
  ];
  if (booster.kind !== "gblinear") {
    facts.push(["rounds", String(booster.rounds.length - 1)], ["trees", String(booster.trees.length)]);
  }
  if (booster.kind !== "gblinear") {
    for (const [column, { names, categories }] of booster.dictionaries) {
      const shown = names.slice(0, namesShown).map((name, code) => `${code} ${name}`);
      const more = names.length > namesShown ? `, … ${names.length} in all` : "";
      const damaged = categories === undefined ? " (the names are not reliable: give codes)" : "";
      facts.push([`codes of ${learner.columns?.[column] ?? `column ${column}`}`, shown.join(", ") + more + damaged]);
    }
  }
  const [iteration, score] = [attributes.get("best_iteration"), attributes.get("best_score")];
  if (iteration !== undefined) facts.push(["best iteration", iteration + sayAllRounds(iteration, booster)]);
  if (score !== undefined) facts.push(["best score", score]);
  return facts;
}
