import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  forestArbitrary,
  forestOf,
  rowsFor,
  type SplitSpec,
  voteScale,
} from "../../strategies/shared/forests.testing.js";
import { UnsupportedError } from "../errors.js";
import { evaluateInstruction } from "../ir/evaluate.js";
import { nextDown32, nextUp32, roundDownToFloat32 } from "../ir/float.js";
import { type Forest, SplitMode } from "../ir/forest.js";
import { float32, float64, numbersOf, type Tensor } from "../ir/tensor.js";
import { narrowForest } from "./narrow-forest.js";

const leaves = (forest: Forest, x: Tensor): readonly number[] =>
  Array.from(numbersOf(evaluateInstruction({ op: "forestLeaves", attrs: { forest } }, [x], x.shape[0]!)[0]!.data));
const scores = (forest: Forest, x: Tensor): readonly number[] =>
  Array.from(numbersOf(evaluateInstruction({ op: "forest", attrs: { forest } }, [x], x.shape[0]!)[0]!.data));

const splitOf = (mode: SplitSpec["mode"], threshold: number, missingTrue = false): Forest =>
  forestOf({
    trees: [{ feature: 0, mode, threshold, missingTrue, yes: { votes: 1 }, no: { votes: 0 } }],
    compare: "float64",
    sum: "float64",
  });

/** Mode and threshold of the only split. */
const narrowed = (mode: SplitSpec["mode"], threshold: number): readonly [number, number] => {
  const { mode: modes, threshold: thresholds } = narrowForest(splitOf(mode, threshold));
  return [modes[0]!, thresholds[0]!];
};

describe("narrowForest", () => {
  it("is the forest itself where it is narrow", () => {
    const forest = forestOf({ trees: [{ votes: 1 }] });
    expect(narrowForest(forest)).toBe(forest);
  });

  it("directs thresholds by mode, and keeps the mode", () => {
    const [below, above] = [0.09999999403953552, 0.10000000149011612];
    expect(narrowed("lessEqual", 0.1)).toEqual([SplitMode.lessEqual, below]);
    expect(narrowed("less", 0.1)).toEqual([SplitMode.less, above]);
    expect(narrowed("greater", 0.1)).toEqual([SplitMode.greater, below]);
    expect(narrowed("greaterEqual", 0.1)).toEqual([SplitMode.greaterEqual, above]);
  });

  it("keeps thresholds that are float32, -0 and Infinity among them", () => {
    for (const mode of ["lessEqual", "less", "greater", "greaterEqual", "equal", "notEqual"] as const) {
      for (const t of [0.5, -0, Infinity, -Infinity, 2 ** -149])
        expect(narrowed(mode, t)).toEqual([SplitMode[mode], t]);
    }
  });

  it("makes equality with what is no float32 never, and its negation always true", () => {
    expect(narrowed("equal", 0.1)).toEqual([SplitMode.less, -Infinity]);
    expect(narrowed("notEqual", 0.1)).toEqual([SplitMode.greaterEqual, -Infinity]);
    for (const missingTrue of [false, true]) {
      const x = float32([-Infinity, Math.fround(0.1), Infinity, NaN], [4, 1]);
      const nan = missingTrue ? 1 : 0;
      expect(scores(narrowForest(splitOf("equal", 0.1, missingTrue)), x)).toEqual([0, 0, 0, nan]);
      expect(scores(narrowForest(splitOf("notEqual", 0.1, missingTrue)), x)).toEqual([1, 1, 1, nan]);
    }
  });

  it("takes 0 or a normal number rather than a denormal where both say the same", () => {
    expect(narrowed("less", 1e-300)).toEqual([SplitMode.lessEqual, 0]);
    expect(narrowed("greaterEqual", 1e-300)).toEqual([SplitMode.greater, 0]);
    expect(narrowed("lessEqual", -1e-300)).toEqual([SplitMode.less, -0]);
    expect(narrowed("greater", -1e-300)).toEqual([SplitMode.greaterEqual, -0]);
    expect(narrowed("lessEqual", 2 ** -126 - 2 ** -151)).toEqual([SplitMode.less, 2 ** -126]);
    expect(narrowed("less", 2 ** -126 + 2 ** -151)).toEqual([SplitMode.less, 2 ** -126 + 2 ** -149]);
  });

  it("is exact on the float32 neighbours of every threshold", () => {
    const modes = ["lessEqual", "less", "greater", "greaterEqual", "equal", "notEqual"] as const;
    fc.assert(
      fc.property(fc.constantFrom(...modes), fc.double({ noNaN: true }), (mode, threshold) => {
        const at = roundDownToFloat32(threshold);
        const near = [at, nextDown32(at), nextUp32(at), nextUp32(nextUp32(at)), -Infinity, Infinity, 0, -0];
        const wide = splitOf(mode, threshold);
        expect(scores(narrowForest(wide), float32(near, [8, 1]))).toEqual(scores(wide, float64(near, [8, 1])));
      }),
      { numRuns: 2000 },
    );
  });

  it("gives random forests the same leaves, and sums rounded to float32", () => {
    const cases = forestArbitrary({ compare: "float64", sum: "float64" }).chain((forest) =>
      rowsFor(forest, "float32").map((x) => ({ forest, x })),
    );
    fc.assert(
      fc.property(cases, ({ forest, x }) => {
        const narrow = narrowForest(forest);
        const x32 = float32(numbersOf(x.data), x.shape);
        expect(narrow.compare).toBe("float32");
        expect(narrow.sum).toBe("float32");
        expect(leaves(narrow, x32)).toEqual(leaves(forest, x));
        const scale = voteScale(forest, x);
        for (const [i, want] of scores(forest, x).entries()) {
          expect(Math.abs(scores(narrow, x32)[i]! - want)).toBeLessThanOrEqual(1e-6 * scale);
        }
      }),
      { numRuns: 200, seed: 22 },
    );
  });

  it("rounds leaf values to nearest, and refuses those beyond float32", () => {
    const leaf = (value: number): Forest => forestOf({ trees: [{ votes: value }], sum: "float64" });
    expect(narrowForest(leaf(0.1)).leafValue).toEqual(Float64Array.of(0.10000000149011612));
    expect(narrowForest(leaf(-Infinity)).leafValue).toEqual(Float64Array.of(-Infinity));
    expect(() => narrowForest(leaf(1e39))).toThrow(UnsupportedError);
    expect(() => narrowForest(leaf(1e39))).toThrow("the leaf value 1e+39 is beyond the range of float32");
  });
});
