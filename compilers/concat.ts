/**
 * Joins tensors along an axis. Semantics: ai.onnx Concat (4; 11 allows negative axes; 13). Labels with different dictionaries
 * are brought to a common one.
 */

import type { OperatorCompiler } from "../src/ir/operator.js";
import { normaliseAxis } from "./shared/axes.js";
import { unifyLabels } from "./shared/labels.js";
import { checkOperands, operand } from "./shared/operands.js";

export interface ConcatAttrs {
  readonly axis: number;
}

/** Tensors of one element type that differ in the size of the axis only → the same type. */
export const concat: OperatorCompiler<ConcatAttrs> = {
  op: "Concat",
  summary: "joins tensors along an axis",
  labels: "keep",
  sources: {
    "ai.onnx": {
      Concat: [
        {
          since: 4,
          read(node) {
            checkOperands(node, [Math.max(1, node.inputCount), node.inputCount]);
            return { axis: node.attrs.int("axis") };
          },
        },
      ],
    },
  },
  compile(ctx, attrs, inputs) {
    const { build } = ctx;
    const operands = inputs.map((_, i) => operand(ctx, inputs, i));
    const [first] = operands;
    const axis = normaliseAxis(attrs.axis, first === undefined ? 0 : build.type(first).shape.length);
    const unified = unifyLabels(ctx, operands);
    const [only] = unified;
    return [unified.length === 1 && only !== undefined ? only : build.op("concat", unified, { axis })];
  },
};
