import { expect, test } from "vitest";
import { geometricMean, ratioOf } from "./ratios.js";

test("ratios are taken round by round, on the clock asked for", () => {
  const slow = { calls: 1, wall: [10, 30, 80], cpu: [1, 1, 1] };
  const fast = { calls: 1, wall: [5, 10, 20, 1], cpu: [1, 2, 4, 1] };
  expect(ratioOf(slow, fast, "wall")).toEqual({ median: 3, p25: 2.5, p75: 3.5, samples: 3, each: [2, 3, 4] });
  expect(ratioOf(slow, fast, "cpu").median).toBe(0.5);
});

test("geometric mean", () => {
  expect(geometricMean([2, 8])).toBeCloseTo(4, 12);
  expect(geometricMean([])).toBeNaN();
});
