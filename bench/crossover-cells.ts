/** What `npm run bench -- crossover` writes and the charts read. */

import type { Summary } from "../src/timing/statistics.js";
import type { Clock } from "../src/timing/time-interleaved.js";
import type { Circumstances } from "./results.js";

/** One strategy on one device, depth and batch size. */
export interface CrossoverCell {
  readonly device: string;
  readonly depth: number;
  readonly batch: number;
  readonly strategy: string;
  readonly nsPerRow?: Summary;
  /** Seconds per call. */
  readonly samples?: readonly number[];
  /** Where there is no time: why. */
  readonly skipped?: string;
}

export interface CrossoverResult {
  readonly circumstances: Circumstances;
  readonly clock: Clock;
  readonly trees: number;
  readonly cells: readonly CrossoverCell[];
}

/** The fastest strategy of each device, depth and batch size, in the order measured. */
export function fastestOf(cells: readonly CrossoverCell[]): readonly CrossoverCell[] {
  const best = new Map<string, CrossoverCell>();
  for (const cell of cells) {
    if (cell.nsPerRow === undefined) continue;
    const key = `${cell.device} ${cell.depth} ${cell.batch}`;
    const known = best.get(key);
    if (known?.nsPerRow === undefined || cell.nsPerRow.median < known.nsPerRow.median) best.set(key, cell);
  }
  return [...best.values()];
}
