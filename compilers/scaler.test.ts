/** Scaler against onnxruntime. */

import { describe, expect, it } from "vitest";
import { float32, float64, int32, int64, type Tensor } from "../src/ir/tensor.js";
import { expectLikeOnnxruntime, lowerMl, type MlNode } from "./shared/ml-node.testing.js";

const scaler = (input: Tensor, offset: readonly number[], scale: readonly number[]): MlNode => ({
  op: "Scaler",
  version: 1,
  inputs: [input],
  attributes: { offset: { floats: offset }, scale: { floats: scale } },
});
const [inf, nan] = [Number.POSITIVE_INFINITY, Number.NaN];

describe("Scaler", () => {
  it("scales in the precision of the input", async () => {
    const inputs = [
      float32([1, 0.1, -0, nan, inf, -inf, 3.3, 1e-40], [4, 2]),
      float64([1, 0.1, -0, nan, inf, -inf, 3.3, 1e-40], [4, 2]),
      int32([1, 2, 16777217, -4], [2, 2]),
      int64([1, 2, 16777217, -4], [2, 2]),
    ];
    for (const input of inputs) {
      await expectLikeOnnxruntime(scaler(input, [0.1, -7.3], [3, 0.7]));
      await expectLikeOnnxruntime(scaler(input, [0.1], [1 / 3]));
    }
  });
  it("refuses lengths that do not fit", () => {
    const x = float32([1, 2], [1, 2]);
    expect(() => lowerMl(scaler(x, [1, 2, 3], [1, 2, 3]))).toThrow(/"tested".*scales 3 columns, but its input has 2/);
    expect(() => lowerMl(scaler(x, [1, 2], [1]))).toThrow(/offset has 2 and scale 1 entries/);
    expect(() => lowerMl(scaler(x, [], []))).toThrow(/offset has 0 and scale 0 entries/);
  });
});
