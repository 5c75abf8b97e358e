/**
 * What the rows of the boosters' fixtures hold, counted: values on thresholds and their nearest neighbours in float32 and float64,
 * missing, infinite and zero cells, and categories that are negative, huge, fractional or missing. The trainer's answers prove
 * something about these only where the rows contain them.
 */

import { describe, expect, test } from "vitest";
import { nextDown32, nextDown64, nextUp32, nextUp64 } from "../src/ir/float.js";
import { isLeaf, SplitMode } from "../src/ir/forest.js";
import { load } from "../src/load.js";
import { lowerModel } from "../src/lower.js";
import { type BoosterFormat, boosterNames, loadBooster } from "./boosters.js";

const everywhere = ["NaN", "Infinity", "-Infinity", "0", "-0"] as const;
const onThresholds = ["threshold", "below in float32", "above in float32"] as const;
const beside64 = ["below in float64", "above in float64"] as const;
const ofCategories = ["negative", "huge", "fraction", "missing"] as const;
type Kind = (typeof everywhere | typeof onThresholds | typeof beside64 | typeof ofCategories)[number];

interface Splits {
  /** Thresholds by column of X. */
  readonly cuts: ReadonlyMap<number, ReadonlySet<number>>;
  /** Columns split by category. */
  readonly categorical: ReadonlySet<number>;
}

/** Of X alone: what a node reads from a copy of a column (zero as missing, strayed categories) is left out. */
function splitsOf(bytes: Uint8Array, width: number): Promise<Splits> {
  return load(bytes).then((model) => {
    const cuts = new Map<number, Set<number>>();
    const categorical = new Set<number>();
    for (const instruction of lowerModel(model).instructions) {
      if (instruction.op !== "forest" && instruction.op !== "forestLeaves") continue;
      const { forest } = instruction.attrs;
      for (let i = 0; i < forest.nNodes; i++) {
        const column = forest.feature[i]!;
        if (isLeaf(forest, i) || column >= width) continue;
        if (forest.mode[i] === SplitMode.member) categorical.add(column);
        else cuts.set(column, (cuts.get(column) ?? new Set()).add(forest.threshold[i]!));
      }
    }
    return { cuts, categorical };
  });
}

/** How often each kind of cell occurs in the rows of a fixture. */
async function countCells(format: BoosterFormat, name: string) {
  const fixture = loadBooster(format, name);
  const width = fixture.answer(fixture.sets[0]!.X).shape[1]!;
  const splits = await splitsOf(fixture.bytes, width);
  const counts = new Map<Kind, number>();
  const add = (kind: Kind, when: boolean): void => {
    if (when) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  };
  const near = new Map(
    Array.from(splits.cuts, ([column, cuts]) => {
      const by = (step: (cut: number) => number) => new Set(Array.from(cuts, step));
      const sets: readonly (readonly [Kind, ReadonlySet<number>])[] = [
        ["threshold", cuts],
        ["below in float32", by((cut) => nextDown32(Math.fround(cut)))],
        ["above in float32", by((cut) => nextUp32(Math.fround(cut)))],
        ["below in float64", by(nextDown64)],
        ["above in float64", by(nextUp64)],
      ];
      return [column, sets] as const;
    }),
  );
  for (const set of fixture.sets) {
    const X = fixture.answer(set.X).data as Float64Array;
    for (const [i, cell] of X.entries()) {
      const column = i % width;
      add("NaN", Number.isNaN(cell));
      add("Infinity", cell === Infinity);
      add("-Infinity", cell === -Infinity);
      add("0", Object.is(cell, 0));
      add("-0", Object.is(cell, -0));
      for (const [kind, cuts] of near.get(column) ?? []) add(kind, cuts.has(cell));
      if (!splits.categorical.has(column)) continue;
      add("negative", cell < 0);
      add("huge", cell >= 2 ** 24);
      add("fraction", Number.isFinite(cell) && !Number.isInteger(cell));
      add("missing", Number.isNaN(cell));
    }
  }
  return { counts, splits };
}

/** XGBoost refuses infinities in a matrix, and a product with one says little: of linear models `linear-infinite` has them. */
const exempt = (name: string, kind: Kind): boolean =>
  /^(gblinear|linear|v3-linear)/.test(name) && kind.endsWith("Infinity");

describe.each<BoosterFormat>(["xgboost", "lightgbm", "catboost"])("rows of %s", (format) => {
  test("hold what the answers are to prove", async () => {
    const lacking: string[] = [];
    for (const name of boosterNames(format)) {
      const { counts, splits } = await countCells(format, name);
      const wanted: readonly Kind[] = [
        ...everywhere,
        ...(splits.cuts.size > 0 ? onThresholds : []),
        ...(splits.cuts.size > 0 && format === "lightgbm" ? beside64 : []),
        ...(splits.categorical.size > 0 ? ofCategories : []),
      ];
      for (const kind of wanted) if (!counts.has(kind) && !exempt(name, kind)) lacking.push(`${name}: ${kind}`);
    }
    expect(lacking).toEqual([]);
  });
});
