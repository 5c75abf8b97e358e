import { expect, test } from "vitest";
import { formatRatio, formatSeconds, tableLines, threeDigits } from "./table.js";

test("columns are as wide as their widest cell, without trailing blanks", () => {
  const lines = tableLines(
    [
      { title: "engine", align: "left" },
      { title: "time", align: "right" },
      { title: "note", align: "left" },
    ],
    [
      ["a", "1 µs", ""],
      ["longer-name", "100 µs", "x"],
    ],
  );
  expect(lines).toEqual([
    "engine         time  note",
    "─────────────────────────",
    "a              1 µs",
    "longer-name  100 µs  x",
  ]);
});

test("durations have three digits and a unit", () => {
  expect([2, 0.0123, 1.234e-4, 9.87e-9, 0].map(formatSeconds)).toEqual([
    "2.00 s",
    "12.3 ms",
    "123 µs",
    "9.87 ns",
    "0.00 ns",
  ]);
  expect(formatSeconds(Number.NaN)).toBe("–");
  expect([0.1234, 1234.5].map(threeDigits)).toEqual(["0.123", "1235"]);
});

test("ratios have two digits, large ones none after the point", () => {
  expect([0.1234, 1, 12.34, 1234.5].map(formatRatio)).toEqual(["×0.12", "×1", "×12", "×1235"]);
  expect(formatRatio(Number.NaN)).toBe("–");
});
