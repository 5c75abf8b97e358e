/** Permutes axes. Semantics: ai.onnx Transpose (1 and later); without `perm` the axes are reversed. */

import { ShapeError } from "../src/errors.js";
import type { OperatorCompiler } from "../src/ir/operator.js";
import { normaliseAxes } from "./shared/axes.js";
import { checkOperands, operand } from "./shared/operands.js";

/** Axis i of the result is axis perm[i] of the input. */
export interface TransposeAttrs {
  readonly perm: readonly number[] | undefined;
}

/** Any tensor → the same element type. */
export const transpose: OperatorCompiler<TransposeAttrs> = {
  op: "Transpose",
  summary: "permutes axes",
  labels: "keep",
  sources: {
    "ai.onnx": {
      Transpose: [
        {
          since: 1,
          read(node) {
            checkOperands(node, [1, 1]);
            return { perm: node.attrs.has("perm") ? node.attrs.ints("perm") : undefined };
          },
        },
      ],
    },
  },
  compile(ctx, attrs, inputs) {
    const x = operand(ctx, inputs, 0);
    const rank = ctx.build.type(x).shape.length;
    const perm = attrs.perm ?? Array.from({ length: rank }, (_, i) => rank - 1 - i);
    if (perm.length !== rank || perm.some((axis) => axis < 0) || normaliseAxes(perm, rank).length !== rank) {
      throw new ShapeError(`perm [${perm}] is no permutation of ${rank} axes`);
    }
    return [perm.every((axis, i) => axis === i) ? x : ctx.build.op("transpose", [x], { perm })];
  },
};
