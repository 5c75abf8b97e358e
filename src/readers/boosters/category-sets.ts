/**
 * Categories of boosters as intervals of numbers: both libraries truncate a row's number to a category, so that category k is every
 * number from k up to, but not including, k + 1. Sources of the rules: LightGBM `Tree::CategoricalDecision` (include/LightGBM/tree.h),
 * XGBoost `common::Decision` and `common::InvalidCat` (src/common/categorical.h).
 */

import { LimitError } from "../../errors.js";
import { nextDown32, nextDown64, nextUp32, nextUp64 } from "../../ir/float.js";
import { maxIntervals } from "../../ir/interval-sets.js";

export interface CategoryRule {
  /** Precision of the rows when they are truncated. */
  readonly precision: "float32" | "float64";
  /** Numbers between -1 and 0, which truncate to 0: members if category 0 is (LightGBM), or never members (XGBoost). */
  readonly negativeFraction: "zero" | "outside";
}

/**
 * Bounds [low, high, low, high, …] of the numbers whose category is one of `members`: non-negative integers in ascending order, each at
 * most once, below 2^24 (2^53 in float64). Throws LimitError beyond `maxIntervals`.
 */
export function categoryBounds(members: Iterable<number>, rule: CategoryRule, where: string): number[] {
  const [down, up] = rule.precision === "float32" ? [nextDown32, nextUp32] : [nextDown64, nextUp64];
  const bounds: number[] = [];
  let last = -2;
  for (const member of members) {
    if (member !== last + 1) {
      if (bounds.length >= 2 * maxIntervals) throw new LimitError(`${where}: a set has over ${maxIntervals} intervals`);
      bounds.push(member === 0 && rule.negativeFraction === "zero" ? up(-1) : member, 0);
    }
    bounds[bounds.length - 1] = down(member + 1);
    last = member;
  }
  return bounds;
}
