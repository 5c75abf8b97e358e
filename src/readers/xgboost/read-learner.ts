/**
 * The decoded file → what it says of its learner, checked: version, objective, base score, booster, column names. Between the
 * decoders and `read-xgboost.ts`. Source: `LearnerIO::LoadModel` and `LearnerModelParamLegacy` in src/learner.cc.
 */

import { LimitError, ModelParseError, UnsupportedError } from "../../errors.js";
import { type LinearBooster, readBooster, type TreeBooster } from "./booster.js";
import { baseMargin, findObjective, type Objective } from "./objectives.js";
import { compareVersions, readObject, type Version } from "./schema.js";
import { fileTable, learnerParamTable, learnerTable } from "./tables.js";
import { type FileValue, formatName } from "./values.js";

/** Versions from the first on, and before the second. */
const [oldest, beyond]: readonly [Version, Version] = [
  [1, 6, 0],
  [3, 3, 0],
];

/** A file of a few bytes may claim more, and be right. */
const [maxOutputs, maxFeatures] = [2 ** 20, 2 ** 24];

/** What the file says, checked. */
export interface Learner {
  readonly version: Version;
  readonly objectiveName: string;
  readonly objective: Objective;
  readonly features: number;
  readonly outputs: number;
  readonly base: Float32Array;
  readonly booster: TreeBooster | LinearBooster;
  readonly columns: readonly string[] | undefined;
  readonly attributes: ReadonlyMap<string, string>;
}

function readVersion(file: FileValue): Version {
  const path = "version";
  const object = readObject(file, "file", fileTable, oldest);
  if (object.version.length !== 3) {
    throw new ModelParseError(formatName, path, "expected the three numbers of XGBoost's version");
  }
  const [major, minor, patch] = Array.from(object.version);
  const version: Version = [major ?? -1, minor ?? -1, patch ?? -1];
  if (!version.every((part) => Number.isSafeInteger(part) && part >= 0)) {
    throw new ModelParseError(formatName, path, `[${version}] is no version`);
  }
  if (compareVersions(version, oldest) < 0 || compareVersions(version, beyond) >= 0) {
    throw new UnsupportedError(
      formatName,
      `the file was written by XGBoost ${version.join(".")}, and calypte reads those of 1.6 to 3.2`,
      "load it with XGBoost 3.2 and save it again",
    );
  }
  return version;
}

/** Throws as `readXgboost` does. */
export function readLearner(file: FileValue): Learner {
  const version = readVersion(file);
  const top = readObject(file, "file", fileTable, version);
  const row = readObject(top.learner, "learner", learnerTable, version);
  const paramPath = "learner.learner_model_param";
  const param = readObject(row.learner_model_param, paramPath, learnerParamTable, version);
  const { name, objective } = findObjective(row.objective, "learner.objective");
  const features = param.num_feature;
  const targets = param.num_target ?? 1;
  if (param.num_class > 1 && targets > 1) {
    throw new UnsupportedError(
      `${formatName}: ${paramPath}`,
      "several classes and several targets, which XGBoost has not either",
    );
  }
  const outputs = Math.max(param.num_class, targets, 1);
  if (outputs > maxOutputs || features > maxFeatures) {
    throw new LimitError(
      `${formatName}: ${paramPath}: ${outputs} outputs of ${features} columns are over the limit of ${maxOutputs} and ${maxFeatures}`,
    );
  }
  const base = readBaseScore(param.base_score, outputs).map((v) =>
    baseMargin(objective, v, version, `${paramPath}.base_score`),
  );
  const names = row.feature_names ?? [];
  if (names.length !== 0 && (names.length !== features || new Set(names).size !== names.length)) {
    throw new ModelParseError(
      formatName,
      "learner.feature_names",
      `${names.length} names, expected ${features} different ones`,
    );
  }
  const attributes = new Map<string, string>();
  for (const [key, value] of Object.entries(row.attributes)) {
    if (typeof value !== "string") {
      throw new ModelParseError(formatName, "learner.attributes", `${JSON.stringify(key)} is no text`);
    }
    attributes.set(key, value);
  }
  return {
    version,
    objectiveName: name,
    objective,
    features,
    outputs,
    base: base.length === outputs ? base : new Float32Array(outputs).fill(base[0]!),
    booster: readBooster(row.gradient_booster, features, outputs, version),
    columns: names.length === 0 ? undefined : names,
    attributes,
  };
}

/** A number, or from 3.1 on a list of them in brackets: one for all outputs, or one for each. */
function readBaseScore(text: string, outputs: number): Float32Array {
  const inner = /^\[(.*)\]$/.exec(text)?.[1] ?? text;
  const parts = inner.length > 64 * outputs ? [] : inner.split(",").map((part) => part.trim());
  const right = parts.every((part) => /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(part));
  if (!right || (parts.length !== 1 && parts.length !== outputs)) {
    const expected = outputs === 1 ? "a number" : `one number or ${outputs}`;
    throw new ModelParseError(
      formatName,
      "learner.learner_model_param.base_score",
      `expected ${expected}, got ${JSON.stringify(text.slice(0, 40))}`,
    );
  }
  return Float32Array.from(parts, Number);
}
