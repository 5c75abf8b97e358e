import { describe, expect, it } from "vitest";
import { LimitError } from "../../errors.js";
import { nextDown32, nextDown64, nextUp64 } from "../../ir/float.js";
import { isMember } from "../../ir/interval-sets.js";
import { type CategoryRule, categoryBounds } from "./category-sets.js";

const lightgbm: CategoryRule = { precision: "float64", negativeFraction: "zero" };
const xgboost: CategoryRule = { precision: "float32", negativeFraction: "outside" };

function membersOf(bounds: readonly number[], values: readonly number[]): string {
  const low = Float64Array.from(bounds.filter((_, i) => i % 2 === 0));
  const high = Float64Array.from(bounds.filter((_, i) => i % 2 === 1));
  const sets = { start: Int32Array.of(0, low.length), low, high };
  return values.map((v) => Number(isMember(sets, 0, v))).join("");
}

describe("the bounds of categories", () => {
  const values = [0, 1, 2, 3, 4, -0.5, -1, -0, 2.99, 1e10, Infinity, -Infinity, Number.NaN];

  it("hold LightGBM's rule: truncation toward zero, negative, unseen and NaN outside", () => {
    expect(membersOf(categoryBounds([0, 2], lightgbm, ""), values)).toBe("1010010110000");
    expect(categoryBounds([0], lightgbm, "")).toEqual([nextUp64(-1), nextDown64(1)]);
  });

  it("hold XGBoost's rule: negative fractions outside", () => {
    expect(membersOf(categoryBounds([0, 2], xgboost, ""), values)).toBe("1010000110000");
    expect(categoryBounds([0], xgboost, "")).toEqual([0, nextDown32(1)]);
  });

  it("run together where categories are neighbours", () => {
    expect(categoryBounds([3, 4, 5, 7], xgboost, "")).toEqual([3, nextDown32(6), 7, nextDown32(8)]);
    expect(categoryBounds([], xgboost, "")).toEqual([]);
  });

  it("take the memory of the intervals, however large the categories are", () => {
    expect(categoryBounds([2 ** 24 - 1], xgboost, "")).toEqual([2 ** 24 - 1, nextDown32(2 ** 24)]);
    expect(categoryBounds([2 ** 40], lightgbm, "")).toEqual([2 ** 40, nextDown64(2 ** 40 + 1)]);
  });

  it("are refused beyond 2^24 intervals", () => {
    const many = {
      *[Symbol.iterator]() {
        for (let k = 0; ; k += 2) yield k;
      },
    };
    expect(() => categoryBounds(many, lightgbm, "tree 0, node 0")).toThrow(LimitError);
  });
});
