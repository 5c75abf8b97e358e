/**
 * AssemblyScript. First step of the walk: copies a block of rows into scratch memory, where each column that the forest
 * compares stands with NaN already replaced by what sends it the right way (-Infinity is above no cut, +Infinity above all
 * finite ones), so that no node needs a test for NaN. Columns come in runs (see forests/columns.ts, which writes them).
 */

/** What a run makes of NaN; the numbers of `NanRule` in forests/columns.ts. */
const NAN_LEFT: u32 = 0;
const NAN_RIGHT: u32 = 1;
/** 1 where x is NaN, else 0. */
const NAN_FLAG: u32 = 2;

/** Bytes of a run: first source column, number of columns, rule, first prepared column (all u32). */
const RUN_BYTES: usize = 16;

@inline function withoutNaN32(v: v128, rule: u32, replacement: v128): v128 {
  const isNumber = f32x4.eq(v, v);
  return rule == NAN_FLAG ? v128.andnot(f32x4.splat(1), isNumber) : v128.bitselect(v, replacement, isNumber);
}

@inline function withoutNaN64(v: v128, rule: u32, replacement: v128): v128 {
  const isNumber = f64x2.eq(v, v);
  return rule == NAN_FLAG ? v128.andnot(f64x2.splat(1), isNumber) : v128.bitselect(v, replacement, isNumber);
}

/** float32 x to float32 prepared rows of `stride` bytes. */
export function prepareRows32(runs: usize, nRuns: u32, x: usize, rowStride: usize, rows: i32, to: usize, stride: usize): void {
  for (let row = 0; row < rows; row++, x += rowStride, to += stride) {
    let run = runs;
    for (let i: u32 = 0; i < nRuns; i++, run += RUN_BYTES) {
      const rule = load<u32>(run, 8);
      const replacement = f32x4.splat(rule == NAN_LEFT ? -Infinity : Infinity);
      let from = x + (<usize>load<u32>(run) << 2);
      let into = to + (<usize>load<u32>(run, 12) << 2);
      let count = load<u32>(run, 4);
      for (; count >= 4; count -= 4, from += 16, into += 16) v128.store(into, withoutNaN32(v128.load(from), rule, replacement));
      for (; count > 0; count--, from += 4, into += 4) {
        v128.store32_lane(into, withoutNaN32(v128.load32_zero(from), rule, replacement), 0);
      }
    }
  }
}

/** float64 x (or float32 x, widened, where `narrowSource`) to float64 prepared rows of `stride` bytes. */
export function prepareRows64(
  runs: usize, nRuns: u32, x: usize, rowStride: usize, narrowSource: bool, rows: i32, to: usize, stride: usize,
): void {
  for (let row = 0; row < rows; row++, x += rowStride, to += stride) {
    let run = runs;
    for (let i: u32 = 0; i < nRuns; i++, run += RUN_BYTES) {
      const rule = load<u32>(run, 8);
      const replacement = f64x2.splat(rule == NAN_LEFT ? -Infinity : Infinity);
      let into = to + (<usize>load<u32>(run, 12) << 3);
      let count = load<u32>(run, 4);
      if (narrowSource) {
        let from = x + (<usize>load<u32>(run) << 2);
        for (; count > 0; count--, from += 4, into += 8) {
          v128.store64_lane(into, withoutNaN64(f64x2.promote_low_f32x4(v128.load32_zero(from)), rule, replacement), 0);
        }
      } else {
        let from = x + (<usize>load<u32>(run) << 3);
        for (; count >= 2; count -= 2, from += 16, into += 16) v128.store(into, withoutNaN64(v128.load(from), rule, replacement));
        if (count > 0) v128.store64_lane(into, withoutNaN64(v128.load64_zero(from), rule, replacement), 0);
      }
    }
  }
}

/** Bytes of a column's record in `narrowRows`: { u32 cuts, u32 count, u32 filter, u32 shift }; see forests/narrow-columns.ts. */
const NARROW_BYTES: usize = 16;

