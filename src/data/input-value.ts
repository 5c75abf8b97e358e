/**
 * The value of one model input → its tensor: flat or nested arrays, typed arrays, `{ data, shape }`. The middle of the data path:
 * `to-tensors.ts` finds which value belongs to which input, `cells.ts` converts single elements.
 */

import { DataError, ShapeError } from "../errors.js";
import { allocate, type DType } from "../ir/dtype.js";
import { sizeOf, type Tensor } from "../ir/tensor.js";
import { matrixCodes } from "./categories.js";
import { describeValue } from "./cells.js";
import { convertAll, fillRun } from "./elements.js";
import {
  type Cells,
  dtypeOfTypedArray,
  type GivenTensor,
  isCells,
  isDType,
  isGivenTensor,
  isTfjsTensor,
  readTfjsTensor,
  typedArrayName,
} from "./given.js";
import { asDeclared, formatPlace, formatShape, type InputSpec, isColumn, placeInShape, rowsOf } from "./input-spec.js";

/** The tensor of one input. `column` names the table column that the value is, for messages. Throws DataError or ShapeError. */
export function toInputTensor(spec: InputSpec, given: unknown, column?: string): Tensor {
  const value = matrixCodes(spec, given);
  const where = (): string => formatPlace(column === undefined ? { input: spec.name } : { input: spec.name, column });
  if (isTfjsTensor(value)) return fromTensor(spec, readTfjsTensor(value, where), where, column);
  if (isGivenTensor(value)) return fromTensor(spec, value, where, column);
  if (isCells(value)) return fromCells(spec, value, where, column);
  if (spec.shape.length === 0) return fromNested(spec, [value], [], column);
  throw new DataError(`${where()}: expected ${wanted(spec)}, got ${describeValue(value)}`);
}

function wanted(spec: InputSpec): string {
  return isColumn(spec)
    ? `an array of ${spec.dtype} values`
    : `rows of ${spec.dtype} values of shape ${formatShape(spec.shape)}`;
}

// --- { data, shape, dtype? } -----------------------------------------------------------------------------------------

function fromTensor(spec: InputSpec, given: GivenTensor, where: () => string, column: string | undefined): Tensor {
  const { data, dtype } = given;
  if (!isCells(data)) throw new DataError(`${where()}: expected an array as data, got ${describeValue(data)}`);
  const shape = asDeclared(spec, checkedShape(given.shape, data.length, where));
  checkDType(spec, data, dtype, where);
  if (rowsOf(spec, shape) === undefined) {
    throw new ShapeError(`${where()}: expected shape ${formatShape(spec.shape)}, got [${shape.join(", ")}]`);
  }
  return { dtype: spec.dtype, shape, data: convertAll(spec, data, shape, dtype === "bool", column) };
}

/** The shape as numbers, whose product is the number of elements. */
export function checkedShape(shape: unknown, elements: number, where: () => string): readonly number[] {
  const dims = isCells(shape) ? Array.from(shape) : undefined;
  if (dims === undefined || !dims.every((d): d is number => Number.isSafeInteger(d) && Number(d) >= 0)) {
    const found = dims === undefined ? describeValue(shape) : `[${dims.map(String).join(", ")}]`;
    throw new ShapeError(`${where()}: expected a shape of non-negative integers, got ${found}`);
  }
  if (sizeOf(dims) !== elements) {
    throw new ShapeError(`${where()}: shape [${dims.join(", ")}] needs ${sizeOf(dims)} elements, got ${elements}`);
  }
  return dims;
}

