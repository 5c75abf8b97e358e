/**
 * The shape of a tensor, and its number of elements, in terms of the batch size. Semantics: ai.onnx Shape (1, 13; 15 and later
 * with start and end, which are clamped) and Size (1 and later). Both are int64.
 */

import type { OperatorCompiler } from "../src/ir/operator.js";
import type { NodeView } from "../src/ir/sources.js";
import { checkOperands, operand } from "./shared/operands.js";
import { countOf, dimsValue } from "./shared/values.js";

/** `end` undefined: to the last axis. `size`: the product instead of the vector. */
export interface ShapeAttrs {
  readonly start: number;
  readonly end: number | undefined;
  readonly size: boolean;
}

const whole = (node: NodeView, size: boolean): ShapeAttrs => {
  checkOperands(node, [1, 1]);
  return { start: 0, end: undefined, size };
};

/** Any tensor → int64 vector of its dimensions (Size: a scalar). Throws UnsupportedError for a dimension that is not known. */
export const shape: OperatorCompiler<ShapeAttrs> = {
  op: "Shape",
  summary: "shape and number of elements",
  labels: "keep",
  sources: {
    "ai.onnx": {
      Shape: [
        { since: 1, read: (node) => whole(node, false) },
        {
          since: 15,
          read(node) {
            checkOperands(node, [1, 1]);
            const end = node.attrs.has("end") ? node.attrs.int("end") : undefined;
            return { start: node.attrs.int("start", 0), end, size: false };
          },
        },
      ],
      Size: [{ since: 1, read: (node) => whole(node, true) }],
    },
  },
  compile(ctx, { start, end, size }, inputs) {
    const dims = ctx.build.type(operand(ctx, inputs, 0)).shape;
    const what = "a dimension of the input";
    // Array.slice counts from the end and clamps just as the operator does.
    return [size ? countOf(ctx, dims, "int64", what) : dimsValue(ctx, dims.slice(start, end), what)];
  },
};