/** float64 x to float32 prepared rows of `stride` bytes, rounded so that comparisons with cuts that are rounded down stay the same. */
export function narrowRows(
  runs: usize, nRuns: u32, records: usize, tables: usize, x: usize, rowStride: usize, rows: i32, to: usize, stride: usize,
): void {
  for (let row = 0; row < rows; row++, x += rowStride, to += stride) {
    let run = runs;
    for (let i: u32 = 0; i < nRuns; i++, run += RUN_BYTES) {
      const rule = load<u32>(run, 8), first = <usize>load<u32>(run, 12);
      const replacement = f64x2.splat(rule == NAN_LEFT ? -Infinity : Infinity);
      let from = x + (<usize>load<u32>(run) << 3);
      let into = to + (first << 2), record = records + first * NARROW_BYTES;
      let count = load<u32>(run, 4);
      for (; count >= 2; count -= 2, from += 16, into += 8, record += 2 * NARROW_BYTES) {
        const values = withoutNaN64(v128.load(from), rule, replacement);
        const narrow = f32x4.demote_f64x2_zero(values);
        if (i64x2.all_true(f64x2.eq(f64x2.promote_low_f32x4(narrow), values))) {
          v128.store64_lane(into, narrow, 0);
        } else {
          store<f32>(into, narrowed(f64x2.extract_lane(values, 0), record, tables));
          store<f32>(into, narrowed(f64x2.extract_lane(values, 1), record + NARROW_BYTES, tables), 4);
        }
      }
      if (count > 0) store<f32>(into, narrowed(f64x2.extract_lane(withoutNaN64(v128.load64_zero(from), rule, replacement), 0), record, tables));
    }
  }
}

/** The float32 at or above x, or the one below where x lies below a cut between the two. */
function narrowed(x: f64, record: usize, tables: usize): f32 {
  const nearest = <f32>x;
  if (<f64>nearest == x) return nearest;
  let bits = reinterpret<i32>(nearest);
  // Neighbours of numbers are neighbours of their bits, away from zero upwards.
  const away = bits < 0 ? -1 : 1;
  if (<f64>nearest > x) bits -= away;
  const above = reinterpret<f32>(bits + (bits < 0 ? -1 : 1));
  const hash = (<u32>bits * 0x9e3779b1) >> load<u32>(record, 12);
  if (((load<u8>(tables + load<u32>(record, 8) + (hash >> 3)) >> <u8>(hash & 7)) & 1) == 0) return above;
  // The first cut that is not below x.
  let cut = tables + load<u32>(record);
  let left = load<u32>(record, 4);
  const end = cut + (<usize>left << 3);
  while (left > 1) {
    const half = left >> 1;
    cut += load<f64>(cut + (<usize>(half - 1) << 3)) < x ? <usize>half << 3 : 0;
    left -= half;
  }
  if (left == 1 && load<f64>(cut) < x) cut += 8;
  return cut < end && load<f64>(cut) < <f64>above ? reinterpret<f32>(bits) : above;
}

/** Bytes of a record of `copyFlags`: seven words. */
const FLAGGED_BYTES: usize = 28;

/**
 * Copies, for each feature with sets, the flags of the row's region into its prepared row. A record is { u32 source bytes, u32 cuts, u32
 * offset of the f64 cuts, u32 offset of the u32 row offset per region and then of NaN, u32 offset of the rows, u32 bytes of a row
 * (a multiple of 16), u32 prepared bytes }. Written by forests/pack-walk.ts.
 */
export function copyFlags(
  wideSource: bool, records: usize, count: u32, tables: usize, x: usize, rowStride: usize, rows: i32, to: usize, stride: usize): void {
  for (let i: u32 = 0; i < count; i++, records += FLAGGED_BYTES) {
    const cuts = tables + load<u32>(records, 8), rowOf = tables + load<u32>(records, 12), table = tables + load<u32>(records, 16);
    const nCuts = load<u32>(records, 4);
    const bytes = <usize>load<u32>(records, 20);
    let from = x + load<u32>(records), into = to + load<u32>(records, 24);
    for (let row = 0; row < rows; row++, from += rowStride, into += stride) {
      const value = wideSource ? load<f64>(from) : <f64>load<f32>(from);
      let region: u32 = nCuts + 1;
      if (value == value) {
        // The count of cuts below the value: halves of what is left, without a branch.
        region = 0;
        let left = nCuts;
        while (left > 1) {
          const half = left >> 1;
          region += value > load<f64>(cuts + (<usize>(region + half - 1) << 3)) ? half : 0;
          left -= half;
        }
        if (left == 1) region += <u32>(value > load<f64>(cuts + (<usize>region << 3)));
      }
      const source = table + load<u32>(rowOf + (<usize>region << 2));
      for (let at: usize = 0; at < bytes; at += 16) v128.store(into + at, v128.load(source + at));
    }
  }
}