/** A given dtype must be one, fit the data's storage, and not turn booleans or text into numbers. */
function checkDType(spec: InputSpec, data: Cells, dtype: unknown, where: () => string): void {
  const name = typedArrayName(data);
  if (dtype !== undefined) {
    if (!isDType(dtype)) throw new DataError(`${where()}: ${describeValue(dtype)} is no dtype; expected ${spec.dtype}`);
    const storage: DType = dtype === "bool" ? "uint8" : dtype === "bfloat16" ? "float32" : dtype;
    const stored = name === undefined ? undefined : dtypeOfTypedArray.get(name);
    // float16 comes as Float32Array of rounded values too: so calypte itself holds it.
    const fits = stored === undefined || stored === storage || (storage === "float16" && stored === "float32");
    if (!fits) throw new DataError(`${where()}: the dtype says ${dtype}, but the data is a ${name}`);
  }
  const kind = dtype ?? (name === undefined ? undefined : dtypeOfTypedArray.get(name));
  if (kind === undefined) return;
  const bytes = spec.dtype === "bool" && dtype === undefined && kind === "uint8";
  const alike = (spec.dtype === "string") === (kind === "string") && (spec.dtype === "bool") === (kind === "bool");
  if (!alike && !bytes) throw new DataError(`${where()}: expected ${spec.dtype}, got a tensor of ${String(kind)}`);
}

// --- arrays ----------------------------------------------------------------------------------------------------------

function fromCells(spec: InputSpec, value: Cells, where: () => string, column: string | undefined): Tensor {
  const rank = spec.shape.length;
  const flat = value.length > 0 && !isCells(value[0]);
  if (isColumn(spec)) {
    const shape = flat || value.length === 0 ? [value.length] : [value.length, 1];
    if (!flat) return { ...fromNested(spec, value, shape, column), shape: asDeclared(spec, shape) };
    checkDType(spec, value, undefined, where);
    const declared = asDeclared(spec, shape);
    return { dtype: spec.dtype, shape: declared, data: convertAll(spec, value, declared, false, column) };
  }
  if (rank >= 2 && (flat || typedArrayName(value) !== undefined)) {
    const next = typedArrayName(value) === undefined ? "a single row is [[…]]" : "give { data, shape }";
    throw new DataError(`${where()}: expected ${wanted(spec)}, got a flat array of ${value.length}; ${next}`);
  }
  return fromNested(spec, value, nestedShape(spec, value), column);
}

/** The shape that the first elements of a nested array show, completed by the declared one where there are none. */
function nestedShape(spec: InputSpec, value: Cells): number[] {
  const shape: number[] = [];
  let level: unknown = value;
  for (const d of spec.shape) {
    if (isCells(level)) {
      // The declared width rules, so that a row that misses it is named as wrong, also where it is the first one.
      shape.push(typeof d === "number" && shape.length > 0 ? d : level.length);
      level = level[0];
    } else {
      shape.push(typeof d === "number" ? d : 0);
    }
  }
  return shape;
}

function fromNested(spec: InputSpec, value: Cells, shape: readonly number[], column: string | undefined): Tensor {
  const checked = asDeclared(spec, shape);
  if (rowsOf(spec, checked) === undefined) {
    throw new ShapeError(
      `${formatPlace({ input: spec.name })}: expected shape ${formatShape(spec.shape)}, got [${shape.join(", ")}]`,
    );
  }
  const out = allocate(spec.dtype, sizeOf(shape));
  let at = 0;
  const visit = (cells: Cells, axis: number): void => {
    if (axis >= shape.length - 1) {
      const from = at;
      const length = shape.at(-1) ?? 1;
      fillRun(spec.dtype, out, from, cells, length, (i) => placeInShape(spec, shape, from + i, column));
      at += length;
      return;
    }
    for (let i = 0; i < cells.length; i++) {
      const inner = cells[i];
      if (!isCells(inner) || inner.length !== shape[axis + 1]) {
        const found = isCells(inner) ? `${inner.length}` : describeValue(inner);
        const row = placeInShape(spec, shape, at, undefined).row ?? i;
        const what = axis + 1 === 1 && shape.length === 2 ? "columns" : `elements along axis ${axis + 1}`;
        throw new DataError(
          `${formatPlace({ input: spec.name, row })}: expected ${shape[axis + 1]} ${what}, got ${found}`,
          { row },
        );
      }
      visit(inner, axis + 1);
    }
  };
  visit(value, 0);
  return { dtype: spec.dtype, shape: checked, data: out };
}
