/**
 * AssemblyScript. x^y of float32, two at once, as e^(y·ln |x|) in float64, whose digits are enough for what is rounded to float32.
 * C's rules for zeros, infinities and NaN (functions.ts) hold: such numbers are left to it.
 */

import { gathered, scatter } from "./float-functions";
import { power } from "./functions";

/** Constants, twice each; from memory for the reason that float-functions.ts gives. */
const CONSTANTS = memory.data<f64>([
  // Beyond these, float32 holds infinity and 0.
  110, 110,
  -110, -110,
  // 2: 1 / ln 2 and ln 2.
  1.4426950408889634, 1.4426950408889634,
  0.6931471805599453, 0.6931471805599453,
  // 1.5 · 2^52: a number of moderate size added to it is rounded to an integer, which stands in the lowest bits.
  6755399441055744, 6755399441055744,
  // 5: Taylor's coefficients of e^x.
  1, 1,
  0.5, 0.5,
  1.0 / 6, 1.0 / 6,
  1.0 / 24, 1.0 / 24,
  1.0 / 120, 1.0 / 120,
  1.0 / 720, 1.0 / 720,
  1.0 / 5040, 1.0 / 5040,
  1.0 / 40320, 1.0 / 40320,
  1.0 / 362880, 1.0 / 362880,
  // 14: √2, 2^52, and 2^52 + 1023.
  1.4142135623730951, 1.4142135623730951,
  4503599627370496, 4503599627370496,
  4503599627371519, 4503599627371519,
  // 17: twice the series of the inverse hyperbolic tangent.
  2, 2,
  2.0 / 3, 2.0 / 3,
  2.0 / 5, 2.0 / 5,
  2.0 / 7, 2.0 / 7,
  2.0 / 9, 2.0 / 9,
  2.0 / 11, 2.0 / 11,
  2.0 / 13, 2.0 / 13,
], 16);

@inline function constant(i: usize): v128 {
  return v128.load(CONSTANTS + (i << 4));
}

/** constant i + x · constant i + 1. */
@inline function pair(x: v128, i: usize): v128 {
  return f64x2.add(constant(i), f64x2.mul(x, constant(i + 1)));
}

@inline export function fma(sum: v128, x: v128, y: v128): v128 {
  return f64x2.add(sum, f64x2.mul(x, y));
}

/** x is split into n·ln 2 + r with |r| ≤ ln 2 / 2, and e^r is its Taylor polynomial of degree 9, whose first missing term is below 2^-36 of it. */
@inline function exponential(given: v128): v128 {
  const x = f64x2.pmax(f64x2.pmin(given, constant(0)), constant(1));
  const shifted = f64x2.add(f64x2.mul(x, constant(2)), constant(4));
  const n = f64x2.sub(shifted, constant(4));
  const r = f64x2.sub(x, f64x2.mul(n, constant(3))), square = f64x2.mul(r, r), fourth = f64x2.mul(square, square);
  // Pairs of terms do not wait for each other as in a row of multiplications.
  const high = fma(fma(pair(r, 8), square, pair(r, 10)), fourth, pair(r, 12));
  const sum = fma(f64x2.add(constant(5), r), square, fma(pair(r, 6), square, high));
  // 2^n by its exponent bits; shifting leaves the lowest twelve bits, in which n stands.
  const exponent = i64x2.add(i64x2.shl(shifted, 52), constant(5));
  return f64x2.mul(sum, exponent);
}

/**
 * ln x of positive normal numbers: x is m · 2^n with m between √½ and √2, and ln m twice the inverse hyperbolic tangent of
 * (m - 1) / (m + 1), whose first missing term is below 2^-38 of it.
 */
@inline function logarithm(x: v128): v128 {
  const one = constant(5);
  let m = v128.or(i64x2.shr_u(i64x2.shl(x, 12), 12), one);
  const large = f64x2.gt(m, constant(14));
  m = v128.bitselect(f64x2.mul(m, constant(6)), m, large);
  // The exponent bits are the lowest ones of 2^52.
  const bits = i64x2.sub(i64x2.shr_u(x, 52), large);
  const n = f64x2.sub(v128.or(bits, constant(15)), constant(16));
  const s = f64x2.div(f64x2.sub(m, one), f64x2.add(m, one)), square = f64x2.mul(s, s), fourth = f64x2.mul(square, square);
  const high = fma(pair(square, 19), fourth, fma(pair(square, 21), fourth, constant(23)));
  return f64x2.add(f64x2.mul(s, fma(pair(square, 17), fourth, high)), f64x2.mul(n, constant(3)));
}

/** Lanes whose base is 0, infinite or NaN, or whose exponent is not finite. */
@inline function special(x: v128, y: v128): v128 {
  const zero = f32x4.splat(0), xs = f32x4.sub(x, x), ys = f32x4.sub(y, y);
  return v128.or(f32x4.eq(x, zero), v128.or(f32x4.ne(xs, zero), f32x4.ne(ys, zero)));
}

/** The low two. Negative bases have a power where the exponent is an integer, a negative one where it is odd. */
@inline function two(x: v128, y: v128): v128 {
  const base = f64x2.promote_low_f32x4(x), exponent = f64x2.promote_low_f32x4(y);
  const size = exponential(f64x2.mul(exponent, logarithm(f64x2.abs(base))));
  const half = f64x2.mul(exponent, f64x2.splat(0.5));
  const sign = v128.andnot(f64x2.splat(-0), f64x2.eq(f64x2.floor(half), half));
  const negative = v128.bitselect(v128.xor(size, sign), f64x2.splat(NaN), f64x2.eq(f64x2.floor(exponent), exponent));
  return f32x4.demote_f64x2_zero(v128.bitselect(negative, size, f64x2.lt(base, f64x2.splat(0))));
}

/** Operands in steps of p and q, the result in steps of s. No answer depends on the elements beside it. */
export function powers(x: usize, p: usize, y: usize, q: usize, r: usize, s: usize, count: i32): void {
  for (; count > 0; count -= 4, x += 4 * p, y += 4 * q, r += 4 * s) {
    const xs = p == 4 && count >= 4 ? v128.load(x) : gathered(x, p, count);
    const ys = q == 4 && count >= 4 ? v128.load(y) : gathered(y, q, count);
    const low = two(xs, ys), high = two(v128.shuffle<f32>(xs, xs, 2, 3, 2, 3), v128.shuffle<f32>(ys, ys, 2, 3, 2, 3));
    const all = v128.shuffle<f32>(low, high, 0, 1, 4, 5), odd = special(xs, ys);
    if (s == 4 && count >= 4) v128.store(r, all);
    else scatter(r, s, all, count);
    if (!v128.any_true(odd)) continue;
    const bits = i32x4.bitmask(odd);
    for (let i = 0; i < min(count, 4); i++) {
      if ((bits & (1 << i)) == 0) continue;
      store<f32>(r + <usize>i * s, <f32>power(<f64>load<f32>(x + <usize>i * p), <f64>load<f32>(y + <usize>i * q)));
    }
  }
}
