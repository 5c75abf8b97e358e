/**
 * Bytes of a JSON model → plain values. First step of the reader for files of `Booster.save_model("model.json")`. XGBoost's own
 * dialect (src/common/json.cc) may write the bare words NaN and Infinity, which JSON has not.
 */

import { LimitError, ModelParseError } from "../../errors.js";
import { type FileValue, formatName } from "./values.js";

/** Longest text that every JavaScript engine holds as one string. */
const maxLength = 2 ** 29 - 32;

/** Strings (left alone) and the words that JSON lacks. */
const bareWords = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\bInfinity\b|\bNaN\b/g;

/** Throws ModelParseError where the bytes are no UTF-8 or no JSON, LimitError beyond the longest string. */
export function decodeJson(bytes: Uint8Array): FileValue {
  if (bytes.length > maxLength) {
    throw new LimitError(
      `${formatName}: a JSON model of ${bytes.length} bytes is over the limit of ${maxLength}; save it as UBJSON`,
    );
  }
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    throw new ModelParseError(formatName, "", "the file is no UTF-8 text, expected JSON", { cause: error });
  }
  try {
    return JSON.parse(text) as FileValue;
  } catch (error) {
    return parseRepaired(text, error);
  }
}

/**
 * NaN stands where XGBoost stores nothing, as in the split condition of a category; it becomes null. An overflowing literal is
 * Infinity.
 */
const repairs: ReadonlyMap<string, string> = new Map([
  ["NaN", "null"],
  ["Infinity", "1e999"],
  ["-Infinity", "-1e999"],
]);

function parseRepaired(text: string, reason: unknown): FileValue {
  try {
    const repaired = text.replace(bareWords, (word) => repairs.get(word) ?? word);
    if (repaired !== text) return JSON.parse(repaired) as FileValue;
  } catch (error) {
    throw invalid(error);
  }
  throw invalid(reason);
}

/** A SyntaxError, or the RangeError of an engine that recurses into deep nesting. */
function invalid(error: unknown): ModelParseError {
  const reason = error instanceof Error ? error.message.replace(/\s+/g, " ").slice(0, 120) : "unknown reason";
  return new ModelParseError(formatName, "", `the JSON is damaged (${reason})`, { cause: error });
}
