import { expect, test } from "vitest";
import { fitRelative, nonNegativeLeastSquares } from "./nnls.js";
import { createRandom } from "./random.js";

const expectClose = (got: readonly number[], want: readonly number[]): void => {
  expect(got.length).toBe(want.length);
  for (const [i, v] of want.entries()) expect(Math.abs(got[i]! - v)).toBeLessThanOrEqual(1e-6 * Math.max(v, 1e-9));
};

test("finds the coefficients that made the data, over many orders of magnitude", () => {
  const random = createRandom(3);
  const truth = [2e-5, 0, 3e-9, 5e-12];
  const rows = Array.from({ length: 50 }, () => [1, random.unit() * 40, 1e4 * random.unit(), 1e7 * random.unit()]);
  const wanted = rows.map((row) => row.reduce((sum, v, j) => sum + v * truth[j]!, 0));
  expectClose(nonNegativeLeastSquares(rows, wanted), truth);
  expectClose(fitRelative(rows, wanted), truth);
});

test("cuts at zero where plain least squares would go below", () => {
  // Unbounded, the solution is [3, -1].
  const rows = [
    [1, 1],
    [1, 2],
    [1, 0],
  ];
  const [a, b] = nonNegativeLeastSquares(rows, [2, 1, 3]);
  expect(b).toBe(0);
  expect(a).toBeCloseTo(2, 12);
});

test("a column of zeros gets zero", () => {
  const rows = [
    [1, 0],
    [2, 0],
  ];
  const [a, b] = nonNegativeLeastSquares(rows, [3, 6]);
  expect(a).toBeCloseTo(3, 12);
  expect(b).toBe(0);
});

test("relative fits weigh small values like large ones", () => {
  // One coefficient for two equations that disagree: 1 wants 1, 1000 wants 3000. (x-1)² + (x/3-1)² is least at 1.2.
  const [x] = fitRelative([[1], [1000]], [1, 3000]);
  expect(x).toBeCloseTo(1.2, 12);
});
