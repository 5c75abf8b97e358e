/**
 * JSON rows → batches of input tensors. The first row says how all are to be read: an array by position, a record by the names that
 * the model has (or `columns` gives), a bare value as the one column there is. Cells are taken as the library takes them
 * (`cells.ts`): null is missing, text is no number.
 */

import { DataError, OptionError, UnsupportedError } from "../errors.js";
import { isFloat, type TensorData } from "../ir/dtype.js";
import { codeOfCell } from "./categories.js";
import { convertCell, describeValue, type PlaceOf } from "./cells.js";
import { isRecord } from "./given.js";
import { formatPlace, formatSource, type InputSpec, isColumn, isMatrix } from "./input-spec.js";
import type { JsonRow } from "./json-rows.js";
import { type Route as AnyRoute, type BatchBuilder, createBatchBuilder, type DataBatch } from "./row-batches.js";

export interface JsonOptions {
  /** The file's name, for messages. */
  readonly file: string;
  /** Most rows of a batch; Infinity for one batch. */
  readonly batchRows: number;
  /** Names of the record's values that make the columns of a matrix input, in the model's order. */
  readonly columns?: readonly string[];
  /** Whether "NaN", "Infinity" and "-Infinity" are numbers. */
  readonly special?: boolean;
  /** Names of values to hand on with the batches, or "all". */
  readonly keep?: readonly string[] | "all";
}

/** From the value `key` of a record, and of that the element `at`; or from the element `at` of an array. */
interface Route extends AnyRoute {
  readonly key?: string;
  readonly at?: number;
  /** Length of the array under `key`. */
  readonly of?: number;
}

type Form = "record" | "array" | "value";

const formOf = (value: unknown): Form => (Array.isArray(value) ? "array" : isRecord(value) ? "record" : "value");

/** Batches of at most `batchRows` rows; data without rows gives one batch of none. Throws DataError with the place of the row. */
export async function* jsonBatches(
  specs: readonly InputSpec[],
  rows: AsyncIterable<JsonRow>,
  options: JsonOptions,
): AsyncGenerator<DataBatch> {
  let batch: BatchBuilder<unknown> | undefined;
  let form: Form = "array";
  let width = 0;
  let given = 0;
  for await (const { value, source } of rows) {
    if (batch === undefined) {
      form = formOf(value);
      const routes = createRoutes(specs, value, options, formatSource(source));
      width = form === "array" ? (value as readonly unknown[]).length : 0;
      batch = startBatches(specs, routes, value, options);
    }
    if (formOf(value) !== form || (form === "array" && (value as readonly unknown[]).length !== width)) {
      const expected = form === "array" ? `${width} cells` : form === "record" ? "an object" : "a value";
      const found = formOf(value) === "array" ? `${(value as readonly unknown[]).length} cells` : describeValue(value);
      throw new DataError(`${formatSource(source)}: expected ${expected} as in the first row, got ${found}`);
    }
    batch.add(value, source);
    if (batch.rows() === options.batchRows) {
      given++;
      yield batch.take();
    }
  }
  batch ??= startBatches(specs, emptyRoutes(specs), {}, options);
  if (batch.rows() > 0 || given === 0) yield batch.take();
}

function startBatches(
  specs: readonly InputSpec[],
  routes: readonly Route[],
  first: unknown,
  options: JsonOptions,
): BatchBuilder<unknown> {
  const keep = keptValues(first, options);
  return createBatchBuilder<unknown, Route>({
    specs,
    routes,
    batchRows: options.batchRows,
    element: (row, route, spec, placeOf) => elementOf(row, route, spec, placeOf, options.special === true),
    ...(keep === undefined ? {} : { keep }),
  });
}

function keptValues(first: unknown, { keep, file }: JsonOptions) {
  if (keep === undefined) return undefined;
  if (!isRecord(first)) throw new OptionError("keep", `${file}: only records have names to keep; leave out --keep`);
  const names = keep === "all" ? Object.keys(first) : keep;
  const missing = names.find((name) => !Object.hasOwn(first, name));
  if (missing !== undefined) {
    throw new DataError(`${file}: ${JSON.stringify(missing)} is missing, got ${listOf(Object.keys(first))}`, {
      column: missing,
    });
  }
  // A record that lacks the value has none to keep: null.
  const values = (row: unknown): readonly unknown[] =>
    names.map((name) => {
      const value = Object.hasOwn(row as object, name) ? (row as Readonly<Record<string, unknown>>)[name] : null;
      return value ?? null;
    });
  return { names, values };
}

const listOf = (names: readonly string[]): string => {
  const some = names.slice(0, 8).map((n) => JSON.stringify(n));
  return `${some.join(", ")}${names.length > 8 ? ` and ${names.length - 8} more` : ""}`;
};

// --- which cell goes where ----------------------------------------------------------------------------------------------

const emptyRoutes = (specs: readonly InputSpec[]): readonly Route[] =>
  specs.flatMap((spec, input) => {
    const width = isColumn(spec) ? 1 : spec.shape[1];
    return Array.from({ length: typeof width === "number" ? width : 0 }, (_, to) => ({ input, to, name: to }));
  });

