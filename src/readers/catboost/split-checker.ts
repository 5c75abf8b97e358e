/** Splits of the JSON format: the number of the condition, with the feature and the border beside it checked to be the same. */

import { ModelParseError, UnsupportedError } from "../../errors.js";
import { type FloatFeature, format, type OneHotFeature } from "./catboost-file.js";
import { readFields } from "./json-fields.js";

const splitFields = {
  split_type: "string",
  split_index: "int",
  float_feature_index: "int?",
  border: "number?",
  cat_feature_index: "int?",
  value: "int?",
  ctr_target_border_idx: "int?",
} as const;

interface Condition {
  readonly type: "FloatFeature" | "OneHotFeature";
  readonly feature: number;
  readonly value: number;
}

/** Reads a split: the ordinal of its condition. Throws ModelParseError where number and description disagree. */
export function splitChecker(
  floats: readonly FloatFeature[],
  oneHots: readonly OneHotFeature[],
): (split: unknown, place: string) => number {
  const conditions: Condition[] = [];
  for (const f of floats) {
    for (const value of Array.from(f.borders)) conditions.push({ type: "FloatFeature", feature: f.index, value });
  }
  for (const f of oneHots) {
    for (const value of Array.from(f.values)) conditions.push({ type: "OneHotFeature", feature: f.categorical, value });
  }
  return (split, place) => {
    const given = readFields(split, place, splitFields);
    if (given.split_type !== "FloatFeature" && given.split_type !== "OneHotFeature") {
      throw new UnsupportedError(place, `splits of the type "${given.split_type}" are not evaluated`);
    }
    const condition = conditions[given.split_index];
    if (condition === undefined) {
      throw new ModelParseError(format, place, `split_index ${given.split_index} is not in [0, ${conditions.length})`);
    }
    const float = given.split_type === "FloatFeature";
    const feature = float ? given.float_feature_index : given.cat_feature_index;
    const value = float ? given.border : given.value;
    const same =
      condition.type === given.split_type &&
      condition.feature === feature &&
      value !== undefined &&
      condition.value === (float ? Math.fround(value) : value | 0);
    if (!same) {
      throw new ModelParseError(
        format,
        place,
        `its description (${given.split_type}, feature ${feature}, ${value}) is not that of split_index ${given.split_index} (${condition.type}, feature ${condition.feature}, ${condition.value})`,
      );
    }
    return given.split_index;
  };
}
