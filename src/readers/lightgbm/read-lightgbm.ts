/**
 * LightGBM text models (Booster.save_model, versions v3 and v4) → Model. Reads the header, checks tree sizes, takes the trees, and makes one
 * node of them (`operator.ts`). A row of the table of readers (`../read.ts`).
 *
 * Conventions: one input X float64 [N, features] with the file's feature names; output `predict`, what Booster.predict gives, and
 * `probabilities` where the objective classifies. Categories are given as their
 * codes, or as the file lists them (`pandas-categories.ts`).
 * Source: `GBDT::LoadModelFromString` (src/boosting/gbdt_model_text.cpp), LightGBM 3.3.5 and 4.7.
 */

import { LimitError, ModelParseError, OptionError, UnsupportedError } from "../../errors.js";
import { N } from "../../ir/dims.js";
import type { Model, PredictionOptions } from "../../ir/model.js";
import { type HeaderKey, headerKeys, versions } from "./keys.js";
import { type FileLines, format, splitLines } from "./lines.js";
import { checkRoom, readInteger, readIntegers } from "./numbers.js";
import { readObjective } from "./objective.js";
import { type Booster, bindBooster } from "./operator.js";
import { type PandasCategories, readPandasCategories } from "./pandas-categories.js";
import { readTail, type Tail } from "./tail.js";
import { readTrees, sliceTrees } from "./trees.js";

const decoder = new TextDecoder();
/** Most scores per row; LightGBM trains one tree per class and round, so that real files stay far below. */
const maxOutputs = 2 ** 16;
const maxFeatures = 2 ** 24;

interface Header {
  readonly version: string;
  readonly outputs: number;
  readonly names: readonly string[];
  /** Of each column, what LightGBM notes of its values in training. */
  readonly infos: readonly string[];
  readonly objective: string | undefined;
  readonly average: boolean;
}

/** Reads a model. Throws ModelParseError, UnsupportedError or LimitError naming the place in the file. */
export function readLightgbm(bytes: Uint8Array): Model {
  const lines = splitLines(bytes);
  const header = readHeader(bytes, lines);
  checkTreeSizes(bytes, lines);
  const { outputs, names } = header;
  if (lines.trees.length % outputs !== 0) {
    const counted = `${lines.trees.length} trees do not make whole rounds of ${outputs}`;
    throw new ModelParseError(format, "num_tree_per_iteration", `${counted}, one tree for each score`);
  }
  const booster: Booster = {
    trees: readTrees(bytes, lines.trees, names.length),
    nFeatures: names.length,
    outputs,
    objective: readObjective(header.objective, outputs),
    average: header.average,
  };
  const tail = readTail(bytes, lines.tail);
  return modelOf(booster, header, tail, pandasOf(header, tail));
}

/** Columns are categorical that the parameters list, or that have categories in place of a range. */
function pandasOf({ names, infos }: Header, { pandas, categorical }: Tail): PandasCategories {
  if (pandas === undefined) return { categories: new Map(), facts: [] };
  const declared = new Set(categorical);
  const columns = names.map((name, i) => {
    const info = infos[i] ?? "none";
    return { name, info, categorical: declared.has(i) || (info !== "none" && !info.startsWith("[")) };
  });
  return readPandasCategories(pandas, columns);
}

function modelOf(booster: Booster, header: Header, tail: Tail, pandas: PandasCategories): Model {
  const { trees, nFeatures, outputs, objective } = booster;
  const rounds = trees.count / outputs;
  const where = "LightGBM trees";
  const names = objective.classifies === "no" ? ["predict"] : ["predict", "probabilities"];
  return {
    format,
    producer: `LightGBM, text model ${header.version}`,
    inputs: [
      {
        name: "X",
        dtype: "float64",
        shape: [N, nFeatures],
        columns: header.names,
        ...(pandas.categories.size === 0 ? {} : { categories: pandas.categories }),
      },
    ],
    outputs: names.map((name) => ({ name, role: name === "predict" ? "values" : "probabilities" })),
    nodes: [{ operator: bindBooster(booster), inputs: ["X"], outputs: names, where }],
    constants: new Map(),
    opsets: {},
    facts: [
      ["objective", header.objective ?? "custom"],
      ["boosting", tail.boosting ?? (booster.average ? "rf" : "gbdt")],
      ["rounds", String(rounds)],
      ["trees", String(trees.count)],
      ...(trees.linear === undefined ? [] : ([["linear trees", "yes"]] as const)),
      ["file version", header.version],
      ...pandas.facts,
    ],
    configure(options) {
      const [first, end] = checkedRange(options, rounds);
      return modelOf({ ...booster, trees: sliceTrees(trees, first * outputs, end * outputs) }, header, tail, pandas);
    },
  };
}

