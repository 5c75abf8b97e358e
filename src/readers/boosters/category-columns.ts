/**
 * Categorical splits of boosters as columns: for each distinct (column, set of categories) one more column that is 1 where the row's
 * category is in the set, 0 where it is not, NaN where it is missing. A categorical node then compares that column with 0.5, and
 * every strategy and backend runs it. Sources of the rules: LightGBM `Tree::CategoricalDecision` (include/LightGBM/tree.h), XGBoost
 * `common::Decision` and `common::InvalidCat` (src/common/categorical.h).
 */

import type { Builder } from "../../ir/builder.js";
import type { ValueId } from "../../ir/program.js";
import { tensor } from "../../ir/tensor.js";

/** One set of categories of one column. */
export interface CategorySet {
  readonly column: number;
  /** Members, non-negative. */
  readonly members: Iterable<number>;
}

export interface CategoryRule {
  /** Values below zero that truncate to category 0: members if 0 is (LightGBM), or never members (XGBoost). */
  readonly negativeFraction: "zero" | "outside";
  /** The category that NaN stands for, per column; undefined leaves NaN in the new column, for the node's missing route. */
  nanCategory(column: number): number | undefined;
}

/** Beyond every category that can be stored: float32 and float64 hold it exactly, int32 too. */
const limit = 2 ** 24;

/** x [N, F] with one more column per set, in the order of `sets`: [N, F + sets.length], in x's dtype. */
export function appendCategoryColumns(
  build: Builder,
  x: ValueId,
  sets: readonly CategorySet[],
  rule: CategoryRule,
): ValueId {
  if (sets.length === 0) return x;
  const { dtype } = build.type(x);
  if (dtype !== "float32" && dtype !== "float64") throw new TypeError(`categories of ${dtype} columns`);
  const float = (values: Float64Array, shape: readonly number[]) =>
    build.constant(
      dtype === "float32" ? tensor(dtype, shape, Float32Array.from(values)) : tensor(dtype, shape, values),
    );
  const scalar = (value: number) => float(Float64Array.of(value), []);
  const byColumn = new Map<number, number[]>();
  for (const [i, set] of sets.entries()) byColumn.set(set.column, [...(byColumn.get(set.column) ?? []), i]);

  const parts: ValueId[] = [x];
  const position = new Int32Array(sets.length);
  let next = 0;
  for (const [column, indices] of byColumn) {
    const members = indices.map((i) => [...(sets[i]?.members ?? [])]);
    const width = members.flat().reduce((a, b) => Math.max(a, b + 1), 1);
    // Row `width` of the table stands for every category that no set holds.
    const table = new Float64Array((width + 1) * indices.length);
    for (const [s, list] of members.entries()) for (const m of list) table[m * indices.length + s] = 1;
    for (const i of indices) position[i] = next++;

    const value = build.op("gatherColumns", [x], { columns: Int32Array.of(column) });
    const missing = build.op("isNaN", [value]);
    const nan = rule.nanCategory(column);
    const filled = build.op("select", [missing, scalar(nan ?? 0), value]);
    const lowest = scalar(rule.negativeFraction === "zero" ? -1 : 0);
    const below = build.op(rule.negativeFraction === "zero" ? "lessEqual" : "less", [filled, lowest]);
    const outside = build.op("or", [below, build.op("greaterEqual", [filled, scalar(Math.min(width, limit))])]);
    const category = build.op("cast", [build.op("select", [outside, scalar(width), filled])], { to: "int32" });
    const rows = build.op("gather", [float(table, [width + 1, indices.length]), category], { axis: 0 });
    const found = build.op("reshape", [rows], {
      shape: [build.type(value).shape[0] ?? "?", indices.length],
    });
    parts.push(nan === undefined ? build.op("select", [missing, scalar(Number.NaN), found]) : found);
  }
  const joined = build.op("concat", parts, { axis: 1 });
  const features = build.type(x).shape[1];
  const inOrder = position.every((p, i) => p === i);
  if (inOrder || typeof features !== "number") return joined;
  const columns = Int32Array.from({ length: features + sets.length }, (_, i) =>
    i < features ? i : features + position[i - features]!,
  );
  return build.op("gatherColumns", [joined], { columns });
}
