import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { forestArbitrary, forestOf, rowsFor } from "../../../../strategies/shared/forests.testing.js";
import { nextDown64, nextUp64, roundDownToFloat32, roundUpToFloat32 } from "../../../ir/float.js";
import type { Forest } from "../../../ir/forest.js";
import { float32, float64, type Tensor } from "../../../ir/tensor.js";
import { type GrownForest, grownForest, rowsOf } from "./forests.testing.js";
import { answerOf, runPacked } from "./kernels.testing.js";
import { packWalk } from "./pack-walk.js";

function checkWalk(forest: Forest, x: Tensor): void {
  const dtype = x.dtype === "float32" ? "float32" : "float64";
  for (const want of ["raw", "leaves"] as const) {
    expect(runPacked(packWalk(forest, want, dtype), forest, want, x)).toEqual(answerOf(forest, want, x));
  }
}

describe("packWalk", () => {
  it("walks random forests of every kind as the primitives do", () => {
    fc.assert(
      fc.property(
        forestArbitrary().chain((f) => fc.tuple(fc.constant(f), rowsFor(f))),
        ([forest, x]) => checkWalk(forest, x),
      ),
      { numRuns: 400 },
    );
  });

  it("walks float32 rows through float64 cuts", () => {
    fc.assert(
      fc.property(
        forestArbitrary({ compare: "float64" }).chain((f) => fc.tuple(fc.constant(f), rowsFor(f, "float32"))),
        ([forest, x]) => checkWalk(forest, float32(x.data as Float64Array, x.shape)),
      ),
      { numRuns: 200 },
    );
  });

  const shapes: Record<string, GrownForest> = {
    boosted: { trees: 21, features: 12, leaves: 31, bins: 255 },
    "with missing values": { trees: 20, features: 12, leaves: 31, missing: "some" },
    "in float64": { trees: 17, features: 9, leaves: 40, compare: "float64", sum: "float64", missing: "some" },
    "of all modes": {
      trees: 9,
      features: 5,
      leaves: 60,
      bins: 16,
      missing: "some",
      modes: ["lessEqual", "less", "greater", "greaterEqual", "equal", "notEqual"],
    },
    "of seven classes": { trees: 10, features: 20, leaves: 256, depth: 8, outputs: 7 },
    "of many classes with few votes": { trees: 10, features: 20, leaves: 50, outputs: 30, votes: "some" },
    "with the least vote": {
      trees: 12,
      features: 6,
      leaves: 20,
      outputs: 3,
      votes: "some",
      aggregate: "min",
      sum: "float64",
    },
    "with the greatest vote": { trees: 12, features: 6, leaves: 20, outputs: 2, aggregate: "max" },
    "over 600 features": { trees: 30, features: 600, leaves: 60, missing: "some" },
    "with categories": { trees: 20, features: 12, leaves: 31, categorical: 5, missing: "some" },
    "with categories in float64": {
      trees: 9,
      features: 4,
      leaves: 31,
      categorical: 3,
      compare: "float64",
      sum: "float64",
      missing: "some",
    },
    "with 3,000 categories": { trees: 9, features: 4, leaves: 31, categorical: 2, categories: 3000, missing: "some" },
    "of one leaf": { trees: 3, features: 2, leaves: 1 },
  };
  for (const [name, shape] of Object.entries(shapes)) {
    it(`walks forests ${name}, for 0 to 300 rows`, () => {
      const forest = grownForest(shape);
      for (const rows of [0, 1, 2, 4, 5, 7, 8, 9, 12, 13, 16, 255, 256, 257, 300]) {
        checkWalk(forest, rowsOf(forest, rows, shape.features + (rows % 3), forest.compare, "edges", rows));
      }
    });
  }

  it("walks a tree of 70,000 leaves", () => {
    const forest = grownForest({ trees: 1, features: 8, leaves: 70_000, missing: "some" });
    checkWalk(forest, rowsOf(forest, 1100, 8, "float32", "edges"));
  });

  it("leaves -Infinity and +Infinity to the side that the comparison says, where a cut lies beyond all numbers", () => {
    const forest = forestOf({
      trees: [
        { feature: 0, mode: "less", threshold: -Infinity, missingTrue: true, yes: { votes: 1 }, no: { votes: 2 } },
        { feature: 0, mode: "lessEqual", threshold: Infinity, yes: { votes: 10 }, no: { votes: 20 } },
        { feature: 0, mode: "equal", threshold: -Infinity, missingTrue: true, yes: { votes: 100 }, no: { votes: 200 } },
      ],
    });
    const x = float32([-Infinity, 0, Infinity, NaN], [4, 1]);
    const { data } = runPacked(packWalk(forest, "raw", "float32"), forest, "raw", x);
    expect(data).toEqual(Float32Array.of(112, 212, 212, 121));
  });

  it("takes 8 bytes a node where it can", () => {
    const forest = grownForest({ trees: 10, features: 20, leaves: 1000 });
    const { params, kernel } = packWalk(forest, "raw", "float32");
    expect(kernel).toBe("forestWalkNarrow");
    expect(params.length).toBeLessThan(forest.nNodes * 8 * 1.1 + 10 * 1000 * 4 + 2000);
    expect(Buffer.compare(packWalk(forest, "raw", "float32").params, params)).toBe(0);
  });

  /** A tree on one feature for each cut: `x <= cut` goes to vote 1, else to a vote of its own. */
  const stumps = (cuts: readonly number[]): Forest =>
    forestOf({
      compare: "float64",
      sum: "float64",
      trees: cuts.map((threshold, i) => ({
        feature: 0,
        mode: "lessEqual",
        threshold,
        yes: { votes: 1 },
        no: { votes: 2 ** (i + 1) },
      })),
    });
  /** Each cut, its neighbours in both precisions, and what lies beyond them. */
  const beside = (cuts: readonly number[]): Tensor => {
    const x = [0, -0, 1e-60, -1e-60, 1e300, -1e300, Infinity, -Infinity, NaN, Number.MAX_VALUE];
    for (const cut of cuts) {
      const [down, up] = [roundDownToFloat32(cut), roundUpToFloat32(cut)];
      x.push(
        cut,
        nextUp64(cut),
        nextDown64(cut),
        down,
        up,
        nextDown64(down),
        nextUp64(up),
        nextUp64(down),
        nextDown64(up),
      );
    }
    return float64(x, [x.length, 1]);
  };

  it("takes float64 rows to narrow nodes, beside cuts of either precision", () => {
    const max32 = 2 ** 128 - 2 ** 104;
    const cuts = [
      0.1,
      -0.1,
      0.5,
      -2,
      nextDown64(3),
      nextDown64(-3),
      0,
      2 ** -149,
      1e-46,
      -1e-46,
      1e300,
      -1e300,
      max32 / 2,
    ];
    for (const some of [cuts.filter((c) => c !== 0 && c !== 1e-46), cuts.filter((c) => c !== 2 ** -149 && c !== 0)]) {
      const forest = stumps(some);
      expect(packWalk(forest, "raw", "float64").kernel).toBe("forestWalkNarrow");
      checkWalk(forest, beside(some));
    }
  });

  it("takes float64 rows to wide nodes where two cuts are one number in float32", () => {
    for (const pair of [
      [0.1, nextUp64(0.1)],
      [0.5, nextUp64(0.5)],
      [1e300, 1e301],
      [0, 1e-60],
    ]) {
      const forest = stumps(pair);
      expect(packWalk(forest, "raw", "float64").kernel).toBe("forestWalkWide");
      checkWalk(forest, beside(pair));
    }
  });
});
