/**
 * The categories of a pandas frame that LightGBM's Python package adds to the end of a text model: one list per column of dtype category,
 * whose positions are the codes that the trees know. Booster.predict of a frame turns a category into its code, and one that is not in
 * the list into a missing value; of a matrix it takes codes.
 *
 * The line does not say which columns they are: LightGBM goes by the frame that it is given. Here a column fits a list if all codes that
 * feature_infos says it had are in the list, and a list's column is certain if the first and the last way of laying the lists out over
 * the columns agree on it. Else, lists of texts go to the categorical columns, if these are as many: where that is wrong (ordered
 * categories beside categorical columns of numbers) it is noticed, since no column of texts is left without a list. Numbers would be
 * taken for one another in silence, so that lists of them are refused unless certain.
 *
 * Source: `_data_from_pandas`, `_dump_pandas_categorical` (python-package/lightgbm/basic.py), `BinMapper::bin_info_string`
 * (include/LightGBM/bin.h), LightGBM 3.3.5 and 4.7.
 */

import { ModelParseError, UnsupportedError } from "../../errors.js";
import { type Categories, categoriesOf } from "../../ir/categories.js";
import { format } from "./lines.js";

const place = "pandas_categorical";
/** Categories of a list that a fact shows. */
const shown = 20;

export interface Column {
  readonly name: string;
  /** Its entry of feature_infos: `[low:high]`, categories with colons between them, or `none`. */
  readonly info: string;
  /** Whether it is a categorical feature. */
  readonly categorical: boolean;
}

export interface PandasCategories {
  /** By column. */
  readonly categories: ReadonlyMap<number, Categories>;
  /** One per list, for `inspect`. */
  readonly facts: readonly (readonly [string, string])[];
}

/** Throws ModelParseError for what is not a list of lists, UnsupportedError as said above. */
export function readPandasCategories(json: string, columns: readonly Column[]): PandasCategories {
  const lists = parse(json);
  const places = placesOf(lists, columns);
  const categories = new Map<number, Categories>();
  const facts = lists.map((list, i) => {
    const known = categoriesOf(list, "missing");
    const column = places[i];
    if (known !== undefined && column !== undefined && (column.certain || known.kind !== "number")) {
      categories.set(column.at, known);
    } else if (list.length > 0 && known?.kind !== "string" && !list.every((value, code) => value === code)) {
      throw new UnsupportedError(
        place,
        `list ${i} holds categories that are not text, and it is not certain to which column they belong`,
        "to give codes (positions in these lists), delete the line from the file",
      );
    }
    const more = list.length > shown ? `, … (${list.length})` : "";
    const name = column === undefined ? `categories ${i}` : `categories of ${columns[column.at]?.name ?? column.at}`;
    return [`${name}, codes 0, 1, …`, list.slice(0, shown).map(String).join(", ") + more] as const;
  });
  return { categories, facts };
}

interface Place {
  readonly at: number;
  readonly certain: boolean;
}

/** The column of each list, where one is known. */
function placesOf(lists: readonly (readonly unknown[])[], columns: readonly Column[]): readonly (Place | undefined)[] {
  const fits = columns.map(codesOf);
  const layOut = (order: readonly number[], from: readonly number[]): number[] => {
    const found: number[] = [];
    let next = 0;
    for (const i of order) {
      while (next < from.length && !(fits[from[next]!]! <= lists[i]!.length)) next++;
      if (next === from.length) return [];
      found[i] = from[next++]!;
    }
    return found;
  };
  const order = lists.map((_, i) => i);
  const all = columns.map((_, c) => c);
  const first = layOut(order, all);
  const last = layOut(order.toReversed(), all.toReversed());
  const categorical = all.filter((c) => columns[c]!.categorical);
  const declared = categorical.length === lists.length ? layOut(order, categorical) : [];
  return order.map((i) => {
    const at = first[i];
    if (at !== undefined && at === last[i]) return { at, certain: true };
    return declared[i] === undefined ? undefined : { at: declared[i], certain: false };
  });
}

/** How many codes a list must have for all values that the column had in training; infinite where they are no codes. */
function codesOf({ info }: Column): number {
  if (info === "none") return 0;
  const range = /^\[([^:]+):([^:]+)\]$/.exec(info);
  const values = range === null ? info.split(":") : range.slice(1);
  let codes = 0;
  for (const text of values) {
    const value = Number(text);
    // Among categories, -1 is where LightGBM counts the missing ones.
    if (!Number.isInteger(value) || value < (range === null ? -1 : 0)) return Number.POSITIVE_INFINITY;
    codes = Math.max(codes, value + 1);
  }
  return codes;
}

function parse(json: string): readonly (readonly unknown[])[] {
  let lists: unknown;
  try {
    lists = JSON.parse(json);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ModelParseError(format, place, `it is not JSON (${reason})`, { cause });
  }
  if (!Array.isArray(lists) || !lists.every((list) => Array.isArray(list))) {
    throw new ModelParseError(format, place, "it is not a list of lists");
  }
  return lists as readonly (readonly unknown[])[];
}
