/**
 * AssemblyScript. The logistic function of two float64 at once, within two units in the last place of src/ir/primitives/unary.ts, down to
 * denormal results. No answer depends on the element beside it: what is left over at the end of a run takes the same way.
 */

import { fma } from "./powers";

/** From memory for the reason that float-functions.ts gives. */
const CONSTANTS = memory.data<f64>([
  -0.0,
  // Below it, e^x is less than half of the least float64.
  -746,
  // 2: 1 / ln 2, and 1.5 · 2^52: a number of moderate size added to it is rounded to an integer, which stands in the lowest bits.
  1.4426950408889634,
  6755399441055744,
  // Two numbers whose sum is ln 2; an exponent times the first is exact.
  0.6931471803691238,
  1.9082149292705877e-10,
  // 6: the bits of 1023 + 64, the exponent of 2^64, and 2^-64.
  5.37e-321,
  5.421010862427522e-20,
  // 8: Taylor's coefficients of e^x.
  1,
  0.5,
  1.0 / 6,
  1.0 / 24,
  1.0 / 120,
  1.0 / 720,
  1.0 / 5040,
  1.0 / 40320,
  1.0 / 362880,
  1.0 / 3628800,
  1.0 / 39916800,
  1.0 / 479001600,
  1.0 / 6227020800,
], 16);

@inline function constant(i: usize): v128 {
  return v128.load64_splat(CONSTANTS + (i << 3));
}

/** constant i + r · constant i + 1. */
@inline function pair(r: v128, i: usize): v128 {
  return f64x2.add(constant(i), f64x2.mul(r, constant(i + 1)));
}

/** e^-|x|; NaN of NaN. x is split into n·ln 2 + r with |r| ≤ ln 2 / 2, where Taylor's polynomial of degree 13 is enough for e^r. */
@inline function tailOf(x: v128): v128 {
  // pmax gives its first operand where that is NaN.
  const y = f64x2.pmax(v128.or(x, constant(0)), constant(1));
  const shifted = fma(constant(3), y, constant(2));
  const n = f64x2.sub(shifted, constant(3));
  const r = f64x2.sub(f64x2.sub(y, f64x2.mul(n, constant(4))), f64x2.mul(n, constant(5)));
  // Pairs of terms do not wait for each other as in a row of multiplications.
  const square = f64x2.mul(r, r), fourth = f64x2.mul(square, square);
  const middle = fma(pair(r, 11), square, pair(r, 13));
  const high = fma(fma(pair(r, 15), square, pair(r, 17)), fourth, pair(r, 19));
  const sum = fma(fma(r, square, pair(r, 9)), fourth, fma(middle, fourth, high));
  // 2^n by its exponent bits, 2^64 times too large because 2^n may be denormal.
  const power = i64x2.shl(i64x2.add(shifted, constant(6)), 52);
  return f64x2.mul(f64x2.mul(f64x2.add(constant(8), sum), power), constant(7));
}

/** 1 / (1 + e^-x): from e^-|x|, which keeps the digits of both tails. */
@inline function logistic(x: v128): v128 {
  const tail = tailOf(x), one = constant(8);
  return f64x2.div(v128.bitselect(tail, one, i64x2.shr_s(x, 63)), f64x2.add(one, tail));
}

/** From x in steps of p to r in steps of s. Neighbours that are opposites, as the scores of two classes are, have the same tail. */
export function logistics(x: usize, p: usize, r: usize, s: usize, count: i32): void {
  const close = p == 8 && s == 8;
  while (count > 0) {
    if (close && count >= 4) {
      const a = v128.load(x), b = v128.load(x, 16);
      const even = v128.shuffle<f64>(a, b, 0, 2), odd = v128.shuffle<f64>(a, b, 1, 3);
      if (i64x2.all_true(f64x2.eq(even, f64x2.neg(odd)))) {
        const tail = tailOf(odd), one = constant(8), whole = f64x2.add(one, tail), negative = i64x2.shr_s(odd, 63);
        const large = f64x2.div(one, whole), small = f64x2.div(tail, whole);
        const first = v128.bitselect(large, small, negative), second = v128.bitselect(small, large, negative);
        v128.store(r, v128.shuffle<f64>(first, second, 0, 2));
        v128.store(r, v128.shuffle<f64>(first, second, 1, 3), 16);
        count -= 4;
        x += 32;
        r += 32;
        continue;
      }
    }
    const first = v128.load64_zero(x), values = logistic(count > 1 ? v128.load64_lane(x + p, first, 1) : first);
    v128.store64_lane(r, values, 0);
    if (count > 1) v128.store64_lane(r + s, values, 1);
    count -= 2;
    x += 2 * p;
    r += 2 * s;
  }
}
