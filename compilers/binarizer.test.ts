/** Binarizer against onnxruntime, and by hand where that refuses NaN or the element type. */

import { describe, expect, it } from "vitest";
import { UnsupportedError } from "../src/errors.js";
import { float32, float64, int32, int64, type Tensor } from "../src/ir/tensor.js";
import { expectLikeOnnxruntime, lowerMl, type MlNode, outputsOf } from "./shared/ml-node.testing.js";

const binarizer = (input: Tensor, threshold: number): MlNode => ({
  op: "Binarizer",
  version: 1,
  inputs: [input],
  attributes: { threshold: { float: threshold } },
});
const [inf, nan] = [Number.POSITIVE_INFINITY, Number.NaN];

describe("Binarizer", () => {
  it("is 1 above the threshold", async () => {
    const x = float32([0.1, 0.10000001, 0.099999994, inf, -inf, -0, 0, 1], [4, 2]);
    for (const threshold of [0.1, 0, -0, -1, inf, -inf]) await expectLikeOnnxruntime(binarizer(x, threshold));
  });
  it("is 0 for NaN", () => {
    expect(outputsOf(binarizer(float32([nan, 1]), 0))).toEqual([float32([0, 1])]);
  });
  it("compares float64 and integers exactly", () => {
    const t = Math.fround(0.1);
    expect(outputsOf(binarizer(float64([t, t + 1e-12, 0.1]), 0.1))).toEqual([float64([0, 1, 0])]);
    expect(outputsOf(binarizer(int32([-2, -1, 0, 1]), -1.5))).toEqual([int32([0, 1, 1, 1])]);
    expect(outputsOf(binarizer(int64([2, 3, 2n ** 60n]), 2))).toEqual([int64([0, 1, 1])]);
    expect(() => lowerMl(binarizer(int32([1]), inf))).toThrow(UnsupportedError);
  });
});
