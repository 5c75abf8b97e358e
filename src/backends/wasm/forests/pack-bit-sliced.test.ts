import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { forestArbitrary, forestOf, rowsFor, type TreeSpec } from "../../../../strategies/shared/forests.testing.js";
import { bitSlicedRefusal, needsMasks } from "../../../ir/bit-sliced.js";
import type { Forest } from "../../../ir/forest.js";
import { float32, type Tensor } from "../../../ir/tensor.js";
import type { BitSlicedForm } from "./bit-sliced-plan.js";
import { type GrownForest, grownForest, randomNumbers, rowsOf } from "./forests.testing.js";
import { answerOf, runPacked } from "./kernels.testing.js";
import { packBitSliced } from "./pack-bit-sliced.js";
import { packForest } from "./pack-forest.js";

/** In all forms that take the forest, with and without a walk of few rows. */
function checkBitSliced(forest: Forest, x: Tensor): void {
  const dtype = x.dtype === "float32" ? "float32" : "float64";
  for (const want of ["raw", "leaves"] as const) {
    const answer = answerOf(forest, want, x);
    for (const form of needsMasks(forest) ? (["masks"] as const) : (["masks", "tables"] as const)) {
      const fewRows = want === "raw" && form === "masks" ? 5 : 0;
      const packed = packBitSliced(forest, want, dtype, { form, fewRows });
      expect(runPacked(packed, forest, want, x), `${form}, ${want}, ${fewRows}`).toEqual(answer);
    }
  }
}

