import { expect, test } from "vitest";
import type { GoalCell } from "./measure.js";
import { bestPeers, goalLines, meanLines, meansOf, verdictOf } from "./report.js";

const cell = (model: string, batch: number, against: string, ratio: number): GoalCell => ({
  model,
  batch,
  against,
  strategy: "walk",
  ours: 1,
  theirs: ratio,
  ratio: { median: ratio, p25: ratio - 1, p75: ratio + 1, samples: 9, each: [] },
  aim: { floor: 15, goal: 35 },
});

test("a cell misses, reaches its floor or its goal; a ratio that is not a number misses", () => {
  const aim = { floor: 15, goal: 35 };
  expect([14.99, 15, 34.9, 35, Number.NaN].map((r) => verdictOf(aim, r))).toEqual([
    "miss",
    "floor",
    "floor",
    "goal",
    "miss",
  ]);
  expect(verdictOf({ floor: 2 }, 1000)).toBe("floor");
});

test("the table marks what misses its floor", () => {
  const lines = goalLines([
    cell("lgb100", 1000, "onnxruntime-node", 12),
    cell("lgb100", 10_000, "onnxruntime-node", 40),
  ]);
  expect(lines.slice(2)).toEqual([
    "lgb100   1000  walk        1.00  onnxruntime-node    12.0    ×12  11.0–13.0     15    35  MISS",
    "lgb100  10000  walk        1.00  onnxruntime-node    40.0    ×40  39.0–41.0     15    35  goal",
  ]);
});

test("means run over the cells of their family and batch sizes", () => {
  const cells = [cell("a", 1000, "o", 10), cell("a", 10_000, "o", 40), cell("a", 100, "o", 3), cell("b", 1000, "o", 9)];
  const means = meansOf(cells, (model) => (model === "a" ? "boosted" : "linear"));
  expect(means.map((m) => [m.title, m.cells, Number(m.reached.toFixed(9))])).toEqual([
    ["boosted, ≥ 1,000 rows", 2, 20],
    ["all forests, 100 rows", 1, 3],
  ]);
  expect(meanLines(means)[1]).toBe("geometric mean, all forests, 100 rows (1 cells): ×3; floor 5, goal 10: MISS");
});

test("the best peer of a cell is the one with the least ratio", () => {
  const cells = [cell("a", 1, "slow", 9), cell("a", 1, "fast", 3), cell("a", 100, "slow", 5)];
  expect(bestPeers(cells).map((c) => [c.batch, c.against])).toEqual([
    [1, "fast"],
    [100, "slow"],
  ]);
});
