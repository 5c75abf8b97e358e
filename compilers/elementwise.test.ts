/** Elementwise operators against onnxruntime: every version with a change of its own, edge values, three batch sizes. */

import { describe, it } from "vitest";
import { register } from "../src/ir/operator.js";
import { bool, float32, float64, int32, int64, type Tensor } from "../src/ir/tensor.js";
import type { OnnxAttribute } from "../test-models/onnx-file.js";
import { activation } from "./activation.js";
import { binaryArithmetic } from "./binary-arithmetic.js";
import { clip } from "./clip.js";
import { comparison } from "./comparison.js";
import { isInf } from "./is-inf.js";
import { isNan } from "./is-nan.js";
import { logical } from "./logical.js";
import { mod } from "./mod.js";
import { type Closeness, expectLikeOnnxruntime, graphOf, type Operand } from "./shared/single-node.testing.js";
import { unaryMath } from "./unary-math.js";
import { variadic } from "./variadic.js";

const operators = [
  register(activation),
  register(binaryArithmetic),
  register(clip),
  register(comparison),
  register(isInf),
  register(isNan),
  register(logical),
  register(mod),
  register(unaryMath),
  register(variadic),
];

const inf = Number.POSITIVE_INFINITY;
const edge = float32(
  [Number.NaN, inf, -inf, 0, -0, 1, -1, 0.5, -0.5, 1.5, 2.5, -2.5, 1e-40, 88, -104, 0.3, -7.25, 3e38],
  [3, 6],
);
const wide = float64([Number.NaN, inf, -inf, 0, -0, 1, -1, 0.5, 1.5, 2.5, -2.5, 0.1, 700, -0.3, 1e-310], [3, 5]);
const inside = float32([Number.NaN, 0, -0, 1, -1, 0.5, -0.5, 0.999, -0.25, 2, -2, 1e-10], [3, 4]);
const big = int64([2n ** 53n + 1n, -7n, 0n, 7n, 2n ** 62n, -3n], [3, 2]);
const small = int32([2147483647, -7, 0, 7, -2147483648, 3], [3, 2]);

interface Case {
  readonly op: string;
  readonly opsets: readonly number[];
  readonly inputs: readonly (readonly Operand[])[];
  readonly attributes?: Readonly<Record<string, OnnxAttribute>>;
  readonly close?: Closeness;
}

const rows = (t: Tensor): Operand => ({ rows: t });
const constant = (t: Tensor): Operand => ({ constant: t });
const each = (...tensors: readonly Tensor[]): readonly (readonly Operand[])[] => tensors.map((t) => [rows(t)]);

const exact: Closeness = {};
const nearly: Closeness = { ulps: 8 };
/** onnxruntime approximates these by polynomials, which are off by an absolute error near 0. */
const roughly: Closeness = { ulps: 16, absolute: 3e-7 };

const unary: readonly Case[] = [
  { op: "Abs", opsets: [6, 13], inputs: each(edge, wide, big, small) },
  { op: "Neg", opsets: [6, 13], inputs: each(edge, wide, big, small) },
  // The sign of a zero is a zero either way; onnxruntime drops its sign.
  { op: "Sign", opsets: [9, 13], inputs: each(edge, wide, big, small), close: { anyZero: true } },
  { op: "Sqrt", opsets: [6, 13], inputs: each(edge, wide) },
  { op: "Reciprocal", opsets: [6, 13], inputs: each(edge, wide) },
  { op: "Exp", opsets: [6, 13], inputs: each(edge, wide), close: nearly },
  { op: "Log", opsets: [6, 13], inputs: each(edge, wide), close: nearly },
  { op: "Floor", opsets: [6, 13], inputs: each(edge, wide) },
  { op: "Ceil", opsets: [6, 13], inputs: each(edge, wide) },
  { op: "Round", opsets: [11, 22], inputs: each(edge, wide) },
  { op: "Sin", opsets: [7, 22], inputs: each(inside, wide), close: nearly },
  { op: "Cos", opsets: [7, 22], inputs: each(inside, wide), close: nearly },
  { op: "Tan", opsets: [7, 22], inputs: each(inside), close: nearly },
  { op: "Asin", opsets: [7, 22], inputs: each(inside), close: nearly },
  { op: "Acos", opsets: [7, 22], inputs: each(inside), close: nearly },
  { op: "Atan", opsets: [7, 22], inputs: each(edge), close: nearly },
  { op: "Sinh", opsets: [9, 22], inputs: each(inside), close: nearly },
  { op: "Cosh", opsets: [9, 22], inputs: each(inside), close: nearly },
  { op: "Asinh", opsets: [9, 22], inputs: each(inside), close: nearly },
  { op: "Acosh", opsets: [9, 22], inputs: each(inside), close: nearly },
  { op: "Atanh", opsets: [9, 22], inputs: each(inside), close: nearly },
  { op: "Tanh", opsets: [6, 13], inputs: each(edge, wide), close: roughly },
  { op: "Sigmoid", opsets: [6, 13], inputs: each(edge, wide), close: roughly },
  { op: "Erf", opsets: [9, 13], inputs: each(edge), close: roughly },
  { op: "IsNaN", opsets: [9, 13, 20], inputs: each(edge, wide) },
  { op: "IsInf", opsets: [10, 20], inputs: each(edge, wide) },
  { op: "IsInf", opsets: [20], inputs: each(edge), attributes: { detect_negative: { int: 0 } } },
  { op: "IsInf", opsets: [20], inputs: each(edge), attributes: { detect_positive: { int: 0 } } },
  { op: "Not", opsets: [9], inputs: each(bool([0, 1, 1], [3, 1])) },
];

