import { expect, test } from "vitest";
import { median, quantile, summarize } from "./statistics.js";

test("quantiles are linear between neighbours, whatever the order", () => {
  expect(quantile([4, 1, 3, 2], 0)).toBe(1);
  expect(quantile([4, 1, 3, 2], 1)).toBe(4);
  expect(quantile([4, 1, 3, 2], 0.25)).toBe(1.75);
  expect(median([4, 1, 3, 2])).toBe(2.5);
  expect(median([3, 10, 9])).toBe(9);
  expect(median([7])).toBe(7);
});

test("nothing has no median", () => {
  expect(median([])).toBeNaN();
});

test("a summary counts, and leaves its values alone", () => {
  const values = [10, 2, 30, 4, 5];
  expect(summarize(values)).toEqual({ samples: 5, min: 2, p25: 4, median: 5, p75: 10 });
  expect(values).toEqual([10, 2, 30, 4, 5]);
});
