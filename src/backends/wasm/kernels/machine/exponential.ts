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

/** 1 / (1 + e^-x): float64 has room enough that the far tail keeps its digits. */
@inline export function logistic(x: v128): v128 {
  return f64x2.div(f64x2.splat(1), f64x2.add(f64x2.splat(1), exponential(f64x2.neg(x))));
}

@inline function evaluatePair(sigmoid: bool, x: v128): v128 {
  return f32x4.demote_f64x2_zero(sigmoid ? logistic(x) : exponential(x));
}

/** float32 from x in steps of p to r in steps of s. Single elements take the same way as pairs, so that no answer depends on its neighbours. */
@inline export function exponentialRun(sigmoid: bool, x: usize, p: usize, r: usize, s: usize, count: i32): void {
  if (p == 4 && s == 4) {
    for (; count >= 2; count -= 2, x += 8, r += 8) {
      v128.store64_lane(r, evaluatePair(sigmoid, f64x2.promote_low_f32x4(v128.load64_zero(x))), 0);
    }
  }
  for (; count > 0; count--, x += p, r += s) {
    v128.store32_lane(r, evaluatePair(sigmoid, f64x2.promote_low_f32x4(v128.load32_zero(x))), 0);
  }
}
