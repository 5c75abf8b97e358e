/**
 * AssemblyScript. Work along the last axis of float32, four lines at a time, a line in each lane: a line's own elements are taken in
 * order, so that the results have the bits that lines.ts gives one line, and softmax (src/ir/primitives/ordering.ts).
 */

import { ADD, MAX, MUL } from "./codes";
import { raisedExponentialBelow } from "./float-functions";

/** An element of each of four lines. */
@inline function across(a: usize, b: usize, c: usize, d: usize): v128 {
  return v128.load32_lane(d, v128.load32_lane(c, v128.load32_lane(b, v128.load32_zero(a), 1), 2), 3);
}

@inline function joined(op: u32, sum: v128, x: v128): v128 {
  if (op == ADD) return f32x4.add(sum, x);
  if (op == MUL) return f32x4.mul(sum, x);
  return op == MAX ? f32x4.max(sum, x) : f32x4.min(sum, x);
}

@inline function reduceWith(op: u32, first: f32, x: usize, r: usize, lines: i32, length: i32): void {
  const line = <usize>length << 2;
  for (; lines >= 8; lines -= 8, x += 7 * line, r += 32) {
    let low = f32x4.splat(first), high = low;
    const b = line, c = 2 * line, d = 3 * line, e = 4 * line, f = 5 * line, g = 6 * line, h = 7 * line;
    for (const end = x + line; x < end; x += 4) {
      low = joined(op, low, across(x, x + b, x + c, x + d));
      high = joined(op, high, across(x + e, x + f, x + g, x + h));
    }
    v128.store(r, low);
    v128.store(r, high, 16);
  }
  for (; lines >= 4; lines -= 4, x += 3 * line, r += 16) {
    let sum = f32x4.splat(first);
    for (const end = x + line; x < end; x += 4) sum = joined(op, sum, across(x, x + line, x + 2 * line, x + 3 * line));
    v128.store(r, sum);
  }
}

/** The first `lines & ~3` lines; `first` is what an empty one gives. */
export function reduceFours(op: u32, first: f32, x: usize, r: usize, lines: i32, length: i32): void {
  if (op == ADD) reduceWith(ADD, first, x, r, lines, length);
  else if (op == MUL) reduceWith(MUL, first, x, r, lines, length);
  else if (op == MAX) reduceWith(MAX, first, x, r, lines, length);
  else reduceWith(0, first, x, r, lines, length);
}

@inline function argWith(largest: bool, last: bool, x: usize, r: usize, lines: i32, length: i32): void {
  const line = <usize>length << 2;
  for (; lines >= 4; lines -= 4, x += 4 * line, r += 16) {
    let best = across(x, x + line, x + 2 * line, x + 3 * line), index = i32x4.splat(0);
    for (let k = 1, at = x + 4; k < length; k++, at += 4) {
      const value = across(at, at + line, at + 2 * line, at + 3 * line);
      // Of NaN, any number is better; of two that are equal, the first stays or the last comes.
      const known = f32x4.eq(value, value), missing = f32x4.ne(best, best);
      let better = v128.or(largest ? f32x4.gt(value, best) : f32x4.lt(value, best), v128.and(missing, known));
      if (last) better = v128.or(better, v128.or(f32x4.eq(value, best), v128.andnot(missing, known)));
      best = v128.bitselect(value, best, better);
      index = v128.bitselect(i32x4.splat(k), index, better);
    }
    v128.store(r, index);
  }
}

/** The first `lines & ~3` lines. */
export function argFours(largest: bool, last: bool, x: usize, r: usize, lines: i32, length: i32): void {
  if (last) {
    if (largest) argWith(true, true, x, r, lines, length);
    else argWith(false, true, x, r, lines, length);
  } else if (largest) argWith(true, false, x, r, lines, length);
  else argWith(false, false, x, r, lines, length);
}

/** All lines; `terms` is memory for `length` vectors. The sums are taken in float64; both they and the terms are 2^32 times too large. */
export function softmaxFours(x: usize, r: usize, lines: i32, length: i32, terms: usize): void {
  const line = <usize>length << 2, end = terms + (<usize>length << 4);
  for (; lines > 0; lines -= 4, x += 4 * line, r += 4 * line) {
    // The last lines go together with the first of them.
    const b = lines > 1 ? line : 0, c = lines > 2 ? 2 * line : 0, d = lines > 3 ? 3 * line : 0;
    let highest = f32x4.splat(-Infinity);
    for (let at = x, to = terms; to < end; at += 4, to += 16) {
      const values = across(at, at + b, at + c, at + d);
      v128.store(to, values);
      // NaN is left out here, and makes the sum NaN.
      highest = f32x4.pmax(highest, values);
    }
    let low = f64x2.splat(0), high = low;
    for (let to = terms; to < end; to += 16) {
      const term = raisedExponentialBelow(v128.load(to), highest);
      v128.store(to, term);
      low = f64x2.add(low, f64x2.promote_low_f32x4(term));
      high = f64x2.add(high, f64x2.promote_low_f32x4(v128.shuffle<f32>(term, term, 2, 3, 2, 3)));
    }
    const sum = v128.shuffle<f32>(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high), 0, 1, 4, 5);
    for (let from = terms, to = r; from < end; from += 16, to += 4) {
      const value = f32x4.div(v128.load(from), sum);
      // A line that goes along is overwritten by itself, the first one last.
      v128.store32_lane(to + d, value, 3);
      v128.store32_lane(to + c, value, 2);
      v128.store32_lane(to + b, value, 1);
      v128.store32_lane(to, value, 0);
    }
  }
}
