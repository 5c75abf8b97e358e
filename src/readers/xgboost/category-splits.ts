/**
 * Categorical splits as columns of zeros and ones, through `boosters/category-columns.ts`: one column for each distinct set of a
 * column of X. A category in the set goes right, every other left. Between `trees.ts` and `forest.ts`.
 *
 * Source: `common::Decision` and `common::InvalidCat` (src/common/categorical.h). A value below 0 or from 2^24 on is no category:
 * it goes left from 1.7.3 on; before, it takes the default direction, and so does a category beyond the set's bit field, whose
 * size is a multiple of 32 (1.6.0 to 1.7.2).
 */

import { LimitError } from "../../errors.js";
import type { Builder } from "../../ir/builder.js";
import type { ValueId } from "../../ir/program.js";
import { float32, scalar } from "../../ir/tensor.js";
import { appendCategoryColumns, type CategorySet } from "../boosters/category-columns.js";
import { compareVersions, type Version } from "./schema.js";
import type { Tree } from "./trees.js";
import { formatName } from "./values.js";

export interface CategorySplits {
  /** Columns that `append` puts behind the `features` of the file. */
  readonly columns: number;
  /** The appended column that stands for a node's set. */
  columnOf(tree: Tree, node: number): number;
  append(build: Builder, x: ValueId): ValueId;
}

/**
 * Cells of the tables in which categories are looked up, one for each category below the largest member: so many are free, and more
 * for each member that the file lists. Else a file of a few bytes could ask for gigabytes.
 */
const freeCells = 2 ** 22;
const cellsPerMember = 16;

/** Throws LimitError where the sets need larger tables than a file of their size can mean. */
export function categorySplits(trees: readonly Tree[], features: number, version: Version): CategorySplits {
  const sets: CategorySet[] = [];
  const byKey = new Map<string, number>();
  const places = new Map<Tree, Map<number, number>>();
  for (const tree of trees) {
    const nodes = new Map<number, number>();
    for (const [node, list] of tree.categories) {
      if (tree.left[node] === -1 || tree.deleted(node)) continue;
      const members = [...new Set(Array.from(list))].sort((a, b) => a - b);
      const column = tree.feature[node]!;
      const key = `${column}:${members.join()}`;
      let place = byKey.get(key);
      if (place === undefined) {
        place = sets.push({ column, members }) - 1;
        byKey.set(key, place);
      }
      nodes.set(node, place);
    }
    if (nodes.size > 0) places.set(tree, nodes);
  }
  const strayDefault = compareVersions(version, [1, 7, 3]) < 0;
  const copies = strayDefault ? sets.length : 0;
  checkCells(sets, strayDefault);
  return {
    columns: copies + sets.length,
    columnOf: (tree, node) => features + copies + (places.get(tree)?.get(node) ?? 0),
    append(build, x) {
      const rule = { negativeFraction: "outside", nanCategory: () => undefined } as const;
      if (!strayDefault || sets.length === 0) return appendCategoryColumns(build, x, sets, rule);
      const known = build.op("concat", [x, knownCategories(build, x, sets)], { axis: 1 });
      const moved = sets.map((set, i) => ({ column: features + i, members: set.members }));
      return appendCategoryColumns(build, known, moved, rule);
    },
  };
}

/** One table for each column that has sets; where every set has a column of its own (before 1.7.3), one for each set. */
function checkCells(sets: readonly CategorySet[], eachAlone: boolean): void {
  const widths = new Map<number, number>();
  let listed = 0;
  for (const [i, { column, members }] of sets.entries()) {
    const table = eachAlone ? i : column;
    for (const member of members) {
      listed++;
      widths.set(table, Math.max(widths.get(table) ?? 0, member + 1));
    }
  }
  let cells = 0;
  for (const width of widths.values()) cells += width;
  const limit = freeCells + cellsPerMember * listed;
  if (cells > limit) {
    throw new LimitError(
      `${formatName}: the categories of ${sets.length} sets need tables of ${cells} cells, over the limit of ${limit}; number them from 0 on`,
    );
  }
}

/** [N, sets]: the column of each set, with NaN in place of what its bit field has no room for. */
function knownCategories(build: Builder, x: ValueId, sets: readonly CategorySet[]): ValueId {
  const values = build.op("gatherColumns", [x], { columns: Int32Array.from(sets, (s) => s.column) });
  const room = sets.map(({ members }) => 32 * Math.ceil(([...members].reduce((a, b) => Math.max(a, b), 0) + 1) / 32));
  const above = build.op("greaterEqual", [values, build.constant(float32(room))]);
  const stray = build.op("or", [build.op("less", [values, build.constant(scalar("float32", 0))]), above]);
  return build.op("select", [stray, build.constant(scalar("float32", Number.NaN)), values]);
}
