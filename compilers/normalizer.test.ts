/** Normalizer against onnxruntime. */

import { describe, expect, it } from "vitest";
import { float32, float64, int32, int64, type Tensor } from "../src/ir/tensor.js";
import { expectLikeOnnxruntime, lowerMl, type MlNode, outputsOf } from "./shared/ml-node.testing.js";

const normalizer = (input: Tensor, norm: string): MlNode => ({
  op: "Normalizer",
  version: 1,
  inputs: [input],
  attributes: { norm: { string: norm } },
});
const [inf, nan] = [Number.POSITIVE_INFINITY, Number.NaN];
const rows = [
  ...[1, -2, 0, 0, -0, 0, -1, -2, -3, nan, 1, 2, inf, 1, -2, -inf, 1, -2],
  ...[nan, nan, nan, -inf, -inf, -inf, -1, 0, -2, 0.1, 0.2, 0.3, 1e20, 1e20, 1, 1e-25, -1e-25, 0],
];

describe("Normalizer", () => {
  for (const norm of ["MAX", "L1", "L2"]) {
    it(`${norm} of floats`, async () => {
      await expectLikeOnnxruntime(normalizer(float32(rows, [12, 3]), norm));
      await expectLikeOnnxruntime(normalizer(float64(rows, [12, 3]), norm));
    });
    it(`${norm} of integers`, async () => {
      await expectLikeOnnxruntime(normalizer(int32([3, -4, 0, 0, 46340, 1], [3, 2]), norm));
      await expectLikeOnnxruntime(normalizer(int64([3, -4, 0, 0, 2n ** 31n, 1], [3, 2]), norm));
    });
  }
  it("squares int32 without overflow, where onnxruntime wraps", () => {
    expect(outputsOf(normalizer(int32([2 ** 20, 0], [1, 2]), "L2"))).toEqual([float32([1, 0], [1, 2])]);
  });
  it("refuses other norms", () => {
    expect(() => lowerMl(normalizer(float32([1], [1, 1]), "L3"))).toThrow(
      /norm "L3" is unknown, expected MAX, L1 or L2/,
    );
  });
});
