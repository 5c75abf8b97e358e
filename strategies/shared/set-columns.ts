/**
 * Splits by sets of numbers (`member`) as plain comparisons, for strategies made of dense tensor operators: for each distinct (feature,
 * set) one more column of x that is 1 where the row's number is in the set, 0 where it is not, NaN where it is NaN; the node then compares
 * that column with 0.5. The bounds of a feature's sets cut the number line into regions; a row's region is found by binary search, all
 * features at once, and a table says which sets hold it.
 */

import { LimitError } from "../../src/errors.js";
import type { Builder } from "../../src/ir/builder.js";
import { type Forest, SplitMode } from "../../src/ir/forest.js";
import { noSets } from "../../src/ir/interval-sets.js";
import type { ValueId } from "../../src/ir/program.js";
import { int32, scalar, tensor } from "../../src/ir/tensor.js";

/** Most cells of the tables of one forest. */
const maxCells = 2 ** 24;

/** A feature with sets: its bounds, ascending and unique, and which sets hold each region between them. */
interface SetFeature {
  readonly feature: number;
  readonly lows: Float64Array;
  readonly highs: Float64Array;
  /** [regions, sets], ones and zeros. */
  readonly table: Float64Array;
  readonly sets: number;
}

interface SetColumns {
  readonly forest: Forest;
  readonly features: readonly SetFeature[];
}

const known = new WeakMap<Forest, SetColumns>();

/** A forest without `member` nodes, and the matrix that it reads; what is given where there are none. */
export function withSetColumns(build: Builder, forest: Forest, x: ValueId): { forest: Forest; x: ValueId } {
  if (!forest.mode.includes(SplitMode.member)) return { forest, x };
  const columns = known.get(forest) ?? planSetColumns(forest);
  known.set(forest, columns);
  return { forest: columns.forest, x: appendColumns(build, columns.features, forest, x) };
}

function planSetColumns(forest: Forest): SetColumns {
  const byFeature = new Map<number, Map<number, number>>();
  for (let i = 0; i < forest.nNodes; i++) {
    if (forest.mode[i] !== SplitMode.member) continue;
    const sets = byFeature.get(forest.feature[i]!) ?? new Map<number, number>();
    byFeature.set(forest.feature[i]!, sets);
    if (!sets.has(forest.threshold[i]!)) sets.set(forest.threshold[i]!, sets.size);
  }
  const first = new Map<number, number>();
  let width = forest.nFeatures;
  let room = maxCells;
  const features: SetFeature[] = [];
  for (const [feature, sets] of byFeature) {
    first.set(feature, width);
    width += sets.size;
    const made = setFeature(forest, feature, [...sets.keys()], room);
    room -= made.table.length;
    features.push(made);
  }
  const [feature, mode] = [Int32Array.from(forest.feature), Uint8Array.from(forest.mode)];
  const threshold = Float64Array.from(forest.threshold);
  for (let i = 0; i < forest.nNodes; i++) {
    if (mode[i] !== SplitMode.member) continue;
    feature[i] = first.get(forest.feature[i]!)! + byFeature.get(forest.feature[i]!)!.get(forest.threshold[i]!)!;
    mode[i] = SplitMode.greater;
    threshold[i] = 0.5;
  }
  return { forest: { ...forest, nFeatures: width, feature, mode, threshold, sets: noSets }, features };
}

/** Where `value` stands among ascending numbers: how many are below it, or at most it. */
function countBelow(values: Float64Array, value: number, inclusive: boolean): number {
  let [from, to] = [0, values.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if (values[middle]! < value || (inclusive && values[middle] === value)) from = middle + 1;
    else to = middle;
  }
  return from;
}

