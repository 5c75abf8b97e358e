/**
 * Picks one element for each index along an axis. Semantics: ai.onnx GatherElements (11, 13), of vectors and matrices whose other
 * axis has the same size in data and indices.
 */

import { ShapeError, UnsupportedError } from "../src/errors.js";
import { formatDims, sameDim } from "../src/ir/dims.js";
import type { OperatorCompiler } from "../src/ir/operator.js";
import { normaliseAxis } from "./shared/axes.js";
import { asLabels, decodeNumbers } from "./shared/labels.js";
import { checkOperands, operand } from "./shared/operands.js";
import { wrapIndices } from "./shared/values.js";

export interface GatherElementsAttrs {
  readonly axis: number;
}

/** (data, indices int32 or int64, of equal rank 1 or 2) → the shape of indices. */
export const gatherElements: OperatorCompiler<GatherElementsAttrs> = {
  op: "GatherElements",
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
    const { build, where } = ctx;
    const [given, written] = [operand(ctx, inputs, 0), decodeNumbers(ctx, operand(ctx, inputs, 1))];
    const [shape, indexShape] = [build.type(given).shape, build.type(written).shape];
    if (shape.length !== indexShape.length) {
      throw new ShapeError(`data ${formatDims(shape)} and indices ${formatDims(indexShape)} differ in rank`);
    }
    const axis = normaliseAxis(attrs.axis, shape.length);
    const indices = wrapIndices(ctx, written, shape[axis] ?? 1);
    const data = asLabels(ctx, given, indices);
    if (shape.length === 1) return [build.op("gather", [data, indices], { axis })];
    const other = 1 - axis;
    if (shape.length !== 2 || !sameDim(shape[other] ?? "?", indexShape[other] ?? "?")) {
      throw new UnsupportedError(
        where,
        `GatherElements of ${formatDims(shape)} by ${formatDims(indexShape)} along axis ${axis}`,
        "only matrices with as many rows (or columns) in data as in indices are supported",
      );
    }
    const narrow = build.type(indices).dtype === "int32" ? indices : build.op("cast", [indices], { to: "int32" });
    return [build.op(axis === 1 ? "gatherByRow" : "gatherByColumn", [data, narrow])];
  },
};
