/**
 * Elementwise arithmetic of two arguments with broadcasting. Semantics: ai.onnx Add, Sub, Mul, Div (7, 13, 14) and Pow
 * (7; from 12 on the exponent may have another element type; 13, 15). Integer Div truncates toward zero. The `broadcast` and
 * `axis` attributes of versions before 7 are not read.
 */

import { broadcastDims } from "../src/ir/dims.js";
import { isFloat, isInteger } from "../src/ir/dtype.js";
import type { CompileContext, OperatorCompiler } from "../src/ir/operator.js";
import type { ValueId } from "../src/ir/program.js";
import type { SourceReader } from "../src/ir/sources.js";
import { isBigIntData, isStringData } from "../src/ir/tensor.js";
import { checkOperands, operand } from "./shared/operands.js";
import { powerOf } from "./shared/values.js";

const operators = { Add: "add", Sub: "sub", Mul: "mul", Div: "div", Pow: "pow" } as const;

/** The primitive that the operator is. */
export interface BinaryArithmeticAttrs {
  readonly primitive: (typeof operators)[keyof typeof operators];
}

/** Two broadcastable tensors of one element type (Pow: of any two) → their broadcast, in the type of the first. */
export const binaryArithmetic: OperatorCompiler<BinaryArithmeticAttrs> = {
  op: "BinaryArithmetic",
  summary: "elementwise +, -, ×, ÷ and power",
  sources: {
    "ai.onnx": Object.fromEntries(
      Object.entries(operators).map(([name, primitive]): [string, readonly SourceReader<BinaryArithmeticAttrs>[]] => [
        name,
        [
          {
            since: 7,
            read(node) {
              checkOperands(node, [2, 2]);
              return { primitive };
            },
          },
        ],
      ]),
    ),
  },
  compile(ctx, { primitive }, inputs) {
    const [a, b] = [operand(ctx, inputs, 0), operand(ctx, inputs, 1)];
    if (primitive === "pow") return [power(ctx, a, b)];
    const zeros = primitive === "mul" ? zerosOf(ctx, a, b) : undefined;
    return [zeros ?? ctx.build.op(primitive, [a, b])];
  },
};

/**
 * The product where one factor is a constant of integer zeros: exporters write so for "zeros of the shape of x", often in 64 bits, where
 * each product costs. Floats are multiplied: NaN and infinities are not made 0.
 */
function zerosOf(ctx: CompileContext, a: ValueId, b: ValueId): ValueId | undefined {
  const { build } = ctx;
  for (const [zero, other] of [
    [a, b],
    [b, a],
  ] as const) {
    const { dtype, dictionary } = build.type(zero);
    const { data } = build.constantOf(zero) ?? {};
    if (data === undefined || isStringData(data) || !isInteger(dtype) || dictionary !== undefined) continue;
    const shape = broadcastDims(build.type(a).shape, build.type(b).shape);
    if (shape === undefined || shape.includes("?") || build.type(other).dtype !== dtype) continue;
    if (isBigIntData(data) ? data.every((v) => v === 0n) : data.every((v) => v === 0)) {
      return build.op("broadcastTo", [zero], { shape });
    }
  }
  return undefined;
}

/** Mixed types meet in float64, where onnxruntime computes them too, and return to the type of the base. */
function power(ctx: CompileContext, base: ValueId, exponent: ValueId): ValueId {
  const { build } = ctx;
  const [x, y] = [build.type(base).dtype, build.type(exponent).dtype];
  if (x === y) return powerOf(build, base, exponent);
  const constant = build.constantOf(exponent);
  // A small whole exponent of another type is the same number in that of the base.
  if (constant?.data.length === 1 && [1, 2, 3, 4].includes(Number(constant.data[0])) && isFloat(x)) {
    return powerOf(build, base, build.op("cast", [exponent], { to: x }));
  }
  const wide = (value: ValueId): ValueId =>
    build.type(value).dtype === "float64" ? value : build.op("cast", [value], { to: "float64" });
  const result = build.op("pow", [wide(base), wide(exponent)]);
  return x === "float64" ? result : build.op("cast", [result], { to: x });
}
