/**
 * How the rows of a call are divided among threads. The calling thread begins alone and sees how long rows take; only where the
 * rest is worth waking others does it call them, and then in blocks that shrink towards the end, so that nobody waits long for the
 * last one.
 */

import { bytesPerRow, type SlotSize } from "../image-format.js";

/** Calls of fewer rows are the calling thread's. */
export const leastThreadRows = 256;

/** Blocks are multiples of this, which forests' kernels take at once. */
const step = 128;
/** So long the calling thread must have worked to know its pace, in milliseconds; clocks of pages are no finer. */
const knownMs = 0.02;
/** To wake a sleeping thread takes a part of this. */
const worthwhileMs = 0.1;
/** A block that takes less costs more to hand over than it is worth. */
const leastBlockMs = 0.03;

/** A thread's rows stand in memory at least twice; more than this of each would be much memory. */
const mostSlotBytes = 2 ** 23;

/** Rows that a slot has room for. */
export function rowsOfSlots(slots: readonly SlotSize[]): number {
  return Math.max(step, Math.floor(mostSlotBytes / Math.max(1, bytesPerRow(slots))));
}

/**
 * Runs rows on the calling thread, at most `mostRows` at once, until the rest is worth calling others for. Gives the first row that
 * was not run (`n` where all were), and the pace.
 */
export function workAlone(
  n: number,
  mostRows: number,
  run: (from: number, rows: number) => void,
): { readonly from: number; readonly msPerRow: number } {
  const start = performance.now();
  let rows = step;
  for (let from = 0; ; ) {
    const count = Math.min(rows, mostRows, n - from);
    run(from, count);
    from += count;
    const elapsed = performance.now() - start;
    const msPerRow = elapsed / from;
    if (from === n || (elapsed >= knownMs && (n - from) * msPerRow >= worthwhileMs)) return { from, msPerRow };
    rows *= 2;
  }
}

/** As many rows as are a multiple of the step, where there are so many. */
const wholeSteps = (rows: number): number => (rows < step ? rows : rows - (rows % step));

/** From the number of rows left to that of the next block; 0 for 0. */
export function blocksOf(threads: number, mostRows: number, msPerRow: number): (left: number) => number {
  const most = wholeSteps(mostRows);
  const least = Math.min(most, Math.ceil(leastBlockMs / msPerRow / step) * step);
  return (left) => {
    const share = Math.ceil(left / (2 * threads) / step) * step;
    return Math.min(left, most, Math.max(least, share));
  };
}

/** Tables of more bytes than this do not stay in a core's caches from one block to the next. */
const cachedBytes = 2 ** 20;

/**
 * As `blocksOf` for a model whose tables every block reads anew: one block for each thread, or as few as `mostRows` allows. Undefined
 * where the tables stay in the caches.
 */
export function evenBlocks(
  tableBytes: number,
  threads: number,
  mostRows: number,
  n: number,
): ((left: number) => number) | undefined {
  if (tableBytes <= cachedBytes) return undefined;
  const most = wholeSteps(mostRows);
  const rows = Math.min(most, Math.max(step, Math.ceil(n / threads / step) * step));
  return (left) => Math.min(left, rows);
}
