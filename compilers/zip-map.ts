/**
 * ai.onnx.ml ZipMap 1: in ONNX, a list of maps from class label to probability. Here the matrix of probabilities itself: the labels
 * stand beside it, with the model's label output. What is checked is that there is a column for each label.
 */

import { ModelParseError, ShapeError } from "../src/errors.js";
import type { OperatorCompiler } from "../src/ir/operator.js";
import type { NodeView } from "../src/ir/sources.js";
import { readClassLabels } from "./shared/class-labels.js";
import { matrixType } from "./shared/matrix.js";
import { checkOperands, operand } from "./shared/operands.js";

export interface ZipMapAttrs {
  /** Number of labels. */
  readonly classes: number;
}

function read(node: NodeView): ZipMapAttrs {
  checkOperands(node, [1, 1]);
  const labels = readClassLabels(node, "classlabels_strings", "classlabels_int64s");
  if (labels !== undefined) return { classes: labels.values.length };
  throw new ModelParseError(
    node.format,
    node.where,
    "neither classlabels_strings nor classlabels_int64s names a class",
  );
}

/** X [N, classes] of numbers → X. */
export const zipMap: OperatorCompiler<ZipMapAttrs> = {
  op: "ZipMap",
  summary: "probabilities by class (stays a matrix)",
  sources: { "ai.onnx.ml": { ZipMap: [{ since: 1, read }] } },
  compile(ctx, { classes }, inputs) {
    const x = operand(ctx, inputs, 0);
    const { columns } = matrixType(ctx, x);
    if (columns !== "?" && columns !== classes) {
      throw new ShapeError(`${ctx.where}: names ${classes} classes, but its input has ${String(columns)} columns`);
    }
    return [x];
  },
};
