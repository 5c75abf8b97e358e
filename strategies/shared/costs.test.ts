import { describe, expect, it } from "vitest";
import { gemm } from "../gemm.js";
import { costCoefficients } from "../generated/costs.js";
import { perfectTreeTraversal } from "../perfect-tree-traversal.js";
import { treeTraversal } from "../tree-traversal.js";
import { walk } from "../walk.js";
import { coefficientsFor, costFeatureNames, costFeatures, estimateSeconds } from "./costs.js";
import { forestOf, type TreeSpec } from "./forests.testing.js";
import { testTarget } from "./targets.testing.js";

const split = (yes: TreeSpec, no: TreeSpec): TreeSpec => ({ feature: 0, mode: "lessEqual", threshold: 1, yes, no });
const full = (depth: number): TreeSpec => (depth === 0 ? { votes: 1 } : split(full(depth - 1), full(depth - 1)));

const features = (...args: Parameters<typeof costFeatures>): Readonly<Record<string, number>> =>
  Object.fromEntries(costFeatures(...args).map((amount, i) => [costFeatureNames[i], amount]));

describe("costFeatures", () => {
  const stumps = forestOf({ trees: [full(1), full(1), full(1)] });

  it("counts the nodes of a walk", () => {
    expect(features(walk, stumps, testTarget("reference", "cpu", 10))).toEqual({
      call: 1,
      instructions: 1,
      moved: 0,
      lookedUp: 0,
      read: 0,
      compared: 0,
      masked: 0,
      arithmetic: 0,
      stretched: 0,
      multiplied: 0,
      products: 0,
      operands: 0,
      constantOperands: 0,
      walked: 10 * 3 * 2,
    });
  });

  it("counts what gemm writes", () => {
    expect(features(gemm, stumps, testTarget("reference", "cpu", 10))).toEqual({
      call: 1,
      // transpose, gather, lessEqual, cast, matMul, add, max, matMul, transpose
      instructions: 9,
      moved: 10 + 30 + 10,
      lookedUp: 0,
      read: 0,
      compared: 30,
      masked: 0,
      // cast of [3, 1, N], add and max of [3, 2, N]
      arithmetic: 30 + 60 + 60,
      // [3, 2, 1] × [3, 1, N] and [1, 6] × [6, N]
      // lessEqual of [3, N] and [3, 1], add of [3, 2, N] and [3, 2, 1]; the max with a scalar is not
      stretched: 30 + 60,
      multiplied: 60 + 60,
      // three of [2, 1] × [1, N], and [1, 6] × [6, N]
      products: 3 + 1,
      operands: 30 + 60 + 60 + 10,
      constantOperands: 6 + 6,
      walked: 0,
    });
  });

  it("counts what a descent looks up", () => {
    const forest = forestOf({ trees: [full(3), full(3)] });
    const target = testTarget("reference", "cpu", 10);
    // Two rounds of feature, threshold and x, and then the leaf's value; a table of children, too, in tree traversal.
    expect(features(perfectTreeTraversal, forest, target)).toMatchObject({ lookedUp: 20 * (2 * 2 + 1), read: 20 * 2 });
    expect(features(treeTraversal, forest, target)).toMatchObject({ lookedUp: 20 * (2 * 3 + 1), read: 20 * 2 });
  });

  it("grows with the batch, but for calls, instructions and constant matrices", () => {
    for (const strategy of [gemm, treeTraversal, perfectTreeTraversal, walk]) {
      const at = (rows: number) => costFeatures(strategy, stumps, testTarget("reference", "cpu", rows));
      // From two rows on: nothing is stretched to meet a single one.
      const [two, twenty] = [at(2), at(20)];
      const fixed = ["call", "instructions", "products", "constantOperands"];
      expect(twenty).toEqual(two.map((v, i) => (fixed.includes(costFeatureNames[i]!) ? v : 10 * v)));
    }
  });
});

describe("coefficients", () => {
  it("are one vector of non-negative seconds per device, for every feature", () => {
    for (const devices of Object.values(costCoefficients)) {
      for (const vector of Object.values(devices)) {
        expect(vector.length).toBe(costFeatureNames.length);
        for (const v of vector) expect(v).toBeGreaterThanOrEqual(0);
      }
    }
  });

  it("fall back to portable, then to reference", () => {
    expect(coefficientsFor({ backend: "tfjs", device: "webgpu" })).toBe(costCoefficients.tfjs.portable);
    expect(coefficientsFor({ backend: "tfjs", device: "toString" })).toBe(costCoefficients.tfjs.portable);
    expect(coefficientsFor({ backend: "__proto__", device: "cpu" })).toBe(costCoefficients.reference.cpu);
  });

  it("price a call as the weighted sum", () => {
    const target = testTarget("reference", "cpu", 10);
    const forest = forestOf({ trees: [full(1)] });
    const c = costCoefficients.reference.cpu;
    expect(estimateSeconds(walk, forest, target)).toBe(c[0] + c[1] + 20 * c[costFeatureNames.indexOf("walked")]!);
  });

  it("prefer the walk on reference, and gemm for one row of shallow trees on tfjs", () => {
    const forest = forestOf({ trees: Array.from({ length: 100 }, () => full(3)) });
    const least = (backend: string, device: string, rows: number): string =>
      [gemm, treeTraversal, perfectTreeTraversal, ...(backend === "reference" ? [walk] : [])].reduce((a, b) => {
        const target = testTarget(backend, device, rows);
        return b.cost(forest, target) < a.cost(forest, target) ? b : a;
      }).name;
    expect(least("reference", "cpu", 1000)).toBe("walk");
    expect(least("tfjs", "wasm", 1)).toBe("gemm");
  });
});
