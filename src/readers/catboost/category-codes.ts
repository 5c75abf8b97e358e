/**
 * Which category a stored hash stands for. CatBoost hashes the text of a category (of an integer, its decimal text) and stores the
 * low 32 bits alone, so the hash is turned back by trying: first the texts that the file lists, then whole numbers.
 *
 * Source: `CalcCatFeatureHash` (catboost/libs/cat_feature/cat_feature.cpp): CityHash64 & 0xffffffff.
 */

import { cityHash64 } from "./city-hash.js";

export type Category =
  /** A whole number. */
  | { readonly kind: "code"; readonly code: number }
  | { readonly kind: "text"; readonly text: string }
  /** Several that CatBoost cannot tell apart either. */
  | { readonly kind: "several"; readonly texts: readonly string[] };

const [lowest, highest] = [-1024, 131071];
/** Codes that are tried before looking whether all hashes have been found. */
const batch = 1024;
/** Whole numbers as CatBoost writes them, that float32 holds exactly. */
const wholeNumber = /^(0|-?[1-9]\d{0,6})$/;
const utf8 = new TextEncoder();

/** The hash of a category's text, signed as in model files. */
export function categoryHash(text: string): number {
  return Number(BigInt.asIntN(32, cityHash64(utf8.encode(text))));
}

/** The text that CatBoost hashed. */
export function categoryText(category: Exclude<Category, { kind: "several" }>): string {
  return category.kind === "code" ? String(category.code) : category.text;
}

/** The category of each hash that can be found; `names` are texts known to occur. */
export function findCategories(hashes: ReadonlySet<number>, names: readonly string[]): ReadonlyMap<number, Category> {
  const found = new Map<number, Category>();
  const attempt = (text: string): void => {
    const hash = categoryHash(text);
    if (!hashes.has(hash)) return;
    const known = found.get(hash);
    if (known === undefined) {
      found.set(hash, wholeNumber.test(text) ? { kind: "code", code: Number(text) } : { kind: "text", text });
      return;
    }
    const texts = known.kind === "several" ? known.texts : [categoryText(known)];
    if (!texts.includes(text)) found.set(hash, { kind: "several", texts: [...texts, text] });
  };
  for (const name of names) attempt(name);
  // What a missing category becomes when a frame is cast to text, as CatBoost's own message advises.
  attempt("nan");
  for (let from = 0; from <= highest && found.size < hashes.size; from += batch) {
    for (let code = from; code < from + batch; code++) attempt(String(code));
    if (from === 0) for (let code = -1; code >= lowest; code--) attempt(String(code));
  }
  return found;
}
