/**
 * 1 at the first largest element along an axis, else 0. Semantics: ai.onnx Hardmax (1, 11: the axes from `axis` on, default 1, count
 * as one; 13: along `axis`, default the last).
 */

import { productOf } from "../src/ir/dims.js";
import type { OperatorCompiler } from "../src/ir/operator.js";
import { knownDim, normaliseAxis } from "./shared/axes.js";
import { castTo } from "./shared/matrix.js";
import { checkOperands, operand, requireFloat } from "./shared/operands.js";

/** `rows`: the axes from `axis` on count as one. */
export interface HardmaxAttrs {
  readonly axis: number;
  readonly rows: boolean;
}

/** A floating-point tensor → the same type. */
export const hardmax: OperatorCompiler<HardmaxAttrs> = {
  op: "Hardmax",
  onDemand: true,
  summary: "1 at the largest element along an axis",
  sources: {
    "ai.onnx": {
      Hardmax: [
        {
          since: 1,
          read(node) {
            checkOperands(node, [1, 1]);
            return { axis: node.attrs.int("axis", 1), rows: true };
          },
        },
        {
          since: 13,
          read(node) {
            checkOperands(node, [1, 1]);
            return { axis: node.attrs.int("axis", -1), rows: false };
          },
        },
      ],
    },
  },
  compile(ctx, { axis: written, rows }, inputs) {
    const { build } = ctx;
    const given = operand(ctx, inputs, 0);
    requireFloat(ctx, given, "Hardmax");
    const { dtype, shape } = build.type(given);
    const at = normaliseAxis(written, shape.length);
    const joined = rows && at < shape.length - 1;
    const matrix = [productOf(shape.slice(0, at)), productOf(shape.slice(at))];
    const x = joined
      ? build.op("reshape", [given], { shape: matrix.map((d) => knownDim(ctx, d, "the size of the flattened axes")) })
      : given;
    const axis = joined ? 1 : at;
    const own = build.type(x).shape;
    const top = build.op("reshape", [build.op("argMax", [x], { axis, last: false })], { shape: own.with(axis, 1) });
    const length = knownDim(ctx, own[axis], "the size of the axis");
    const iota = build.op("iota", [], { axis, shape: own.map((_, i) => (i === axis ? length : 1)), dtype: "int32" });
    const hot = castTo(ctx, build.op("equal", [top, iota]), dtype);
    return [joined ? build.op("reshape", [hot], { shape }) : hot];
  },
};
