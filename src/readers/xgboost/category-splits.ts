/**
 * Categorical splits as sets of numbers, through `boosters/category-sets.ts`: a category in the set goes right, every other left. Between
 * `trees.ts` and `forest.ts`.
 *
 * Source: `common::Decision` and `common::InvalidCat` (src/common/categorical.h). A value below 0 or from 2^24 on is no category:
 * it goes left from 1.7.3 on; before, it takes the default direction, and so does a category beyond the set's bit field, whose
 * size is a multiple of 32 (1.6.0 to 1.7.2). There such nodes read a copy of their column in which all of these are NaN.
 */

import type { Builder } from "../../ir/builder.js";
import { createSetCollector, type IntervalSets } from "../../ir/interval-sets.js";
import type { ValueId } from "../../ir/program.js";
import { float32, scalar } from "../../ir/tensor.js";
import { categoryBounds } from "../boosters/category-sets.js";
import { compareVersions, type Version } from "./schema.js";
import { isDeleted, type Tree } from "./trees.js";
import { formatName } from "./values.js";

/** What a categorical node tests. */
export interface CategorySplit {
  /** The column that it reads. */
  readonly column: number;
  /** Index of the set of those that go right. */
  readonly set: number;
}

export interface CategorySplits {
  readonly sets: IntervalSets;
  /** Columns that `append` puts behind the `features` of the file. */
  readonly columns: number;
  splitOf(tree: Tree, node: number): CategorySplit | undefined;
  append(build: Builder, x: ValueId): ValueId;
}

/** A copy of a column that holds NaN below 0 and from `room` on. */
interface KnownColumn {
  readonly column: number;
  readonly room: number;
}

/** Throws LimitError where the sets have too many intervals. */
export function categorySplits(trees: readonly Tree[], features: number, version: Version): CategorySplits {
  const collector = createSetCollector(formatName);
  const rule = { precision: "float32", negativeFraction: "outside" } as const;
  const strayDefault = compareVersions(version, [1, 7, 3]) < 0;
  const copies: KnownColumn[] = [];
  const copyOf = new Map<string, number>();
  const splits = new Map<Tree, Map<number, CategorySplit>>();
  for (const tree of trees) {
    if (tree.categories.size === 0) continue;
    const stored = tree.read();
    const nodes = new Map<number, CategorySplit>();
    for (const [node, list] of tree.categories) {
      if (stored.left[node] === -1 || isDeleted(stored, node)) continue;
      const members = [...new Set(Array.from(list))].sort((a, b) => a - b);
      let column = stored.feature[node]!;
      if (strayDefault) {
        const room = 32 * Math.ceil(((members.at(-1) ?? 0) + 1) / 32);
        const key = `${column}:${room}`;
        const copy = copyOf.get(key) ?? copies.push({ column, room }) - 1;
        copyOf.set(key, copy);
        column = features + copy;
      }
      nodes.set(node, { column, set: collector.add(categoryBounds(members, rule, `${formatName}: ${tree.path}`)) });
    }
    if (nodes.size > 0) splits.set(tree, nodes);
  }
  return {
    sets: collector.finish(),
    columns: copies.length,
    splitOf: (tree, node) => splits.get(tree)?.get(node),
    append: (build, x) =>
      copies.length === 0 ? x : build.op("concat", [x, knownCategories(build, x, copies)], { axis: 1 }),
  };
}

function knownCategories(build: Builder, x: ValueId, copies: readonly KnownColumn[]): ValueId {
  const values = build.op("gatherColumns", [x], { columns: Int32Array.from(copies, (c) => c.column) });
  const room = build.constant(float32(copies.map((c) => c.room)));
  const stray = build.op("or", [
    build.op("less", [values, build.constant(scalar("float32", 0))]),
    build.op("greaterEqual", [values, room]),
  ]);
  return build.op("select", [stray, build.constant(scalar("float32", Number.NaN)), values]);
}
