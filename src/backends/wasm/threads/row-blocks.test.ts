/** How rows are divided: alone first, then in blocks that shrink. */

import { afterEach, describe, expect, test, vi } from "vitest";
import { blocksOf, evenBlocks, rowsOfSlots, workAlone } from "./row-blocks.js";

afterEach(() => vi.restoreAllMocks());

/** Runs with a clock that rows move on by `msPerRow`; gives the blocks that were run alone. */
function alone(n: number, mostRows: number, msPerRow: number) {
  let now = 0;
  vi.spyOn(performance, "now").mockImplementation(() => now);
  const ran: [from: number, rows: number][] = [];
  const { from } = workAlone(n, mostRows, (at, rows) => {
    ran.push([at, rows]);
    now += rows * msPerRow;
  });
  return { from, ran };
}

describe("the calling thread", () => {
  test("calls others as soon as it knows that the rest takes long", () => {
    expect(alone(10_000, 4096, 0.001)).toEqual({ from: 128, ran: [[0, 128]] });
    const quick = alone(100_000, 4096, 0.00002);
    expect(quick.ran).toEqual([
      [0, 128],
      [128, 256],
      [384, 512],
      [896, 1024],
    ]);
    expect(quick.from).toBe(1920);
  });

  test("does everything where the rest is quick, or the clock stands still", () => {
    for (const msPerRow of [0.000001, 0]) {
      const { from, ran } = alone(10_000, 1000, msPerRow);
      expect(from).toBe(10_000);
      expect(ran.map(([at]) => at)).toEqual(
        ran.map((_, i) => ran.slice(0, i).reduce((sum, [, rows]) => sum + rows, 0)),
      );
      expect(Math.max(...ran.map(([, rows]) => rows))).toBe(1000);
    }
  });
});

describe("blocks", () => {
  const divide = (n: number, ...args: Parameters<typeof blocksOf>): number[] => {
    const next = blocksOf(...args);
    const blocks: number[] = [];
    for (let left = n; left > 0; left -= blocks.at(-1)!) blocks.push(next(left));
    expect(next(0)).toBe(0);
    return blocks;
  };

  test("are the largest first, multiples of 128 but for the last, and cover all rows", () => {
    const blocks = divide(10_001, 2, 2048, 0.0002);
    expect(blocks.slice(0, 3)).toEqual([2048, 2048, 1536]);
    expect(blocks).toEqual(blocks.toSorted((a, b) => b - a));
    expect(blocks.slice(0, -1).every((b) => b % 128 === 0)).toBe(true);
    expect(blocks.reduce((a, b) => a + b)).toBe(10_001);
  });

  test("are at least worth handing over, and at most what a slot holds", () => {
    expect(divide(3000, 4, 4096, 0.00002)).toEqual([1536, 1464]);
    expect(Math.max(...divide(3000, 2, 24, 0.01))).toBe(24);
  });

  test("of wide rows take bounded memory", () => {
    expect(rowsOfSlots([{ perRow: 4000, fixed: 0 }])).toBe(2097);
    expect(rowsOfSlots([{ perRow: 2 ** 24, fixed: 0 }])).toBe(128);
    expect(rowsOfSlots([])).toBe(2 ** 23);
  });
});

describe("blocks of models that exceed the caches", () => {
  test("are one for each thread, in multiples of 128", () => {
    const next = evenBlocks(2 ** 21, 3, 100_000, 10_000);
    expect([10_000, 6592, 3184, 0].map((left) => next?.(left))).toEqual([3456, 3456, 3184, 0]);
  });

  test("are no larger than a slot", () => {
    expect(evenBlocks(2 ** 21, 2, 1000, 10_000)?.(10_000)).toBe(896);
    expect(evenBlocks(2 ** 21, 2, 100, 10_000)?.(10_000)).toBe(100);
  });

  test("are none of theirs where the tables stay in the caches", () => {
    expect(evenBlocks(2 ** 19, 2, 1000, 10_000)).toBeUndefined();
  });
});