const activations: readonly Case[] = [
  // max(-0, 0) is either zero: onnxruntime keeps -0.
  { op: "Relu", opsets: [6, 13], inputs: each(edge, wide), close: { anyZero: true } },
  { op: "Relu", opsets: [14], inputs: each(edge, small), close: { anyZero: true } },
  { op: "LeakyRelu", opsets: [6, 16], inputs: each(edge) },
  { op: "LeakyRelu", opsets: [16], inputs: each(edge), attributes: { alpha: { float: 0.2 } } },
  { op: "Elu", opsets: [6, 22], inputs: each(edge), attributes: { alpha: { float: 0.7 } }, close: roughly },
  { op: "Celu", opsets: [12], inputs: each(edge), attributes: { alpha: { float: 0.7 } }, close: roughly },
  { op: "Selu", opsets: [6, 22], inputs: each(edge), close: { ulps: 8, absolute: 3e-7 } },
  { op: "ThresholdedRelu", opsets: [10, 22], inputs: each(edge), attributes: { alpha: { float: 0.5 } } },
  { op: "HardSigmoid", opsets: [6, 22], inputs: each(edge), close: { ulps: 1 } },
  { op: "Softplus", opsets: [9, 22], inputs: each(edge), close: roughly },
  { op: "Softsign", opsets: [9, 22], inputs: each(edge), close: { ulps: 1 } },
];

const vector = float32([0.5, -0, Number.NaN, inf, -2.5, 3], [6]);
const divisor = int64([2n, -2n]);
const narrowDivisor = int32([2, -2]);