function checkedRange({ iterationRange, missing }: PredictionOptions, rounds: number): readonly [number, number] {
  if (missing !== undefined) {
    throw new OptionError("missing", "a LightGBM model holds what stands for missing; leave it out");
  }
  const [first, end] = iterationRange ?? [0, rounds];
  const whole = Number.isInteger(first) && Number.isInteger(end);
  if (!whole || first < 0 || end > rounds || (first >= end && rounds > 0)) {
    throw new OptionError(
      "iterationRange",
      `[${first}, ${end}) is not a range of this model's ${rounds} rounds; use [first, end) with 0 ≤ first < end ≤ ${rounds}`,
    );
  }
  return [first, end];
}

function readHeader(bytes: Uint8Array, { header }: FileLines): Header {
  for (const [key, row] of Object.entries(headerKeys)) {
    if ("required" in row && !header.has(key as HeaderKey)) {
      throw new ModelParseError(format, "header", `it has no line "${key}"`);
    }
  }
  const text = (key: HeaderKey): string | undefined => {
    const span = header.get(key);
    return span === undefined ? undefined : decoder.decode(bytes.subarray(span.from, span.to));
  };
  const integer = (key: HeaderKey, high: number): number | undefined => {
    const span = header.get(key);
    return span === undefined ? undefined : readInteger(bytes, span, 0, high, key);
  };
  const version = text("version") ?? "";
  if (!versions.has(version)) {
    const known = [...versions].join(" or ");
    throw new UnsupportedError(
      "version",
      `the file is of version "${version}", expected ${known}`,
      "load it with LightGBM 3 or 4 and save it again",
    );
  }
  const classes = integer("num_class", 2 ** 31 - 1) ?? 1;
  const outputs = integer("num_tree_per_iteration", 2 ** 31 - 1) ?? classes;
  if (outputs !== classes || outputs === 0) {
    const got = `num_class is ${classes} and num_tree_per_iteration ${outputs}`;
    throw new ModelParseError(format, "header", `${got}, expected the same number, at least 1`);
  }
  if (outputs > maxOutputs) throw new LimitError(`num_class: ${outputs} classes are over the limit of ${maxOutputs}`);
  const features = (integer("max_feature_idx", maxFeatures - 1) ?? 0) + 1;
  const names = namesOf(text("feature_names") ?? "", features);
  const infos = words(text("feature_infos") ?? "");
  if (infos.length !== features) {
    throw new ModelParseError(format, "feature_infos", `it has ${infos.length} entries, expected ${features}`);
  }
  return { version, outputs, names, infos, objective: text("objective"), average: header.has("average_output") };
}

const words = (text: string): readonly string[] => text.split(" ").filter((word) => word !== "");

function namesOf(text: string, features: number): readonly string[] {
  const names = words(text);
  if (names.length !== features) {
    throw new ModelParseError(format, "feature_names", `it has ${names.length} names, expected ${features}`);
  }
  if (new Set(names).size !== features) {
    const twice = names.find((name, i) => names.indexOf(name) !== i);
    throw new ModelParseError(format, "feature_names", `"${twice}" occurs twice`);
  }
  return names;
}

/** tree_sizes must say the truth: a file whose trees do not fill the bytes they claim was cut, merged or edited. */
function checkTreeSizes(bytes: Uint8Array, { header, trees }: FileLines): void {
  const span = header.get("tree_sizes");
  if (span === undefined) return;
  checkRoom(span, trees.length, "tree_sizes");
  const sizes = new Float64Array(trees.length);
  readIntegers(bytes, span, sizes, 0, trees.length, 0, 2 ** 48, "tree_sizes");
  const wrong = trees.findIndex(({ size }, t) => size !== sizes[t]);
  if (wrong === -1) return;
  const [said, found] = [sizes[wrong], trees[wrong]?.size];
  throw new ModelParseError(format, `tree ${wrong}`, `tree_sizes says ${said} bytes, but it has ${found}`);
}
