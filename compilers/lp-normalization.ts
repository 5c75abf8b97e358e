/**
 * Divides by the norm along an axis. Semantics: ai.onnx LpNormalization (1, 22), p of 1 or 2; where the norm is 0 the result is 0.
 */

import { ModelParseError } from "../src/errors.js";
import type { OperatorCompiler } from "../src/ir/operator.js";
import { keptShape, normaliseAxis } from "./shared/axes.js";
import { checkOperands, operand, requireFloat } from "./shared/operands.js";
import { scalarLike } from "./shared/values.js";

export interface LpNormalizationAttrs {
  readonly axis: number;
  readonly p: 1 | 2;
}

/** A floating-point tensor → the same type. */
export const lpNormalization: OperatorCompiler<LpNormalizationAttrs> = {
  op: "LpNormalization",
  onDemand: true,
  summary: "divides by the L1 or L2 norm along an axis",
  sources: {
    "ai.onnx": {
      LpNormalization: [
        {
          since: 1,
          read(node) {
            checkOperands(node, [1, 1]);
            const p = node.attrs.int("p", 2);
            if (p !== 1 && p !== 2) throw new ModelParseError(node.format, node.where, `p must be 1 or 2, got ${p}`);
            return { axis: node.attrs.int("axis", -1), p };
          },
        },
      ],
    },
  },
  compile(ctx, { axis: written, p }, inputs) {
    const { build } = ctx;
    const x = operand(ctx, inputs, 0);
    requireFloat(ctx, x, "LpNormalization");
    const { shape } = build.type(x);
    const axis = normaliseAxis(written, shape.length);
    const terms = p === 1 ? build.op("abs", [x]) : build.op("mul", [x, x]);
    const total = build.op("reduceSum", [terms], { axes: [axis] });
    const norm = build.op("reshape", [p === 1 ? total : build.op("sqrt", [total])], {
      shape: keptShape(shape, [axis]),
    });
    const none = build.op("equal", [norm, scalarLike(build, norm, 0)]);
    const zero = scalarLike(build, x, 0);
    return [build.op("select", [none, zero, build.op("div", [x, norm])])];
  },
};
