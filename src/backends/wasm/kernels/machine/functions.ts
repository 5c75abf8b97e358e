/**
 * AssemblyScript. Functions of one float64: the standard library's, and those it lacks, by the same definitions as the reference
 * (src/ir/primitives/normal.ts: Abramowitz & Stegun 7.1.6, 7.1.14 and Newton's or Halley's iteration). The logistic function is in
 * double-functions.ts.
 */

import {
  ACOS, ACOSH, ASIN, ASINH, ATAN, ATANH, COS, COSH, ERF, EXP, EXPM1, LOG, LOG1P, PROBIT, SIN, SINH, TAN, TANH,
} from "./codes";

const SQRT_PI: f64 = 1.7724538509055159;
const SQRT_TWO_PI: f64 = 2.5066282746310002;
const SQRT_TWO: f64 = 1.4142135623730951;
const PI: f64 = 3.141592653589793;

/** By a series of terms of one sign; converges fast for |x| < 3. */
function erfSeries(x: f64): f64 {
  const square = x * x;
  let term = x, sum = x;
  for (let k = 1; k < 200; k++) {
    term *= (2 * square) / <f64>(2 * k + 1);
    const next = sum + term;
    if (next == sum) break;
    sum = next;
  }
  return (2 / SQRT_PI) * NativeMath.exp(-square) * sum;
}

/** The denominator of erfc's continued fraction for x ≥ 1: erfc(x) = e^-x² / (√π · this). */
function erfcDenominator(x: f64, terms: i32): f64 {
  let tail = x;
  for (let k = terms; k >= 1; k--) tail = x + <f64>k / 2 / tail;
  return tail;
}

function erf(x: f64): f64 {
  const size = Math.abs(x);
  if (size < 2.5 || x != x) return erfSeries(x);
  const sign = copysign<f64>(1, x);
  if (size > 6) return sign;
  return sign * (1 - NativeMath.exp(-x * x) / (SQRT_PI * erfcDenominator(size, 60)));
}

/** x ≥ 0 with Φ(x) - 1/2 = centre, for centre in [0, 0.42). */
function centralQuantile(centre: f64): f64 {
  let x = SQRT_TWO_PI * centre;
  for (let round = 0; round < 8; round++) {
    const density = NativeMath.exp(-0.5 * x * x) / SQRT_TWO_PI;
    const step = (0.5 * erf(x / SQRT_TWO) - centre) / density;
    const next = x - step / (1 + 0.5 * x * step);
    if (next == x) break;
    x = next;
  }
  return x;
}

/** x > 0 with 1 - Φ(x) = tail, for tail in (0, 0.08]; in logarithms, because the tail itself may be denormal. */
function tailQuantile(tail: f64): f64 {
  const want = NativeMath.log(tail);
  const t = Math.sqrt(-2 * want);
  let x = t - NativeMath.log(2 * PI * t * t) / (2 * t);
  for (let round = 0; round < 8; round++) {
    const denominator = erfcDenominator(x / SQRT_TWO, 300);
    const have = -0.5 * x * x - NativeMath.log(2 * SQRT_PI * denominator);
    const next = x + (have - want) / (SQRT_TWO * denominator);
    if (next == x) break;
    x = next;
  }
  return x;
}

function probit(p: f64): f64 {
  if (!(p >= 0 && p <= 1)) return NaN;
  if (p == 0) return -Infinity;
  if (p == 1) return Infinity;
  const centre = Math.abs(p - 0.5);
  if (centre == 0) return 0;
  const size = centre < 0.42 ? centralQuantile(centre) : tailQuantile(p < 0.5 ? p : 1 - p);
  return p < 0.5 ? -size : size;
}

/** C's pow (IEEE 754-2019, 9.2.1): 1 for a base of 1, for an exponent of 0, and for -1 to ±Infinity. */
export function power(x: f64, y: f64): f64 {
  if (x == 1 || y == 0 || (x == -1 && Math.abs(y) == Infinity)) return 1;
  return NativeMath.pow(x, y);
}

export function evaluate(op: u32, x: f64): f64 {
  switch (op) {
    case EXP: return NativeMath.exp(x);
    case EXPM1: return NativeMath.expm1(x);
    case LOG: return NativeMath.log(x);
    case LOG1P: return NativeMath.log1p(x);
    case SIN: return NativeMath.sin(x);
    case COS: return NativeMath.cos(x);
    case TAN: return NativeMath.tan(x);
    case ASIN: return NativeMath.asin(x);
    case ACOS: return NativeMath.acos(x);
    case ATAN: return NativeMath.atan(x);
    case SINH: return NativeMath.sinh(x);
    case COSH: return NativeMath.cosh(x);
    case ASINH: return NativeMath.asinh(x);
    case ACOSH: return NativeMath.acosh(x);
    case ATANH: return NativeMath.atanh(x);
    case TANH: return NativeMath.tanh(x);
    case ERF: return erf(x);
    case PROBIT: return probit(x);
    default: return NaN;
  }
}
