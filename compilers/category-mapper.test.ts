/** CategoryMapper against onnxruntime. */

import { describe, expect, it } from "vitest";
import { float32, int64, strings, type Tensor } from "../src/ir/tensor.js";
import { expectLikeOnnxruntime, lowerMl, type MlNode } from "./shared/ml-node.testing.js";

const mapper = (input: Tensor, texts: readonly string[], codes: readonly (number | bigint)[]): MlNode => ({
  op: "CategoryMapper",
  version: 1,
  inputs: [input],
  attributes: {
    cats_strings: { strings: texts },
    cats_int64s: { ints: codes },
    default_int64: { int: -3 },
    default_string: { string: "none" },
  },
});

describe("CategoryMapper", () => {
  it("translates both ways, the last of equal keys counts", async () => {
    await expectLikeOnnxruntime(
      mapper(strings(["a", "b", "", "z"], [2, 2]), ["a", "", "b", "a"], [4, 5, 2n ** 60n, 6]),
    );
    await expectLikeOnnxruntime(mapper(int64([4, 5, 6, -1], [2, 2]), ["a", "b", "c"], [4, 5, 4]));
  });
  it("refuses what does not fit", () => {
    expect(() => lowerMl(mapper(strings(["a"]), ["a", "b"], [1]))).toThrow(
      /"tested".*cats_strings has 2 entries, but cats_int64s has 1/,
    );
    expect(() => lowerMl(mapper(float32([1]), ["a"], [1]))).toThrow(/its input is of type float32/);
  });
});
