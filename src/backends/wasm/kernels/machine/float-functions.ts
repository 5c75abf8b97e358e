/**
 * AssemblyScript. Functions of four float32 at once, within a few units in the last place of src/ir/primitives/unary.ts. No answer
 * depends on the elements beside it: what is left over at the end of a run takes the same way.
 */

import { EXP, LOG, SIGMOID, TANH } from "./codes";

/**
 * Constants, four times each. From memory, because an engine that meets a constant vector in a loop builds it anew from its halves
 * each time.
 */
const CONSTANTS = memory.data<f32>([
  -0, -0, -0, -0,
  // Below it, e^x is less than half of the least float32; beyond the next one it is infinite.
  -104, -104, -104, -104,
  89, 89, 89, 89,
  1.4426950408889634, 1.4426950408889634, 1.4426950408889634, 1.4426950408889634,
  // 1.5 · 2^23: a number of moderate size added to it is rounded to an integer, which stands in the lowest bits.
  12582912, 12582912, 12582912, 12582912,
  // Two numbers whose sum is ln 2; an exponent times the first is exact.
  0.693359375, 0.693359375, 0.693359375, 0.693359375,
  -2.12194440054690583e-4, -2.12194440054690583e-4, -2.12194440054690583e-4, -2.12194440054690583e-4,
  // 7: e^x is 1 + x + x² times a polynomial of these coefficients, within 4e-9 up to half of ln 2: Taylor's would need one more.
  1, 1, 1, 1,
  0.5, 0.5, 0.5, 0.5,
  0.16666532514151197, 0.16666532514151197, 0.16666532514151197, 0.16666532514151197,
  0.04166724475292738, 0.04166724475292738, 0.04166724475292738, 0.04166724475292738,
  0.008367676253961297, 0.008367676253961297, 0.008367676253961297, 0.008367676253961297,
  0.0013863607981290547, 0.0013863607981290547, 0.0013863607981290547, 0.0013863607981290547,
  // 13: the bits of 127 + 32, the exponent of 2^32.
  2.228064558276459e-43, 2.228064558276459e-43, 2.228064558276459e-43, 2.228064558276459e-43,
  // 2^-32
  2.3283064365386963e-10, 2.3283064365386963e-10, 2.3283064365386963e-10, 2.3283064365386963e-10,
  // 15: tanh x is x times a quotient of polynomials of x², whose first coefficients are 1, within 2e-9 up to 9.02, where it is 1.
  9.02, 9.02, 9.02, 9.02,
  0.13681530761791225, 0.13681530761791225, 0.13681530761791225, 0.13681530761791225,
  0.0038703264085949147, 0.0038703264085949147, 0.0038703264085949147, 0.0038703264085949147,
  2.8046220781825024e-5, 2.8046220781825024e-5, 2.8046220781825024e-5, 2.8046220781825024e-5,
  3.067197351582668e-8, 3.067197351582668e-8, 3.067197351582668e-8, 3.067197351582668e-8,
  -1.2262316263450709e-11, -1.2262316263450709e-11, -1.2262316263450709e-11, -1.2262316263450709e-11,
  0.47014863247782485, 0.47014863247782485, 0.47014863247782485, 0.47014863247782485,
  0.02725322033135755, 0.02725322033135755, 0.02725322033135755, 0.02725322033135755,
  0.00039420992492709327, 0.00039420992492709327, 0.00039420992492709327, 0.00039420992492709327,
  1.2899912867208419e-6, 1.2899912867208419e-6, 1.2899912867208419e-6, 1.2899912867208419e-6,
  // 25: the least normal float32, and 2^23.
  1.1754943508222875e-38, 1.1754943508222875e-38, 1.1754943508222875e-38, 1.1754943508222875e-38,
  8388608, 8388608, 8388608, 8388608,
  1.4142135623730951, 1.4142135623730951, 1.4142135623730951, 1.4142135623730951,
  // 28: the series of the inverse hyperbolic tangent.
  1.0 / 3, 1.0 / 3, 1.0 / 3, 1.0 / 3,
  1.0 / 5, 1.0 / 5, 1.0 / 5, 1.0 / 5,
  1.0 / 7, 1.0 / 7, 1.0 / 7, 1.0 / 7,
  1.0 / 9, 1.0 / 9, 1.0 / 9, 1.0 / 9,
], 16);

@inline function constant(i: usize): v128 {
  return v128.load(CONSTANTS + (i << 4));
}

/** constant i + r · constant i + 1. */
@inline function pair(r: v128, i: usize): v128 {
  return f32x4.add(constant(i), f32x4.mul(r, constant(i + 1)));
}

/** x / ln 2 rounded to an integer, which stands in the lowest bits. */
@inline function shiftedExponent(x: v128): v128 {
  return f32x4.add(f32x4.mul(x, constant(3)), constant(4));
}

