/**
 * Elementwise operators of one argument, one primitive each. Semantics: ai.onnx Abs, Neg, Sqrt, … (unchanged in kind since
 * their first version; later versions only widened the element types). `consumed_inputs` of versions before 6 is refused.
 */

import type { OperatorCompiler } from "../src/ir/operator.js";
import type { SourceReader } from "../src/ir/sources.js";
import { checkOperands, operand } from "./shared/operands.js";

const operators = {
  Abs: [1, "abs"],
  Neg: [1, "neg"],
  Sign: [9, "sign"],
  Sqrt: [1, "sqrt"],
  Reciprocal: [1, "reciprocal"],
  Exp: [1, "exp"],
  Log: [1, "log"],
  Floor: [1, "floor"],
  Ceil: [1, "ceil"],
  Round: [11, "round"],
  Sin: [7, "sin"],
  Cos: [7, "cos"],
  Tan: [7, "tan"],
  Asin: [7, "asin"],
  Acos: [7, "acos"],
  Atan: [7, "atan"],
  Sinh: [9, "sinh"],
  Cosh: [9, "cosh"],
  Asinh: [9, "asinh"],
  Acosh: [9, "acosh"],
  Atanh: [9, "atanh"],
  Tanh: [1, "tanh"],
  Sigmoid: [1, "sigmoid"],
  Erf: [9, "erf"],
} as const;

/** The primitive that the operator is. */
export interface UnaryMathAttrs {
  readonly primitive: (typeof operators)[keyof typeof operators][1];
}

/** Any shape and numeric element type; the result has the same. */
export const unaryMath: OperatorCompiler<UnaryMathAttrs> = {
  op: "UnaryMath",
  summary: "an elementwise function of one argument",
  sources: {
    "ai.onnx": Object.fromEntries(
      Object.entries(operators).map(([name, [since, primitive]]): [string, readonly SourceReader<UnaryMathAttrs>[]] => [
        name,
        [
          {
            since,
            read(node) {
              checkOperands(node, [1, 1]);
              return { primitive };
            },
          },
        ],
      ]),
    ),
  },
  compile: (ctx, { primitive }, inputs) => [ctx.build.op(primitive, [operand(ctx, inputs, 0)])],
};
