/**
 * The categories that a file of XGBoost 3.1 or newer holds where it was trained on a data frame (`cats`). XGBoost recodes the
 * categories of another data frame by them, and refuses one that they lack; of a matrix it takes codes, the places in these lists.
 * So does calypte. Source: src/data/cat_container.cc (`CatContainer::Save`), src/encoder/ordinal.h (`Recode`).
 */

import { ModelParseError } from "../../errors.js";
import { type Categories, categoriesOf } from "../../ir/categories.js";
import { type Kinds, readObject, type Version } from "./schema.js";
import { categoryDictionaryTable, categoryNamesTable } from "./tables.js";
import { formatName } from "./values.js";

export interface Dictionary {
  /** Texts or numbers by code. */
  readonly names: readonly (string | number)[];
  /** Undefined where the names are not reliable, so that only codes can be given. */
  readonly categories: Categories | undefined;
}

/** By column, for those that have categories. Throws ModelParseError for lists that do not fit. */
export function readDictionaries(
  stored: Kinds["object"] | undefined,
  path: string,
  features: number,
  version: Version,
): ReadonlyMap<number, Dictionary> {
  const found = new Map<number, Dictionary>();
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
    const names = offsets === undefined ? Array.from(values) : readNames(offsets, values, at);
    // XGBoost 3.2 counts the characters of a name where it means bytes: all names behind one that is not ASCII are cut wrongly.
    const reliable = offsets === undefined || Array.from(values).every((byte) => byte >= 0 && byte < 128);
    if (names.length > 0)
      found.set(column, { names, categories: reliable ? categoriesOf(names, "refuse") : undefined });
  }
  return found;
}

/** Names as bytes, one behind the other. */
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
