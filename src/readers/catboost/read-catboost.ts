/** CatBoost's own model files, JSON and binary: how they are known, and bytes → Model. */

import type { Model } from "../../ir/model.js";
import { buildModel } from "./build-model.js";
import { readCatboostCbm } from "./read-catboost-cbm.js";
import { readCatboostJson } from "./read-catboost-json.js";

const magic = "CBM1";
const headBytes = 4096;

function head(bytes: Uint8Array): string {
  return Array.from(bytes.subarray(0, headBytes), (byte) => String.fromCharCode(byte)).join("");
}

/** "CBM1", or a JSON object with a key of CatBoost's near its start. */
export function looksLikeCatboost(bytes: Uint8Array): boolean {
  const text = head(bytes);
  if (text.startsWith(magic)) return true;
  return /^(\xef\xbb\xbf)?\s*\{/.test(text) && /"(oblivious_trees|features_info|model_info|ctr_data)"\s*:/.test(text);
}

/** Throws ModelParseError for a damaged file and UnsupportedError, naming it, for what calypte does not evaluate. */
export function readCatboost(bytes: Uint8Array): Model {
  return buildModel(head(bytes.subarray(0, 4)) === magic ? readCatboostCbm(bytes) : readCatboostJson(bytes));
}
