/** LabelEncoder against onnxruntime, in all versions, on physical strings and on labels. */

import { describe, expect, it } from "vitest";
import { float32, float64, int32, int64, strings, type Tensor, tensor } from "../src/ir/tensor.js";
import type { OnnxAttribute } from "../test-models/onnx-file.js";
import { expectLikeOnnxruntime, lowerMl, type MlNode, outputsOf } from "./shared/ml-node.testing.js";

const encoder = (version: number, input: Tensor, attributes: Record<string, OnnxAttribute>): MlNode => ({
  op: "LabelEncoder",
  version,
  inputs: [input],
  attributes,
});
const nan = Number.NaN;
const words = strings(["a", "b", "", "é", "a"], [5, 1]);
const numbers = int64([1, 2, 3, 2n ** 62n, -1]);
const reals = float32([1, nan, -0, 0, 5]);

describe("LabelEncoder 1", () => {
  const attributes = {
    classes_strings: { strings: ["a", "b", "a", "é"] },
    default_int64: { int: 9 },
    default_string: { string: "other" },
  };
  it("translates both ways", async () => {
    await expectLikeOnnxruntime(encoder(1, words, attributes));
    await expectLikeOnnxruntime(encoder(1, numbers, attributes));
  });
});

describe("LabelEncoder 2", () => {
  const values: readonly (readonly [string, OnnxAttribute])[] = [
    ["values_int64s", { ints: [10, 2n ** 60n, 30, 40] }],
    ["values_floats", { floats: [0.5, -0, nan, 4] }],
    ["values_strings", { strings: ["x", "", "x", "y"] }],
  ];
  const keys: readonly (readonly [Tensor, string, OnnxAttribute])[] = [
    [words, "keys_strings", { strings: ["a", "é", "", "a"] }],
    [numbers, "keys_int64s", { ints: [1, 2n ** 62n, -1, 1] }],
    [reals, "keys_floats", { floats: [1, nan, 0, 1] }],
  ];
  for (const [input, keyName, key] of keys) {
    for (const [valueName, value] of values) {
      // onnxruntime has no kernel from a type to itself.
      if (keyName.slice(5) === valueName.slice(7)) continue;
      for (const version of [2, 4]) {
        it(`${keyName} to ${valueName} in version ${version}`, async () => {
          const attributes = { [keyName]: key, [valueName]: value };
          await expectLikeOnnxruntime(encoder(version, input, attributes));
          const defaults = {
            default_int64: { int: -7 },
            default_float: { float: 0.25 },
            default_string: { string: "none" },
          };
          await expectLikeOnnxruntime(encoder(version, input, { ...attributes, ...defaults }));
        });
      }
    }
  }
  it("matches NaN from version 4 on", () => {
    const attributes = { keys_floats: { floats: [nan, 5] }, values_int64s: { ints: [1, 2] } };
    expect(outputsOf(encoder(2, reals, attributes))).toEqual([int64([-1, -1, -1, -1, 2])]);
    expect(outputsOf(encoder(4, reals, attributes))).toEqual([int64([-1, 1, -1, -1, 2])]);
  });
});

describe("LabelEncoder 4", () => {
  const doubles = {
    keys_tensor: { tensor: float64([1, nan, 0.1]) },
    values_tensor: { tensor: float64([1.5, 2.5, 0.1]) },
  };
  const x = float64([1, nan, 0.1, Math.fround(0.1), -0]);
  it("takes tensors", async () => {
    await expectLikeOnnxruntime(encoder(4, x, doubles));
    await expectLikeOnnxruntime(encoder(4, x, { ...doubles, default_float: { float: 7 } }));
    await expectLikeOnnxruntime(encoder(4, x, { ...doubles, default_tensor: { tensor: float64([9]) } }));
    const short = tensor("int16", [2], Int16Array.of(1, 2));
    const keyed = { keys_strings: { strings: ["a", "b"] }, values_tensor: { tensor: short } };
    await expectLikeOnnxruntime(encoder(4, words, keyed));
    const other = { tensor: tensor("int16", [1], Int16Array.of(-32768)) };
    await expectLikeOnnxruntime(encoder(4, words, { ...keyed, default_tensor: other }));
    const text = { keys_tensor: { tensor: strings(["a", "é"]) }, values_tensor: { tensor: float32([1, 2]) } };
    expect(outputsOf(encoder(4, words, text))).toEqual([float32([1, -0, -0, 2, 1], [5, 1])]);
  });
  it("refuses a default of another type", () => {
    expect(() => lowerMl(encoder(4, x, { ...doubles, default_tensor: { tensor: float32([9]) } }))).toThrow(
      /default_tensor has 1 elements of type float32, expected one float64 like the values/,
    );
  });
});

