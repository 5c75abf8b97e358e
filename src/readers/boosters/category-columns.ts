/**
 * Categorical splits of boosters as columns: for each distinct (column, set of categories) one more column that is 1 where the row's
 * category is in the set, 0 where it is not, NaN where it is missing. A categorical node then compares that column with 0.5, and
 * every strategy and backend runs it. Sources of the rules: LightGBM `Tree::CategoricalDecision` (include/LightGBM/tree.h), XGBoost
 * `common::Decision` and `common::InvalidCat` (src/common/categorical.h).
 */

import { InternalError, LimitError } from "../../errors.js";
import type { Builder } from "../../ir/builder.js";
import type { ValueId } from "../../ir/program.js";
import { int32, tensor } from "../../ir/tensor.js";

/** One set of categories of one column. */
export interface CategorySet {
  readonly column: number;
  /** Members, non-negative; iterated more than once. */
  readonly members: Iterable<number>;
}

export interface CategoryRule {
  /** Values below zero that truncate to category 0: members if 0 is (LightGBM), or never members (XGBoost). */
  readonly negativeFraction: "zero" | "outside";
  /** The category that NaN stands for, per column; undefined leaves NaN in the new column, for the node's missing route. */
  nanCategory(column: number): number | undefined;
}

/** Members of a set are below it; float32 and float64 hold every one exactly, int32 too. */
const maxCategories = 2 ** 24;
/** Most members over all sets, and most cells of one column's table. */
const maxCells = 2 ** 24;

/** What the rows of a column are looked up in: category → row of `table`, one column of it per set. */
interface Lookup {
  /** Categories at or beyond it are in no set. */
  readonly width: number;
  /** Length width + 1, its last entry for categories in no set; undefined where every category has a row of its own. */
  readonly rowOf: Int32Array | undefined;
  /** [rows, sets], ones and zeros. */
  readonly table: Float64Array;
}

/** x [N, F] with one more column per set, in the order of `sets`: [N, F + sets.length], in x's dtype. */
export function appendCategoryColumns(
  build: Builder,
  x: ValueId,
  sets: readonly CategorySet[],
  rule: CategoryRule,
): ValueId {
  if (sets.length === 0) return x;
  const { dtype, shape } = build.type(x);
  if (dtype !== "float32" && dtype !== "float64") throw new InternalError(`categories in a ${dtype} matrix`);
  const float = (values: Float64Array, of: readonly number[]) =>
    build.constant(dtype === "float32" ? tensor(dtype, of, Float32Array.from(values)) : tensor(dtype, of, values));
  const scalar = (value: number) => float(Float64Array.of(value), []);
  const byColumn = new Map<number, number[]>();
  for (const [i, { column }] of sets.entries()) {
    const known = byColumn.get(column);
    if (known === undefined) byColumn.set(column, [i]);
    else known.push(i);
  }

  const parts: ValueId[] = [x];
  const position = new Int32Array(sets.length);
  let next = 0;
  let room = maxCells;
  for (const [column, indices] of byColumn) {
    for (const i of indices) position[i] = next++;
    const members = indices.map((i) => listed(sets[i]?.members ?? [], column, room));
    room -= members.reduce((sum, list) => sum + list.length, 0);
    const { width, rowOf, table } = lookupOf(members, column);

    const value = build.op("gatherColumns", [x], { columns: Int32Array.of(column) });
    const missing = build.op("isNaN", [value]);
    const nan = rule.nanCategory(column);
    const filled = build.op("select", [missing, scalar(nan ?? 0), value]);
    const lowest = scalar(rule.negativeFraction === "zero" ? -1 : 0);
    const below = build.op(rule.negativeFraction === "zero" ? "lessEqual" : "less", [filled, lowest]);
    const outside = build.op("or", [below, build.op("greaterEqual", [filled, scalar(width)])]);
    const category = build.op("cast", [build.op("select", [outside, scalar(width), filled])], { to: "int32" });
    const row =
      rowOf === undefined ? category : build.op("gather", [build.constant(int32(rowOf)), category], { axis: 0 });
    const rows = build.op("gather", [float(table, [table.length / indices.length, indices.length]), row], { axis: 0 });
    const found = build.op("reshape", [rows], { shape: [shape[0] ?? "?", indices.length] });
    parts.push(nan === undefined ? build.op("select", [missing, scalar(Number.NaN), found]) : found);
  }
  const joined = build.op("concat", parts, { axis: 1 });
  const features = shape[1];
  const inOrder = position.every((p, i) => p === i);
  if (inOrder || typeof features !== "number") return joined;
  const columns = Int32Array.from({ length: features + sets.length }, (_, i) =>
    i < features ? i : features + position[i - features]!,
  );
  return build.op("gatherColumns", [joined], { columns });
}

/** The members in an array. Throws LimitError, before it is allocated, where there are more than `room`. */
function listed(members: Iterable<number>, column: number, room: number): Int32Array {
  let count = 0;
  for (const member of members) {
    if (!(member < maxCategories)) {
      throw new LimitError(`column ${column}: category ${member} is over the limit of ${maxCategories - 1}`);
    }
    if (++count > room) throw new LimitError(`column ${column}: the sets of categories have over ${maxCells} members`);
  }
  const list = new Int32Array(count);
  let at = 0;
  for (const member of members) list[at++] = member;
  return list;
}

/**
 * Categories that are in exactly the same sets share a row of the table, so that a few thousand categories in hundreds of small sets do
 * not need a row each: rows are split by one set after the other.
 */
function lookupOf(members: readonly Int32Array[], column: number): Lookup {
  let width = 1;
  for (const list of members) for (const member of list) width = Math.max(width, member + 1);
  const rowOf = new Int32Array(width + 1);
  let rows = 1;
  for (const list of members) {
    const split = new Map<number, number>();
    for (const member of list) {
      const old = rowOf[member]!;
      const fresh = split.get(old) ?? rows++;
      split.set(old, fresh);
      rowOf[member] = fresh;
    }
  }
  // Splits leave rows behind that no category is in any more.
  const renumbered = new Int32Array(rows).fill(-1);
  let used = 0;
  for (let i = 0; i <= width; i++) {
    const row = rowOf[i]!;
    if (renumbered[row] === -1) renumbered[row] = used++;
    rowOf[i] = renumbered[row]!;
  }
  if (used * members.length > maxCells) {
    throw new LimitError(
      `column ${column}: ${members.length} sets of categories make a table of over ${maxCells} cells`,
    );
  }
  const table = new Float64Array(used * members.length);
  for (const [s, list] of members.entries()) for (const m of list) table[rowOf[m]! * members.length + s] = 1;
  // Numbered in the order in which they appear, rows that all differ are the categories themselves.
  return { width, rowOf: used === width + 1 ? undefined : rowOf, table };
}
