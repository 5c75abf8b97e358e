/**
 * Runs of cells → tensor storage: the inner loops of the data path. Storage of the right class is used as it is, plain numbers go
 * straight into float arrays, everything else goes cell by cell through `cells.ts`.
 */

import { DataError } from "../errors.js";
import { allocate, type DType, type TensorData } from "../ir/dtype.js";
import { convertCell, describeValue, type PlaceOf } from "./cells.js";
import { type Cells, typedArrayName } from "./given.js";
import { formatPlace, type InputSpec, placeInShape } from "./input-spec.js";

/** All elements in the input's dtype. Storage that fits already is used as it is. */
export function convertAll(
  spec: InputSpec,
  data: Cells,
  shape: readonly number[],
  areBools: boolean,
  column: string | undefined,
): TensorData {
  if (spec.dtype === "bool" && typedArrayName(data) !== undefined) return checkedBools(spec, data, shape, column);
  const ready = asItIs(spec.dtype, data);
  if (ready !== undefined) return ready;
  const out = allocate(spec.dtype, data.length);
  const cells = areBools && typedArrayName(data) !== undefined ? Array.from(data, (v) => v === 1) : data;
  fillRun(spec.dtype, out, 0, cells, data.length, (i) => placeInShape(spec, shape, i, column));
  return out;
}

const ownStorage: {
  readonly [D in Exclude<DType, "float16" | "bfloat16" | "bool" | "string">]: (data: Cells) => boolean;
} = {
  float32: (d) => d instanceof Float32Array,
  float64: (d) => d instanceof Float64Array,
  int8: (d) => d instanceof Int8Array,
  int16: (d) => d instanceof Int16Array,
  int32: (d) => d instanceof Int32Array,
  int64: (d) => d instanceof BigInt64Array,
  uint8: (d) => d instanceof Uint8Array,
  uint16: (d) => d instanceof Uint16Array,
  uint32: (d) => d instanceof Uint32Array,
  uint64: (d) => d instanceof BigUint64Array,
};

function asItIs(dtype: DType, data: Cells): TensorData | undefined {
  if (dtype === "string") {
    return Array.isArray(data) && data.length > 0 && data.every((v) => typeof v === "string")
      ? (data as string[])
      : undefined;
  }
  if (dtype === "bool" || dtype === "float16" || dtype === "bfloat16") return undefined;
  return ownStorage[dtype](data) ? (data as TensorData) : undefined;
}

function checkedBools(spec: InputSpec, data: Cells, shape: readonly number[], column: string | undefined): Uint8Array {
  const out = new Uint8Array(data.length);
  for (let i = 0; i < data.length; i++) {
    if (data[i] !== 0 && data[i] !== 1) {
      const at = placeInShape(spec, shape, i, column);
      throw new DataError(`${formatPlace(at)}: expected 0 or 1 for a bool, got ${describeValue(data[i])}`, at);
    }
    out[i] = data[i] === 1 ? 1 : 0;
  }
  return out;
}

/** Converts `length` cells into out[at…]. `placeOf` gives the place of the i-th. */
export function fillRun(
  dtype: DType,
  out: TensorData,
  at: number,
  cells: Cells,
  length: number,
  placeOf: (i: number) => ReturnType<PlaceOf>,
): void {
  const direct = takesNumbers(dtype);
  const target = out as { [index: number]: unknown };
  const convert = convertCell[dtype];
  for (let i = 0; i < length; i++) {
    const cell = cells[i];
    target[at + i] = direct && typeof cell === "number" ? cell : convert(cell, () => placeOf(i));
  }
}

/**
 * True where any plain number may be assigned to an element of the storage: what most data is, and an assignment to a Float32Array
 * rounds exactly once.
 */
export function takesNumbers(dtype: DType): boolean {
  return dtype === "float32" || dtype === "float64";
}
