/**
 * Decimal text → the nearest float64, straight from the bytes: text models are mostly numbers of 17 digits, for which cutting out a string
 * and converting it takes most of the time of reading. Used by `numbers.ts`.
 *
 * Up to 15 digits and a power of ten up to 22 are exact as float64, so that one division rounds correctly (W. D. Clinger, "How to
 * read floating point numbers accurately", 1990). Up to 19 digits are divided with their remainder (T. J. Dekker, "A floating-point technique
 * for extending the available precision", 1971); where the remainder leaves the rounding open, and for all else, JavaScript converts.
 */

import { asciiOf } from "./lines.js";

const powers = Array.from({ length: 23 }, (_, e) => Number(`1e${e}`));

/** The number written in bytes [from, to) as digits with an optional sign, point and exponent; undefined where it is anything else. */
export function parseDecimal(bytes: Uint8Array, from: number, to: number): number | undefined {
  let i = from;
  const negative = bytes[i] === 45;
  if (negative || bytes[i] === 43) i++;
  // The first 15 significant digits, and up to four more.
  let [high, low, lowScale] = [0, 0, 1];
  let [significant, fraction, seen] = [0, 0, 0];
  let point = false;
  for (; i < to; i++) {
    const digit = bytes[i]! - 48;
    if (digit >= 0 && digit <= 9) {
      seen++;
      if (point) fraction++;
      if (significant < 15) {
        high = high * 10 + digit;
        if (high > 0) significant++;
      } else {
        if (significant < 19) {
          low = low * 10 + digit;
          lowScale *= 10;
        }
        significant++;
      }
    } else if (bytes[i] === 46 && !point) point = true;
    else break;
  }
  if (seen === 0) return undefined;
  let exponent = 0;
  if (i < to) {
    if (bytes[i] !== 101 && bytes[i] !== 69) return undefined;
    i++;
    const below = bytes[i] === 45;
    if (below || bytes[i] === 43) i++;
    if (i >= to) return undefined;
    for (; i < to; i++) {
      const digit = bytes[i]! - 48;
      if (digit < 0 || digit > 9) return undefined;
      exponent = Math.min(exponent * 10 + digit, 9999);
    }
    if (below) exponent = -exponent;
  }
  const scale = fraction - exponent;
  if (scale >= 0 && scale <= 22 && significant <= 19) {
    const divisor = powers[scale]!;
    const value = lowScale === 1 ? high / divisor : longQuotient(high, lowScale, low, divisor);
    if (value !== undefined) return negative ? -value : value;
  }
  return Number(asciiOf(bytes, from, to));
}

/** (high · lowScale + low) / divisor, correctly rounded; undefined in the rare case that it lies too near the middle of two numbers. */
function longQuotient(high: number, lowScale: number, low: number, divisor: number): number | undefined {
  const product = high * lowScale;
  const rest = productError(high, lowScale, product) + low;
  const dividend = product + rest;
  const dividendRest = rest - (dividend - product);
  const quotient = dividend / divisor;
  const back = quotient * divisor;
  const remainder = dividend - back - productError(quotient, divisor, back) + dividendRest;
  // The true value is quotient + correction, but for an error far below `slack`.
  const correction = remainder / divisor;
  const slack = Math.abs(correction) * 2 ** -48;
  const value = quotient + (correction + slack);
  return value === quotient + (correction - slack) ? value : undefined;
}

/** a · b − product, exactly, where product is a · b rounded (Dekker's product with Veltkamp's splitting). */
function productError(a: number, b: number, product: number): number {
  const aSplit = 134217729 * a;
  const aHigh = aSplit - (aSplit - a);
  const aLow = a - aHigh;
  const bSplit = 134217729 * b;
  const bHigh = bSplit - (bSplit - b);
  const bLow = b - bHigh;
  return aHigh * bHigh - product + aHigh * bLow + aLow * bHigh + aLow * bLow;
}
