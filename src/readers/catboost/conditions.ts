/**
 * The conditions that trees refer to by number: every border of every float feature, then every value of every one-hot feature
 * (CatBoost `TModelTrees::TRuntimeData`, catboost/libs/model/model.cpp), each as a node's mode, threshold and route of NaN.
 */

import { ModelParseError, UnsupportedError } from "../../errors.js";
import { SplitMode } from "../../ir/forest.js";
import { type CatboostFile, format } from "./catboost-file.js";
import { type Category, categoryText, findCategories } from "./category-codes.js";

/** One entry per condition, in arrays. */
export interface Conditions {
  /** Column of X. */
  readonly column: Int32Array;
  readonly mode: Uint8Array;
  /** A float32. */
  readonly threshold: Float32Array;
  readonly missingTrue: Uint8Array;
  /** Why a node must not use the condition, where calypte cannot evaluate it. */
  readonly refusal: ReadonlyMap<number, () => UnsupportedError>;
  /** Columns of X that hold texts: a condition compares the place of the row's text in this list (-1 for every other text). */
  readonly texts: ReadonlyMap<number, readonly string[]>;
}

type Features = Pick<CatboostFile, "floats" | "categoricals" | "oneHots" | "categoryNames">;

/** Throws ModelParseError for borders out of order and for a one-hot feature without its categorical one. */
export function conditionsOf(file: Features): Conditions {
  const sizes = [...file.floats.map((f) => f.borders.length), ...file.oneHots.map((f) => f.values.length)];
  const count = sizes.reduce((a, b) => a + b, 0);
  const column = new Int32Array(count);
  const mode = new Uint8Array(count);
  const threshold = new Float32Array(count);
  const missingTrue = new Uint8Array(count);
  const refusal = new Map<number, () => UnsupportedError>();
  let at = 0;

  for (const feature of file.floats) {
    const where = `float feature ${feature.index}`;
    // CatBoost counts the borders below a value; that is a comparison with one border only where they ascend.
    let last = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < feature.borders.length; i++) {
      const border = feature.borders[i]!;
      if (!(border > last || (i === 0 && border === last))) {
        throw new ModelParseError(format, where, `border ${i} is ${border} after ${last}, expected ascending numbers`);
      }
      last = border;
      column[at] = feature.flatIndex;
      mode[at] = SplitMode.greater;
      threshold[at] = border;
      // AsFalse stands for -Infinity, which is above no border; AsTrue for +Infinity; AsIs compares NaN, which never holds.
      missingTrue[at] = feature.hasNans && feature.nanTreatment === "AsTrue" && border < Infinity ? 1 : 0;
      at++;
    }
  }

  const flat = new Map(file.categoricals.map((f) => [f.index, f]));
  const hashes = new Set(file.oneHots.flatMap((f) => Array.from(f.values)));
  const categories = hashes.size === 0 ? new Map<number, Category>() : findCategories(hashes, file.categoryNames);
  const texts = new Map<number, string[]>();
  for (const feature of file.oneHots) {
    const where = `one-hot feature ${feature.categorical}`;
    const source = flat.get(feature.categorical);
    if (source === undefined) throw new ModelParseError(format, where, "there is no categorical feature of this index");
    const values = Array.from(feature.values);
    if (new Set(values).size !== values.length) throw new ModelParseError(format, where, "a value occurs twice");
    if (texts.has(source.flatIndex)) throw new ModelParseError(format, where, "the feature occurs twice");
    const known = values.map((value) => categories.get(value));
    // One category that is a text makes the column one of texts; its whole numbers are then texts as well.
    const list: string[] | undefined = known.some((category) => category?.kind === "text") ? [] : undefined;
    if (list !== undefined) texts.set(source.flatIndex, list);
    for (const [i, category] of known.entries()) {
      column[at] = source.flatIndex;
      mode[at] = SplitMode.equal;
      if (category === undefined || category.kind === "several") {
        const name = source.name === "" ? String(source.flatIndex) : source.name;
        refusal.set(at, () => refuse(name, category, values[i] ?? 0));
      } else if (list !== undefined) threshold[at] = list.push(categoryText(category)) - 1;
      else if (category.kind === "code") threshold[at] = category.code;
      at++;
    }
  }
  return { column, mode, threshold, missingTrue, refusal, texts };
}

function refuse(name: string, category: Category | undefined, hash: number): UnsupportedError {
  const where = `categorical feature ${JSON.stringify(name)}`;
  if (category?.kind === "several") {
    const texts = category.texts.map((text) => JSON.stringify(text)).join(" and ");
    return new UnsupportedError(
      where,
      `its categories ${texts} have the same hash ${hash}`,
      "train without one of them",
    );
  }
  return new UnsupportedError(
    where,
    `its category with the hash ${hash} is neither listed in the file nor a whole number from -1024 to 131071`,
    'save the model with its texts: save_model(path, format="json", pool=the_training_pool)',
  );
}
