/** LinearRegressor against onnxruntime. */

import { describe, expect, it } from "vitest";
import { float32, float64, type Tensor } from "../src/ir/tensor.js";
import type { OnnxAttribute } from "../test-models/onnx-file.js";
import { expectLikeOnnxruntime, lowerMl, type MlNode, outputsOf } from "./shared/ml-node.testing.js";

const x = float32([0.2, 0.1, 0.7, -0.9, 0, 0, -3, 2], [4, 2]);

function regressor(coefficients: readonly number[], more: Record<string, OnnxAttribute>, input: Tensor = x): MlNode {
  return {
    op: "LinearRegressor",
    version: 1,
    inputs: [input],
    attributes: { coefficients: { floats: coefficients }, ...more },
  };
}

const close = { ulps: 4, absolute: 3e-7 };

describe("LinearRegressor", () => {
  it("one target and two, with and without intercepts", async () => {
    await expectLikeOnnxruntime(regressor([1, 0.3], { targets: { int: 1 }, intercepts: { floats: [0.1] } }), close);
    await expectLikeOnnxruntime(regressor([1, 0.3], { targets: { int: 1 } }), close);
    await expectLikeOnnxruntime(
      regressor([1, 1, -1, 0.5], { targets: { int: 2 }, intercepts: { floats: [0.1, 2] } }),
      close,
    );
  });
  for (const transform of ["LOGISTIC", "SOFTMAX", "SOFTMAX_ZERO"]) {
    it(transform, async () => {
      const post = { post_transform: { string: transform } };
      await expectLikeOnnxruntime(regressor([1, 1, -1, 0.5], { targets: { int: 2 }, ...post }), close);
      await expectLikeOnnxruntime(regressor([1, 1], { targets: { int: 1 }, ...post }), close);
    });
  }
  it("has one target by default, and casts float64 inputs, which only ONNX allows", () => {
    expect(outputsOf(regressor([2, 4], {}, float64([1, 0.5, 1 + 2 ** -40, 0], [2, 2])))).toEqual([
      float32([4, 2], [2, 1]),
    ]);
  });
  it("keeps NaN and infinities to their rows", () => {
    const [inf, nan] = [Number.POSITIVE_INFINITY, Number.NaN];
    const node = regressor([2, -1], {}, float32([nan, 1, inf, 1, inf, inf, 1, 1], [4, 2]));
    expect(outputsOf(node)).toEqual([float32([nan, inf, nan, 1], [4, 1])]);
  });
  it("refuses lengths that do not fit", () => {
    expect(() => lowerMl(regressor([1, 2], { intercepts: { floats: [1, 2] } }))).toThrow(
      /intercepts has 2 entries, expected 1/,
    );
    expect(() => lowerMl(regressor([1, 2], { targets: { int: 0 } }))).toThrow(/targets is 0/);
    expect(() => lowerMl(regressor([], {}))).toThrow(/coefficients has 0 entries/);
  });
});
