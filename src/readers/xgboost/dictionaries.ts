/**
 * The names of categories that a file of XGBoost 3.1 or newer holds where it was trained on a data frame (`cats`). XGBoost uses
 * them to recode the categories of another data frame; of a matrix it takes codes, the places in these lists, and so does calypte.
 * The names go into the model's facts. Source: src/data/cat_container.cc, `CatContainer::Save`.
 */

import { ModelParseError } from "../../errors.js";
import { type Kinds, readObject, type Version } from "./schema.js";
import { categoryDictionaryTable, categoryNamesTable } from "./tables.js";
import { formatName } from "./values.js";

/** Column → names of its categories by code, for the columns that have any. Throws ModelParseError for lists that do not fit. */
export function readDictionaries(
  stored: Kinds["object"] | undefined,
  path: string,
  features: number,
  version: Version,
): ReadonlyMap<number, readonly string[]> {
  const found = new Map<number, readonly string[]>();
  if (stored === undefined) return found;
  const { enc } = readObject(stored, path, categoryDictionaryTable, version);
  if (enc.length !== 0 && enc.length !== features) {
    throw new ModelParseError(
      formatName,
      `${path}.enc`,
      `${enc.length} entries, expected ${features}, one for each column`,
    );
  }
  for (const [column, entry] of enc.entries()) {
    const at = `${path}.enc[${column}]`;
    const { offsets, values } = readObject(entry, at, categoryNamesTable, version);
    const names = offsets === undefined ? Array.from(values, String) : readNames(offsets, values, at);
    if (names.length > 0) found.set(column, names);
  }
  return found;
}

/** Names as bytes, one behind the other. XGBoost 3.2 counts characters of names that are not ASCII, and cuts the last ones off. */
function readNames(offsets: ArrayLike<number>, values: ArrayLike<number>, path: string): readonly string[] {
  const bytes = Uint8Array.from(values);
  const utf8 = new TextDecoder();
  return Array.from({ length: Math.max(0, offsets.length - 1) }, (_, i) => {
    const [from, end] = [offsets[i]!, offsets[i + 1]!];
    if (!(from >= 0 && from <= end && end <= bytes.length)) {
      throw new ModelParseError(
        formatName,
        `${path}.offsets[${i + 1}]`,
        `a name from byte ${from} to ${end} of ${bytes.length}`,
      );
    }
    return utf8.decode(bytes.subarray(from, end));
  });
}
