/** SVMClassifier and SVMRegressor against onnxruntime: every kernel, vote, probability and transform. */

import { describe, expect, it } from "vitest";
import { float32, float64, int64 } from "../src/ir/tensor.js";
import type { OnnxAttribute } from "../test-models/onnx-file.js";
import { expectLikeOnnxruntime, lowerMl, type MlNode, outputsOf } from "./shared/ml-node.testing.js";

/** Numbers from -1 to 1 that only look random. */
const noise = (n: number, seed: number): number[] =>
  Array.from({ length: n }, (_, i) => Math.fround(Math.sin(12.9898 * (i + 1) + 78.233 * seed)));

const x = float32(
  noise(20 * 3, 1).map((v) => 2 * v),
  [20, 3],
);

interface Shape {
  readonly kernel: string;
  readonly perClass: readonly number[];
  readonly probabilities?: boolean;
  readonly transform?: string;
  readonly text?: boolean;
}

function classifier({ kernel, perClass, probabilities = false, transform = "NONE", text = false }: Shape): MlNode {
  const classes = perClass.length;
  const vectors = perClass.reduce((a, b) => a + b, 0);
  const pairs = (classes * (classes - 1)) / 2;
  const attributes: Record<string, OnnxAttribute> = {
    kernel_type: { string: kernel },
    kernel_params: { floats: [0.4, 0.3, 3] },
    vectors_per_class: { ints: perClass },
    support_vectors: { floats: noise(vectors * 3, 2) },
    coefficients: { floats: noise((classes - 1) * vectors, 3) },
    rho: { floats: noise(pairs, 4).map((v) => v / 4) },
    post_transform: { string: transform },
    ...(text
      ? { classlabels_strings: { strings: perClass.map((_, i) => `c${i}`) } }
      : { classlabels_ints: { ints: perClass.map((_, i) => 7 - 3 * i) } }),
    ...(probabilities
      ? {
          prob_a: { floats: noise(pairs, 5).map((v) => v - 2) },
          prob_b: { floats: noise(pairs, 6) },
        }
      : {}),
  };
  return { op: "SVMClassifier", version: 1, outputs: 2, inputs: [x], attributes };
}

/** Sums of some fifteen float32 terms of size 1. */
const close = { ulps: 8, absolute: 4e-6 };

