/**
 * Imputation: ai.onnx.ml Imputer 1. An element that equals the replaced value (or is NaN, where that is NaN) becomes the imputed value of
 * its column. Semantics: onnxruntime 1.30 (imputer.cc) for float32 and int64; ONNX allows float64 and int32 too, and gives
 * the replaced value 0 as default. Unlike onnxruntime, a list that is neither one value nor one per column is an error.
 */

import { ModelParseError, ShapeError } from "../src/errors.js";
import type { CompileContext, OperatorCompiler } from "../src/ir/operator.js";
import type { ValueId } from "../src/ir/program.js";
import type { NodeView } from "../src/ir/sources.js";
import { float32, int64, type Tensor } from "../src/ir/tensor.js";
import { castTo, matrixType } from "./shared/matrix.js";
import { checkOperands, operand } from "./shared/operands.js";

export interface ImputerAttrs {
  readonly kind: "float" | "int";
  /** A vector: one value for each column, or one for all. float32 or int64. */
  readonly imputed: Tensor;
  /** A vector of one element, of the same type. */
  readonly replaced: Tensor;
}

function read(node: NodeView): ImputerAttrs {
  checkOperands(node, [1, 1]);
  const floats = node.attrs.floats("imputed_value_floats", []);
  const ints = node.attrs.int64s("imputed_value_int64s", []);
  if (floats.length > 0 === ints.length > 0) {
    const what = floats.length > 0 ? "both" : "neither";
    throw new ModelParseError(
      node.format,
      node.where,
      `${what} of imputed_value_floats and imputed_value_int64s are given, expected one of them`,
    );
  }
  // Exporters write the replaced value of the other type as well; nothing reads it.
  if (floats.length > 0) {
    node.attrs.ignore("replaced_value_int64");
    return {
      kind: "float",
      imputed: float32(floats),
      replaced: float32([node.attrs.float("replaced_value_float", 0)]),
    };
  }
  node.attrs.ignore("replaced_value_float");
  return { kind: "int", imputed: int64(ints), replaced: int64([node.attrs.int("replaced_value_int64", 0)]) };
}

/** X [N, F] of numbers → the same type. Floats take `imputed_value_floats`, integers `imputed_value_int64s`. */
export const imputer: OperatorCompiler<ImputerAttrs> = {
  op: "Imputer",
  summary: "replaces missing values by a value for each column",
  sources: { "ai.onnx.ml": { Imputer: [{ since: 1, read }] } },
  compile(ctx, { kind, imputed, replaced }, inputs) {
    const { build } = ctx;
    const x = operand(ctx, inputs, 0);
    const { dtype, columns } = matrixType(ctx, x);
    const wanted = dtype === "float32" || dtype === "float64" ? "float" : "int";
    if (kind !== wanted) {
      throw new ShapeError(`${ctx.where}: imputes ${kind}s, but its input is of type ${dtype}`);
    }
    const count = imputed.data.length;
    if (count !== 1 && columns !== "?" && columns !== count) {
      throw new ShapeError(`${ctx.where}: ${count} imputed values, but its input has ${columns} columns`);
    }
    const value = castTo(ctx, build.constant(imputed), dtype);
    return [build.op("select", [missing(ctx, x, replaced), value, x])];
  },
};

function missing(ctx: CompileContext, x: ValueId, replaced: Tensor): ValueId {
  const { build } = ctx;
  if (Number.isNaN(replaced.data[0])) return build.op("isNaN", [x]);
  return build.op("equal", [x, castTo(ctx, build.constant(replaced), build.type(x).dtype)]);
}
