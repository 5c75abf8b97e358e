import { expect, test } from "vitest";
import { fixtureNames } from "../test-models/fixtures.js";
import { type FamilyRow, families, familyLines } from "./families.js";

test("every family names fixtures that exist, each once", () => {
  const named = Object.values(families).flat();
  expect(named.filter((name) => !fixtureNames().includes(name))).toEqual([]);
  expect(new Set(named).size).toBe(named.length);
});

test("rows beyond the limit are named, rows without a time are explained", () => {
  const row = (fixture: string, ratio: number): FamilyRow => {
    const cell = (engine: string, nanoseconds: number, times: number) => ({
      fixture,
      batch: 1000,
      engine,
      nsPerRow: { samples: 1, min: nanoseconds, p25: nanoseconds, median: nanoseconds, p75: nanoseconds },
      ratio: times,
    });
    return { family: "SVM", fixture, cells: [cell("onnxruntime-node", 100, 1), cell("wasm/auto", 100 * ratio, ratio)] };
  };
  const lines = familyLines([
    row("a", 1.5),
    row("b", 1.6),
    { family: "KNN", fixture: "c", cells: [], skipped: "answers differ" },
  ]);
  expect(lines.at(-1)).toBe("1 of 2 take at most 1.5 times onnxruntime-node's time; more: b");
  expect(lines.find((line) => line.includes(" b "))).toMatch(/×1\.6\s+slow$/);
  expect(lines).toContain("  – c: answers differ");
});
