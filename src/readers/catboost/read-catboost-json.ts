/**
 * CatBoost models in JSON, as `save_model(path, format="json")` of CatBoost 1.2 writes them → `CatboostFile`.
 * Source of the format: catboost/libs/model/model_export/json_model_helpers.cpp. As there, `split_index` is what a split means; the
 * feature and border beside it must agree.
 */

import { ModelParseError, UnsupportedError } from "../../errors.js";
import {
  type CatboostFile,
  type CatboostTrees,
  type CategoricalFeature,
  type FloatFeature,
  format,
  type OneHotFeature,
} from "./catboost-file.js";
import { checkFeatures } from "./check-features.js";
import { parseJson, type Read, readFields, shown } from "./json-fields.js";
import { readJsonTree, type TreeParts, treesFromParts } from "./json-trees.js";
import { readModelInfo } from "./model-info.js";
import { ctrRefusal, kindRefusal, type NamedFeature } from "./refused-features.js";
import { splitChecker } from "./split-checker.js";
import { symmetricTrees } from "./symmetric-trees.js";

const modelFields = {
  model_info: "value",
  features_info: "value",
  oblivious_trees: "list?",
  trees: "list?",
  scale_and_bias: "list?",
  ctr_data: "value?",
} as const;

const featuresFields = {
  float_features: "list?",
  categorical_features: "list?",
  ctrs: "list?",
  text_features: "list?",
  embedding_features: "list?",
  estimated_features: "list?",
  cat_features_hash: "list?",
} as const;

const floatFields = {
  feature_index: "int",
  flat_feature_index: "int",
  feature_id: "string?",
  feature_name: "string?",
  borders: "numbers?",
  has_nans: "boolean",
  nan_value_treatment: "string",
} as const;

const categoricalFields = {
  feature_index: "int",
  flat_feature_index: "int",
  feature_id: "string?",
  feature_name: "string?",
  values: "ints?",
  string_values: "strings?",
} as const;

const hashFields = { hash: "int", value: "string" } as const;
const obliviousFields = { splits: "list?", leaf_values: "numbers", leaf_weights: "numbers?" } as const;

/** Throws ModelParseError for a damaged file, UnsupportedError for what calypte does not evaluate. */
export function readCatboostJson(bytes: Uint8Array): CatboostFile {
  const model = readFields(parseJson(decode(bytes), ""), "", modelFields);
  const { floats, categoricals, oneHots, categoryNames } = readFeatures(model.features_info);
  refuseCtrs(model.ctr_data);
  const check = splitChecker(floats, oneHots);
  if ((model.oblivious_trees === undefined) === (model.trees === undefined)) {
    throw new ModelParseError(format, "", "expected either oblivious_trees or trees");
  }
  const trees =
    model.oblivious_trees === undefined
      ? readTrees(model.trees ?? [], check)
      : readOblivious(model.oblivious_trees, check);
  return {
    info: readInfo(model.model_info),
    floats,
    categoricals,
    oneHots,
    categoryNames,
    trees,
    ...readScaleAndBias(model.scale_and_bias, trees.dimension),
  };
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    // Invalid UTF-8 is a TypeError, a text longer than a string may be a RangeError or an Error, by engine.
    throw new ModelParseError(format, "", "its bytes are no UTF-8 text that can be read", { cause: error });
  }
}

function readInfo(value: unknown): ReadonlyMap<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new ModelParseError(format, "model_info", `expected an object, got ${shown(value)}`);
  }
  return readModelInfo(Object.entries(value), "model_info");
}

function refuseCtrs(value: unknown): void {
  if (value === undefined || value === null) return;
  if (typeof value === "object" && Object.keys(value).length === 0) return;
  throw ctrRefusal("ctr_data", []);
}

/** What is refused, by the name of the features; entries that are no features are not looked at further. */
function refuseFeatures(all: Read<typeof featuresFields>): void {
  if ((all.ctrs?.length ?? 0) > 0) {
    const categoricals = new Map(
      (all.categorical_features ?? []).map((entry) => [fieldOf(entry, "feature_index"), namedFeature(entry)]),
    );
    const used = (all.ctrs ?? []).flatMap((ctr) => {
      const elements = fieldOf(ctr, "elements");
      return Array.isArray(elements) ? elements.map((element) => fieldOf(element, "cat_feature_index")) : [];
    });
    throw ctrRefusal(
      "features_info.ctrs",
      used.flatMap((index) => categoricals.get(index) ?? []),
    );
  }
  for (const kind of ["text", "embedding", "estimated"] as const) {
    const key = `${kind}_features` as const;
    const list = all[key] ?? [];
    if (list.length > 0)
      throw kindRefusal(
        `features_info.${key}`,
        kind,
        list.flatMap((entry) => namedFeature(entry) ?? []),
      );
  }
}

/** The place and the name of a feature's entry, if it has a place. */
function namedFeature(entry: unknown): NamedFeature | undefined {
  const [column, name] = [fieldOf(entry, "flat_feature_index"), fieldOf(entry, "feature_id")];
  return typeof column === "number" ? { flatIndex: column, name: typeof name === "string" ? name : "" } : undefined;
}

