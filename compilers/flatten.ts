/** Cuts the axes of a tensor in two groups: a matrix. Semantics: ai.onnx Flatten (1, 9; 11 allows negative axes; 13 and later). */

import { ShapeError } from "../src/errors.js";
import { productOf } from "../src/ir/dims.js";
import type { OperatorCompiler } from "../src/ir/operator.js";
import { knownDim } from "./shared/axes.js";
import { checkOperands, operand } from "./shared/operands.js";

/** The first axis of the second group; may be the rank, or negative. */
export interface FlattenAttrs {
  readonly axis: number;
}

/** Any tensor → [product of the axes before, product of the axes from `axis` on]. */
export const flatten: OperatorCompiler<FlattenAttrs> = {
  op: "Flatten",
  summary: "flattens a tensor to a matrix",
  labels: "keep",
  sources: {
    "ai.onnx": {
      Flatten: [
        {
          since: 1,
          read(node) {
            checkOperands(node, [1, 1]);
            return { axis: node.attrs.int("axis", 1) };
          },
        },
      ],
    },
  },
  compile(ctx, attrs, inputs) {
    const x = operand(ctx, inputs, 0);
    const { shape } = ctx.build.type(x);
    if (attrs.axis < -shape.length || attrs.axis > shape.length) {
      throw new ShapeError(`axis ${attrs.axis} is not in [${-shape.length}, ${shape.length}]`);
    }
    const axis = attrs.axis < 0 ? attrs.axis + shape.length : attrs.axis;
    const sizes = [shape.slice(0, axis), shape.slice(axis)].map(productOf);
    // One size may be unknown: it is what the other leaves.
    if (sizes.every((d) => d === "?")) knownDim(ctx, "?", "the size of the flattened axes");
    return [ctx.build.op("reshape", [x], { shape: sizes })];
  },
};
