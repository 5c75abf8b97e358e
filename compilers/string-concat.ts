/** Joins texts elementwise. Semantics: ai.onnx StringConcat 20. */

import type { OperatorCompiler } from "../src/ir/operator.js";
import { checkOperands } from "./shared/operands.js";
import { stringOperand } from "./shared/strings.js";

/** Two broadcastable tensors of strings → strings. */
export const stringConcat: OperatorCompiler<Readonly<Record<never, never>>> = {
  op: "StringConcat",
  onDemand: true,
  summary: "joins texts elementwise",
  labels: "keep",
  sources: {
    "ai.onnx": {
      StringConcat: [
        {
          since: 20,
          read(node) {
            checkOperands(node, [2, 2]);
            return {};
          },
        },
      ],
    },
  },
  compile: (ctx, _attrs, inputs) => [
    ctx.build.op("joinTexts", [stringOperand(ctx, inputs, 0), stringOperand(ctx, inputs, 1)]),
  ],
};
