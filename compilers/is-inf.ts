/** Tests for infinities. Semantics: ai.onnx IsInf (10, 20); either sign can be left out. */

import type { OperatorCompiler } from "../src/ir/operator.js";
import { checkOperands, flag, operand, requireFloat } from "./shared/operands.js";

/** Which infinities count. */
export interface IsInfAttrs {
  readonly negative: boolean;
  readonly positive: boolean;
}

/** A floating-point tensor → bool. */
export const isInf: OperatorCompiler<IsInfAttrs> = {
  op: "IsInf",
  summary: "tests for infinities",
  sources: {
    "ai.onnx": {
      IsInf: [
        {
          since: 10,
          read(node) {
            checkOperands(node, [1, 1]);
            return { negative: flag(node, "detect_negative", true), positive: flag(node, "detect_positive", true) };
          },
        },
      ],
    },
  },
  compile(ctx, attrs, inputs) {
    const x = operand(ctx, inputs, 0);
    requireFloat(ctx, x, "IsInf");
    return [ctx.build.op("isInf", [x], attrs)];
  },
};
