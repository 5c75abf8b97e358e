/**
 * Sets of numbers for the walk: for each feature whose nodes test sets, a table with a row of flags (1 in the set, 0 not) for each region
 * between the sets' cuts, and one for NaN. A row of x copies the row of its region (kernels/forest/prepare-rows.ts), and a node
 * that tests a set compares one flag.
 */

import type { Forest } from "../../../ir/forest.js";
import type { Cuts } from "./cuts.js";
import { align } from "./packed-forest.js";

export interface SetFlags {
  /** Flags of all features; those of a feature stand together, padded to a multiple of four. */
  readonly count: number;
  /** Per node of the forest: its flag, -1 where it has none. */
  readonly of: Int32Array;
  readonly features: readonly FlaggedFeature[];
}

export interface FlaggedFeature {
  readonly feature: number;
  /** Its first flag, and how many it has. */
  readonly first: number;
  readonly width: number;
  /** Ascending, unique. A number's region is the count of cuts below it. */
  readonly cuts: Float64Array;
  /** The row of the table for each region, then for NaN. */
  readonly rowOf: Uint32Array;
  /** [rows, width] */
  readonly table: Float32Array;
}

/** Most flags of a row: 64 KB to copy for each row of x. */
const maxFlags = 2 ** 14;
const maxTableBytes = 2 ** 23;

/** Undefined where no node needs a flag, or tables would be large. */
export function setFlagsOf(forest: Forest, cuts: Cuts): SetFlags | undefined {
  const { start } = cuts.sets;
  const byFeature = new Map<number, Map<number, number>>();
  let flags = 0;
  for (let i = 0; i < forest.nNodes; i++) {
    const set = cuts.set[i]!;
    // One comparison is all that a single cut takes.
    if (set === -1 || start[set + 1]! - start[set]! < 2) continue;
    const known = byFeature.get(forest.feature[i]!) ?? new Map<number, number>();
    byFeature.set(forest.feature[i]!, known);
    const key = 2 * set + cuts.nanRight[i]!;
    if (known.has(key)) continue;
    known.set(key, known.size);
    if (++flags > maxFlags) return undefined;
  }
  if (flags === 0) return undefined;
  const features: FlaggedFeature[] = [];
  let [count, room] = [0, maxTableBytes];
  for (const [feature, keys] of [...byFeature].sort(([a], [b]) => a - b)) {
    const made = flaggedFeature(feature, count, [...keys.keys()], cuts, room);
    if (made === undefined) return undefined;
    room -= made.table.byteLength;
    count += made.width;
    features.push(made);
  }
  const of = new Int32Array(forest.nNodes).fill(-1);
  const first = new Map(features.map((f) => [f.feature, f.first]));
  for (let i = 0; i < forest.nNodes; i++) {
    const place =
      cuts.set[i] === -1 ? undefined : byFeature.get(forest.feature[i]!)?.get(2 * cuts.set[i]! + cuts.nanRight[i]!);
    if (place !== undefined) of[i] = first.get(forest.feature[i]!)! + place;
  }
  return { count, of, features };
}

/** `keys`: 2 · set + whether NaN is taken for a member. */
function flaggedFeature(
  feature: number,
  first: number,
  keys: readonly number[],
  { sets }: Cuts,
  room: number,
): FlaggedFeature | undefined {
  const width = align(keys.length, 4);
  const cuts = unionOfCuts(
    sets,
    keys.map((key) => key >> 1),
  );
  const regions = cuts.length + 1;
  if (4 * width > room) return undefined;
  // Cuts of each set in turn: sets change sides at a few regions each.
  const changes: number[][] = Array.from({ length: regions }, () => []);
  const place = new Map(Array.from(cuts, (c, i) => [c, i]));
  for (const [k, key] of keys.entries()) {
    const set = key >> 1;
    for (let i = sets.start[set]!; i < sets.start[set + 1]!; i++) changes[place.get(sets.cut[i]!)! + 1]!.push(k);
  }
  const row = new Float32Array(width);
  for (const [k, key] of keys.entries()) row[k] = sets.inside[key >> 1]!;
  const rows: Float32Array[] = [];
  const known = new Map<string, number>();
  const rowOf = new Uint32Array(regions + 1);
  const keep = (values: Float32Array): number => {
    const text = values.join("");
    const found = known.get(text) ?? rows.push(Float32Array.from(values)) - 1;
    known.set(text, found);
    return found;
  };
  for (let region = 0; region < regions; region++) {
    for (const k of changes[region]!) row[k] = 1 - row[k]!;
    rowOf[region] = keep(row);
    if (4 * width * (rows.length + 1) > room) return undefined;
  }
  for (const [k, key] of keys.entries()) row[k] = key & 1;
  rowOf[regions] = keep(row);
  const table = new Float32Array(rows.length * width);
  for (const [i, values] of rows.entries()) table.set(values, i * width);
  return { feature, first, width, cuts, rowOf, table };
}

/** All cuts of these sets, ascending and unique. */
export function unionOfCuts(sets: Cuts["sets"], which: readonly number[]): Float64Array {
  const found = new Set<number>();
  for (const set of which) for (let i = sets.start[set]!; i < sets.start[set + 1]!; i++) found.add(sets.cut[i]!);
  return Float64Array.from(found).sort();
}
