/** CatBoost JSON models of a few lines for tests, and small tools around them. */

import { CalypteError } from "../../errors.js";
import { readCatboost } from "./read-catboost.js";

type Json = Readonly<Record<string, unknown>>;

export const floatFeature = (index: number, borders: readonly number[], more: Json = {}): Json => ({
  borders,
  feature_id: "",
  feature_index: index,
  flat_feature_index: index,
  has_nans: false,
  nan_value_treatment: "AsIs",
  ...more,
});

export const floatSplit = (index: number, feature: number, border: number): Json => ({
  border,
  float_feature_index: feature,
  split_index: index,
  split_type: "FloatFeature",
});

export const oneHotSplit = (index: number, feature: number, value: number): Json => ({
  cat_feature_index: feature,
  split_index: index,
  split_type: "OneHotFeature",
  value,
});

export const lossInfo = (type: string): Json => ({ loss_function: { type, params: {} } });

export const labelParams = (type: string, names: readonly unknown[], toLabel = names.map((_, i) => i)): Json => ({
  class_label_type: type,
  class_names: names,
  class_to_label: toLabel,
  classes_count: 0,
});

/** Two columns; one tree: bit 0 is x₀ > 1, bit 1 is x₁ > 2.5; leaves 10, 20, 30, 40. */
export const plainTree: Json = {
  leaf_values: [10, 20, 30, 40],
  leaf_weights: [1, 1, 1, 1],
  splits: [floatSplit(0, 0, 1), floatSplit(1, 1, 2.5)],
};

/** A whole model; `changes` replaces top-level keys, undefined removes them. */
export function document(changes: Json = {}): Json {
  const whole: Record<string, unknown> = {
    features_info: { float_features: [floatFeature(0, [1]), floatFeature(1, [2.5])] },
    model_info: { params: lossInfo("RMSE") },
    oblivious_trees: [plainTree],
    scale_and_bias: [1, [0]],
    ...changes,
  };
  return Object.fromEntries(Object.entries(whole).filter(([, value]) => value !== undefined));
}

export const bytesOf = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

/** "ok", or the code of the typed error that reading ends in; any other error escapes. */
export function outcome(bytes: Uint8Array): string {
  try {
    readCatboost(bytes);
    return "ok";
  } catch (error) {
    if (!(error instanceof CalypteError)) throw error;
    if (/undefined|\[object/.test(error.message))
      throw new Error(`a careless message: ${error.message}`, { cause: error });
    return error.code;
  }
}
