/**
 * float64 rows for nodes whose cuts are float32: cuts are rounded down, and a row's value x is rounded to that neighbour in float32
 * which lies above the rounded cut if x lies above the cut itself (kernels/forest/prepare-rows.ts). Rounding x up does that, but for
 * values between two float32 numbers with a cut between the same two; for these the kernel looks at the cut. It finds whether
 * there may be one in a filter: bits at places told by the float32 below.
 */

import { roundDownToFloat32 } from "../../../ir/float.js";
import { align } from "./packed-forest.js";

/** What `narrowRows` of the kernel reads. */
export interface NarrowColumns {
  /** Per prepared column { u32 offset of its cuts, u32 count, u32 offset of its filter, u32 shift that leaves a hash's place in it }. */
  readonly records: Uint32Array;
  /** What the offsets count from: f64 cuts that are no float32 numbers, ascending; and the filters. */
  readonly tables: Uint8Array;
}

/** Bits of a filter for each cut, so that few values without a cut beside them take a search. */
const bitsPerCut = 16;
const leastBits = 64;

/**
 * `features`: the feature of each comparison, -1 for what compares none; `featureOf`: that of each prepared column. Undefined where two cuts
 * of a feature become one number.
 */
export function narrowColumns(
  features: Int32Array,
  cuts: Float64Array,
  nFeatures: number,
  featureOf: Int32Array,
): NarrowColumns | undefined {
  const byFeature = cutsOfFeatures(features, cuts, nFeatures);
  const between: Float64Array[] = [];
  for (const all of byFeature) {
    const kept = cutsBetween(all);
    if (kept === undefined) return undefined;
    between.push(kept);
  }
  const bits = between.map(({ length }) => 2 ** Math.ceil(Math.log2(Math.max(leastBits, bitsPerCut * length))));
  let size = 0;
  const place = (bytes: number): number => {
    const at = size;
    size = align(at + bytes, 8);
    return at;
  };
  const cutsAt = between.map((c) => place(c.byteLength));
  const filterAt = bits.map((count) => place(count / 8));
  const tables = new Uint8Array(size);
  for (const [f, kept] of between.entries()) {
    new Float64Array(tables.buffer, cutsAt[f]!, kept.length).set(kept);
    const shift = 32 - Math.log2(bits[f]!);
    for (const cut of kept) {
      const bit = placeOf(roundDownToFloat32(cut), shift);
      tables[filterAt[f]! + (bit >>> 3)]! |= 1 << (bit & 7);
    }
  }
  const records = new Uint32Array(4 * featureOf.length);
  for (const [column, f] of featureOf.entries()) {
    records.set([cutsAt[f]!, between[f]!.length, filterAt[f]!, 32 - Math.log2(bits[f]!)], 4 * column);
  }
  return { records, tables };
}

const word = new DataView(new ArrayBuffer(4));

/** The place of a float32 in a filter; the kernel's own arithmetic. */
function placeOf(x: number, shift: number): number {
  word.setFloat32(0, x);
  return Math.imul(word.getInt32(0), 0x9e3779b1) >>> shift;
}

/** The cuts of each feature, ascending; some more than once. */
function cutsOfFeatures(features: Int32Array, cuts: Float64Array, nFeatures: number): Float64Array[] {
  const counts = new Uint32Array(nFeatures);
  for (const f of features) if (f !== -1) counts[f]!++;
  const lists = Array.from(counts, (count) => new Float64Array(count));
  counts.fill(0);
  for (const [i, f] of features.entries()) if (f !== -1) lists[f]![counts[f]!++] = cuts[i]! + 0;
  for (const list of lists) list.sort();
  return lists;
}

/** Those of ascending cuts that are no float32 numbers, each once; undefined where two unlike cuts become one number. */
function cutsBetween(cuts: Float64Array): Float64Array | undefined {
  const kept: number[] = [];
  for (let i = 0; i < cuts.length; i++) {
    const cut = cuts[i]!;
    const down = roundDownToFloat32(cut);
    if (i > 0 && cuts[i - 1] === cut) continue;
    if (i > 0 && roundDownToFloat32(cuts[i - 1]!) === down) return undefined;
    if (down !== cut) kept.push(cut);
  }
  return Float64Array.from(kept);
}
