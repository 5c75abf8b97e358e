import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Forest } from "../src/ir/forest.js";
import { bitSliced, bitSlicedHints } from "./bit-sliced.js";
import { oblivious } from "./oblivious.js";
import { forestArbitrary, forestOf, lowered, type TreeSpec } from "./shared/forests.testing.js";
import { kernelSeconds, rowsToWalkBelow } from "./shared/kernel-costs.js";
import { testTarget } from "./shared/targets.testing.js";
import { walk } from "./walk.js";

const wasm = (batch: number) => testTarget("wasm", "cpu", batch);

/** A tree with one threshold a node, all different, or with one a level. */
function perfect(depth: number, symmetric: boolean, at = 0, salt = 0): TreeSpec {
  if (depth === 0) return { votes: at };
  const feature = symmetric ? depth : (at + Math.floor(salt)) % 10;
  const threshold = Math.fround(symmetric ? depth + salt : at + salt / 64);
  const below = (side: number) => perfect(depth - 1, symmetric, 2 * at + 1 + side, salt);
  return { feature, mode: "lessEqual", threshold, yes: below(0), no: below(1) };
}

const forestOfDepth = (depth: number, trees: number, symmetric: boolean): Forest =>
  forestOf({ trees: Array.from({ length: trees }, (_, t) => perfect(depth, symmetric, 0, t)), nFeatures: 11 });

describe("bit-sliced and oblivious", () => {
  it("name their kernel in the primitives, which stay what they are", () => {
    const forest = forestOfDepth(4, 20, true);
    for (const strategy of [bitSliced, oblivious]) {
      const { instructions } = lowered(strategy, forest, wasm(1000));
      expect(instructions.map((i) => i.op)).toEqual(["forest", "forestLeaves"]);
      const walkBelow = rowsToWalkBelow(forest, strategy === oblivious);
      for (const i of instructions) expect(i.attrs).toEqual({ forest, kernel: strategy.name, rankBits: 8, walkBelow });
    }
  });

  it("refuse other backends", () => {
    const forest = forestOfDepth(2, 1, true);
    for (const strategy of [bitSliced, oblivious]) {
      expect(strategy.refuse(forest, wasm(1))).toBeUndefined();
      expect(strategy.refuse(forest, testTarget("reference", "cpu"))).toBe("only the wasm backend has its kernel");
    }
  });

  it("refuse what the kernel cannot take", () => {
    const refusal = (forest: Forest) => bitSliced.refuse(forest, wasm(1000));
    expect(refusal(forestOfDepth(8, 1, false))).toBeUndefined();
    expect(refusal(forestOfDepth(9, 1, false))).toBe("a tree has 512 leaves, more than 256");
    expect(refusal(forestOf({ trees: [{ votes: 1 }] }))).toBe("no tree has a split");
    expect(refusal({ ...forestOfDepth(2, 1, false), aggregate: "max" })).toBe(
      "it adds votes, and this forest takes the max of them",
    );
    const equals = forestOfDepth(8, 1, false);
    expect(refusal({ ...equals, mode: equals.mode.map((m) => (m === 1 ? 5 : m)) })).toBe(
      "a tree with == or != has 255 splits, more than 127",
    );
  });

  it("take for symmetric only trees that are", () => {
    expect(oblivious.refuse(forestOfDepth(3, 2, true), wasm(1))).toBeUndefined();
    expect(oblivious.refuse(forestOfDepth(3, 2, false), wasm(1))).toBe(
      "the nodes of tree 0 at depth 2 do not all make one comparison",
    );
    const uneven = forestOf({
      trees: [{ votes: 1 }, { feature: 0, mode: "less", threshold: 1, yes: { votes: 1 }, no: perfect(1, true) }],
    });
    expect(oblivious.refuse(uneven, wasm(1))).toBe("the nodes of tree 1 at depth 1 do not all make one comparison");
  });

  it("cost less than the walk for many rows, and never less for one", () => {
    const forest = forestOfDepth(5, 100, false);
    expect(bitSliced.cost(forest, wasm(1000))).toBeLessThan(walk.cost(forest, wasm(1000)) / 3);
    expect(bitSliced.cost(forest, wasm(1))).toBeGreaterThan(walk.cost(forest, wasm(1)));
    const symmetric = forestOfDepth(5, 100, true);
    expect(oblivious.cost(symmetric, wasm(1000))).toBeLessThan(bitSliced.cost(symmetric, wasm(1000)));
    expect(rowsToWalkBelow(forest, false)).toBeGreaterThanOrEqual(4);
    expect(rowsToWalkBelow(forest, false)).toBeLessThan(33);
  });

  it("take single rows, too, through symmetric trees beyond the cache, without packing a walk", () => {
    // With borders that trees share, as CatBoost's do.
    const large = forestOf({
      trees: Array.from({ length: 1000 }, (_, t) => perfect(8, true, 0, t % 50)),
      nFeatures: 11,
    });
    expect(oblivious.cost(large, wasm(1))).toBeLessThan(walk.cost(large, wasm(1)));
    expect(bitSlicedHints(large, "oblivious").walkBelow).toBe(1);
    expect(bitSliced.cost(large, wasm(1))).toBeGreaterThan(walk.cost(large, wasm(1)));
    expect(bitSlicedHints(large, "bit-sliced").walkBelow).toBeGreaterThanOrEqual(4);
    const small = forestOfDepth(5, 100, true);
    expect(oblivious.cost(small, wasm(1))).toBeGreaterThan(walk.cost(small, wasm(1)));
    expect(bitSlicedHints(small, "oblivious").walkBelow).toBeGreaterThan(1);
  });

  it("choose masks where trees share cuts, and tables where few do", () => {
    const shared = forestOf({ trees: Array.from({ length: 100 }, () => perfect(5, false)), nFeatures: 10 });
    expect(bitSlicedHints(shared, "bit-sliced").rankBits).toBe(8);
    const unshared = forestOf({
      trees: Array.from({ length: 60 }, (_, t) => perfect(8, false, 0, 7.013 * t)),
      nFeatures: 10,
    });
    expect(bitSlicedHints(unshared, "bit-sliced").rankBits).toBe(16);
    const equals = { ...unshared, mode: unshared.mode.map((m) => (m === 1 ? 5 : m)) };
    expect(bitSlicedHints(equals, "bit-sliced").rankBits).toBe(8);
  });

  it("have a cost for every forest that they take, which grows with the rows", () => {
    fc.assert(
      fc.property(forestArbitrary(), fc.integer({ min: 1, max: 1e6 }), (forest, rows) => {
        for (const form of ["walk", "masks", "tables"] as const) {
          const seconds = kernelSeconds(forest, form, 256 * rows);
          expect(seconds).toBeGreaterThan(0);
          expect(kernelSeconds(forest, form, 512 * rows)).toBeGreaterThan(seconds);
        }
      }),
    );
  });
});
