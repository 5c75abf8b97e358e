/**
 * The input of most ai.onnx.ml operators: a matrix [N, F] of numbers. onnxruntime reads a vector as one row; as the batch
 * axis of a vector is not known, vectors are refused.
 */

import { ShapeError, UnsupportedError } from "../../src/errors.js";
import { type Dim, formatDims } from "../../src/ir/dims.js";
import type { DType } from "../../src/ir/dtype.js";
import type { CompileContext } from "../../src/ir/operator.js";
import type { ValueId } from "../../src/ir/program.js";
import { logicalDType } from "../../src/ir/types.js";

export interface MatrixType {
  readonly dtype: "float32" | "float64" | "int32" | "int64";
  readonly rows: Dim;
  readonly columns: Dim;
}

/**
 * Checks that the value is a matrix of one of the four element types that ai.onnx.ml allows for numbers. Throws ShapeError or
 * UnsupportedError.
 */
export function matrixType(ctx: CompileContext, value: ValueId): MatrixType {
  const type = ctx.build.type(value);
  const dtype = numberType(ctx, logicalDType(type));
  const [rows, columns] = type.shape;
  if (type.shape.length !== 2 || rows === undefined || columns === undefined) {
    throw new ShapeError(`${ctx.where}: expected a matrix [rows, features], got shape ${formatDims(type.shape)}`);
  }
  return { dtype, rows, columns };
}

/** Throws UnsupportedError for an element type other than float32, float64, int32 and int64. */
export function numberType(ctx: CompileContext, dtype: DType): MatrixType["dtype"] {
  if (dtype === "float32" || dtype === "float64" || dtype === "int32" || dtype === "int64") return dtype;
  throw new UnsupportedError(
    ctx.where,
    `the input is of type ${dtype}, expected float32, float64, int32 or int64`,
    "put a Cast before the node",
  );
}

/** The value in another element type; itself where it has that type already. */
export function castTo(ctx: CompileContext, value: ValueId, to: DType): ValueId {
  return ctx.build.type(value).dtype === to ? value : ctx.build.op("cast", [value], { to });
}
