/**
 * What a user passes to `run` and the verbs → one tensor per model input. The entry of the data path (after it: the executable).
 * Accepts, as docs promise: inputs by name; a matrix as `{ data, shape, dtype? }`, a nested array of rows, a TF.js tensor; an array
 * of records or a record of columns, keyed by column name. The same for models whose every input is one column of a table.
 * Input values are never modified; storage of the right dtype is used without a copy.
 */

import { DataError, ShapeError } from "../errors.js";
import { dependsOnN, N } from "../ir/dims.js";
import { allocate } from "../ir/dtype.js";
import type { Tensor } from "../ir/tensor.js";
import { codeOfCell, columnCodes } from "./categories.js";
import { convertCell, describeValue } from "./cells.js";
import { takesNumbers } from "./elements.js";
import {
  type Cells,
  isCells,
  isGivenTensor,
  isRecord,
  isTfjsTensor,
  ownValue,
  readTfjsTensor,
  typedArrayName,
} from "./given.js";
import { formatPlace, formatShape, type InputSpec, isColumn, isMatrix, rowsOf } from "./input-spec.js";
import { checkedShape, toInputTensor } from "./input-value.js";
import { sparseRows } from "./sparse-rows.js";

export type { InputSpec } from "./input-spec.js";

export interface GivenTensors {
  /** By input name, in the dtypes and shapes of the specs with the batch size put in. */
  readonly tensors: ReadonlyMap<string, Tensor>;
  /** The batch size; 1 where no input depends on it. */
  readonly rows: number;
}

/**
 * Tensors for all `specs` from what the user gave. Throws DataError (naming row and column where they are known) for wrong values,
 * ragged rows, missing inputs or columns, and ShapeError for a tensor of a wrong shape.
 */
export function toTensors(specs: readonly InputSpec[], given: unknown): GivenTensors {
  const ready = readyMatrix(specs, given);
  if (ready !== undefined) return ready;
  const tensors = new Map<string, Tensor>();
  for (const [i, value] of distribute(specs, given).entries()) tensors.set(specs[i]!.name, value);
  return { tensors, rows: commonRows(specs, tensors) };
}

/**
 * The call that has to cost nothing, told at a glance: one matrix of floats, given by itself or by its name, `data` in the
 * storage that the input has. Undefined for whatever else it may be, right or wrong.
 */
function readyMatrix(specs: readonly InputSpec[], given: unknown): GivenTensors | undefined {
  const spec = specs[0];
  if (specs.length !== 1 || spec === undefined || spec.sparse === true || !isPlain(given)) return undefined;
  // Beside its own `data`, an object of inputs by name may have one called so: left to the careful way.
  const value = given["data"] === undefined && Object.hasOwn(given, spec.name) ? given[spec.name] : given;
  if (!isPlain(value) || (value === given && namesDataAndShape(spec))) return undefined;
  const { data, shape, dtype } = value as {
    readonly data?: unknown;
    readonly shape?: unknown;
    readonly dtype?: unknown;
  };
  const own =
    spec.dtype === "float32" ? data instanceof Float32Array : spec.dtype === "float64" && data instanceof Float64Array;
  if (!own || (dtype !== undefined && dtype !== spec.dtype) || !Array.isArray(shape) || shape.length !== 2)
    return undefined;
  const [batch, width] = spec.shape;
  const rows: unknown = shape[0];
  const fits =
    spec.shape.length === 2 && typeof batch === "object" && batch.N === 1 && batch.plus === 0 && width === shape[1];
  if (!fits || typeof rows !== "number" || !Number.isSafeInteger(rows) || rows < 0) return undefined;
  const cells = data as Float32Array | Float64Array;
  if (cells.length !== rows * Number(width)) return undefined;
  const tensor = { dtype: spec.dtype, shape: [rows, Number(width)], data: cells } as Tensor;
  return { tensors: new Map([[spec.name, tensor]]), rows };
}

/** An object literal of this realm. */
function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

function commonRows(specs: readonly InputSpec[], tensors: ReadonlyMap<string, Tensor>): number {
  let rows: { readonly count: number; readonly of: string } | undefined;
  for (const spec of specs) {
    if (!spec.shape.some(dependsOnN)) continue;
    const count = rowsOf(spec, tensors.get(spec.name)?.shape ?? []) ?? 0;
    rows ??= { count, of: spec.name };
    if (rows.count !== count) {
      throw new DataError(
        `${formatPlace({ input: spec.name })} has ${count} rows, but ${formatPlace({ input: rows.of })} has ${rows.count}`,
      );
    }
  }
  return rows?.count ?? 1;
}