/** e to the power of what is left of x without that multiple of ln 2, and `more`, which is below half a unit in x's last place. */
@inline function rest(x: v128, shifted: v128, more: v128): v128 {
  const n = f32x4.sub(shifted, constant(4));
  const r = f32x4.add(f32x4.sub(f32x4.sub(x, f32x4.mul(n, constant(5))), f32x4.mul(n, constant(6))), more);
  // Pairs of terms do not wait for each other as in a row of multiplications.
  const square = f32x4.mul(r, r);
  const higher = f32x4.add(pair(r, 8), f32x4.mul(square, f32x4.add(pair(r, 10), f32x4.mul(square, constant(12)))));
  return f32x4.add(f32x4.add(f32x4.mul(higher, square), r), constant(7));
}

/** 2^32 e^(x + more) for x ≤ 0; NaN of NaN. No denormal, for an operation on one takes some ten others' time. */
@inline function raised(x: v128, more: v128): v128 {
  // pmax gives its first operand where that is NaN.
  const y = f32x4.pmax(x, constant(1));
  const shifted = shiftedExponent(y);
  // 2^n by its exponent bits, 2^32 times too large because 2^n may be denormal.
  const power = i32x4.shl(i32x4.add(shifted, constant(13)), 23);
  return f32x4.mul(rest(y, shifted, more), power);
}

/** 2^32 e^(x - highest), where no x is above the highest, with the digits that the difference loses. */
@inline export function raisedExponentialBelow(x: v128, highest: v128): v128 {
  const difference = f32x4.sub(x, highest);
  const other = f32x4.sub(x, difference);
  const lost = f32x4.add(f32x4.sub(x, f32x4.add(difference, other)), f32x4.sub(other, highest));
  // Where the difference is infinite, nothing that counts was lost.
  return raised(difference, v128.and(lost, f32x4.gt(difference, constant(1))));
}

@inline function exponential(x: v128): v128 {
  const y = f32x4.pmin(f32x4.pmax(x, constant(1)), constant(2));
  const shifted = shiftedExponent(y);
  // 2^n is more than one number's exponent holds: its halves are not.
  const n = i32x4.sub(shifted, constant(4)), half = i32x4.shr_s(n, 1), one = constant(7);
  const first = i32x4.add(i32x4.shl(half, 23), one), second = i32x4.add(i32x4.shl(i32x4.sub(n, half), 23), one);
  return f32x4.mul(f32x4.mul(rest(y, shifted, f32x4.splat(0)), first), second);
}

/** e^-|x|. */
@inline function tailOf(x: v128): v128 {
  return f32x4.mul(raised(v128.or(x, constant(0)), f32x4.splat(0)), constant(14));
}

/** 1 / (1 + e^-x): from e^-|x|, which keeps the digits of both tails. */
@inline function logistic(x: v128): v128 {
  const tail = tailOf(x), one = constant(7);
  return f32x4.div(v128.bitselect(tail, one, i32x4.shr_s(x, 31)), f32x4.add(one, tail));
}

/** Keeps -0. */
@inline function hyperbolicTangent(x: v128): v128 {
  const y = f32x4.pmax(f32x4.pmin(x, constant(15)), f32x4.neg(constant(15)));
  const s = f32x4.mul(y, y), square = f32x4.mul(s, s), one = constant(7);
  const above = f32x4.add(f32x4.add(one, f32x4.mul(s, constant(16))), f32x4.mul(square, f32x4.add(pair(s, 17), f32x4.mul(square, pair(s, 19)))));
  const below = f32x4.add(f32x4.add(one, f32x4.mul(s, constant(21))), f32x4.mul(square, f32x4.add(pair(s, 22), f32x4.mul(square, constant(24)))));
  const value = f32x4.div(f32x4.mul(y, above), below);
  return f32x4.pmax(f32x4.pmin(value, one), f32x4.neg(one));
}

/** ln x: x is m · 2^n with m between √½ and √2, and ln m twice the inverse hyperbolic tangent of (m - 1) / (m + 1). */
@inline function logarithm(given: v128): v128 {
  const tiny = f32x4.lt(given, constant(25)), one = constant(7);
  const x = v128.bitselect(f32x4.mul(given, constant(26)), given, tiny);
  // Exponent bits less 127, and less 23 more where x was scaled.
  let n = i32x4.sub(i32x4.sub(i32x4.shr_u(x, 23), i32x4.splat(127)), v128.and(tiny, i32x4.splat(23)));
  let m = v128.or(v128.and(x, i32x4.splat(0x7fffff)), one);
  const large = f32x4.gt(m, constant(27));
  m = v128.bitselect(f32x4.mul(m, constant(8)), m, large);
  n = i32x4.sub(n, large);
  const exponent = f32x4.convert_i32x4_s(n);
  const f = f32x4.sub(m, one), s = f32x4.div(f, f32x4.add(m, one)), square = f32x4.mul(s, s);
  const series = f32x4.mul(square, f32x4.add(pair(square, 28), f32x4.mul(f32x4.mul(square, square), pair(square, 30))));
  // 2s is f - s·f, of which f is exact.
  const low = f32x4.add(f32x4.mul(s, f32x4.sub(f32x4.add(series, series), f)), f32x4.mul(exponent, constant(6)));
  const value = f32x4.add(f32x4.mul(exponent, constant(5)), f32x4.add(f, low));
  const infinity = f32x4.splat(Infinity), nan = f32x4.splat(NaN), zero = f32x4.splat(0);
  const positive = v128.bitselect(infinity, value, f32x4.eq(given, infinity));
  const some = v128.bitselect(f32x4.neg(infinity), positive, f32x4.eq(given, zero));
  return v128.bitselect(some, nan, f32x4.ge(given, zero));
}

