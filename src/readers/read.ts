/** Bytes of a model file of any format → Model: asks the table of readers whose file it is. A further format is one row here. */

import { ModelParseError } from "../errors.js";
import type { Model } from "../ir/model.js";
import type { RegisteredOperator } from "../ir/operator.js";
import { looksLikeCatboost, readCatboost } from "./catboost/read-catboost.js";
import { refusalOfForeign } from "./foreign-formats.js";
import { looksLikeLightgbm } from "./lightgbm/looks-like-lightgbm.js";
import { readLightgbm } from "./lightgbm/read-lightgbm.js";
import { looksLikeOnnx } from "./onnx/looks-like-onnx.js";
import { readOnnx } from "./onnx/read-onnx.js";
import { looksLikeXgboost, readXgboost } from "./xgboost/read-xgboost.js";

/** A format that calypte reads. */
export interface Reader {
  readonly format: string;
  /** Whether the content is plausibly of this format; a damaged file still is. */
  detect(bytes: Uint8Array): boolean;
  /** `detect` also takes other content for its own, so that files known to be foreign are refused before it is asked. */
  readonly loose?: true;
  read(bytes: Uint8Array, operators: readonly RegisteredOperator[]): Model;
}

export const readers: readonly Reader[] = [
  { format: "lightgbm", detect: looksLikeLightgbm, read: readLightgbm },
  { format: "catboost", detect: looksLikeCatboost, read: readCatboost },
  { format: "xgboost", detect: looksLikeXgboost, read: readXgboost },
  { format: "onnx", detect: looksLikeOnnx, loose: true, read: readOnnx },
];

/** The name of the format that the content is in. Throws as `readModel` does where calypte does not read it. */
export function detectFormat(bytes: Uint8Array, name = ""): string {
  return readerOf(bytes, name).format;
}

/**
 * Reads a model. `name` (a path or URL) only serves messages. Throws UnsupportedError for a file of another format, naming it and
 * what to do; ModelParseError for an empty, unknown or damaged file; and what the format's reader throws.
 */
export function readModel(bytes: Uint8Array, operators: readonly RegisteredOperator[], name = ""): Model {
  return readerOf(bytes, name).read(bytes, operators);
}

function readerOf(bytes: Uint8Array, name: string): Reader {
  if (bytes.length === 0)
    throw new ModelParseError("file", name, "it is empty, expected an ONNX, LightGBM, XGBoost or CatBoost model");
  const sure = readers.find((reader) => reader.loose !== true && reader.detect(bytes));
  if (sure !== undefined) return sure;
  const foreign = refusalOfForeign(bytes, name);
  if (foreign !== undefined) throw foreign;
  const reader = readers.find(({ detect }) => detect(bytes));
  if (reader === undefined) {
    const start = Array.from(bytes.subarray(0, 8), (byte) => byte.toString(16).padStart(2, "0")).join(" ");
    throw new ModelParseError(
      "file",
      name,
      `its format is not known (it starts with ${start}), expected an ONNX, LightGBM, XGBoost or CatBoost model`,
    );
  }
  return reader;
}
