/** `CatboostFile` → Model: one input X (or one per column), one node, the facts that `inspect` shows, and CatBoost's prediction option. */

import { ModelParseError, OptionError, UnsupportedError } from "../../errors.js";
import { N } from "../../ir/dims.js";
import type { Model, ModelInput, ModelOutput, PredictionOptions } from "../../ir/model.js";
import { type CatboostFile, format } from "./catboost-file.js";
import { catboostForest, checkTrees } from "./catboost-forest.js";
import { catboostOperator } from "./catboost-operator.js";
import { readClassLabels } from "./class-labels.js";
import { conditionsOf } from "./conditions.js";
import { shown } from "./json-fields.js";
import { readObjective } from "./objectives.js";

/**
 * Outputs: `predict`, what `predict` of the Python class for the model's loss returns (labels for a classifier, see
 * `objectives.ts`), and `probabilities` [N, classes] for classifiers. Throws ModelParseError and UnsupportedError.
 */
export function buildModel(file: CatboostFile): Model {
  const { trees } = file;
  const count = trees.leafStart.length - 1;
  if (count === 0)
    throw new UnsupportedError("CatBoost model", "it has no trees", "CatBoost does not predict with it either");
  if (!Number.isFinite(file.scale) || !file.bias.every(Number.isFinite)) {
    throw new ModelParseError(format, "scale_and_bias", "scale and bias must be finite");
  }
  const { loss, link } = readObjective(file.info, trees.dimension);
  const single = link === "binary" || link === "softmax" || link === "one-vs-all";
  const classes = single ? readClassLabels(file.info, link === "binary" ? 2 : trees.dimension) : undefined;
  const threshold = readThreshold(file.info, link === "binary");
  const columns = columnNames(file);
  const conditions = conditionsOf(file);
  checkTrees(trees, conditions);
  const outputs: ModelOutput[] = [{ name: "predict", role: single ? "label" : "values" }];
  if (single || link === "multi-label") outputs.push({ name: "probabilities", role: "probabilities" });
  const version = /\btags\/v(\d[\w.]*)/.exec(String(file.info.get("catboost_version_info") ?? ""))?.[1];
  const facts: (readonly [string, string])[] = [
    ["objective", loss ?? "not stored"],
    ["rounds", String(count)],
    ["booster", trees.symmetric ? "symmetric trees" : "non-symmetric trees"],
  ];
  if (version !== undefined) facts.push(["library version", version]);
  if (threshold !== undefined) facts.push(["probability threshold", String(threshold)]);

  const { texts } = conditions;
  const inputs = inputsOf(columns, texts);
  const forestOf = (from: number, to: number) => catboostForest(trees, conditions, columns.length, from, to);
  // Symmetric trees are right by their counts; others are once they are a forest.
  const whole = trees.symmetric ? undefined : forestOf(0, count);
  const modelOf = (from: number, to: number): Model => ({
    format,
    producer: version === undefined ? "CatBoost" : `CatBoost ${version}`,
    inputs,
    outputs,
    nodes: [
      {
        operator: catboostOperator({
          forest: whole !== undefined && to - from === count ? () => whole : once(() => forestOf(from, to)),
          table: texts.size === 0 ? undefined : { columns: columns.length, texts },
          scale: file.scale,
          // As in CatBoost, a range that does not start at the first tree leaves the bias out.
          bias: from === 0 ? file.bias : file.bias.map(() => 0),
          link,
          classes,
          scoreThreshold: threshold === undefined ? 0 : -Math.log(1 / threshold - 1),
        }),
        inputs: inputs.map(({ name }) => name),
        outputs: outputs.map(({ name }) => name),
        where: "CatBoost model",
      },
    ],
    constants: new Map(),
    opsets: {},
    facts,
    configure(options: PredictionOptions): Model {
      if (options.missing !== undefined) {
        throw new OptionError("missing", "a CatBoost model has no value for missing but NaN");
      }
      if (options.iterationRange === undefined) return this;
      const [first, end] = options.iterationRange;
      if (!Number.isInteger(first) || !Number.isInteger(end) || first < 0 || end <= first || end > count) {
        throw new OptionError(
          "iterationRange",
          `iterationRange is [${first}, ${end}], expected 0 ≤ first < end ≤ ${count}, the trees of the model`,
        );
      }
      return modelOf(first, end);
    },
  });
  return modelOf(0, count);
}

/** The value of `make`, made when it is first asked for. */
function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

/** The matrix X, or an input for each column where some hold texts: a tensor has one element type. */
function inputsOf(columns: readonly string[], texts: ReadonlyMap<number, readonly string[]>): readonly ModelInput[] {
  if (texts.size > 0) {
    return columns.map((name, c): ModelInput => ({ name, dtype: texts.has(c) ? "string" : "float32", shape: [N] }));
  }
  const named = columns.some((name, i) => name !== String(i));
  return [{ name: "X", dtype: "float32", shape: [N, columns.length], ...(named ? { columns } : {}) }];
}

/** Names of the columns of X; the number of the column, as in CatBoost, where the file gives none. */
function columnNames(file: CatboostFile): readonly string[] {
  const features = [...file.floats, ...file.categoricals];
  const width = features.reduce((most, { flatIndex }) => Math.max(most, flatIndex + 1), 0);
  if (width > 2 * features.length + 2 ** 16) {
    throw new ModelParseError(format, "features_info", `${features.length} features, but a column ${width - 1}`);
  }
  const names = Array.from({ length: width }, (_, i) => String(i));
  for (const { flatIndex, name } of features) if (name !== "") names[flatIndex] = name;
  if (new Set(names).size !== names.length) {
    const seen = new Set<string>();
    const twice = names.find((name) => seen.size === seen.add(name).size) ?? "";
    throw new ModelParseError(format, "features_info", `two features have the name ${JSON.stringify(twice)}`);
  }
  return names;
}

/** The probability above which a binary classifier says its second class, where `set_probability_threshold` stored one. */
function readThreshold(info: ReadonlyMap<string, unknown>, binary: boolean): number | undefined {
  const text = info.get("binclass_probability_threshold");
  if (text === undefined) return undefined;
  if (!binary) {
    throw new UnsupportedError(
      "model_info.binclass_probability_threshold",
      "a probability threshold is understood for binary classifiers alone",
      "remove it with set_probability_threshold(None)",
    );
  }
  const value = typeof text === "string" && text.trim() !== "" ? Number(text) : Number.NaN;
  if (!(value >= 0 && value <= 1)) {
    throw new ModelParseError(
      format,
      "model_info.binclass_probability_threshold",
      `${shown(text)} is no probability in [0, 1]`,
    );
  }
  return value;
}