describe("labels of a classifier", () => {
  const one = (value: number) => ({ ints: [value] });
  const tree = (labels: Record<string, OnnxAttribute>, nodes: MlNode["followed"]): MlNode => ({
    op: "TreeEnsembleClassifier",
    version: 2,
    outputs: 2,
    inputs: [float32([0, 1, 2], [3, 1])],
    attributes: {
      nodes_treeids: { ints: [0, 0, 0] },
      nodes_nodeids: { ints: [0, 1, 2] },
      nodes_modes: { strings: ["BRANCH_LEQ", "LEAF", "LEAF"] },
      nodes_featureids: { ints: [0, 0, 0] },
      nodes_values: { floats: [0.5, 0, 0] },
      nodes_truenodeids: { ints: [1, 0, 0] },
      nodes_falsenodeids: { ints: [2, 0, 0] },
      class_treeids: { ints: [0, 0] },
      class_nodeids: { ints: [1, 2] },
      class_ids: { ints: [0, 0] },
      class_weights: { floats: [0.25, 0.75] },
      ...labels,
    },
    ...(nodes === undefined ? {} : { followed: nodes }),
  });
  const then = (attributes: Record<string, OnnxAttribute>): MlNode["followed"] => ({
    nodes: [{ op: "LabelEncoder", domain: "ai.onnx.ml", inputs: ["y0"], outputs: ["z"], attributes }],
    results: ["z"],
  });
  it("are looked up when the model is compiled", async () => {
    const text = { classlabels_strings: { strings: ["no", "yes"] } };
    const node = tree(text, then({ keys_strings: { strings: ["yes", "perhaps"] }, values_floats: { floats: [1, 2] } }));
    expect(lowerMl(node).instructions.some((i) => i.op === "indexOf")).toBe(false);
    await expectLikeOnnxruntime(node);
    const int = { classlabels_int64s: { ints: [3, 8] } };
    await expectLikeOnnxruntime(tree(int, then({ keys_int64s: one(3), values_strings: { strings: ["three"] } })));
  });
});

describe("malformed nodes", () => {
  it("are refused", () => {
    const bad = (attributes: Record<string, OnnxAttribute>, message: RegExp) =>
      expect(() => lowerMl(encoder(2, words, attributes))).toThrow(message);
    bad({ keys_strings: { strings: ["a"] }, values_floats: { floats: [1, 2] } }, /"tested".*1 keys, but 2 values/);
    bad({ values_floats: { floats: [1] } }, /expected one of strings, int64s, floats for the keys, got none/);
    bad(
      { keys_int64s: { ints: [1] }, values_floats: { floats: [1] } },
      /keys are of type int64, but its input is of type string/,
    );
    const both = { keys_int64s: { ints: [1] }, keys_strings: { strings: ["a"] }, values_floats: { floats: [1] } };
    bad(both, /for the keys, got strings and int64s/);
    expect(() =>
      lowerMl(encoder(2, int32([1]), { keys_int64s: { ints: [1] }, values_floats: { floats: [1] } })),
    ).toThrow(/keys are of type int64, but its input is of type int32/);
  });
});
