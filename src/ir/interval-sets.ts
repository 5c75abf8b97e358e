/**
 * Sets of numbers as unions of closed intervals: what categorical splits test. A source's rule for what is no plain category (negative,
 * fractional, huge, unseen) is settled by the reader that writes the intervals, so nobody after it needs to know the rule: category 3
 * of a library that truncates is [3, 4) = [3, the number before 4], and of one that compares exactly [3, 3].
 */

import { LimitError } from "../errors.js";

export interface IntervalSets {
  /** Length count + 1: set s is the union of the intervals start[s] … start[s+1]-1, ascending and apart from each other. */
  readonly start: Int32Array;
  /** Interval i holds the numbers from low[i] to high[i], both included. No NaN; low[i] <= high[i] < low[i+1] within a set. */
  readonly low: Float64Array;
  readonly high: Float64Array;
}

/** Most intervals of all sets: 256 MB of bounds. */
export const maxIntervals = 2 ** 24;

export const noSets: IntervalSets = { start: new Int32Array(1), low: new Float64Array(0), high: new Float64Array(0) };

export function setCount(sets: IntervalSets): number {
  return sets.start.length - 1;
}

/** Whether the set holds x; false for NaN. */
export function isMember(sets: IntervalSets, set: number, x: number): boolean {
  // The last interval that begins at or below x.
  let [from, to] = [sets.start[set]!, sets.start[set + 1]!];
  const first = from;
  while (from < to) {
    const middle = (from + to) >> 1;
    if (sets.low[middle]! <= x) from = middle + 1;
    else to = middle;
  }
  return from > first && x <= sets.high[from - 1]!;
}

/** Collects sets, each distinct one once. */
export interface SetCollector {
  /**
   * The index of the set of these intervals, ascending bounds [low, high, low, high, …]. Throws LimitError where all sets have more
   * than `maxIntervals`.
   */
  add(bounds: readonly number[]): number;
  finish(): IntervalSets;
}

export function createSetCollector(where: string): SetCollector {
  const byHash = new Map<number, number[]>();
  const lists: Float64Array[] = [];
  let intervals = 0;
  return {
    add(bounds) {
      const hash = hashOf(bounds);
      const known = byHash.get(hash) ?? [];
      byHash.set(hash, known);
      const found = known.find((s) => sameNumbers(lists[s]!, bounds));
      if (found !== undefined) return found;
      intervals += bounds.length / 2;
      if (intervals > maxIntervals) {
        throw new LimitError(`${where}: its sets of categories have over ${maxIntervals} intervals`);
      }
      known.push(lists.length);
      return lists.push(Float64Array.from(bounds)) - 1;
    },
    finish() {
      const start = new Int32Array(lists.length + 1);
      const [low, high] = [new Float64Array(intervals), new Float64Array(intervals)];
      let at = 0;
      for (const [s, bounds] of lists.entries()) {
        for (let i = 0; i < bounds.length; i += 2, at++) {
          low[at] = bounds[i]!;
          high[at] = bounds[i + 1]!;
        }
        start[s + 1] = at;
      }
      return { start, low, high };
    },
  };
}

function sameNumbers(a: Float64Array, b: readonly number[]): boolean {
  return a.length === b.length && a.every((v, i) => v === b[i]);
}

const words = new Float64Array(1);
const halves = new Int32Array(words.buffer);

/** FNV-1a over the halves of the numbers. */
function hashOf(bounds: readonly number[]): number {
  let hash = 0x811c9dc5;
  for (const bound of bounds) {
    words[0] = bound + 0;
    hash = Math.imul(hash ^ halves[0]!, 0x01000193);
    hash = Math.imul(hash ^ halves[1]!, 0x01000193);
  }
  return hash;
}

/** The sets with every bound moved by a rounding that keeps the order; intervals in which nothing is left are dropped. */
export function roundSets(sets: IntervalSets, low: (x: number) => number, high: (x: number) => number): IntervalSets {
  const start = new Int32Array(sets.start.length);
  const bounds: IntervalSets = {
    start,
    low: new Float64Array(sets.low.length),
    high: new Float64Array(sets.low.length),
  };
  let at = 0;
  for (let s = 0; s + 1 < start.length; s++) {
    for (let i = sets.start[s]!; i < sets.start[s + 1]!; i++) {
      const [from, to] = [low(sets.low[i]!), high(sets.high[i]!)];
      if (from > to) continue;
      bounds.low[at] = from;
      bounds.high[at++] = to;
    }
    start[s + 1] = at;
  }
  return { start, low: bounds.low.subarray(0, at), high: bounds.high.subarray(0, at) };
}
