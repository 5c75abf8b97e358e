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
