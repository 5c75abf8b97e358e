/** Types of the values in a Program: element type, shape in terms of N, and the dictionary of encoded labels. */

import { type Dim, dependsOnN, formatDims } from "./dims.js";
import type { DType } from "./dtype.js";

/**
 * What the integers of a dictionary-encoded value stand for. Class labels and category strings travel through a Program
 * as int32 indices into `values`; the host decodes them when they leave. An index of -1 is "not in the dictionary".
 */
export type Dictionary =
  | { readonly dtype: "string"; readonly values: readonly string[] }
  | { readonly dtype: "int64"; readonly values: readonly bigint[] }
  | { readonly dtype: "float32" | "float64"; readonly values: readonly number[] }
  | { readonly dtype: "bool"; readonly values: readonly boolean[] };

export interface TensorType {
  /** The physical element type. With a `dictionary` it is always int32. */
  readonly dtype: DType;
  readonly shape: readonly Dim[];
  readonly dictionary?: Dictionary;
}

export function typeOf(dtype: DType, shape: readonly Dim[], dictionary?: Dictionary): TensorType {
  return dictionary === undefined ? { dtype, shape } : { dtype, shape, dictionary };
}

/** The element type as the model's author sees it: that of the dictionary, where there is one. */
export function logicalDType(type: TensorType): DType {
  return type.dictionary?.dtype ?? type.dtype;
}

/**
 * The axis that counts rows: the only axis whose dimension depends on N. -1 where none does (a constant), "batch" where
 * several do, or one of another form than N, so that rows cannot be told apart. An unknown dimension beside N is taken for a
 * width that the file leaves open; alone it may be anything.
 */
export function rowAxis(type: TensorType): number | "batch" {
  let axis = -1;
  for (const [i, d] of type.shape.entries()) {
    if (!dependsOnN(d)) continue;
    if (axis !== -1 || typeof d !== "object" || d.N !== 1 || d.plus !== 0) return "batch";
    axis = i;
  }
  return axis === -1 && type.shape.includes("?") ? "batch" : axis;
}

export function sameDictionary(a: Dictionary | undefined, b: Dictionary | undefined): boolean {
  if (a === b) return true;
  if (a === undefined || b === undefined) return false;
  return (
    a.dtype === b.dtype && a.values.length === b.values.length && a.values.every((v, i) => Object.is(v, b.values[i]))
  );
}

export function formatType(type: TensorType): string {
  const labels =
    type.dictionary === undefined ? "" : ` of ${type.dictionary.values.length} ${type.dictionary.dtype} labels`;
  return `${type.dtype}${formatDims(type.shape)}${labels}`;
}
