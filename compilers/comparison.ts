/**
 * Elementwise comparisons with broadcasting. Semantics: ai.onnx Equal (7, 11, 13; strings from 19), Less and Greater (7, 9,
 * 13), LessOrEqual and GreaterOrEqual (12, 16). A comparison with NaN is false.
 */

import type { CompileContext, OperatorCompiler } from "../src/ir/operator.js";
import type { ValueId } from "../src/ir/program.js";
import type { SourceReader } from "../src/ir/sources.js";
import { decodeNumbers, decodeStrings, unifyLabels } from "./shared/labels.js";
import { checkOperands, operand } from "./shared/operands.js";

const operators = {
  Equal: [7, "equal"],
  Less: [7, "less"],
  LessOrEqual: [12, "lessEqual"],
  Greater: [7, "greater"],
  GreaterOrEqual: [12, "greaterEqual"],
} as const;

/** The primitive that the operator is. */
export interface ComparisonAttrs {
  readonly primitive: (typeof operators)[keyof typeof operators][1];
}

/** Two broadcastable tensors of one element type → bool. String labels can be compared for equality with constants. */
export const comparison: OperatorCompiler<ComparisonAttrs> = {
  op: "Comparison",
  summary: "elementwise ==, <, ≤, > and ≥",
  labels: "keep",
  sources: {
    "ai.onnx": Object.fromEntries(
      Object.entries(operators).map(
        ([name, [since, primitive]]): [string, readonly SourceReader<ComparisonAttrs>[]] => [
          name,
          [
            {
              since,
              read(node) {
                checkOperands(node, [2, 2]);
                return { primitive };
              },
            },
          ],
        ],
      ),
    ),
  },
  compile(ctx, { primitive }, inputs) {
    const operands = [operand(ctx, inputs, 0), operand(ctx, inputs, 1)];
    const ofStrings = operands.some((v) => ctx.build.type(v).dictionary?.dtype === "string");
    if (primitive === "equal" && ofStrings) return [ctx.build.op("equal", stringIds(ctx, operands))];
    return [
      ctx.build.op(
        primitive,
        operands.map((v) => decodeNumbers(ctx, v)),
      ),
    ];
  },
};

/**
 * Over one dictionary equal strings have equal ids; -1 stands for any other string, so one side must be free of it. Otherwise the texts
 * themselves are compared.
 */
function stringIds(ctx: CompileContext, operands: readonly ValueId[]): readonly ValueId[] {
  const constant = operands.some((v) => ctx.build.constantOf(v) !== undefined);
  return constant ? unifyLabels(ctx, operands) : operands.map((v) => decodeStrings(ctx, v));
}
