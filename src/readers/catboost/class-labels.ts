/**
 * The classes of a classifier: their labels, and where each of its scores belongs among them (a class may have had no rows in
 * training, and then has no score). Source: `TExternalLabelsHelper` (catboost/private/libs/labels/external_label_helper.cpp) and
 * class_label_options.h.
 */

import { ModelParseError, UnsupportedError } from "../../errors.js";
import type { Dictionary } from "../../ir/types.js";
import { format } from "./catboost-file.js";
import { readFields, shown } from "./json-fields.js";

export interface ClassLabels {
  readonly labels: Dictionary;
  /** Per score: the class it is of, ascending. */
  readonly classOfScore: readonly number[];
}

const place = "model_info.class_params";
const fields = {
  class_label_type: "string",
  class_names: "list?",
  class_to_label: "ints?",
  classes_count: "int?",
} as const;

/** `scores` is the number of classes that have a score: two for a binary model. */
export function readClassLabels(info: ReadonlyMap<string, unknown>, scores: number): ClassLabels {
  const given = info.get("class_params");
  if (given === undefined) {
    throw new UnsupportedError(
      "model_info",
      "the classifier has no class_params (it is of a CatBoost before 0.24)",
      "train it again with CatBoost 1.2",
    );
  }
  const params = readFields(given, place, fields);
  const names = params.class_names ?? [];
  const toLabel = params.class_to_label ?? [];
  const fail = (message: string): never => {
    throw new ModelParseError(format, place, message);
  };
  if (toLabel.length !== scores) fail(`class_to_label has ${toLabel.length} entries for ${scores} classes`);
  const named = names.length > 0 || (params.classes_count ?? 0) > 0;
  const count = names.length > 0 ? names.length : named ? (params.classes_count ?? 0) : scores;
  if (count < scores || count > 2 ** 20) fail(`${count} classes, but ${scores} scores`);
  if (named && !toLabel.every((to, i) => to >= 0 && to < count && (i === 0 || to > toLabel[i - 1]!))) {
    fail(`class_to_label is [${toLabel}], expected ascending numbers below ${count}`);
  }
  // Without names and count the numbers of class_to_label are the labels themselves.
  const values = names.length > 0 ? names : named ? Array.from({ length: count }, (_, i) => i) : toLabel;
  const type = names.length > 0 ? params.class_label_type : "Integer";
  return {
    labels: dictionary(type, values),
    classOfScore: named ? toLabel : toLabel.map((_, i) => i),
  };
}

function dictionary(type: string, values: readonly unknown[]): Dictionary {
  const all = <T>(check: (v: unknown) => v is T): readonly T[] =>
    values.map((v, i) => {
      if (check(v)) return v;
      throw new ModelParseError(format, `${place}.class_names[${i}]`, `${shown(v)} is no label of the type ${type}`);
    });
  switch (type) {
    case "Integer":
      return { dtype: "int64", values: all((v): v is number => Number.isSafeInteger(v)).map(BigInt) };
    case "Float":
      return { dtype: "float64", values: all((v): v is number => typeof v === "number") };
    case "Boolean":
      return { dtype: "bool", values: all((v): v is boolean => typeof v === "boolean") };
    case "String":
      return { dtype: "string", values: all((v): v is string => typeof v === "string") };
    default:
      throw new UnsupportedError(place, `labels of the type ${JSON.stringify(type)} are not known`);
  }
}
