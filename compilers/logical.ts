/** Elementwise logic on bool, with broadcasting. Semantics: ai.onnx And, Or, Xor (7) and Not (1). */

import type { OperatorCompiler } from "../src/ir/operator.js";
import type { SourceReader } from "../src/ir/sources.js";
import { checkOperands, operand } from "./shared/operands.js";

const operators = { And: [7, "and", 2], Or: [7, "or", 2], Xor: [7, "xor", 2], Not: [1, "not", 1] } as const;

/** The primitive that the operator is, and how many arguments it takes. */
export interface LogicalAttrs {
  readonly primitive: (typeof operators)[keyof typeof operators][1];
  readonly count: 1 | 2;
}

/** bool tensors → bool. */
export const logical: OperatorCompiler<LogicalAttrs> = {
  op: "Logical",
  summary: "elementwise and, or, exclusive or, not",
  sources: {
    "ai.onnx": Object.fromEntries(
      Object.entries(operators).map(
        ([name, [since, primitive, count]]): [string, readonly SourceReader<LogicalAttrs>[]] => [
          name,
          [
            {
              since,
              read(node) {
                checkOperands(node, [count, count]);
                return { primitive, count };
              },
            },
          ],
        ],
      ),
    ),
  },
  compile: (ctx, { primitive, count }, inputs) => [
    ctx.build.op(
      primitive,
      Array.from({ length: count }, (_, i) => operand(ctx, inputs, i)),
    ),
  ],
};