/** One tensor per spec, in their order. */
function distribute(specs: readonly InputSpec[], given: unknown): readonly Tensor[] {
  const [only] = specs.length === 1 ? specs : [];
  if (only?.sparse === true && !(isRecord(given) && Object.hasOwn(given, only.name))) {
    const rows = sparseRows(only, only.columns ?? [], given);
    if (rows !== undefined) return [rows];
  }
  if (isRecord(given) || (typeof given === "object" && given !== null && namedDataAndShape(specs, given))) {
    return fromRecord(specs, given);
  }
  if (Array.isArray(given)) {
    const first = given.find((row) => row !== null && row !== undefined);
    if (isRecord(first)) return fromRecords(specs, given);
  }
  if (only !== undefined) return [toInputTensor(only, given)];
  const columns = specs.length > 0 && specs.every(isColumn);
  if (columns && isTfjsTensor(given))
    return fromTable(
      specs,
      readTfjsTensor(given, () => "X"),
    );
  if (columns && isGivenTensor(given)) return fromTable(specs, given);
  if (columns && Array.isArray(given)) return fromRows(specs, given);
  throw new DataError(`expected an object with the inputs ${names(specs)}, got ${describeValue(given)}`);
}

/** A table may have columns called "data" and "shape"; then `{ data, shape }` is a record of them. */
function namedDataAndShape(specs: readonly InputSpec[], given: object): boolean {
  return isGivenTensor(given) && namesDataAndShape(...specs);
}

function namesDataAndShape(...specs: readonly InputSpec[]): boolean {
  const named = (word: string): boolean => specs.some((s) => s.name === word || s.columns?.includes(word) === true);
  return named("data") && named("shape");
}

function names(specs: readonly InputSpec[]): string {
  return specs.map((s) => JSON.stringify(s.name)).join(", ");
}

/** The table columns of a matrix input whose file names them. */
function columnsOf(spec: InputSpec | undefined): readonly string[] | undefined {
  return spec !== undefined && isMatrix(spec) ? spec.columns : undefined;
}

// --- records ---------------------------------------------------------------------------------------------------------

function fromRecord(specs: readonly InputSpec[], given: object): readonly Tensor[] {
  const [only] = specs.length === 1 ? specs : [];
  const columns = columnsOf(only);
  if (only !== undefined && columns !== undefined && !Object.hasOwn(given, only.name)) {
    return [fromColumns(only, columns, given)];
  }
  return specs.map((spec) => {
    const own = ownValue(given, spec.name);
    const sparse =
      own === undefined || spec.sparse !== true ? undefined : sparseRows(spec, spec.columns ?? [], own.value);
    if (sparse !== undefined) return sparse;
    if (own !== undefined) return toInputTensor(spec, own.value);
    const keys = Object.keys(given);
    const found =
      keys.length === 0
        ? "nothing"
        : keys
            .slice(0, 8)
            .map((k) => JSON.stringify(k))
            .join(", ");
    const hint = only !== undefined && isMatrix(only) ? `; ${unnamed}` : "";
    throw new DataError(`${formatPlace({ input: spec.name })} is missing, got ${found}${hint}`, { column: spec.name });
  });
}

const unnamed = "the model file names no columns, so give each row as an array in the order of training";

/** A record of columns → the matrix [N, F]. */
function fromColumns(spec: InputSpec, columns: readonly string[], given: object): Tensor {
  const parts = columns.map((name, j) => {
    const own = ownValue(given, name);
    if (own === undefined) {
      throw new DataError(`${formatPlace({ input: spec.name, column: name })} is missing`, { column: name });
    }
    const categories = spec.categories?.get(j);
    const value = categories === undefined ? own.value : columnCodes(categories, own.value, spec.name, name);
    return toInputTensor({ name: spec.name, dtype: spec.dtype, shape: [N] }, value, name);
  });
  const rows = parts[0]?.shape[0] ?? 0;
  for (const [j, part] of parts.entries()) {
    if (part.shape[0] === rows) continue;
    const place = { input: spec.name, column: columns[j]! };
    throw new DataError(
      `${formatPlace(place)} has ${part.shape[0]} rows, but column ${JSON.stringify(columns[0])} has ${rows}`,
      place,
    );
  }
  const out = allocate(spec.dtype, rows * columns.length);
  const target = out as { [index: number]: unknown };
  for (const [j, part] of parts.entries()) {
    for (let i = 0; i < rows; i++) target[i * columns.length + j] = part.data[i];
  }
  return checkWidth(spec, { dtype: spec.dtype, shape: [rows, columns.length], data: out });
}

