/** FeatureVectorizer against onnxruntime. */

import { describe, expect, it } from "vitest";
import { float32, float64, int32, int64, type Tensor } from "../src/ir/tensor.js";
import { expectLikeOnnxruntime, lowerMl, type MlNode, outputsOf } from "./shared/ml-node.testing.js";

const vectorizer = (inputs: readonly Tensor[], widths?: readonly number[]): MlNode => ({
  op: "FeatureVectorizer",
  version: 1,
  inputs,
  attributes: widths === undefined ? {} : { inputdimensions: { ints: widths } },
  // onnxruntime ends the process for a batch of no rows.
  batches: [2, 1],
});

describe("FeatureVectorizer", () => {
  const nan = Number.NaN;
  const [a, b] = [
    [1, 2, 3, nan],
    [5, -6],
  ];
  it("puts columns side by side, cut or filled with zeros", async () => {
    for (const widths of [
      [2, 1],
      [1, 1],
      [2, 3],
      [1, 0],
    ]) {
      await expectLikeOnnxruntime(vectorizer([float32(a, [2, 2]), float32(b, [2, 1])], widths));
    }
    await expectLikeOnnxruntime(vectorizer([float64([0.1, 1e-50], [2, 1])], [1]));
    await expectLikeOnnxruntime(vectorizer([int32([16777217, 1], [2, 1]), int32(b, [2, 1])], [1, 1]));
    await expectLikeOnnxruntime(vectorizer([int64([2n ** 60n + 1n, 1n], [2, 1])], [1]));
  });
  it("leaves an input of width 0 out, and keeps batches of no rows", () => {
    expect(outputsOf(vectorizer([float32(a, [2, 2]), float32(b, [2, 1])], [1, 0]))).toEqual([float32([1, 3], [2, 1])]);
    expect(outputsOf(vectorizer([float32([], [0, 2]), float32([], [0, 1])], [1, 2]))).toEqual([float32([], [0, 3])]);
  });
  it("takes all columns where the file does not say how many", () => {
    expect(outputsOf(vectorizer([float32(a, [2, 2]), int64(b, [2, 1])]))).toEqual([
      float32([1, 2, 5, 3, nan, -6], [2, 3]),
    ]);
  });
  it("refuses another number of widths", () => {
    expect(() => lowerMl(vectorizer([float32(a, [2, 2])], [2, 1]))).toThrow(
      /"tested".*inputdimensions has 2 entries, but the node has 1/,
    );
    expect(() => lowerMl(vectorizer([float32(a, [2, 2])], [-1]))).toThrow(/has the entry -1/);
  });
});
