/** Features of a CatBoost file must each have a place of their own, among their kind and in X. */

import { ModelParseError } from "../../errors.js";
import { type CategoricalFeature, type FloatFeature, format } from "./catboost-file.js";

/** A matrix of more columns than this is taken for a damaged file. */
const maxColumns = 2 ** 24;

/** Throws ModelParseError for an index that is negative, too large or given twice. */
export function checkFeatures(floats: readonly FloatFeature[], categoricals: readonly CategoricalFeature[]): void {
  const columns = new Set<number>();
  for (const [kind, list] of [
    ["float", floats],
    ["categorical", categoricals],
  ] as const) {
    const seen = new Set<number>();
    for (const [i, { index, flatIndex }] of list.entries()) {
      const place = `${kind} feature ${i}`;
      if (index < 0 || seen.has(index)) throw new ModelParseError(format, place, `its index ${index} is not its own`);
      if (flatIndex < 0 || flatIndex >= maxColumns || columns.has(flatIndex)) {
        throw new ModelParseError(format, place, `its column ${flatIndex} is not its own, or not below ${maxColumns}`);
      }
      seen.add(index);
      columns.add(flatIndex);
    }
  }
}
