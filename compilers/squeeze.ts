/**
 * Drops axes of size 1. Semantics: ai.onnx Squeeze (1, 11: axes as an attribute; 13 and later: as an input). Without axes, all
 * axes of size 1 are dropped; the batch axis is kept then even for a single row, because the rank of a result cannot depend on
 * the number of rows.
 */

import { DataDependentError, ShapeError } from "../src/errors.js";
import { formatDims } from "../src/ir/dims.js";
import type { OperatorCompiler } from "../src/ir/operator.js";
import { knownInts, normaliseAxes } from "./shared/axes.js";
import { checkOperands, operand } from "./shared/operands.js";

/** `axes` is undefined where the file leaves them out or gives them as an input. */
export interface SqueezeAttrs {
  readonly axes: readonly number[] | undefined;
}

/** Any tensor → the same elements in fewer axes. */
export const squeeze: OperatorCompiler<SqueezeAttrs> = {
  op: "Squeeze",
  summary: "drops axes of size 1",
  labels: "keep",
  sources: {
    "ai.onnx": {
      Squeeze: [
        {
          since: 1,
          read(node) {
            checkOperands(node, [1, 1]);
            return { axes: node.attrs.has("axes") ? node.attrs.ints("axes") : undefined };
          },
        },
        {
          since: 13,
          read(node) {
            checkOperands(node, [1, 2]);
            return { axes: undefined };
          },
        },
      ],
    },
  },
  compile(ctx, attrs, inputs) {
    const { build, where } = ctx;
    const x = operand(ctx, inputs, 0);
    const { shape } = build.type(x);
    const [, axesInput] = inputs;
    const given = axesInput === undefined ? attrs.axes : knownInts(ctx, axesInput, "the axes");
    if (given === undefined && shape.includes("?")) {
      throw new DataDependentError(where, `which axes of ${formatDims(shape)} are 1 is not known`, "name the axes");
    }
    const axes =
      given === undefined ? shape.flatMap((d, i) => (d === 1 ? [i] : [])) : normaliseAxes(given, shape.length);
    for (const axis of axes) {
      const d = shape[axis];
      if (d !== 1 && d !== "?") throw new ShapeError(`axis ${axis} of ${formatDims(shape)} is not of size 1`);
    }
    return [build.op("reshape", [x], { shape: shape.filter((_, i) => !axes.includes(i)) })];
  },
};