function createRoutes(
  specs: readonly InputSpec[],
  first: unknown,
  options: JsonOptions,
  place: string,
): readonly Route[] {
  const odd = specs.find((s) => !isColumn(s) && !isMatrix(s));
  if (odd !== undefined || specs.length === 0) {
    throw new UnsupportedError(place, `input ${JSON.stringify(odd?.name ?? "")} is no table`, "use the library's run");
  }
  if (isRecord(first)) return recordRoutes(specs, first, options, place);
  const total = emptyRoutes(specs).length;
  const open = specs.find((s) => isMatrix(s) && typeof s.shape[1] !== "number");
  if (Array.isArray(first)) {
    const width = specs.length === 1 && open !== undefined ? first.length : total;
    if (first.length !== width) throw new DataError(`${place}: expected ${width} cells, got ${first.length}`);
    if (open !== undefined) return first.map((_, to) => ({ input: 0, to, name: to, at: to }));
    return emptyRoutes(specs).map((route, at) => ({ ...route, at, name: nameOf(specs, route) }));
  }
  if (total === 1 && specs.length === 1) return [{ input: 0, to: 0, name: specs[0]!.name }];
  throw new DataError(
    `${place}: expected an array or an object for each row, got ${describeValue(first)}; a single row is [[…]]`,
  );
}

function nameOf(specs: readonly InputSpec[], route: Route): string | number {
  const spec = specs[route.input]!;
  return isColumn(spec) ? spec.name : (spec.columns?.[route.to] ?? route.to);
}

function recordRoutes(
  specs: readonly InputSpec[],
  first: Readonly<Record<string, unknown>>,
  { columns, file }: JsonOptions,
  place: string,
): readonly Route[] {
  const [only] = specs.length === 1 ? specs : [];
  if (columns !== undefined) {
    if (only === undefined) {
      throw new OptionError(
        "columns",
        "--columns is for a model with one input; this model's inputs name their columns",
      );
    }
    const width = isColumn(only) ? 1 : only.shape[1];
    if (typeof width === "number" && columns.length !== width) {
      throw new OptionError("columns", `--columns names ${columns.length} columns, but the model takes ${width}`);
    }
    return columns.map((key, to) => ({ input: 0, to, name: key, key }));
  }
  return specs
    .flatMap((spec, input): readonly Route[] => {
      if (isColumn(spec)) return [{ input, to: 0, name: spec.name, key: spec.name }];
      const own = Object.hasOwn(first, spec.name) ? first[spec.name] : undefined;
      if (Array.isArray(own)) {
        const width = typeof spec.shape[1] === "number" ? spec.shape[1] : own.length;
        return Array.from({ length: width }, (_, to) => ({ input, to, name: to, key: spec.name, at: to, of: width }));
      }
      if (spec.columns !== undefined) return spec.columns.map((key, to) => ({ input, to, name: key, key }));
      const next = only === undefined ? "" : `; the model names no columns: give arrays, or choose with --columns`;
      throw new DataError(
        `${place}: ${JSON.stringify(spec.name)} is missing, got ${listOf(Object.keys(first))}${next}`,
        {
          column: spec.name,
        },
      );
    })
    .map((route) => {
      if (route.key !== undefined && !Object.hasOwn(first, route.key)) {
        throw new DataError(
          `${file}: column ${JSON.stringify(route.key)} is missing, got ${listOf(Object.keys(first))}`,
          {
            column: route.key,
          },
        );
      }
      return route;
    });
}

// --- cells --------------------------------------------------------------------------------------------------------------

const specialNumbers: ReadonlyMap<unknown, number> = new Map([
  ["NaN", Number.NaN],
  ["Infinity", Infinity],
  ["-Infinity", -Infinity],
]);

function elementOf(
  row: unknown,
  route: Route,
  spec: InputSpec,
  placeOf: PlaceOf,
  special: boolean,
): TensorData[number] {
  let cell = row;
  if (route.key !== undefined) {
    const record = row as Readonly<Record<string, unknown>>;
    if (!Object.hasOwn(record, route.key)) {
      throw new DataError(`${formatPlace(placeOf())} is missing; give null for a missing value`, placeOf());
    }
    cell = record[route.key];
  }
  if (route.at !== undefined) {
    if (!Array.isArray(cell) || (route.of !== undefined && route.of !== cell.length)) {
      const found = Array.isArray(cell) ? `${cell.length} cells` : describeValue(cell);
      throw new DataError(`${formatPlace(placeOf())}: expected an array of ${route.of} cells, got ${found}`, placeOf());
    }
    cell = cell[route.at];
  }
  const list = spec.categories?.get(route.to);
  if (list !== undefined) {
    const named = route.key !== undefined && route.at === undefined;
    cell = codeOfCell(list, cell, named, placeOf);
  }
  if (isFloat(spec.dtype) && typeof cell === "string") {
    const number = specialNumbers.get(cell);
    if (number !== undefined && special) return number;
    if (number !== undefined) {
      const hint = "say --json-special where such text is a number";
      throw new DataError(
        `${formatPlace(placeOf())}: expected a number, got ${JSON.stringify(cell)}; ${hint}`,
        placeOf(),
      );
    }
  }
  return convertCell[spec.dtype](cell, placeOf);
}
