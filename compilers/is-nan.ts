/** Tests for NaN. Semantics: ai.onnx IsNaN (9, 13, 20). */

import type { OperatorCompiler } from "../src/ir/operator.js";
import { checkOperands, operand, requireFloat } from "./shared/operands.js";

export type IsNanAttrs = Readonly<Record<never, never>>;

/** A floating-point tensor → bool. */
export const isNan: OperatorCompiler<IsNanAttrs> = {
  op: "IsNaN",
  summary: "tests for NaN",
  sources: {
    "ai.onnx": {
      IsNaN: [
        {
          since: 9,
          read(node) {
            checkOperands(node, [1, 1]);
            return {};
          },
        },
      ],
    },
  },
  compile(ctx, _attrs, inputs) {
    const x = operand(ctx, inputs, 0);
    requireFloat(ctx, x, "IsNaN");
    return [ctx.build.op("isNaN", [x])];
  },
};
