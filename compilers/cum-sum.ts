/** Running sums along an axis. Semantics: ai.onnx CumSum (11, 14): exclusive leaves an element itself out, reverse runs from the end. */

import type { OperatorCompiler } from "../src/ir/operator.js";
import { knownInt, normaliseAxis } from "./shared/axes.js";
import { checkOperands, flag, operand } from "./shared/operands.js";

export interface CumSumAttrs {
  readonly exclusive: boolean;
  readonly reverse: boolean;
}

/** (x numeric, axis: a constant) → the type of x. */
export const cumSum: OperatorCompiler<CumSumAttrs> = {
  op: "CumSum",
  onDemand: true,
  summary: "running sums along an axis",
  sources: {
    "ai.onnx": {
      CumSum: [
        {
          since: 11,
          read(node) {
            checkOperands(node, [2, 2]);
            return { exclusive: flag(node, "exclusive", false), reverse: flag(node, "reverse", false) };
          },
        },
      ],
    },
  },
  compile(ctx, attrs, inputs) {
    const { build } = ctx;
    const x = operand(ctx, inputs, 0);
    const written = knownInt(ctx, operand(ctx, inputs, 1), "the axis of CumSum");
    const axis = normaliseAxis(written, build.type(x).shape.length);
    return [build.op("cumSum", [x], { axis, ...attrs })];
  },
};
