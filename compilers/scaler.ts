/**
 * Scaling of columns: ai.onnx.ml Scaler 1, (x - offset) · scale. Semantics: onnxruntime 1.30 (scaler.cc): computed in float64 for a float64
 * input, else in float32; the result is float32.
 */

import { ModelParseError, ShapeError } from "../src/errors.js";
import type { OperatorCompiler } from "../src/ir/operator.js";
import type { NodeView } from "../src/ir/sources.js";
import { float32 } from "../src/ir/tensor.js";
import { castTo, matrixType } from "./shared/matrix.js";
import { checkOperands, operand } from "./shared/operands.js";

export interface ScalerAttrs {
  /** One for each column, or one for all. */
  readonly offset: Float32Array;
  /** As many as offsets. */
  readonly scale: Float32Array;
}

function read(node: NodeView): ScalerAttrs {
  checkOperands(node, [1, 1]);
  const offset = node.attrs.floats("offset");
  const scale = node.attrs.floats("scale");
  if (scale.length === 0 || offset.length !== scale.length) {
    throw new ModelParseError(
      node.format,
      node.where,
      `offset has ${offset.length} and scale ${scale.length} entries, expected one for each column, or one`,
    );
  }
  return { offset, scale };
}

/** X [N, F] of numbers → float32 [N, F]. */
export const scaler: OperatorCompiler<ScalerAttrs> = {
  op: "Scaler",
  summary: "subtracts an offset from each column and scales it",
  sources: { "ai.onnx.ml": { Scaler: [{ since: 1, read }] } },
  compile(ctx, { offset, scale }, inputs) {
    const { build } = ctx;
    const x = operand(ctx, inputs, 0);
    const { dtype, columns } = matrixType(ctx, x);
    if (offset.length !== 1 && columns !== "?" && columns !== offset.length) {
      throw new ShapeError(`${ctx.where}: scales ${offset.length} columns, but its input has ${columns}`);
    }
    const precision = dtype === "float64" ? "float64" : "float32";
    const parameter = (values: Float32Array) => castTo(ctx, build.constant(float32(values)), precision);
    const moved = build.op("sub", [castTo(ctx, x, precision), parameter(offset)]);
    return [castTo(ctx, build.op("mul", [moved, parameter(scale)]), "float32")];
  },
};
