import { describe, expect, it } from "vitest";
import { depthGroups } from "./depth-groups.js";

describe("depthGroups", () => {
  const depths = Int32Array.of(3, 20, 3, 4, 20, 3);

  it("is one group where a round costs more than it saves", () => {
    expect(depthGroups(depths, 1, 1, 1000)).toEqual([{ trees: Int32Array.of(0, 1, 2, 3, 4, 5), depth: 20 }]);
  });

  it("parts shallow trees from deep ones for many rows", () => {
    // Together 19 rounds of 6 trees; apart 3 rounds of 4 and 19 of 2, and a round's overhead four times.
    expect(depthGroups(depths, 1, 1000, 4000)).toEqual([
      { trees: Int32Array.of(0, 2, 3, 5), depth: 4 },
      { trees: Int32Array.of(1, 4), depth: 20 },
    ]);
  });

  it("parts every depth where instructions cost nothing", () => {
    expect(depthGroups(depths, 1, 1, 0).map((g) => g.depth)).toEqual([3, 4, 20]);
  });

  it("takes single leaves and one tree", () => {
    expect(depthGroups(Int32Array.of(0, 0), 1, 10, 5)).toEqual([{ trees: Int32Array.of(0, 1), depth: 0 }]);
    expect(depthGroups(Int32Array.of(7), 1, 10, 5)).toEqual([{ trees: Int32Array.of(0), depth: 7 }]);
  });
});
