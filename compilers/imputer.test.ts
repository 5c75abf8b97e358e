/** Imputer against onnxruntime, and by hand for the element types that only ONNX allows. */

import { describe, expect, it } from "vitest";
import { float32, float64, int32, int64, type Tensor } from "../src/ir/tensor.js";
import type { OnnxAttribute } from "../test-models/onnx-file.js";
import { expectLikeOnnxruntime, lowerMl, type MlNode, outputsOf } from "./shared/ml-node.testing.js";

const imputer = (input: Tensor, attributes: Record<string, OnnxAttribute>): MlNode => ({
  op: "Imputer",
  version: 1,
  inputs: [input],
  attributes,
});
const floats = (imputed: readonly number[], replaced: number): Record<string, OnnxAttribute> => ({
  imputed_value_floats: { floats: imputed },
  replaced_value_float: { float: replaced },
});
const nan = Number.NaN;
const x = float32([1, nan, -0, 0, nan, 0.1, Number.POSITIVE_INFINITY, 7], [4, 2]);

describe("Imputer", () => {
  it("replaces NaN, or a number", async () => {
    for (const replaced of [nan, 0, 0.1, Number.POSITIVE_INFINITY]) {
      await expectLikeOnnxruntime(imputer(x, floats([5, 6], replaced)));
      await expectLikeOnnxruntime(imputer(x, floats([5], replaced)));
      await expectLikeOnnxruntime(imputer(x, floats([nan, -0], replaced)));
    }
  });
  it("imputes integers", async () => {
    const attributes = { imputed_value_int64s: { ints: [5, 2n ** 53n - 1n] }, replaced_value_int64: { int: -1 } };
    await expectLikeOnnxruntime(imputer(int64([1, -1, -1, 2n ** 62n], [2, 2]), attributes));
    expect(outputsOf(imputer(int32([-1, 3], [1, 2]), { ...attributes, imputed_value_int64s: { ints: [9] } }))).toEqual([
      int32([9, 3], [1, 2]),
    ]);
  });
  it("compares float64 with the float32 value of the file", () => {
    const node = imputer(float64([0.1, Math.fround(0.1), nan], [3, 1]), floats([2], 0.1));
    expect(outputsOf(node)).toEqual([float64([0.1, 2, nan], [3, 1])]);
  });
  it("replaces 0 where the file does not say what", () => {
    expect(outputsOf(imputer(x, { imputed_value_floats: { floats: [5] } }))[0]?.data).toEqual(
      Float32Array.of(1, nan, 5, 5, nan, Math.fround(0.1), Number.POSITIVE_INFINITY, 7),
    );
  });
  it("refuses what does not fit", () => {
    expect(() => lowerMl(imputer(x, floats([1, 2, 3], nan)))).toThrow(
      /"tested".*3 imputed values, but its input has 2/,
    );
    expect(() => lowerMl(imputer(int64([1], [1, 1]), floats([1], nan)))).toThrow(
      /imputes floats, but its input is of type int64/,
    );
    expect(() => lowerMl(imputer(x, {}))).toThrow(/neither of imputed_value_floats and imputed_value_int64s/);
    const both = { ...floats([1], nan), imputed_value_int64s: { ints: [1] } };
    expect(() => lowerMl(imputer(x, both))).toThrow(/both of imputed_value_floats and imputed_value_int64s/);
  });
});
