/** Dimension algebra: numbers, a·N + b, and unknown ones. */

import { describe, expect, it } from "vitest";
import { InternalError } from "../errors.js";
import {
  addDims,
  affine,
  broadcastDim,
  broadcastDims,
  type Dim,
  dependsOnN,
  divideDims,
  evaluateDim,
  evaluateDims,
  formatDims,
  mulDims,
  N,
  productOf,
  sameDim,
  sameDims,
} from "./dims.js";

const twoN: Dim = { N: 2, plus: 0 };
const nextN: Dim = { N: 1, plus: 1 };

describe("dims", () => {
  it("folds to a number where N cancels", () => {
    expect(affine(0, 4)).toBe(4);
    expect(addDims(N, { N: -1, plus: 3 })).toBe(3);
    expect(addDims(N, nextN)).toEqual({ N: 2, plus: 1 });
    expect(addDims(N, "?")).toBe("?");
  });

  it("multiplies", () => {
    expect(mulDims(nextN, 3)).toEqual({ N: 3, plus: 3 });
    expect(mulDims(3, nextN)).toEqual({ N: 3, plus: 3 });
    expect(mulDims(N, N)).toBe("?");
    expect(mulDims("?", 0)).toBe(0);
    expect(productOf([2, N, 3])).toEqual({ N: 6, plus: 0 });
    expect(productOf([])).toBe(1);
  });

  it("divides where it comes out even for every N", () => {
    expect(divideDims({ N: 6, plus: 2 }, 2)).toEqual({ N: 3, plus: 1 });
    expect(divideDims({ N: 6, plus: 1 }, 2)).toBeUndefined();
    expect(divideDims({ N: 6, plus: 3 }, { N: 2, plus: 1 })).toBe(3);
    expect(divideDims({ N: 6, plus: 3 }, { N: 2, plus: 0 })).toBeUndefined();
    expect(divideDims(6, 0)).toBeUndefined();
    expect(divideDims("?", 2)).toBe("?");
  });

  it("compares for every N", () => {
    expect(sameDim(N, { N: 1, plus: 0 })).toBe(true);
    expect(sameDim(N, nextN)).toBe(false);
    expect(sameDim(N, 1)).toBe(false);
    expect(sameDim("?", "?")).toBe(false);
    expect(sameDims([N, 2], [N, 2])).toBe(true);
    expect(sameDims([N], [N, 2])).toBe(false);
    expect([3, N, "?" as const].map(dependsOnN)).toEqual([false, true, false]);
  });

  it("broadcasts", () => {
    expect(broadcastDim(1, N)).toBe(N);
    expect(broadcastDim("?", 4)).toBe(4);
    expect(broadcastDim(N, 4)).toBeUndefined();
    expect(broadcastDims([N, 1, 3], [2, 1])).toEqual([N, 2, 3]);
    expect(broadcastDims([N, 2], [3])).toBeUndefined();
    expect(broadcastDims([], [N])).toEqual([N]);
  });

  it("evaluates and prints", () => {
    expect(evaluateDims([2, twoN, nextN], 5)).toEqual([2, 10, 6]);
    expect(() => evaluateDim("?", 5)).toThrow(InternalError);
    expect(formatDims([N, twoN, nextN, { N: 1, plus: -1 }, "?", 3])).toBe("[N, 2N, N+1, N-1, ?, 3]");
  });
});
