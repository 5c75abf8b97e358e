/**
 * Elementwise arithmetic of two arguments with broadcasting. Semantics: ai.onnx Add, Sub, Mul, Div (7, 13, 14) and Pow
 * (7; from 12 on the exponent may have another element type; 13, 15). Integer Div truncates toward zero. The `broadcast` and
 * `axis` attributes of versions before 7 are not read.
 */

import type { CompileContext, OperatorCompiler } from "../src/ir/operator.js";
import type { ValueId } from "../src/ir/program.js";
import type { SourceReader } from "../src/ir/sources.js";
import { checkOperands, operand } from "./shared/operands.js";

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
    return [primitive === "pow" ? power(ctx, a, b) : ctx.build.op(primitive, [a, b])];
  },
};

/** Mixed types meet in float64, where onnxruntime computes them too, and return to the type of the base. */
function power(ctx: CompileContext, base: ValueId, exponent: ValueId): ValueId {
  const { build } = ctx;
  const [x, y] = [build.type(base).dtype, build.type(exponent).dtype];
  if (x === y) return build.op("pow", [base, exponent]);
  const wide = (value: ValueId): ValueId =>
    build.type(value).dtype === "float64" ? value : build.op("cast", [value], { to: "float64" });
  const result = build.op("pow", [wide(base), wide(exponent)]);
  return x === "float64" ? result : build.op("cast", [result], { to: x });
}
