/** Running sums along an axis. Semantics: ai.onnx CumSum (11, 14): exclusive leaves an element itself out, reverse runs from the end. */

import type { OperatorCompiler } from "../src/ir/operator.js";
import { operand } from "./shared/operands.js";
import { type RunningAttrs, readRunning, runningAxis } from "./shared/running.js";

/** (x numeric, axis: a constant) → the type of x. */
export const cumSum: OperatorCompiler<RunningAttrs> = {
  op: "CumSum",
  onDemand: true,
  summary: "running sums along an axis",
  sources: {
    "ai.onnx": {
      CumSum: [{ since: 11, read: readRunning }],
    },
  },
  compile(ctx, attrs, inputs) {
    const axis = runningAxis(ctx, inputs, "the axis of CumSum");
    return [ctx.build.op("cumSum", [operand(ctx, inputs, 0)], { axis, ...attrs })];
  },
};
