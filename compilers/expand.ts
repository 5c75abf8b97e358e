/** Broadcasts a tensor to a shape, in both directions. Semantics: ai.onnx Expand (8, 13): sizes of 1 in the shape keep the input's. */

import { ShapeError } from "../src/errors.js";
import { broadcastDims, formatDims } from "../src/ir/dims.js";
import type { OperatorCompiler } from "../src/ir/operator.js";
import { knownDims } from "./shared/axes.js";
import { checkOperands, operand } from "./shared/operands.js";

export type ExpandAttrs = Readonly<Record<never, never>>;

/** Any tensor, and a shape known in terms of the batch size → the broadcast of both. */
export const expand: OperatorCompiler<ExpandAttrs> = {
  op: "Expand",
  summary: "broadcasts a tensor to a shape",
  labels: "keep",
  sources: {
    "ai.onnx": {
      Expand: [
        {
          since: 8,
          read(node) {
            checkOperands(node, [2, 2]);
            return {};
          },
        },
      ],
    },
  },
  compile(ctx, _attrs, inputs) {
    const x = operand(ctx, inputs, 0);
    const from = ctx.build.type(x).shape;
    const to = knownDims(ctx, operand(ctx, inputs, 1), "the shape of Expand");
    const shape = broadcastDims(from, to);
    if (shape === undefined) {
      throw new ShapeError(`${formatDims(from)} does not broadcast to ${formatDims(to)}`);
    }
    return [ctx.build.op("broadcastTo", [x], { shape })];
  },
};
