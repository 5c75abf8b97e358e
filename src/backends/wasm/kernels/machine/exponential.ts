/**
 * AssemblyScript. e^x, and what is made of it, of two numbers at once, for results that are rounded to float32: x is split into n·ln 2 + r with |r| ≤ ln 2 / 2,
 * and e^r is its Taylor polynomial of degree 9, whose first missing term is below 2^-36 of it.
 */

const LN2: f64 = 0.6931471805599453;
const LOG2E: f64 = 1.4426950408889634;
/** 1.5 · 2^52: a number of moderate size added to it is rounded to an integer, which stands in the lowest bits. */
const SHIFT: f64 = 6755399441055744;
/** Beyond these, float32 holds 0 and infinity. */
const LOWEST: f64 = -110;
const HIGHEST: f64 = 110;

@inline function step(sum: v128, r: v128, coefficient: f64): v128 {
  return f64x2.add(f64x2.mul(sum, r), f64x2.splat(coefficient));
}

/** NaN of NaN; what is beyond the bounds is taken for them. */
@inline export function exponential(given: v128): v128 {
  // pmin and pmax give their first operand where it is NaN.
  const x = f64x2.pmax(f64x2.pmin(given, f64x2.splat(HIGHEST)), f64x2.splat(LOWEST));
  const shifted = f64x2.add(f64x2.mul(x, f64x2.splat(LOG2E)), f64x2.splat(SHIFT));
  const n = f64x2.sub(shifted, f64x2.splat(SHIFT));
  const r = f64x2.sub(x, f64x2.mul(n, f64x2.splat(LN2)));
  let sum = f64x2.splat(1.0 / 362880);
  sum = step(sum, r, 1.0 / 40320);
  sum = step(sum, r, 1.0 / 5040);
  sum = step(sum, r, 1.0 / 720);
  sum = step(sum, r, 1.0 / 120);
  sum = step(sum, r, 1.0 / 24);
  sum = step(sum, r, 1.0 / 6);
  sum = step(sum, r, 0.5);
  sum = step(sum, r, 1);
  sum = step(sum, r, 1);
  // 2^n by its exponent bits; shifting leaves the lowest twelve bits, in which n stands.
  const power = i64x2.shl(i64x2.add(shifted, i64x2.splat(1023)), 52);
  return f64x2.mul(sum, power);
}

/** e^x of float32, in steps of p, to r in steps of s. Single elements take the same way as pairs, so that no answer depends on its neighbours. */
export function exponentialRun(x: usize, p: usize, r: usize, s: usize, count: i32): void {
  if (p == 4 && s == 4) {
    for (; count >= 2; count -= 2, x += 8, r += 8) {
      v128.store64_lane(r, f32x4.demote_f64x2_zero(exponential(f64x2.promote_low_f32x4(v128.load64_zero(x)))), 0);
    }
  }
  for (; count > 0; count--, x += p, r += s) {
    v128.store32_lane(r, f32x4.demote_f64x2_zero(exponential(f64x2.promote_low_f32x4(v128.load32_zero(x)))), 0);
  }
}

/**
 * Constants of `logistic`, four times each. From memory, because an engine that meets a constant vector in a loop builds it anew from
 * its halves each time.
 */
const CONSTANTS = memory.data<f32>([
  -0, -0, -0, -0,
  -104, -104, -104, -104,
  1.4426950408889634, 1.4426950408889634, 1.4426950408889634, 1.4426950408889634,
  // 1.5 · 2^23, as SHIFT for float64.
  12582912, 12582912, 12582912, 12582912,
  // Two numbers whose sum is ln 2; an exponent times the first is exact.
  0.693359375, 0.693359375, 0.693359375, 0.693359375,
  -2.12194440054690583e-4, -2.12194440054690583e-4, -2.12194440054690583e-4, -2.12194440054690583e-4,
  1, 1, 1, 1,
  0.5, 0.5, 0.5, 0.5,
  1.0 / 6, 1.0 / 6, 1.0 / 6, 1.0 / 6,
  1.0 / 24, 1.0 / 24, 1.0 / 24, 1.0 / 24,
  1.0 / 120, 1.0 / 120, 1.0 / 120, 1.0 / 120,
  1.0 / 720, 1.0 / 720, 1.0 / 720, 1.0 / 720,
  1.0 / 5040, 1.0 / 5040, 1.0 / 5040, 1.0 / 5040,
  // The bits of 127 + 32, the exponent of 2^32.
  2.228064558276459e-43, 2.228064558276459e-43, 2.228064558276459e-43, 2.228064558276459e-43,
  // 2^-32
  2.3283064365386963e-10, 2.3283064365386963e-10, 2.3283064365386963e-10, 2.3283064365386963e-10,
], 16);

@inline function constant(i: usize): v128 {
  return v128.load(CONSTANTS + (i << 4));
}

