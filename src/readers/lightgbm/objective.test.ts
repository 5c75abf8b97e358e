import { describe, expect, it } from "vitest";
import { predictions, scorerOf, stump } from "./model-text.testing.js";

const leaf = (...values: readonly number[]) => ({ ...stump, leaf_value: values.join(" ") });
const rows = [
  [0, 0],
  [2, 0],
];

describe("links", () => {
  it.each<[string | undefined, readonly number[]]>([
    ["regression", [-2, 0.5]],
    ["regression sqrt", [-4, 0.25]],
    ["regression_l1 sqrt", [-4, 0.25]],
    ["huber", [-2, 0.5]],
    ["fair", [-2, 0.5]],
    ["quantile", [-2, 0.5]],
    ["mape", [-2, 0.5]],
    ["lambdarank", [-2, 0.5]],
    ["rank_xendcg", [-2, 0.5]],
    [undefined, [-2, 0.5]],
    ["none", [-2, 0.5]],
    ["poisson", [Math.exp(-2), Math.exp(0.5)]],
    ["gamma", [Math.exp(-2), Math.exp(0.5)]],
    ["tweedie", [Math.exp(-2), Math.exp(0.5)]],
    ["binary sigmoid:1", [1 / (1 + Math.exp(2)), 1 / (1 + Math.exp(-0.5))]],
    ["binary sigmoid:0.5", [1 / (1 + Math.exp(1)), 1 / (1 + Math.exp(-0.25))]],
    ["xentropy", [1 / (1 + Math.exp(2)), 1 / (1 + Math.exp(-0.5))]],
    ["cross_entropy_lambda", [Math.log1p(Math.exp(-2)), Math.log1p(Math.exp(0.5))]],
  ])("%s", async (objective, want) => {
    const got = await predictions({ objective, trees: [leaf(-2, 0.5)] }, rows);
    for (const [i, value] of got.entries()) expect(value).toBeCloseTo(want[i] ?? 0, 14);
  });

  it("give a classifier of one score two probabilities", async () => {
    const scorer = await scorerOf({ objective: "binary sigmoid:1", trees: [leaf(0, Math.log(3))] });
    const { shape, data } = await scorer.predictProba(rows);
    expect(shape).toEqual([2, 2]);
    expect(data[0]).toBe(0.5);
    expect(data[2]).toBeCloseTo(0.25, 14);
    expect(data[3]).toBeCloseTo(0.75, 14);
  });

  it("take classes together or one against all", async () => {
    const trees = [leaf(0, 1), leaf(Math.log(3), 1)];
    const soft = await predictions({ objective: "multiclass num_class:2", classes: 2, trees }, [[0, 0]]);
    expect(soft.map((v) => v.toFixed(12))).toEqual(["0.250000000000", "0.750000000000"]);
    const each = await predictions({ objective: "multiclassova num_class:2 sigmoid:2", classes: 2, trees }, [[0, 0]]);
    expect(each.map((v) => v.toFixed(12))).toEqual(["0.500000000000", "0.900000000000"]);
  });
});
