/** CatBoost's own model files, JSON and binary: bytes → Model. */

import type { Model } from "../../ir/model.js";
import { buildModel } from "./build-model.js";
import { isCbm } from "./looks-like-catboost.js";
import { readCatboostCbm } from "./read-catboost-cbm.js";
import { readCatboostJson } from "./read-catboost-json.js";

/** Throws ModelParseError for a damaged file and UnsupportedError, naming it, for what calypte does not evaluate. */
export function readCatboost(bytes: Uint8Array): Model {
  return buildModel(isCbm(bytes) ? readCatboostCbm(bytes) : readCatboostJson(bytes));
}
