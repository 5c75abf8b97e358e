/** OneHotEncoder against onnxruntime, and by hand where that fails. */

import { describe, expect, it } from "vitest";
import { float32, float64, int32, int64, strings, type Tensor } from "../src/ir/tensor.js";
import type { OnnxAttribute } from "../test-models/onnx-file.js";
import { expectLikeOnnxruntime, lowerMl, type MlNode, onnxruntimeOf, outputsOf } from "./shared/ml-node.testing.js";

const encoder = (input: Tensor, attributes: Record<string, OnnxAttribute>): MlNode => ({
  op: "OneHotEncoder",
  version: 1,
  inputs: [input],
  attributes,
});
const [inf, nan] = [Number.POSITIVE_INFINITY, Number.NaN];
const words = strings(["a", "b", "", "é", "z", "a"], [3, 2]);

describe("OneHotEncoder", () => {
  it("strings", async () => {
    await expectLikeOnnxruntime(encoder(words, { cats_strings: { strings: ["b", "a", "", "a"] } }));
    await expectLikeOnnxruntime(encoder(strings(["x", "b"]), { cats_strings: { strings: ["b"] }, zeros: { int: 1 } }));
  });
  it("integers", async () => {
    const cats = { cats_int64s: { ints: [1, 2n ** 60n, -1, 1] } };
    await expectLikeOnnxruntime(encoder(int64([1, 2n ** 60n, 7, -1], [2, 2]), cats));
    expect(outputsOf(encoder(int32([1, 7], [2, 1]), cats))).toEqual([float32([0, 0, 0, 1, 0, 0, 0, 0], [2, 1, 4])]);
  });
  it("floats, truncated to integers", async () => {
    const cats = { cats_int64s: { ints: [1, 0, -1, 2, 2n ** 60n + 1n, 16777217] } };
    const numbers = [1.9, -1.9, 2, -0.5, 2 ** 60, 16777216, 0, -0];
    await expectLikeOnnxruntime(encoder(float32(numbers, [4, 2]), cats));
    await expectLikeOnnxruntime(encoder(float64([...numbers, 16777217.5, 1e15], [5, 2]), cats));
    expect(outputsOf(encoder(float32([nan, inf, -inf]), { cats_int64s: { ints: [0, -(2n ** 63n)] } }))).toEqual([
      float32([0, 0, 0, 0, 0, 0], [3, 2]),
    ]);
  });
  it("answers NaN for what zeros = 0 makes an error", async () => {
    const node = encoder(strings(["a", "z"]), { cats_strings: { strings: ["a", "b"] }, zeros: { int: 0 } });
    expect(outputsOf(node)).toEqual([float32([1, 0, nan, nan], [2, 2])]);
    await expect(onnxruntimeOf(node)).rejects.toThrow(/Unknown Category/);
    await expectLikeOnnxruntime(
      encoder(strings(["a", "b"]), { cats_strings: { strings: ["a", "b"] }, zeros: { int: 0 } }),
    );
  });
  it("looks labels up when the model is compiled", async () => {
    const node: MlNode = {
      op: "LabelEncoder",
      version: 2,
      inputs: [int64([1, 2, 5])],
      attributes: { keys_int64s: { ints: [1, 2] }, values_strings: { strings: ["one", "two"] } },
      followed: {
        nodes: [
          {
            op: "OneHotEncoder",
            domain: "ai.onnx.ml",
            inputs: ["y0"],
            outputs: ["z"],
            attributes: { cats_strings: { strings: ["two", "_Unused", "three", "two"] } },
          },
        ],
        results: ["z"],
      },
    };
    expect(lowerMl(node).instructions.filter((i) => i.op === "indexOf")).toHaveLength(1);
    await expectLikeOnnxruntime(node);
  });
  it("refuses what does not fit", () => {
    expect(() => lowerMl(encoder(words, { cats_int64s: { ints: [1] } }))).toThrow(
      /"tested".*its categories are int64, but its input is of type string/,
    );
    expect(() => lowerMl(encoder(words, {}))).toThrow(/neither cats_strings nor cats_int64s/);
    expect(() => lowerMl(encoder(words, { cats_strings: { strings: ["a"] }, zeros: { int: 2 } }))).toThrow(
      /zeros must be 0 or 1/,
    );
  });
});