describe("packBitSliced", () => {
  it("answers random forests of every kind that it takes as the primitives do", () => {
    let taken = 0;
    fc.assert(
      fc.property(
        forestArbitrary().chain((f) => fc.tuple(fc.constant(f), rowsFor(f))),
        ([forest, x]) => {
          if (bitSlicedRefusal(forest) !== undefined) return;
          taken++;
          checkBitSliced(forest, x);
        },
      ),
      { numRuns: 500 },
    );
    expect(taken).toBeGreaterThan(150);
  });

  it("takes float32 rows for float64 cuts", () => {
    fc.assert(
      fc.property(
        forestArbitrary({ compare: "float64" }).chain((f) => fc.tuple(fc.constant(f), rowsFor(f, "float32"))),
        ([forest, x]) => {
          if (bitSlicedRefusal(forest) === undefined) checkBitSliced(forest, float32(x.data as Float64Array, x.shape));
        },
      ),
      { numRuns: 200 },
    );
  });

  const shapes: Record<string, GrownForest> = {
    "boosted leaf by leaf": { trees: 21, features: 12, leaves: 31, bins: 255 },
    "boosted to a depth of 6": { trees: 20, features: 13, leaves: 64, depth: 6, bins: 255 },
    "with missing values": { trees: 20, features: 12, leaves: 31, missing: "some", bins: 64 },
    "in float64": {
      trees: 17,
      features: 9,
      leaves: 40,
      compare: "float64",
      sum: "float64",
      missing: "some",
      bins: 1000,
    },
    "in float64, with sums in float32": { trees: 9, features: 6, leaves: 20, compare: "float64", bins: 100, depth: 5 },
    "of all modes": {
      trees: 9,
      features: 5,
      leaves: 60,
      bins: 16,
      missing: "some",
      modes: ["lessEqual", "less", "greater", "greaterEqual", "equal", "notEqual"],
    },
    "with unshared cuts, in several groups": { trees: 60, features: 4, leaves: 31, missing: "some" },
    "of many leaves": { trees: 7, features: 30, leaves: 250, missing: "some" },
    "of two classes, depth 8": { trees: 12, features: 30, leaves: 256, depth: 8, outputs: 2 },
    "of seven classes, depth 8, float64": {
      trees: 10,
      features: 20,
      leaves: 256,
      depth: 8,
      outputs: 7,
      sum: "float64",
    },
    "boosted for five classes": { trees: 53, features: 8, leaves: 31, outputs: 5, votes: "one", bins: 128 },
    "boosted for three classes, float64": {
      trees: 29,
      features: 8,
      leaves: 16,
      outputs: 3,
      votes: "one",
      sum: "float64",
      compare: "float64",
    },
    "with categories": { trees: 20, features: 12, leaves: 31, categorical: 5, missing: "some" },
    "with categories alone, in float64": {
      trees: 9,
      features: 4,
      leaves: 31,
      categorical: 4,
      compare: "float64",
      sum: "float64",
      missing: "some",
    },
    "with 600 categories": { trees: 9, features: 5, leaves: 31, categorical: 2, categories: 600, missing: "some" },
    "with few votes": { trees: 10, features: 20, leaves: 30, outputs: 9, votes: "some" },
    "over 300 features": { trees: 40, features: 300, leaves: 31, missing: "some" },
    "of one split": { trees: 3, features: 1, leaves: 2 },
  };
  for (const [name, shape] of Object.entries(shapes)) {
    it(`answers forests ${name}, for 0 to 300 rows`, () => {
      const forest = grownForest(shape);
      for (const rows of [0, 1, 3, 4, 5, 128, 129, 255, 257, 300]) {
        checkBitSliced(forest, rowsOf(forest, rows, shape.features + (rows % 3), forest.compare, "edges", rows));
      }
    });
  }

  /** Cuts that no small grid over x separates: heavy tails, pairs beside each other, denormals, both ends. */
  const awkward = [
    -Infinity,
    -1e30,
    -1e10,
    -1,
    -1e-35,
    -(2 ** -149),
    0,
    2 ** -149,
    1e-38,
    1e-35,
    1,
    1.0000001,
    1.0000002,
    1.0000004,
    1.0000005,
    1.0000006,
    3,
    1e5,
    1e10,
    1e20,
    1e38,
  ];
  it.each<[string, readonly number[], "float32" | "float64"]>([
    ["float32", awkward.map(Math.fround), "float32"],
    ["float64", [...awkward, 1e300, -1e300, 5e-324, -5e-324, 1 + 2 ** -50, 1 + 2 ** -49, 1e-300], "float64"],
    ["powers of two", Array.from({ length: 250 }, (_, i) => 2 ** (i / 2 - 60)).map(Math.fround), "float32"],
    ["powers of two in float64", Array.from({ length: 250 }, (_, i) => 2 ** (i - 120) * 1.1), "float64"],
    [
      "both signs",
      Array.from({ length: 200 }, (_, i) => (i % 2 ? -1 : 1) * 1.7 ** (i / 4 - 20)).map(Math.fround),
      "float32",
    ],
    ["neighbours", Array.from({ length: 40 }, (_, i) => Math.fround(1 + i * 2 ** -23)), "float32"],
  ])("ranks cuts that are far apart and close together: %s", (_, cuts, compare) => {
    for (const missing of [false, true]) {
      const forest = forestOf({
        trees: cuts.map((threshold, i) => ({
          feature: i % 5 === 4 ? 4 : i % 2,
          mode: "lessEqual",
          threshold,
          missingTrue: missing && i % 3 === 0,
          yes: { votes: 2 ** (i % 20) },
          no: { votes: 0.5 },
        })),
        nFeatures: 5,
        compare,
        sum: "float64",
      });
      checkBitSliced(forest, rowsOf(forest, 290, 5, compare, "edges"));
    }
  });

  it("takes the conditions of symmetric trees for the numbers of their leaves", () => {
    const random = randomNumbers(3);
    for (const compare of ["float32", "float64"] as const) {
      const tree = (depth: number): TreeSpec => {
        const levels = Array.from({ length: depth }, () => ({
          feature: Math.floor(random() * 6),
          mode: random() < 0.5 ? ("greater" as const) : ("lessEqual" as const),
          threshold: Math.fround(Math.floor(random() * 90) / 90),
          missingTrue: random() < 0.5,
        }));
        const grow = (level: number): TreeSpec =>
          level === depth
            ? { votes: Math.fround(random()) }
            : { ...levels[level]!, yes: grow(level + 1), no: grow(level + 1) };
        return grow(0);
      };
      const forest = forestOf({
        trees: [6, 6, 4, 8, 0, 1, 6, 5, 6, 7].map(tree),
        nFeatures: 6,
        compare,
        sum: "float64",
      });
      for (const rows of [0, 1, 9, 128, 300]) {
        const x = rowsOf(forest, rows, 6, compare, "edges");
        for (const form of ["masks", "tables"] as const) {
          for (const want of ["raw", "leaves"] as const) {
            const packed = packBitSliced(forest, want, compare, { form, oblivious: true });
            expect(runPacked(packed, forest, want, x)).toEqual(answerOf(forest, want, x));
          }
        }
      }
    }
    const uneven = grownForest({ trees: 3, features: 3, leaves: 8, depth: 3 });
    expect(() => packBitSliced(uneven, "raw", "float32", { oblivious: true })).toThrow(
      "do not all make one comparison",
    );
  });

  it("packs the same bytes each time", () => {
    const forest = grownForest({ trees: 10, features: 9, leaves: 31, missing: "some" });
    for (const form of ["masks", "tables"] satisfies BitSlicedForm[]) {
      const [one, two] = [1, 2].map(() => packBitSliced(forest, "raw", "float32", { form }).params);
      expect(Buffer.compare(one!, two!)).toBe(0);
    }
  });

  it("is what strategies ask for by name, else the walk", () => {
    const forest = grownForest({ trees: 3, features: 4, leaves: 8 });
    expect(packForest(forest, "raw", "float32", {})).toMatchObject({ kernel: "forestWalkNarrow", blockRows: 256 });
    expect(packForest(forest, "raw", "float32", { kernel: "walk" }).kernel).toBe("forestWalkNarrow");
    const packed = packForest(forest, "raw", "float32", { kernel: "bit-sliced", walkBelow: 7, rankBits: 16 });
    expect(packed.kernel).toBe("forestBitSliced");
    expect(packed.params).toEqual(packBitSliced(forest, "raw", "float32", { fewRows: 7, form: "tables" }).params);
    expect(() => packForest(forest, "raw", "float32", { kernel: "oblivious" })).toThrow(
      "do not all make one comparison",
    );
  });

  it("says why it refuses", () => {
    expect(bitSlicedRefusal(grownForest({ trees: 1, features: 2, leaves: 257 }))).toBe(
      "a tree has 257 leaves, more than 256",
    );
    expect(bitSlicedRefusal(grownForest({ trees: 1, features: 2, leaves: 5, aggregate: "min" }))).toBe(
      "it adds votes, and this forest takes the min of them",
    );
    expect(bitSlicedRefusal(grownForest({ trees: 2, features: 2, leaves: 1 }))).toBe("no tree has a split");
  });
});
