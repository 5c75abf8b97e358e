/**
 * AssemblyScript. e^x of two numbers at once, for results that are rounded to float32: x is split into n·ln 2 + r with |r| ≤ ln 2 / 2,
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

@inline function next(sum: v128, r: v128, coefficient: f32): v128 {
  return f32x4.add(f32x4.mul(sum, r), f32x4.splat(coefficient));
}

/** Two numbers whose sum is ln 2; an exponent times the first is exact. */
const LN2_HIGH: f32 = 0.693359375;
const LN2_LOW: f32 = -2.12194440054690583e-4;

/** 1 / (1 + e^-x) of four float32: from e^-|x|, which keeps the digits of both tails. Within two units in the last place. */
@inline function logistic(x: v128): v128 {
  const negative = f32x4.lt(x, f32x4.splat(0));
  // pmax gives its first operand where that is NaN; e^-104 is 0.
  const y = f32x4.pmax(f32x4.neg(f32x4.abs(x)), f32x4.splat(-104));
  const n = f32x4.nearest(f32x4.mul(y, f32x4.splat(<f32>LOG2E)));
  const r = f32x4.sub(f32x4.sub(y, f32x4.mul(n, f32x4.splat(LN2_HIGH))), f32x4.mul(n, f32x4.splat(LN2_LOW)));
  let sum = f32x4.splat(1.0 / 5040);
  sum = next(sum, r, 1.0 / 720);
  sum = next(sum, r, 1.0 / 120);
  sum = next(sum, r, 1.0 / 24);
  sum = next(sum, r, 1.0 / 6);
  sum = next(sum, r, 0.5);
  sum = f32x4.add(f32x4.add(f32x4.mul(sum, f32x4.mul(r, r)), r), f32x4.splat(1));
  // 2^n in two factors, since it may be denormal.
  const exponent = i32x4.trunc_sat_f32x4_s(n), half = i32x4.shr_s(exponent, 1), bias = i32x4.splat(127);
  const power = f32x4.mul(
    f32x4.mul(sum, i32x4.shl(i32x4.add(half, bias), 23)),
    i32x4.shl(i32x4.add(i32x4.sub(exponent, half), bias), 23),
  );
  const one = f32x4.splat(1);
  return f32x4.div(v128.bitselect(power, one, negative), f32x4.add(one, power));
}

/** As `exponentialRun`, the logistic function four at a time. */
export function logisticRun(x: usize, p: usize, r: usize, s: usize, count: i32): void {
  if (p == 4 && s == 4) {
    for (; count >= 4; count -= 4, x += 16, r += 16) v128.store(r, logistic(v128.load(x)));
  }
  for (; count > 0; count--, x += p, r += s) v128.store32_lane(r, logistic(v128.load32_zero(x)), 0);
}
