/**
 * What follows the trees of a LightGBM text model: feature importances, training parameters, the parser of text data, and the
 * categories of a pandas frame (see `pandas-categories.ts`). None changes what Booster.predict answers for a matrix, so that only a little
 * is taken from it.
 *
 * Source: `GBDT::SaveModelToString` (src/boosting/gbdt_model_text.cpp), `_dump_pandas_categorical` (python-package/lightgbm/basic.py).
 */

import { ModelParseError, UnsupportedError } from "../../errors.js";
import { asciiOf, format, lineAt, type Span } from "./lines.js";

export interface Tail {
  /** The training parameter `boosting`. */
  readonly boosting: string | undefined;
  /** The training parameter `categorical_feature`: numbers of columns. */
  readonly categorical: readonly number[];
  /** Text of the JSON after "pandas_categorical:", where it is not null. */
  readonly pandas: string | undefined;
}

/** Sections by their first line; the last line of those that have one. */
const sections: ReadonlyMap<string, string | undefined> = new Map([
  ["feature_importances:", undefined],
  ["parameters:", "end of parameters"],
  ["parser:", "end of parser"],
]);
const pandasKey = "pandas_categorical:";
const categoricalKey = "[categorical_feature: ";
const decoder = new TextDecoder();

/** Throws ModelParseError where a section does not end, UnsupportedError for one that is not known. */
export function readTail(bytes: Uint8Array, tail: Span): Tail {
  let [boosting, pandas]: (string | undefined)[] = [];
  let categorical: readonly number[] = [];
  let open: string | undefined;
  let end: string | undefined;
  for (let at = tail.from; at < tail.to; ) {
    const { to, next } = lineAt(bytes, at);
    const line = asciiOf(bytes, at, Math.min(to, at + 80));
    if (end !== undefined) {
      if (line === end) open = end = undefined;
      else if (open === "parameters:") {
        boosting ??= /^\[boosting: (\w+)\]$/.exec(line)?.[1];
        if (line.startsWith(categoricalKey)) categorical = numbersOf(asciiOf(bytes, at + categoricalKey.length, to));
      }
    } else if (sections.has(line)) {
      open = line;
      end = sections.get(line);
    } else if (line.startsWith(pandasKey)) {
      const json = decoder.decode(bytes.subarray(at + pandasKey.length, to)).trim();
      pandas = json === "null" ? undefined : json;
      open = undefined;
    } else if (open === undefined && line !== "") {
      throw new UnsupportedError(`byte ${at}`, `the section "${line}" after the trees is not one that calypte knows`);
    }
    at = next;
  }
  if (end !== undefined) {
    throw new ModelParseError(format, "tail", `the file ends before the line "${end}": it is cut short`);
  }
  return { boosting, categorical, pandas };
}

/** The numbers of `0,2,5]`; names of columns (`name:…`), which only the command line of LightGBM writes, are none. */
function numbersOf(list: string): readonly number[] {
  return list
    .replace(/\]$/, "")
    .split(",")
    .filter((text) => /^\d+$/.test(text))
    .map(Number);
}
