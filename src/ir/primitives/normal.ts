/**
 * The error function and the inverse of the normal distribution function in double precision, from their definitions:
 * Abramowitz & Stegun 7.1.6 (series), 7.1.14 (continued fraction), and Newton's or Halley's
 * iteration for the inverse.
 */

const twoOverRootPi = 2 / Math.sqrt(Math.PI);

/** erf by a series of terms of one sign; converges fast for |x| < 3. */
function erfSeries(x: number): number {
  const square = x * x;
  let term = x;
  let sum = x;
  for (let k = 1; k < 200; k++) {
    term *= (2 * square) / (2 * k + 1);
    const next = sum + term;
    if (next === sum) break;
    sum = next;
  }
  return twoOverRootPi * Math.exp(-square) * sum;
}

/** The denominator of erfc's continued fraction for x ≥ 1, from the bottom up: erfc(x) = e^-x² / (√π · this). */
function erfcDenominator(x: number, terms: number): number {
  let tail = x;
  for (let k = terms; k >= 1; k--) tail = x + k / 2 / tail;
  return tail;
}

/** The error function. NaN of NaN; keeps -0. */
export function erf(x: number): number {
  const size = Math.abs(x);
  if (size < 2.5 || Number.isNaN(x)) return erfSeries(x);
  if (size > 6) return Math.sign(x);
  return Math.sign(x) * (1 - Math.exp(-x * x) / (Math.sqrt(Math.PI) * erfcDenominator(size, 60)));
}

/** x ≥ 0 with Φ(x) - 1/2 = centre, for centre in [0, 0.42). */
function centralQuantile(centre: number): number {
  let x = Math.sqrt(2 * Math.PI) * centre;
  for (let round = 0; round < 8; round++) {
    const density = Math.exp(-0.5 * x * x) / Math.sqrt(2 * Math.PI);
    const step = (0.5 * erf(x / Math.SQRT2) - centre) / density;
    const next = x - step / (1 + 0.5 * x * step);
    if (next === x) break;
    x = next;
  }
  return x;
}

/** x > 0 with 1 - Φ(x) = tail, for tail in (0, 0.08]; in logarithms, because the tail itself may be denormal. */
function tailQuantile(tail: number): number {
  const want = Math.log(tail);
  // The leading terms of the tail's asymptotic expansion.
  const t = Math.sqrt(-2 * want);
  let x = t - Math.log(2 * Math.PI * t * t) / (2 * t);
  for (let round = 0; round < 8; round++) {
    const denominator = erfcDenominator(x / Math.SQRT2, 300);
    const have = -0.5 * x * x - Math.log(2 * Math.sqrt(Math.PI) * denominator);
    // The slope of the logarithm is -φ / (1 - Φ) = -√2 · denominator.
    const next = x + (have - want) / (Math.SQRT2 * denominator);
    if (next === x) break;
    x = next;
  }
  return x;
}

/** x with Φ(x) = p: NaN outside [0, 1], ±Infinity at its ends. */
export function probit(p: number): number {
  if (!(p >= 0 && p <= 1)) return Number.NaN;
  if (p === 0) return Number.NEGATIVE_INFINITY;
  if (p === 1) return Number.POSITIVE_INFINITY;
  const centre = Math.abs(p - 0.5);
  if (centre === 0) return 0;
  const size = centre < 0.42 ? centralQuantile(centre) : tailQuantile(p < 0.5 ? p : 1 - p);
  return p < 0.5 ? -size : size;
}
