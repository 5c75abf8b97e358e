/**
 * The categories of a pandas frame that LightGBM's Python package adds to the end of a text model: one list per column of dtype category,
 * whose positions are the codes that the trees know. The line does not say which columns they are (ordered categories are not even
 * categorical features), so that nothing can be mapped for certain; X takes codes, as Booster.predict does for a matrix.
 *
 * Lists of text are shown by `inspect`, because text in place of a code cannot go unnoticed. Lists of numbers other than the codes
 * themselves are refused: their values would be taken for codes in silence.
 *
 * Source: `_data_from_pandas`, `_dump_pandas_categorical` (python-package/lightgbm/basic.py), LightGBM 3.3.5 and 4.7.
 */

import { ModelParseError, UnsupportedError } from "../../errors.js";
import { format } from "./lines.js";

const place = "pandas_categorical";
/** Categories of a list that a fact shows. */
const shown = 20;

/** Facts for `inspect`, one per list. Throws ModelParseError for what is not a list of lists, UnsupportedError as said above. */
export function readPandasCategories(json: string): readonly (readonly [string, string])[] {
  const lists = parse(json);
  if (!Array.isArray(lists) || !lists.every((list) => Array.isArray(list))) {
    throw new ModelParseError(format, place, "it is not a list of lists");
  }
  return lists.map((list: readonly unknown[], i) => {
    const text = list.every((value) => typeof value === "string");
    if (!text && !list.every((value, code) => value === code)) {
      throw new UnsupportedError(
        place,
        `list ${i} holds categories that are not text, and could be taken for codes`,
        "to give codes (positions in these lists), delete the line from the file",
      );
    }
    const more = list.length > shown ? `, … (${list.length})` : "";
    return [`categories ${i}, given as codes 0, 1, …`, list.slice(0, shown).map(String).join(", ") + more] as const;
  });
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ModelParseError(format, place, `it is not JSON (${reason})`, { cause });
  }
}
