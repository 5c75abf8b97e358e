/**
 * Picks one element for each index along an axis. Semantics: ai.onnx GatherElements (11, 13).
 */

import { dependsOnN, sameDim } from "../src/ir/dims.js";
import type { OperatorCompiler } from "../src/ir/operator.js";
import { normaliseAxis } from "./shared/axes.js";
import { asLabels, decodeNumbers } from "./shared/labels.js";
import { castTo } from "./shared/matrix.js";
import { checkOperands, operand } from "./shared/operands.js";
import { alongAxis, pick } from "./shared/positions.js";
import { wrapIndices } from "./shared/values.js";

export interface GatherElementsAttrs {
  readonly axis: number;
}

/** (data, indices int32 or int64, of equal rank) → the shape of indices. */
export const gatherElements: OperatorCompiler<GatherElementsAttrs> = {
  op: "GatherElements",
  onDemand: true,
  summary: "picks an element per index along an axis",
  labels: "keep",
  sources: {
    "ai.onnx": {
      GatherElements: [
        {
          since: 11,
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
    const [given, indices] = [operand(ctx, inputs, 0), decodeNumbers(ctx, operand(ctx, inputs, 1))];
    const { shape } = build.type(given);
    const axis = normaliseAxis(attrs.axis, shape.length);
    const own = build.type(indices).shape;
    const data = asLabels(ctx, given, indices);
    if (shape.length === 1 && own.length === 1) {
      return [build.op("gather", [data, wrapIndices(ctx, indices, shape[0] ?? 1)], { axis: 0 })];
    }
    // Columns by themselves, where the batch is the second axis.
    if (shape.length === 2 && axis === 0 && dependsOnN(shape[1] ?? 1) && sameDim(shape[1] ?? 1, own[1] ?? 1)) {
      const wrapped = castTo(ctx, wrapIndices(ctx, indices, shape[0] ?? 1), "int32");
      return [build.op("gatherByColumn", [data, wrapped])];
    }
    return [build.op("reshape", [pick(ctx, data, alongAxis(ctx, shape, indices, axis))], { shape: own })];
  },
};
