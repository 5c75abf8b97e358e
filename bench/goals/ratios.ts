/** Ratios of interleaved timings: sample by sample, so that what slowed one round slows both sides of its ratio. */

import { median, quantile } from "../../src/timing/statistics.js";
import type { Clock, Timing } from "../../src/timing/time-interleaved.js";

export interface Ratio {
  readonly median: number;
  readonly p25: number;
  readonly p75: number;
  readonly samples: number;
  /** Sample by sample. */
  readonly each: readonly number[];
}

/** `slower` ÷ `faster` in the rounds that both took part in. */
export function ratioOf(slower: Timing, faster: Timing, clock: Clock): Ratio {
  const samples = Math.min(slower[clock].length, faster[clock].length);
  const ratios = Array.from({ length: samples }, (_, i) => slower[clock][i]! / faster[clock][i]!);
  return { median: median(ratios), p25: quantile(ratios, 0.25), p75: quantile(ratios, 0.75), samples, each: ratios };
}

/** NaN of nothing. */
export function geometricMean(values: readonly number[]): number {
  return Math.exp(values.reduce((sum, v) => sum + Math.log(v), 0) / values.length);
}