/** constant i + r · constant i + 1. */
@inline function pair(r: v128, i: usize): v128 {
  return f32x4.add(constant(i), f32x4.mul(r, constant(i + 1)));
}

/** e^-|x| of four float32. */
@inline function tailOf(x: v128): v128 {
  // pmax gives its first operand where that is NaN; e^-104 is 0.
  const y = f32x4.pmax(v128.or(x, constant(0)), constant(1));
  const shifted = f32x4.add(f32x4.mul(y, constant(2)), constant(3));
  const n = f32x4.sub(shifted, constant(3));
  const r = f32x4.sub(f32x4.sub(y, f32x4.mul(n, constant(4))), f32x4.mul(n, constant(5)));
  // Pairs of terms do not wait for each other as in a row of multiplications.
  const square = f32x4.mul(r, r);
  const higher = f32x4.add(
    f32x4.add(pair(r, 7), f32x4.mul(square, pair(r, 9))),
    f32x4.mul(f32x4.mul(square, square), pair(r, 11)),
  );
  const root = f32x4.add(f32x4.add(f32x4.mul(higher, square), r), constant(6));
  // 2^n by its exponent bits, 2^32 times too large because 2^n may be denormal.
  const power = i32x4.shl(i32x4.add(shifted, constant(13)), 23);
  return f32x4.mul(f32x4.mul(root, power), constant(14));
}

/** 1 / (1 + e^-x) of four float32: from e^-|x|, which keeps the digits of both tails. Within two units in the last place. */
@inline function logistic(x: v128): v128 {
  const tail = tailOf(x), one = constant(6);
  return f32x4.div(v128.bitselect(tail, one, i32x4.shr_s(x, 31)), f32x4.add(one, tail));
}

/** As `exponentialRun`, the logistic function four at a time. */
export function logisticRun(x: usize, p: usize, r: usize, s: usize, count: i32): void {
  if (p == 4 && s == 4) {
    for (; count >= 8; count -= 8, x += 32, r += 32) {
      const a = v128.load(x), b = v128.load(x, 16);
      const even = v128.shuffle<f32>(a, b, 0, 2, 4, 6), odd = v128.shuffle<f32>(a, b, 1, 3, 5, 7);
      if (!i32x4.all_true(f32x4.eq(even, f32x4.neg(odd)))) {
        v128.store(r, logistic(a));
        v128.store(r, logistic(b), 16);
        continue;
      }
      // Neighbours are opposites, as the scores of two classes are: they have the same tail.
      const tail = tailOf(odd), one = constant(6), whole = f32x4.add(one, tail), negative = i32x4.shr_s(odd, 31);
      const large = f32x4.div(one, whole), small = f32x4.div(tail, whole);
      const first = v128.bitselect(large, small, negative), second = v128.bitselect(small, large, negative);
      v128.store(r, v128.shuffle<f32>(first, second, 0, 4, 1, 5));
      v128.store(r, v128.shuffle<f32>(first, second, 2, 6, 3, 7), 16);
    }
    for (; count >= 4; count -= 4, x += 16, r += 16) v128.store(r, logistic(v128.load(x)));
  }
  for (; count > 0; count--, x += p, r += s) v128.store32_lane(r, logistic(v128.load32_zero(x)), 0);
}

/** Below this, the Taylor polynomial of degree 7; above, the exponential has digits enough. */
const SMALL: f64 = 0.03;

/** tanh of two numbers, for results that are rounded to float32. Keeps -0. */
@inline function hyperbolicTangent(x: v128): v128 {
  const one = f64x2.splat(1);
  const tail = exponential(f64x2.mul(f64x2.abs(x), f64x2.splat(-2)));
  const size = f64x2.div(f64x2.sub(one, tail), f64x2.add(one, tail));
  const large = v128.or(size, v128.and(x, f64x2.splat(-0)));
  const square = f64x2.mul(x, x);
  let series = f64x2.splat(-17.0 / 315);
  series = step(series, square, 2.0 / 15);
  series = step(series, square, -1.0 / 3);
  series = step(series, square, 1);
  return v128.bitselect(f64x2.mul(x, series), large, f64x2.lt(f64x2.abs(x), f64x2.splat(SMALL)));
}

/** As `exponentialRun`, tanh. */
export function hyperbolicTangentRun(x: usize, p: usize, r: usize, s: usize, count: i32): void {
  if (p == 4 && s == 4) {
    for (; count >= 2; count -= 2, x += 8, r += 8) {
      v128.store64_lane(r, f32x4.demote_f64x2_zero(hyperbolicTangent(f64x2.promote_low_f32x4(v128.load64_zero(x)))), 0);
    }
  }
  for (; count > 0; count--, x += p, r += s) {
    v128.store32_lane(r, f32x4.demote_f64x2_zero(hyperbolicTangent(f64x2.promote_low_f32x4(v128.load32_zero(x)))), 0);
  }
}
