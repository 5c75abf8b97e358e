import { expect, test } from "vitest";
import { aimAgainstOnnxruntime, aimAgainstPeers, familyOf } from "./targets.js";

test("models belong to families by their trainer and name", () => {
  const families = (["lgb100", "rf7-500", "unbounded", "logistic30", "logistic1000"] as const).map((name) =>
    familyOf({ name, kind: name === "lgb100" ? "lightgbm" : "sklearn" }),
  );
  expect(families).toEqual(["boosted", "forest", "unbounded", "linear", "wide linear"]);
});

test("floors and goals by family and batch", () => {
  expect([1, 100, 1000, 10_000].map((b) => aimAgainstOnnxruntime("boosted", b).floor)).toEqual([2, 5, 15, 15]);
  expect([1, 100, 1000, 10_000].map((b) => aimAgainstOnnxruntime("unbounded", b).floor)).toEqual([2, 2.5, 1, 5]);
  expect(aimAgainstOnnxruntime("forest", 1000)).toEqual({ floor: 8, goal: 16 });
  expect([1, 100, 1000].map((b) => aimAgainstPeers("boosted", b).floor)).toEqual([1, 1.5, 6]);
  expect(aimAgainstPeers("linear", 10_000)).toEqual({ floor: 1 });
});
