/** LinearClassifier against onnxruntime. */

import { describe, expect, it } from "vitest";
import { ModelParseError, UnsupportedError } from "../src/errors.js";
import { float32, float64, int32, int64, type Tensor } from "../src/ir/tensor.js";
import type { OnnxAttribute } from "../test-models/onnx-file.js";
import { expectLikeOnnxruntime, lowerMl, type MlNode, outputsOf, runMl } from "./shared/ml-node.testing.js";

const x = float32([0.2, 0.1, 0.7, -0.9, 0, 0, -3, 2], [4, 2]);

function classifier(
  coefficients: readonly number[],
  intercepts: readonly number[] | undefined,
  labels: readonly string[] | readonly number[],
  transform: string,
  input: Tensor = x,
): MlNode {
  const isText = (l: readonly string[] | readonly number[]): l is readonly string[] => typeof l[0] === "string";
  const named: Record<string, OnnxAttribute> = isText(labels)
    ? { classlabels_strings: { strings: labels } }
    : { classlabels_ints: { ints: labels } };
  return {
    op: "LinearClassifier",
    version: 1,
    outputs: 2,
    inputs: [input],
    attributes: {
      coefficients: { floats: coefficients },
      ...(intercepts === undefined ? {} : { intercepts: { floats: intercepts } }),
      ...(labels.length === 0 ? {} : named),
      post_transform: { string: transform },
      multi_class: { int: 1 },
    },
  };
}

const close = { ulps: 4, absolute: 3e-7 };
const three = [1, 1, -1, 0.5, 0, 0.25];

describe("LinearClassifier", () => {
  for (const transform of ["NONE", "LOGISTIC", "SOFTMAX", "SOFTMAX_ZERO"]) {
    it(`${transform}: one score for two labels`, async () => {
      await expectLikeOnnxruntime(classifier([1, 1], [0.25], [5, 7], transform), close);
      await expectLikeOnnxruntime(classifier([1, 1], [0], ["no", "yes"], transform), close);
    });
    it(`${transform}: two scores and three`, async () => {
      await expectLikeOnnxruntime(classifier([1, 1, -1, 0.5], [0, 0.1], [5, 7], transform), close);
      await expectLikeOnnxruntime(classifier(three, [0, 0.1, 0.2], ["a", "b", "c"], transform), close);
    });
  }
  it("one score without labels", async () => {
    await expectLikeOnnxruntime(classifier([1, 1], [0.25], [], "NONE"), close);
    await expectLikeOnnxruntime(classifier([1, 1], [0.25], [], "LOGISTIC"), close);
  });
  it("PROBIT", async () => {
    await expectLikeOnnxruntime(classifier([1, 1, -1, 0.5], [0.3, 0.1], [5, 7], "PROBIT"), {
      ulps: 2 ** 15,
      absolute: 3e-4,
    });
    expect(() => lowerMl(classifier([1, 1], [0.25], [5, 7], "PROBIT"))).toThrow(UnsupportedError);
  });
  it("casts inputs to float32", async () => {
    for (const input of [
      float64([0.1, 1e-9, 3, -2, 5, 16777217], [3, 2]),
      int32([1, 2, 3, -4, 5, 16777217], [3, 2]),
      int64([1, 2, 3, -4, 5, 16777217], [3, 2]),
    ]) {
      await expectLikeOnnxruntime(classifier(three, [0, 0.1, 0.2], [1, 2, 3], "NONE", input), close);
    }
  });
  it("takes the first of equal scores", () => {
    expect(outputsOf(classifier([1, 0, 1, 0], [0, 0], [8, 9], "NONE"))[0]).toEqual(int64([8, 8, 8, 8]));
  });
  it("lets a NaN in the first score win, and no other", async () => {
    const inf = Number.POSITIVE_INFINITY;
    const input = float32([inf, inf, -inf, -inf, inf, 0, 0, inf], [4, 2]);
    await expectLikeOnnxruntime(classifier([1, -1, 1, 1, -1, 1], [0, 0, 0], [5, 6, 7], "NONE", input));
    await expectLikeOnnxruntime(classifier([1, 1, 1, -1, -1, 1], [0, 0, 0], [5, 6, 7], "NONE", input));
  });
  it("works without intercepts, which onnxruntime refuses", () => {
    const node = classifier([2, 0, 0, 4], undefined, [8, 9], "NONE", float32([1, 1, 4, 1], [2, 2]));
    expect(outputsOf(node)).toEqual([int64([9, 8]), float32([2, 4, 8, 4], [2, 2])]);
  });
  it("marks raw scores", () => {
    const node = classifier([2, 1], [1], [8, 9], "LOGISTIC", float32([1, 1, 4, 1], [2, 2]));
    expect(runMl(node).get("@rawScore")).toEqual(float32([4, 10], [2, 1]));
  });
  it("refuses lengths that do not fit", () => {
    const bad = (node: MlNode, message: RegExp) => {
      expect(() => lowerMl(node)).toThrow(ModelParseError);
      expect(() => lowerMl(node)).toThrow(message);
    };
    bad(
      classifier([1, 2, 3], [1, 2], [8, 9], "NONE"),
      /"tested".*coefficients has 3 entries, expected a multiple of 2/,
    );
    bad(classifier([1, 2], [1], [8], "NONE"), /1 class labels, but 1 scores need 2/);
    bad(classifier([1, 2, 3, 4], [1, 2], [8, 9, 10], "NONE"), /3 class labels, but 2 scores need 2/);
    bad(classifier([1, 2, 3], [1], [8, 9], "NONE"), /coefficients for 3 features, but its input has 2 columns/);
  });
});
