/**
 * Picks elements along an axis. Semantics: ai.onnx Gather (1; 11 allows negative indices; 13). Constant strings
 * become labels.
 */

import type { OperatorCompiler } from "../src/ir/operator.js";
import { normaliseAxis } from "./shared/axes.js";
import { asLabels, decodeNumbers } from "./shared/labels.js";
import { checkOperands, operand } from "./shared/operands.js";
import { wrapIndices } from "./shared/values.js";

export interface GatherAttrs {
  readonly axis: number;
}

/** (data, indices int32 or int64) → the shape of data with that of indices in place of the axis. */
export const gather: OperatorCompiler<GatherAttrs> = {
  op: "Gather",
  summary: "picks slices along an axis",
  labels: "keep",
  sources: {
    "ai.onnx": {
      Gather: [
        {
          since: 1,
          read(node) {
            checkOperands(node, [2, 2]);
            return { axis: node.attrs.int("axis", 0) };
          },
        },
      ],
    },
  },
  compile(ctx, attrs, inputs) {
    const { build } = ctx;
    const [data, given] = [operand(ctx, inputs, 0), decodeNumbers(ctx, operand(ctx, inputs, 1))];
    const { shape } = build.type(data);
    const axis = normaliseAxis(attrs.axis, shape.length);
    const indices = wrapIndices(ctx, given, shape[axis] ?? 1);
    return [build.op("gather", [asLabels(ctx, data, indices), indices], { axis })];
  },
};