@inline function apply(op: u32, x: v128): v128 {
  if (op == EXP) return exponential(x);
  if (op == TANH) return hyperbolicTangent(x);
  return op == LOG ? logarithm(x) : logistic(x);
}

/** Up to four elements in steps of p. */
export function gathered(x: usize, p: usize, count: i32): v128 {
  let values = v128.load32_zero(x);
  if (count > 1) values = v128.load32_lane(x + p, values, 1);
  if (count > 2) values = v128.load32_lane(x + 2 * p, values, 2);
  return count > 3 ? v128.load32_lane(x + 3 * p, values, 3) : values;
}

/** Up to four elements in steps of s. */
export function scatter(r: usize, s: usize, values: v128, count: i32): void {
  v128.store32_lane(r, values, 0);
  if (count > 1) v128.store32_lane(r + s, values, 1);
  if (count > 2) v128.store32_lane(r + 2 * s, values, 2);
  if (count > 3) v128.store32_lane(r + 3 * s, values, 3);
}

@inline function runOf(op: u32, x: usize, p: usize, r: usize, s: usize, count: i32): void {
  const close = p == 4 && s == 4;
  for (; count > 0; count -= 4, x += 4 * p, r += 4 * s) {
    const whole = close && count >= 4;
    const values = apply(op, whole ? v128.load(x) : gathered(x, p, count));
    if (whole) v128.store(r, values);
    else scatter(r, s, values, count);
  }
}

@inline function even(a: v128, b: v128): v128 {
  return v128.shuffle<f32>(a, b, 0, 2, 4, 6);
}

@inline function odd(a: v128, b: v128): v128 {
  return v128.shuffle<f32>(a, b, 1, 3, 5, 7);
}

/** The logistic functions of -x and x, in turns, from x and e^-|x|. */
@inline function storeOpposites(r: usize, x: v128, tail: v128): void {
  const one = constant(7), whole = f32x4.add(one, tail), large = f32x4.div(one, whole), small = f32x4.div(tail, whole);
  // What both differ in, where x is negative.
  const changed = v128.and(v128.xor(large, small), i32x4.shr_s(x, 31));
  const first = v128.xor(small, changed), second = v128.xor(large, changed);
  v128.store(r, v128.shuffle<f32>(first, second, 0, 4, 1, 5));
  v128.store(r, v128.shuffle<f32>(first, second, 2, 6, 3, 7), 16);
}

/** Neighbours that are opposites, as the scores of two classes are, have the same tail. */
function logisticRun(x: usize, p: usize, r: usize, s: usize, count: i32): void {
  if (p == 4 && s == 4) {
    for (; count >= 16; count -= 16, x += 64, r += 64) {
      const a = v128.load(x), b = v128.load(x, 16), c = v128.load(x, 32), d = v128.load(x, 48);
      const low = odd(a, b), high = odd(c, d);
      if (i32x4.all_true(v128.and(f32x4.eq(even(a, b), f32x4.neg(low)), f32x4.eq(even(c, d), f32x4.neg(high))))) {
        const lowTail = tailOf(low), highTail = tailOf(high);
        storeOpposites(r, low, lowTail);
        storeOpposites(r + 32, high, highTail);
      } else {
        v128.store(r, logistic(a));
        v128.store(r, logistic(b), 16);
        v128.store(r, logistic(c), 32);
        v128.store(r, logistic(d), 48);
      }
    }
  }
  runOf(SIGMOID, x, p, r, s, count);
}

/** From x in steps of p to r in steps of s; false for functions that are not here. */
export function floatFunction(op: u32, x: usize, p: usize, r: usize, s: usize, count: i32): bool {
  switch (op) {
    case EXP: runOf(EXP, x, p, r, s, count); return true;
    case TANH: runOf(TANH, x, p, r, s, count); return true;
    case LOG: runOf(LOG, x, p, r, s, count); return true;
    case SIGMOID: logisticRun(x, p, r, s, count); return true;
  }
  return false;
}
