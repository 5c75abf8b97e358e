/** Rounds and narrows the user's tensors to the element types of a narrowed Program's inputs, on their way to the device. */

import { DataError, ShapeError } from "../../errors.js";
import { evaluateDim, formatDims } from "../../ir/dims.js";
import { isBigIntData, isStringData, sizeOf, type Tensor } from "../../ir/tensor.js";
import { formatType, rowAxis, type TensorType } from "../../ir/types.js";

/**
 * The tensor as the Program's input type has it: floats rounded once to float32, integers as int32. The data itself where it
 * has the type already. Throws ShapeError for another shape or kind, DataError with row and column for an integer that int32
 * cannot hold.
 */
export function toDeviceInput(name: string, given: Tensor, type: TensorType, n: number): Tensor {
  const fits =
    given.shape.length === type.shape.length &&
    type.shape.every((d, i) => d === "?" || evaluateDim(d, n) === given.shape[i]);
  if (!fits) {
    throw new ShapeError(`input ${name}: expected shape ${formatDims(type.shape)} at ${n} rows, got [${given.shape}]`);
  }
  if (given.dtype === type.dtype) return given;
  const { shape, data } = given;
  if (isStringData(data) || given.dtype === "bool" || (type.dtype !== "float32" && type.dtype !== "int32")) {
    throw new ShapeError(`input ${name}: expected ${formatType(type)}, got ${given.dtype}`);
  }
  if (type.dtype === "float32") {
    const rounded = isBigIntData(data) ? Float32Array.from(data, Number) : Float32Array.from(data);
    return { dtype: "float32", shape, data: rounded };
  }
  if (given.dtype.startsWith("float") || given.dtype === "bfloat16") {
    throw new ShapeError(`input ${name}: expected integers, got ${given.dtype}`);
  }
  const result = new Int32Array(sizeOf(shape));
  for (let i = 0; i < result.length; i++) {
    const value = Number(data[i]);
    if (value > 2147483647 || value < -2147483648) {
      const place = placeOf(i, shape, type);
      throw new DataError(
        `input ${name}: ${data[i]} at row ${place.row ?? "?"} does not fit the 32-bit integers of TF.js; use the backend reference`,
        place,
      );
    }
    result[i] = value;
  }
  return { dtype: "int32", shape, data: result };
}

const smallestNormal = 2 ** -126;

/**
 * For devices that read denormals as zero (libtensorflow, GPUs): float32 elements below the smallest normal number become that number,
 * with their sign, so that they are still told apart from zero. A new tensor where there are any.
 */
export function liftDenormals(t: Tensor): Tensor {
  const { data } = t;
  if (t.dtype !== "float32" || !(data instanceof Float32Array)) return t;
  let lifted: Float32Array | undefined;
  for (let i = 0; i < data.length; i++) {
    const size = Math.abs(data[i]!);
    if (size === 0 || size >= smallestNormal || Number.isNaN(size)) continue;
    lifted ??= data.slice();
    lifted[i] = data[i]! < 0 ? -smallestNormal : smallestNormal;
  }
  return lifted === undefined ? t : ({ ...t, data: lifted } as Tensor);
}

/** Row and column of element `at`, where the type has a row axis and at most one other. */
function placeOf(at: number, shape: readonly number[], type: TensorType): { row?: number; column?: number } {
  const axis = rowAxis(type);
  if (typeof axis !== "number" || axis < 0) return {};
  const inner = sizeOf(shape.slice(axis + 1));
  const row = Math.floor(at / inner) % (shape[axis] ?? 1);
  if (shape.length !== 2) return { row };
  return { row, column: axis === 0 ? at % inner : Math.floor(at / (shape[1] ?? 1)) };
}
