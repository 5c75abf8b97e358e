/**
 * The refusals of features that calypte does not evaluate, by their names, the same for both formats: called by
 * `read-catboost-json.ts` and `read-catboost-cbm.ts` before any tree is read.
 */

import { UnsupportedError } from "../../errors.js";

export interface NamedFeature {
  /** Column of the data. */
  readonly flatIndex: number;
  /** Empty where the file gives none. */
  readonly name: string;
}

export const ctrAdvice = "train with one_hot_max_size at least the number of categories";

/** Features that a message names. */
const shown = 5;

/** `where`: the list in the file. `features`: the categorical features of which the statistics are taken, as far as they are known. */
export function ctrRefusal(where: string, features: readonly NamedFeature[]): UnsupportedError {
  const what = "target statistics of categorical features (CTRs) are not evaluated";
  return features.length === 0
    ? new UnsupportedError(where, what, ctrAdvice)
    : new UnsupportedError(where, `${what}: ${namesOf(features)}`, `${ctrAdvice} of these, or leave them out`);
}

/** `kind`: text or embedding. */
export function kindRefusal(where: string, kind: string, features: readonly NamedFeature[]): UnsupportedError {
  const names = features.length === 0 ? "" : `: ${namesOf(features)}`;
  const advice =
    features.length === 0 ? "train on numbers and categories alone" : "train without, or on numbers made of them";
  return new UnsupportedError(where, `${kind} features are not evaluated${names}`, advice);
}

/** `"town" (column 1), column 4 and 2 more`, each feature once. */
function namesOf(features: readonly NamedFeature[]): string {
  const all = new Map(features.map((feature) => [feature.flatIndex, feature.name]));
  const names = Array.from(all, ([column, name]) =>
    name === "" ? `column ${column}` : `${JSON.stringify(name.slice(0, 80))} (column ${column})`,
  );
  const rest = names.length - shown;
  return names.slice(0, shown).join(", ") + (rest > 0 ? ` and ${rest} more` : "");
}
