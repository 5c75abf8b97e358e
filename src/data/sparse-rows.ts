/**
 * Rows for an input that is a map in the model's file: each row an object (or a Map) that holds some of the columns. What it lacks is zero
 * (or an empty text), and what the model does not know is left out, as scikit-learn's DictVectorizer does both.
 */

import { DataError } from "../errors.js";
import { allocate } from "../ir/dtype.js";
import type { Tensor } from "../ir/tensor.js";
import { convertCell, describeValue } from "./cells.js";
import { isCells, isRecord } from "./given.js";
import { formatPlace, type InputSpec } from "./input-spec.js";

/** One row, several rows, or a record of columns → [rows, columns]; undefined for what is none of them. Throws DataError. */
export function sparseRows(spec: InputSpec, columns: readonly string[], given: unknown): Tensor | undefined {
  if (Array.isArray(given)) {
    // Nested arrays are full rows; an empty list may be rows of either kind.
    if (given.length > 0 && !given.some(isRecord)) return undefined;
    return fill(spec, columns, given.length, (i) => rowOf(spec, given[i], i));
  }
  if (!isRecord(given)) return undefined;
  const row = rowOf(spec, given, 0);
  const lists = Object.values(row).filter(isCells);
  if (lists.length === 0) return fill(spec, columns, 1, () => row);
  const rows = lists[0]?.length ?? 0;
  for (const [name, cells] of Object.entries(row)) {
    if (isCells(cells) && cells.length === rows) continue;
    const found = isCells(cells) ? `${cells.length} rows` : describeValue(cells);
    const place = { input: spec.name, column: name };
    throw new DataError(`${formatPlace(place)}: expected ${rows} rows like the columns beside it, got ${found}`, place);
  }
  return fill(spec, columns, rows, (i) =>
    Object.fromEntries(Object.entries(row).map(([name, cells]) => [name, isCells(cells) ? cells[i] : cells])),
  );
}

function rowOf(spec: InputSpec, row: unknown, i: number): Readonly<Record<string, unknown>> {
  if (row instanceof Map) return Object.fromEntries([...row].map(([key, value]) => [String(key), value]));
  if (isRecord(row)) return row;
  const place = { input: spec.name, row: i };
  throw new DataError(`${formatPlace(place)}: expected an object, got ${describeValue(row)}`, place);
}

function fill(
  spec: InputSpec,
  columns: readonly string[],
  rows: number,
  row: (i: number) => Readonly<Record<string, unknown>>,
): Tensor {
  const data = allocate(spec.dtype, rows * columns.length);
  const target = data as { [index: number]: unknown };
  const convert = convertCell[spec.dtype];
  for (let i = 0; i < rows; i++) {
    const record = row(i);
    for (const [j, column] of columns.entries()) {
      if (!Object.hasOwn(record, column)) continue;
      target[i * columns.length + j] = convert(record[column], () => ({ input: spec.name, row: i, column }));
    }
  }
  return { dtype: spec.dtype, shape: [rows, columns.length], data };
}
