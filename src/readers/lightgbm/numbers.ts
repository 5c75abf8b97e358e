/**
 * Lists of numbers in a LightGBM text model, read from the bytes into typed arrays. Integers are read digit by digit; floats by
 * `decimal.ts`, which rounds correctly.
 *
 * Source: LightGBM `CommonC::StringToArray` (include/LightGBM/utils/common.h), which rounds correctly too and, through C's strtod,
 * takes inf and nan. Stricter than LightGBM on integers, of which it skips what it cannot read.
 */

import { ModelParseError } from "../../errors.js";
import { parseDecimal } from "./decimal.js";
import { asciiOf, format, type Span } from "./lines.js";

const space = 32;

/** What strtod takes beside decimal numbers, as printf writes it. */
const words: ReadonlyMap<string, number> = new Map([
  ["inf", Infinity],
  ["-inf", -Infinity],
  ["nan", Number.NaN],
  ["-nan", Number.NaN],
]);

/** Refuses a list that claims more values than its bytes can hold, before anything is allocated for it. */
export function checkRoom(span: Span, count: number, place: string): void {
  if (count > (span.to - span.from + 1) / 2) {
    throw new ModelParseError(format, place, `expected ${count} values, but its line has ${span.to - span.from} bytes`);
  }
}

/** Fills into[at … at+count-1] with the line's floats. Throws ModelParseError where their number or their form is wrong. */
export function readFloats(
  bytes: Uint8Array,
  span: Span,
  into: Float64Array,
  at: number,
  count: number,
  place: string,
): void {
  let found = 0;
  for (let i = span.from; i < span.to; ) {
    if (bytes[i] === space) {
      i++;
      continue;
    }
    const start = i;
    while (i < span.to && bytes[i] !== space) i++;
    const value = parseDecimal(bytes, start, i) ?? words.get(wordAt(bytes, start, i));
    if (value === undefined) badToken(wordAt(bytes, start, i), found, place);
    if (found < count) into[at + found] = value;
    found++;
  }
  checkCount(found, count, place);
}

/** As `readFloats`, for integers in [low, high]. */
export function readIntegers(
  bytes: Uint8Array,
  span: Span,
  into: Int32Array | Uint32Array | Uint8Array | Float64Array,
  at: number,
  count: number,
  low: number,
  high: number,
  place: string,
): void {
  let found = 0;
  for (let i = span.from; i < span.to; ) {
    if (bytes[i] === space) {
      i++;
      continue;
    }
    const start = i;
    const negative = bytes[i] === 45;
    if (negative) i++;
    const digits = i;
    let value = 0;
    for (; i < span.to && bytes[i] !== space; i++) {
      const digit = bytes[i]! - 48;
      // Fifteen digits are exact; no list here needs more.
      if (digit < 0 || digit > 9 || i - digits >= 15) badToken(wordAt(bytes, start, span.to), found, place);
      value = value * 10 + digit;
    }
    if (i === digits) badToken("-", found, place);
    if (negative) value = -value;
    if (value < low || value > high) {
      throw new ModelParseError(format, place, `value ${found} is ${value}, expected an integer in [${low}, ${high}]`);
    }
    if (found < count) into[at + found] = value;
    found++;
  }
  checkCount(found, count, place);
}

/** The one integer of a line. */
export function readInteger(bytes: Uint8Array, span: Span, low: number, high: number, place: string): number {
  const one = new Float64Array(1);
  readIntegers(bytes, span, one, 0, 1, low, high, place);
  return one[0]!;
}

function wordAt(bytes: Uint8Array, from: number, to: number): string {
  let end = from;
  while (end < to && bytes[end] !== space && end < from + 24) end++;
  return asciiOf(bytes, from, end);
}

function badToken(token: string, index: number, place: string): never {
  throw new ModelParseError(format, place, `value ${index} is "${token}", expected a number`);
}

function checkCount(found: number, count: number, place: string): void {
  if (found !== count) throw new ModelParseError(format, place, `it has ${found} values, expected ${count}`);
}
