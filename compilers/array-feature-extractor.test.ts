/** ArrayFeatureExtractor against onnxruntime: columns of a matrix, labels of class indices. */

import { describe, expect, it } from "vitest";
import { float32, float64, int64, strings, type Tensor } from "../src/ir/tensor.js";
import { expectLikeOnnxruntime, lowerMl, type MlNode } from "./shared/ml-node.testing.js";

const columns = (x: Tensor, indices: Tensor): MlNode => ({
  op: "ArrayFeatureExtractor",
  version: 1,
  inputs: [x],
  constants: [indices],
});
const labels = (list: Tensor, index: Tensor): MlNode => ({
  op: "ArrayFeatureExtractor",
  version: 1,
  inputs: [index],
  constants: [list],
  constantsFirst: true,
});
const nan = Number.NaN;

describe("ArrayFeatureExtractor", () => {
  it("chooses columns", async () => {
    for (const indices of [int64([2, 0, 2]), int64([1], [1, 1]), int64([0, 1, 2, 1], [2, 2])]) {
      await expectLikeOnnxruntime(columns(float32([1, nan, -0, 4, 5, 6], [2, 3]), indices));
      await expectLikeOnnxruntime(columns(int64([1, 2, 3, 4, 5, 2n ** 60n], [2, 3]), indices));
      await expectLikeOnnxruntime(columns(strings(["a", "b", "c", "d", "e", "f"], [2, 3]), indices));
      await expectLikeOnnxruntime(columns(float64([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], [2, 2, 3]), indices));
    }
  });
  it("turns class indices into labels with a dictionary", async () => {
    const index = int64([1, 0, 2, 1]);
    for (const list of [strings(["a", "b", "a"]), int64([7, 2n ** 60n, 7])]) {
      const program = lowerMl(labels(list, index));
      expect(program.types[program.outputs[0]?.value ?? -1]?.dictionary?.dtype).toBe(list.dtype);
      // onnxruntime refuses an empty list of indices.
      await expectLikeOnnxruntime({ ...labels(list, index), batches: [4, 1] });
    }
    await expectLikeOnnxruntime({ ...labels(float32([0.5, nan, -0]), index), batches: [4, 1] });
  });
  it("refuses indices outside of X", () => {
    const x = float32([1, 2, 3], [1, 3]);
    expect(() => lowerMl(columns(x, int64([0, 3])))).toThrow(
      /"tested".*index 3 is outside of X, whose last axis has 3/,
    );
    expect(() => lowerMl(columns(x, int64([-1])))).toThrow(/index -1 is outside/);
    expect(() => lowerMl(columns(x, int64([])))).toThrow(/Y is empty/);
  });
});