/** An array of records → one matrix, or one column per input. */
function fromRecords(specs: readonly InputSpec[], given: readonly unknown[]): readonly Tensor[] {
  const [only] = specs.length === 1 ? specs : [];
  const columns = columnsOf(only);
  if (only !== undefined && columns !== undefined) {
    return [checkWidth(only, fromRecordRows(only, columns, given, [given.length, columns.length]))];
  }
  if (!specs.every(isColumn)) {
    const place = formatPlace({ input: specs.find((s) => !isColumn(s))?.name ?? "" });
    throw new DataError(`${place} cannot be filled from an array of records; ${unnamed}`);
  }
  return specs.map((spec) =>
    fromRecordRows(spec, [spec.name], given, spec.shape.length === 1 ? [given.length] : [given.length, 1]),
  );
}

function fromRecordRows(
  spec: InputSpec,
  columns: readonly string[],
  given: readonly unknown[],
  shape: readonly number[],
): Tensor {
  const out = allocate(spec.dtype, given.length * columns.length);
  const target = out as { [index: number]: unknown };
  const convert = convertCell[spec.dtype];
  const direct = takesNumbers(spec.dtype);
  const categories = columns.map((_, j) => spec.categories?.get(j));
  for (const [i, record] of given.entries()) {
    if (!isRecord(record)) {
      const place = { input: spec.name, row: i };
      throw new DataError(
        `${formatPlace(place)}: expected an object like the rows before it, got ${describeValue(record)}`,
        place,
      );
    }
    for (let j = 0; j < columns.length; j++) {
      const column = columns[j]!;
      if (!Object.hasOwn(record, column)) {
        const place = { input: spec.name, row: i, column };
        throw new DataError(`${formatPlace(place)} is missing; give null for a missing value`, place);
      }
      const placeOf = () => ({ input: spec.name, row: i, column });
      const list = categories[j];
      const cell = list === undefined ? record[column] : codeOfCell(list, record[column], true, placeOf);
      target[i * columns.length + j] = direct && typeof cell === "number" ? cell : convert(cell, placeOf);
    }
  }
  return { dtype: spec.dtype, shape, data: out };
}

function checkWidth(spec: InputSpec, tensor: Tensor): Tensor {
  if (rowsOf(spec, tensor.shape) !== undefined) return tensor;
  const found = `the file names ${tensor.shape[1]} columns`;
  throw new ShapeError(`${formatPlace({ input: spec.name })}: expected shape ${formatShape(spec.shape)}, but ${found}`);
}

// --- a table for a model with one input per column -------------------------------------------------------------------

function fromRows(specs: readonly InputSpec[], given: readonly unknown[]): readonly Tensor[] {
  return splitColumns(specs, given.length, (i) => {
    const row = given[i];
    if (isCells(row) && row.length === specs.length) return row;
    const found = isCells(row) ? `${row.length} columns` : describeValue(row);
    throw new DataError(`row ${i}: expected ${specs.length} columns (${names(specs)}), got ${found}`, { row: i });
  });
}

function fromTable(
  specs: readonly InputSpec[],
  given: { data: unknown; shape: unknown; dtype?: unknown },
): readonly Tensor[] {
  if (!isCells(given.data)) throw new DataError(`X: expected an array as data, got ${describeValue(given.data)}`);
  const shape = checkedShape(given.shape, given.data.length, () => "X");
  const [rows, width] = shape;
  if (shape.length !== 2 || rows === undefined || width !== specs.length) {
    throw new ShapeError(`X: expected shape [rows, ${specs.length}] (${names(specs)}), got [${shape.join(", ")}]`);
  }
  const bools = given.dtype === "bool" && typedArrayName(given.data) !== undefined;
  const data: Cells = bools ? Array.from(given.data, (v) => v === 1) : given.data;
  return splitColumns(specs, rows, (i) => Array.from({ length: width }, (_, j) => data[i * width + j]));
}

function splitColumns(specs: readonly InputSpec[], rows: number, row: (i: number) => Cells): readonly Tensor[] {
  const tensors = specs.map((spec) => {
    const shape = spec.shape.length === 1 ? [rows] : [rows, 1];
    return { dtype: spec.dtype, shape, data: allocate(spec.dtype, rows) };
  });
  for (let i = 0; i < rows; i++) {
    const cells = row(i);
    for (const [j, { dtype, data }] of tensors.entries()) {
      const target = data as { [index: number]: unknown };
      target[i] = convertCell[dtype](cells[j], () => ({ input: specs[j]!.name, row: i }));
    }
  }
  return tensors;
}
