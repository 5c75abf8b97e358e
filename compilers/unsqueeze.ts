/**
 * Adds axes of size 1. Semantics: ai.onnx Unsqueeze (1, 11: axes as an attribute; 13 and later: as an input); axes count in the
 * result.
 */

import type { Dim } from "../src/ir/dims.js";
import type { OperatorCompiler } from "../src/ir/operator.js";
import { knownInts, normaliseAxes } from "./shared/axes.js";
import { checkOperands, operand } from "./shared/operands.js";

/** `axes` is undefined where they are an input. */
export interface UnsqueezeAttrs {
  readonly axes: readonly number[] | undefined;
}

/** Any tensor → the same elements in more axes. */
export const unsqueeze: OperatorCompiler<UnsqueezeAttrs> = {
  op: "Unsqueeze",
  summary: "adds axes of size 1",
  labels: "keep",
  sources: {
    "ai.onnx": {
      Unsqueeze: [
        {
          since: 1,
          read(node) {
            checkOperands(node, [1, 1]);
            return { axes: node.attrs.ints("axes") };
          },
        },
        {
          since: 13,
          read(node) {
            checkOperands(node, [2, 2]);
            return { axes: undefined };
          },
        },
      ],
    },
  },
  compile(ctx, attrs, inputs) {
    const { build } = ctx;
    const x = operand(ctx, inputs, 0);
    const from = build.type(x).shape;
    const given = attrs.axes ?? knownInts(ctx, operand(ctx, inputs, 1), "the axes");
    const rank = from.length + given.length;
    const axes = normaliseAxes(given, rank);
    const shape: Dim[] = [...from];
    for (const axis of axes) shape.splice(axis, 0, 1);
    return [build.op("reshape", [x], { shape })];
  },
};