function setFeature(forest: Forest, feature: number, sets: readonly number[], room: number): SetFeature {
  const { start, low, high } = forest.sets;
  const uniqueOf = (bounds: Float64Array): Float64Array => {
    const found = new Set<number>();
    for (const s of sets) for (let i = start[s]!; i < start[s + 1]!; i++) found.add(bounds[i]! + 0);
    return Float64Array.from(found).sort();
  };
  const [lows, highs] = [uniqueOf(low), uniqueOf(high)];
  const regions = lows.length + highs.length + 1;
  if (regions * sets.length > room) {
    throw new LimitError(
      `column ${feature}: ${sets.length} sets of categories make a table of over ${maxCells} cells; use the wasm backend, which needs none`,
    );
  }
  const table = new Float64Array(regions * sets.length);
  for (const [column, s] of sets.entries()) {
    for (let i = start[s]!; i < start[s + 1]!; i++) {
      // The region of x counts the lows at or below x and the highs below it.
      const from = countBelow(lows, low[i]!, true) + countBelow(highs, low[i]!, false);
      const to = countBelow(lows, high[i]!, true) + countBelow(highs, high[i]!, false);
      for (let region = from; region <= to; region++) table[region * sets.length + column] = 1;
    }
  }
  return { feature, lows, highs, table, sets: sets.length };
}

function appendColumns(build: Builder, features: readonly SetFeature[], forest: Forest, x: ValueId): ValueId {
  const rows = build.type(x).shape[0] ?? "?";
  const floats = (values: Float64Array, shape: readonly number[]) =>
    build.constant(
      forest.compare === "float32"
        ? tensor("float32", shape, Float32Array.from(values))
        : tensor("float64", shape, values),
    );
  const values = build.op("gatherColumns", [x], { columns: Int32Array.from(features, (f) => f.feature) });
  const missing = build.op("isNaN", [values]);
  const filled = build.op("select", [missing, floats(new Float64Array(1), []), values]);
  const below = (of: "lows" | "highs") => {
    const lists = features.map((f) => f[of]);
    const steps = Math.max(1, Math.ceil(Math.log2(1 + lists.reduce((most, list) => Math.max(most, list.length), 0))));
    const size = 2 ** steps;
    const bounds = new Float64Array(lists.length * size).fill(Infinity);
    for (const [i, list] of lists.entries()) bounds.set(list, i * size);
    const table = floats(bounds, [bounds.length]);
    let count = build.constant(int32(new Int32Array(lists.length), [1, lists.length]));
    for (let step = size / 2; step >= 1; step /= 2) {
      const next = Int32Array.from(lists, (_, i) => i * size + step - 1);
      const at = build.op("add", [count, build.constant(int32(next, [1, lists.length]))]);
      const bound = build.op("gather", [table, at], { axis: 0 });
      const passed = build.op(of === "lows" ? "greaterEqual" : "greater", [filled, bound]);
      const taken = build.op("mul", [
        build.op("cast", [passed], { to: "int32" }),
        build.constant(scalar("int32", step)),
      ]);
      count = build.op("add", [count, taken]);
    }
    // +Infinity is at or above the filling, too.
    const most = Int32Array.from(lists, (list) => list.length);
    return build.op("min", [count, build.constant(int32(most, [1, lists.length]))]);
  };
  const regions = build.op("add", [below("lows"), below("highs")]);
  const parts = features.map(({ table, sets }, i) => {
    const column = { columns: Int32Array.of(i) };
    const own = build.op("reshape", [build.op("gatherColumns", [regions], column)], { shape: [rows] });
    // It never is above; this says so to backends that leave out the check of an index that they know to be in range.
    const region = build.op("min", [own, build.constant(scalar("int32", table.length / sets - 1))]);
    const found = build.op("gather", [floats(table, [table.length / sets, sets]), region], { axis: 0 });
    const flags = build.op("gatherColumns", [missing], column);
    return build.op("select", [flags, floats(Float64Array.of(Number.NaN), []), found]);
  });
  const width = build.type(x).shape[1];
  const all = Int32Array.from({ length: forest.nFeatures }, (_, f) => f);
  const given = width === forest.nFeatures ? x : build.op("gatherColumns", [x], { columns: all });
  return build.op("concat", [given, ...parts], { axis: 1 });
}