describe("SVMClassifier", () => {
  for (const kernel of ["LINEAR", "POLY", "RBF", "SIGMOID"]) {
    for (const perClass of [
      [3, 4],
      [2, 3, 4],
      [3, 1, 2, 2, 1],
    ]) {
      for (const probabilities of [false, true]) {
        const text = kernel === "POLY";
        it(`${kernel}, ${perClass.length} classes${probabilities ? ", probabilities" : ""}`, () =>
          expectLikeOnnxruntime(classifier({ kernel, perClass, probabilities, text }), close));
      }
    }
  }

  for (const transform of ["LOGISTIC", "SOFTMAX", "SOFTMAX_ZERO"]) {
    for (const perClass of [
      [3, 4],
      [2, 3, 4],
    ]) {
      for (const probabilities of [false, true]) {
        it(`${transform}, ${perClass.length} classes${probabilities ? ", probabilities" : ""}`, () =>
          expectLikeOnnxruntime(classifier({ kernel: "RBF", perClass, probabilities, transform }), close));
      }
    }
  }

  it("coefficients of one sign", () => {
    const node = classifier({ kernel: "RBF", perClass: [3, 4] });
    const attributes = {
      ...node.attributes,
      coefficients: { floats: noise(7, 3).map(Math.abs) },
      rho: { floats: [-1.2] },
    };
    return expectLikeOnnxruntime({ ...node, attributes }, close);
  });

  for (const [name, input] of [
    ["float64", float64(x.data, x.shape)],
    [
      "int64",
      int64(
        Array.from(x.data, (v) => Math.round(3 * v)),
        x.shape,
      ),
    ],
  ] as const) {
    it(`an input of ${name}`, () =>
      expectLikeOnnxruntime(
        { ...classifier({ kernel: "POLY", perClass: [2, 3, 4] }), inputs: [input] },
        { ulps: 8, absolute: 1e-4 },
      ));
  }

  for (const classes of [3, 4]) {
    it(`linear, ${classes} classes without support vectors`, () =>
      expectLikeOnnxruntime(
        {
          op: "SVMClassifier",
          version: 1,
          outputs: 2,
          inputs: [x],
          attributes: {
            kernel_type: { string: "LINEAR" },
            kernel_params: { floats: [0, 0, 3] },
            coefficients: { floats: noise(classes * 3, 3) },
            rho: { floats: [0.25, 9] },
            classlabels_ints: { ints: Array.from({ length: classes }, (_, i) => i) },
          },
        },
        close,
      ));
  }

  it("linear, 2 classes: the larger score, where onnxruntime takes the second label for any positive one", () => {
    const attributes: Record<string, OnnxAttribute> = {
      coefficients: { floats: [1, 0, 0, 1] },
      rho: { floats: [0.5] },
      classlabels_ints: { ints: [4, 9] },
    };
    const rows = float32([2, 1, 1, 2, -3, -4, 1, 1], [4, 2]);
    const [label, scores] = outputsOf({ op: "SVMClassifier", version: 1, outputs: 2, inputs: [rows], attributes });
    expect(label).toEqual(int64([4, 9, 4, 4]));
    expect(scores).toEqual(float32([2.5, 1.5, 1.5, 2.5, -2.5, -3.5, 1.5, 1.5], [4, 2]));
  });

  it("refuses what does not fit together", () => {
    const node = classifier({ kernel: "RBF", perClass: [2, 3, 4] });
    const broken = (attributes: Readonly<Record<string, OnnxAttribute>>) => () =>
      lowerMl({ ...node, attributes: { ...node.attributes, ...attributes } });
    expect(broken({ rho: { floats: [1, 2] } })).toThrow("rho has 2 entries, expected 3, one for each pair of classes");
    expect(broken({ coefficients: { floats: [1, 2] } })).toThrow(
      "coefficients has 2 entries, expected 2 for each of 9",
    );
    expect(broken({ vectors_per_class: { ints: [2, 3] } })).toThrow("expected a count for each of 3 classes");
    expect(broken({ kernel_type: { string: "COSINE" } })).toThrow('kernel_type "COSINE" is none of LINEAR, POLY, RBF');
    expect(broken({ support_vectors: { floats: noise(28, 2) } })).toThrow("expected a multiple of 9");
    expect(broken({ prob_a: { floats: [1] } })).toThrow("prob_a and prob_b have 1 and 0 entries");
    expect(() => lowerMl({ ...node, inputs: [float32([1, 2], [1, 2])] })).toThrow("vectors of 3 features");
  });
});

describe("SVMRegressor", () => {
  const regressor = (kernel: string, more: Readonly<Record<string, OnnxAttribute>> = {}): MlNode => ({
    op: "SVMRegressor",
    version: 1,
    inputs: [x],
    attributes: {
      kernel_type: { string: kernel },
      kernel_params: { floats: [0.4, 0.3, 2.5] },
      n_supports: { int: 6 },
      support_vectors: { floats: noise(18, 2) },
      coefficients: { floats: noise(6, 3) },
      rho: { floats: [0.125] },
      ...more,
    },
  });
  for (const kernel of ["LINEAR", "POLY", "RBF", "SIGMOID"]) {
    it(kernel, () => expectLikeOnnxruntime(regressor(kernel), close));
    it(`${kernel}, one class`, () => expectLikeOnnxruntime(regressor(kernel, { one_class: { int: 1 } })));
  }
  it("ignores post_transform, as onnxruntime does", () =>
    expectLikeOnnxruntime(regressor("RBF", { post_transform: { string: "LOGISTIC" } }), close));
  it("linear, without support vectors", () =>
    expectLikeOnnxruntime(
      {
        op: "SVMRegressor",
        version: 1,
        inputs: [x],
        attributes: {
          kernel_type: { string: "LINEAR" },
          kernel_params: { floats: [0, 0, 3] },
          coefficients: { floats: noise(3, 3) },
          rho: { floats: [0.125] },
        },
      },
      close,
    ));
  it("refuses what does not fit together", () => {
    expect(() => lowerMl(regressor("RBF", { rho: { floats: [] } }))).toThrow("rho has 0 entries");
    expect(() => lowerMl(regressor("RBF", { n_supports: { int: 5 } }))).toThrow(
      "coefficients has 6 entries, expected 5",
    );
  });
});