const binary: readonly Case[] = [
  ...["Add", "Sub", "Mul", "Div"].map(
    (op): Case => ({
      op,
      opsets: [7, 13, 14],
      inputs: [
        [rows(edge), constant(vector)],
        [constant(vector), rows(edge)],
        [rows(edge), rows(edge)],
        [rows(edge), constant(float32([3], []))],
        [rows(wide), rows(wide)],
        [rows(big), constant(divisor)],
        [rows(small), constant(narrowDivisor)],
      ],
    }),
  ),
  {
    op: "Pow",
    opsets: [7, 12, 15],
    inputs: [
      [rows(edge), constant(float32([2], []))],
      [rows(edge), constant(float32([0.5], []))],
      [rows(edge), constant(vector)],
      [rows(wide), constant(float64([-1.5], []))],
    ],
    close: { ulps: 8 },
  },
  {
    op: "Pow",
    opsets: [12, 15],
    inputs: [
      [rows(edge), constant(int64([3], []))],
      [rows(edge), constant(float64([1.1], []))],
      [rows(int64([3n, -2n, 7n], [3, 1])), constant(int64([4], []))],
      [rows(int32([3, 2, 7], [3, 1])), constant(float32([2], []))],
    ],
    close: { ulps: 8 },
  },
  ...["Equal", "Less", "Greater"].map(
    (op): Case => ({
      op,
      opsets: op === "Equal" ? [11, 13, 19] : [9, 13],
      inputs: [
        [rows(edge), constant(vector)],
        [rows(edge), constant(float32([0], []))],
        [rows(big), constant(int64([2n ** 53n, -7n]))],
      ],
    }),
  ),
  ...["LessOrEqual", "GreaterOrEqual"].map(
    (op): Case => ({
      op,
      opsets: [12, 16],
      inputs: [
        [rows(edge), constant(vector)],
        [rows(big), constant(int64([2n ** 53n, -7n]))],
      ],
    }),
  ),
  ...["And", "Or", "Xor"].map(
    (op): Case => ({
      op,
      opsets: [7],
      inputs: [[rows(bool([0, 1, 1, 0, 1, 0], [3, 2])), constant(bool([1, 0]))]],
    }),
  ),
  {
    op: "Mod",
    opsets: [10, 13],
    inputs: [
      [rows(big), constant(int64([3n, -3n]))],
      [rows(small), constant(int32([3, -3]))],
    ],
  },
  {
    op: "Mod",
    opsets: [10, 13],
    attributes: { fmod: { int: 1 } },
    inputs: [
      [rows(edge), constant(float32([0.7], []))],
      [rows(edge), constant(vector)],
      // onnxruntime computes fmod of int64 in float64, which is wrong beyond 2^53; here it is exact.
      [rows(int64([2n ** 53n - 1n, -7n, 7n], [3, 1])), constant(int64([3n, -3n]))],
    ],
  },
];

const several: readonly Case[] = [
  ...["Sum", "Mean", "Max", "Min"].map(
    (op): Case => ({
      op,
      opsets: [8, 13],
      inputs: [
        [rows(edge)],
        [rows(edge), constant(float32([1, 2, -3, 4, 5, -0.25]))],
        [rows(edge), rows(edge), constant(float32([0.5], [1, 1]))],
      ],
      close: op === "Mean" ? { ulps: 1 } : exact,
    }),
  ),
  {
    op: "Max",
    opsets: [12, 13],
    inputs: [
      [rows(big), constant(int64([0, 1]))],
      [rows(small), constant(int32([0, 1]))],
    ],
  },
  {
    op: "Min",
    opsets: [12, 13],
    inputs: [
      [rows(big), constant(int64([0, 1]))],
      [rows(wide), constant(float64([0.5], []))],
    ],
  },
];

const clips: readonly Case[] = [
  { op: "Clip", opsets: [6], inputs: each(edge), attributes: { min: { float: -0.5 }, max: { float: 1 } } },
  { op: "Clip", opsets: [6], inputs: each(edge) },
  {
    op: "Clip",
    opsets: [11, 12, 13],
    inputs: [[rows(edge), constant(float32([-0.5], [])), constant(float32([1], []))]],
  },
  { op: "Clip", opsets: [11, 13], inputs: [[rows(edge), undefined, constant(float32([1], []))]] },
  { op: "Clip", opsets: [11, 13], inputs: [[rows(edge), constant(float32([0.1], []))]] },
  { op: "Clip", opsets: [13], inputs: [[rows(edge), constant(float32([2], [])), constant(float32([1], []))]] },
  { op: "Clip", opsets: [11, 13], inputs: [[rows(edge)]] },
  { op: "Clip", opsets: [12, 13], inputs: [[rows(wide)]] },
  {
    op: "Clip",
    opsets: [12, 13],
    inputs: [[rows(big)], [rows(big), constant(int64([-5], [])), constant(int64([5], []))]],
  },
];

for (const [family, cases] of Object.entries({ unary, activations, binary, several, clips })) {
  describe(family, () => {
    for (const { op, opsets, inputs, attributes, close } of cases) {
      for (const opset of opsets) {
        for (const [i, operands] of inputs.entries()) {
          it(`${op} ${opset}, inputs ${i}${attributes === undefined ? "" : ` ${Object.keys(attributes)}`}`, () => {
            const node = { op, opset, inputs: operands, ...(attributes === undefined ? {} : { attributes }) };
            return expectLikeOnnxruntime(graphOf(node), operators, close);
          });
        }
      }
    }
  });
}