function fieldOf(entry: unknown, key: string): unknown {
  const own = typeof entry === "object" && entry !== null && Object.hasOwn(entry, key);
  return own ? (entry as Readonly<Record<string, unknown>>)[key] : undefined;
}

function readFeatures(value: unknown): Pick<CatboostFile, "floats" | "categoricals" | "oneHots" | "categoryNames"> {
  const all = readFields(value, "features_info", featuresFields);
  refuseFeatures(all);
  const floats = (all.float_features ?? []).map((entry, i): FloatFeature => {
    const place = `features_info.float_features[${i}]`;
    const feature = readFields(entry, place, floatFields);
    const treatment = feature.nan_value_treatment;
    if (treatment !== "AsIs" && treatment !== "AsFalse" && treatment !== "AsTrue") {
      throw new UnsupportedError(place, `nan_value_treatment "${treatment}" is not known`);
    }
    return {
      index: feature.feature_index,
      flatIndex: feature.flat_feature_index,
      name: feature.feature_id || feature.feature_name || "",
      borders: Float32Array.from(feature.borders ?? []),
      hasNans: feature.has_nans,
      nanTreatment: treatment,
    };
  });
  const oneHots: OneHotFeature[] = [];
  const categoryNames: string[] = [];
  const categoricals = (all.categorical_features ?? []).map((entry, i): CategoricalFeature => {
    const feature = readFields(entry, `features_info.categorical_features[${i}]`, categoricalFields);
    if (feature.values !== undefined) {
      oneHots.push({ categorical: feature.feature_index, values: Int32Array.from(feature.values) });
    }
    categoryNames.push(...(feature.string_values ?? []));
    return {
      index: feature.feature_index,
      flatIndex: feature.flat_feature_index,
      name: feature.feature_id || feature.feature_name || "",
    };
  });
  for (const [i, entry] of (all.cat_features_hash ?? []).entries()) {
    categoryNames.push(readFields(entry, `features_info.cat_features_hash[${i}]`, hashFields).value);
  }
  checkFeatures(floats, categoricals);
  return { floats, categoricals, oneHots, categoryNames };
}

type SplitCheck = ReturnType<typeof splitChecker>;

function readOblivious(list: readonly unknown[], check: SplitCheck): CatboostTrees {
  const depths = new Int32Array(list.length);
  const splits: number[] = [];
  const values: (readonly number[])[] = [];
  let [dimension, total] = [1, 0];
  for (const [t, entry] of list.entries()) {
    const place = `oblivious_trees[${t}]`;
    const tree = readFields(entry, place, obliviousFields);
    const conditions = tree.splits ?? [];
    for (const [i, split] of conditions.entries()) splits.push(check(split, `${place}.splits[${i}]`));
    depths[t] = conditions.length;
    const own = tree.leaf_values.length / 2 ** conditions.length;
    if (!Number.isInteger(own) || own === 0 || (t > 0 && own !== dimension)) {
      const expected = t > 0 ? `${dimension}·2^${conditions.length}` : `a multiple of 2^${conditions.length}`;
      throw new ModelParseError(format, place, `${tree.leaf_values.length} leaf_values, expected ${expected}`);
    }
    dimension = own;
    values.push(tree.leaf_values);
    total += tree.leaf_values.length;
  }
  const leafValues = new Float64Array(total);
  let at = 0;
  for (const own of values) {
    leafValues.set(own, at);
    at += own.length;
  }
  return symmetricTrees(depths, splits, leafValues, dimension);
}

function readTrees(list: readonly unknown[], check: SplitCheck): CatboostTrees {
  const parts: TreeParts = { innerStart: [0], leafStart: [0], split: [], yes: [], no: [], leafValues: [] };
  let dimension: number | undefined;
  for (const [t, tree] of list.entries()) dimension = readJsonTree(tree, `trees[${t}]`, check, parts, dimension);
  return treesFromParts(parts, dimension ?? 1);
}

function readScaleAndBias(
  list: readonly unknown[] | undefined,
  dimension: number,
): { readonly scale: number; readonly bias: readonly number[] } {
  const zeros = Array.from({ length: dimension }, () => 0);
  if (list === undefined) return { scale: 1, bias: zeros };
  const fail = (message: string): never => {
    throw new ModelParseError(format, "scale_and_bias", message);
  };
  const [scale, bias] = list;
  if (list.length !== 2 || typeof scale !== "number") return fail("expected [scale, [bias, …]]");
  const biases: readonly unknown[] = Array.isArray(bias) ? bias : [bias ?? 0];
  const numbers = biases.map((b, i) =>
    typeof b === "number" ? b : fail(`bias ${i} is ${shown(b)}, expected a number`),
  );
  if (numbers.length !== dimension && numbers.some((b) => b !== 0)) {
    fail(`${numbers.length} biases for ${dimension} outputs`);
  }
  return { scale, bias: numbers.length === dimension ? numbers : zeros };
}
