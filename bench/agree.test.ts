import { expect, test } from "vitest";
import { agreementLines, compareResults } from "./agree.js";

const cell = (model: string, batch: number, median: number) => ({
  model,
  batch,
  against: "onnxruntime-node",
  strategy: `s${median}`,
  ratio: { median, p25: 0, p75: 9 },
});
const mean = (title: string, reached: number) => ({ title, floor: 2, reached });

test("cells are paired by what they measure, not by their order or strategy", () => {
  const pairs = compareResults(
    { cells: [cell("a", 1, 10), cell("a", 100, 20), cell("b", 1, 3)] },
    { cells: [cell("a", 100, 25), cell("a", 1, 11)] },
  );
  expect(pairs.map(({ place, apart, headline }) => [place, Math.round(apart * 100), headline])).toEqual([
    ["a, onnxruntime-node, rows 100", 25, true],
    ["a, onnxruntime-node, rows 1", 10, true],
  ]);
  expect(agreementLines(pairs).at(-1)).toBe(
    "1 of 2 ratios are within 15.0 %; headlines do not: a, onnxruntime-node, rows 100",
  );
});

test("where there are means, they are the headlines", () => {
  const pairs = compareResults(
    { cells: [cell("a", 1, 10)], means: [mean("boosted", 20)] },
    { cells: [cell("a", 1, 20)], means: [mean("boosted", 22)] },
  );
  expect(pairs.map(({ place, headline }) => [place, headline])).toEqual([
    ["a, onnxruntime-node, rows 1", false],
    ["boosted", true],
  ]);
  expect(agreementLines(pairs).at(-1)).toBe("1 of 2 ratios are within 15.0 %; headlines agree");
});

test("results of different commands are refused", () => {
  expect(() => compareResults({ cells: [cell("a", 1, 1)] }, { rows: [] })).toThrow("no ratio in common");
});
