import { describe, expect, test } from "vitest";
import { forestShape } from "../src/ir/forest.js";
import { drawSpecs, syntheticForest, syntheticRows } from "./synthetic.js";

const specs = drawSpecs(24, 1);

describe("synthetic forests", () => {
  test("cover all depths, in both growths", () => {
    expect(new Set(specs.map((s) => s.depth)).size).toBe(12);
    expect(new Set(specs.map((s) => s.growth)).size).toBe(2);
    for (const { trees } of specs) {
      expect(trees).toBeGreaterThanOrEqual(1);
      expect(trees).toBeLessThanOrEqual(500);
    }
  });

  test("have the shape that was asked for", () => {
    for (const spec of specs.filter((s) => s.trees * s.leaves < 5000)) {
      const shape = forestShape(syntheticForest(spec));
      expect(shape.trees).toBe(spec.trees);
      expect(shape.outputs).toBe(spec.outputs);
      expect(shape.maxLeaves).toBeLessThanOrEqual(spec.leaves);
      if (spec.growth === "balanced") expect(shape.depth).toBe(spec.depth);
      else expect(shape.depth).toBeLessThanOrEqual(spec.depth);
    }
  });

  test("are the same for the same seed", () => {
    const spec = specs.find((s) => s.trees * s.leaves < 5000)!;
    expect(syntheticForest(spec)).toEqual(syntheticForest(spec));
    expect(syntheticRows(spec, 3, 5)).toEqual(syntheticRows(spec, 3, 5));
    expect(syntheticRows(spec, 3, 5)).not.toEqual(syntheticRows(spec, 3, 6));
    expect(drawSpecs(24, 2)).not.toEqual(specs);
  });
});
