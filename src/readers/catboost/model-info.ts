/** The metadata of a CatBoost model: a map of texts, of which a few are JSON; the JSON format has parsed some of them already. */

import { parseJson } from "./json-fields.js";

/** Keys that calypte understands and whose values are JSON. Every other key is a note about the training, or the user's own. */
const jsonKeys: readonly string[] = ["params", "class_params", "loss_function"];

/** Entries by key, with the JSON among them parsed. Throws ModelParseError (`place` and key) where that is none. */
export function readModelInfo(
  entries: Iterable<readonly [string, unknown]>,
  place: string,
): ReadonlyMap<string, unknown> {
  const info = new Map<string, unknown>();
  for (const [key, value] of entries) {
    const json = jsonKeys.includes(key) && typeof value === "string" && value !== "";
    info.set(key, json ? parseJson(value, `${place}.${key}`) : value);
  }
  return info;
}
