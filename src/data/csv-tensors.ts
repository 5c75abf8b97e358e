/**
 * CSV records → batches of input tensors, for the CLI's `predict`. The header is matched to the model's columns by name where the
 * model has names (extra columns are ignored), by position where it has none. Cells are read strictly by column type: an empty
 * cell is a missing value, `nan` and `inf` are numbers, all else that is no number is an error with line and column.
 */

import { DataError, OptionError, UnsupportedError } from "../errors.js";
import { type DType, isFloat, type TensorData } from "../ir/dtype.js";
import { categoryInText, codeOfCell } from "./categories.js";
import { convertCell, type PlaceOf } from "./cells.js";
import type { CsvRecord } from "./csv-records.js";
import { formatPlace, type InputSpec, isColumn, isMatrix, type Place } from "./input-spec.js";
import { type Route as AnyRoute, type BatchBuilder, createBatchBuilder, type DataBatch } from "./row-batches.js";

export interface CsvOptions {
  /** The file's name, for messages. */
  readonly file: string;
  /** Most rows of a batch; Infinity for one batch. */
  readonly batchRows: number;
  /** Whether the first line holds column names. */
  readonly header: boolean;
  /** Names of the CSV columns that make the columns of a matrix input, in the model's order. */
  readonly columns?: readonly string[];
  /** Cells that stand for a missing value, beside the empty one. */
  readonly missingValues?: readonly string[];
  /** Names of columns to hand on with the batches, or "all". */
  readonly keep?: readonly string[] | "all";
}

/** A route from the cell at `from` of a record. */
interface Route extends AnyRoute {
  readonly from: number;
}

const number = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const integer = /^[+-]?\d{1,40}$/;
const words: ReadonlyMap<string, number> = new Map([
  ["nan", Number.NaN],
  ["inf", Infinity],
  ["+inf", Infinity],
  ["-inf", -Infinity],
  ["infinity", Infinity],
  ["+infinity", Infinity],
  ["-infinity", -Infinity],
]);

/**
 * Batches of at most `batchRows` rows, in file order; a file without rows gives one batch of none. Throws DataError with line and
 * column, OptionError for `columns` that do not fit, UnsupportedError for a model whose inputs are no table.
 */
export async function* csvBatches(
  specs: readonly InputSpec[],
  records: AsyncIterable<CsvRecord>,
  options: CsvOptions,
): AsyncGenerator<DataBatch> {
  const { file, batchRows } = options;
  let width = 0;
  let batch: BatchBuilder<readonly string[]> | undefined;
  let [given, read] = [0, 0];
  for await (const { cells, line } of records) {
    if (batch === undefined) {
      width = cells.length;
      batch = startBatches(specs, cells, options);
      if (options.header) continue;
    }
    // A blank line between rows is none; in a file of one column it is a missing value.
    if (width > 1 && cells.length === 1 && cells[0] === "") continue;
    if (cells.length !== width) {
      const place = `${file}, line ${line}`;
      throw new DataError(`${place}: expected ${width} cells as in line 1, got ${cells.length}`, { row: read });
    }
    batch.add(cells, { file, line });
    read++;
    if (batch.rows() === batchRows) {
      given++;
      yield batch.take();
    }
  }
  if (batch === undefined) throw new DataError(`${file} is empty, expected a header line and rows`);
  if (batch.rows() > 0 || given === 0) yield batch.take();
}

function startBatches(
  specs: readonly InputSpec[],
  first: readonly string[],
  options: CsvOptions,
): BatchBuilder<readonly string[]> {
  const missing: ReadonlySet<string> = new Set(options.missingValues);
  const keep = keptCells(first, options);
  return createBatchBuilder({
    specs,
    routes: createRoutes(specs, first, options),
    element: (cells, route, spec, placeOf) =>
      elementOf(cells[route.from]!, route, spec, placeOf, missing, options.header),
    batchRows: options.batchRows,
    ...(keep === undefined ? {} : { keep }),
  });
}

/** Which cells of a record are handed on, and their names. */
function keptCells(first: readonly string[], { keep, header, file }: CsvOptions) {
  const text = true as const;
  if (keep === undefined) return undefined;
  if (!header)
    throw new OptionError("keep", "columns are kept by name, which needs a header line; leave out --no-header");
  if (keep === "all") return { names: first, values: (cells: readonly string[]) => cells, text };
  const from = byName(keep, first, file).map((r) => r.from);
  return { names: keep, values: (cells: readonly string[]) => from.map((i) => cells[i]!), text };
}

// --- which column goes where ------------------------------------------------------------------------------------------

function createRoutes(specs: readonly InputSpec[], first: readonly string[], options: CsvOptions): readonly Route[] {
  const { file, header, columns } = options;
  if (header && first.every((cell) => number.test(cell.trim()))) {
    throw new DataError(`${file}, line 1: expected column names, got only numbers; use --no-header if it has none`);
  }
  if (columns !== undefined && !header)
    throw new OptionError("columns", "--columns needs a header line to choose from");
  const [only] = specs.length === 1 ? specs : [];
  // One column that the file names is taken from among others, like the columns of a model with several inputs.
  const named = only !== undefined && isColumn(only) && header && columns === undefined && first.includes(only.name);
  if (only !== undefined && isMatrix(only) && !named) return matrixRoutes(only, first, options);
  if (specs.length === 0 || !specs.every(isColumn)) {
    const odd = specs.find((s) => !isColumn(s));
    throw new UnsupportedError(
      file,
      `input ${JSON.stringify(odd?.name ?? "")} is not one table column`,
      "use the library's run",
    );
  }
  if (columns !== undefined && specs.length !== 1) {
    throw new OptionError("columns", "--columns is for a model with one input; this model's inputs name their columns");
  }
  if (!header) {
    if (first.length !== specs.length) {
      throw new DataError(`${file}, line 1: expected ${specs.length} cells, one for each input, got ${first.length}`);
    }
    return specs.map((spec, i) => ({ from: i, input: i, to: 0, name: spec.name }));
  }
  // A file of one column for a model of one column needs no particular name.
  if (only !== undefined && columns === undefined && first.length === 1) {
    return [{ from: 0, input: 0, to: 0, name: first[0]! }];
  }
  return byName(columns ?? specs.map((s) => s.name), first, file).map((r, i) => ({ ...r, input: i, to: 0 }));
}

function matrixRoutes(spec: InputSpec, first: readonly string[], options: CsvOptions): readonly Route[] {
  const { file, header } = options;
  const width = spec.shape[1];
  const names = options.columns ?? (header ? spec.columns : undefined);
  const count = names?.length ?? first.length;
  if (typeof width === "number" && count !== width) {
    if (options.columns !== undefined) {
      throw new OptionError("columns", `--columns names ${count} columns, but the model takes ${width}`);
    }
    const separator = count === 1 ? [";", "\t", "|"].find((s) => first[0]?.includes(s)) : undefined;
    const next =
      separator !== undefined
        ? `; if cells are separated by ${JSON.stringify(separator)}, say --delimiter ${separator === "\t" ? "tab" : `"${separator}"`}`
        : header
          ? "; choose them in the model's order with --columns"
          : "";
    throw new DataError(`${file}, line 1: expected ${width} columns, got ${count}${next}`);
  }
  if (names === undefined) return first.map((name, i) => ({ from: i, input: 0, to: i, name: header ? name : i }));
  return byName(names, first, file).map((r, i) => ({ ...r, input: 0, to: i }));
}

function byName(
  names: readonly string[],
  header: readonly string[],
  file: string,
): readonly Pick<Route, "from" | "name">[] {
  return names.map((name) => {
    const from = header.indexOf(name);
    const quoted = JSON.stringify(name);
    if (from === -1) {
      const some = header.slice(0, 8).map((h) => JSON.stringify(h));
      const found = `${some.join(", ")}${header.length > 8 ? ` and ${header.length - 8} more` : ""}`;
      throw new DataError(`${file}, line 1: column ${quoted} is missing, got ${found}`, { column: name });
    }
    if (header.indexOf(name, from + 1) !== -1) {
      throw new DataError(`${file}, line 1: column ${quoted} occurs twice`, { column: name });
    }
    return { from, name };
  });
}

// --- cells --------------------------------------------------------------------------------------------------------------

/** What other programs write for a missing value; named in the error, never guessed. */
const missingWords: ReadonlySet<string> = new Set(["na", "n/a", "#n/a", "<na>", "null", "none", "?", "-", "nil", "."]);

/** The element for a cell of the route's column, which may be a category that the model's file lists. */
function elementOf(
  cell: string,
  route: Route,
  spec: InputSpec,
  placeOf: PlaceOf,
  missing: ReadonlySet<string>,
  named: boolean,
): TensorData[number] {
  const list = spec.categories?.get(route.to);
  if (list === undefined) return parseCell(spec.dtype, cell, placeOf, missing);
  const category = categoryInText(list, cell, (text) =>
    text === "" || missing.has(text) || Number.isNaN(words.get(text.toLowerCase()))
      ? "missing"
      : number.test(text) || words.has(text.toLowerCase())
        ? "number"
        : "neither",
  );
  const given = category ?? parseCell("float64", cell, placeOf, missing);
  return convertCell[spec.dtype](codeOfCell(list, given, named, placeOf), placeOf);
}

/**
 * The element that a cell stands for; `missing` are texts of missing values. Strings are taken as they are, spaces included; in
 * other types outer blanks do not count.
 */
export function parseCell(
  dtype: DType,
  cell: string,
  placeOf: () => Place,
  missing: ReadonlySet<string>,
): TensorData[number] {
  if (dtype === "string") return missing.has(cell) ? "" : cell;
  const text = cell.trim();
  const refuse = (wanted: string): never => {
    const place = placeOf();
    const found = text === "" ? "an empty cell" : JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);
    const hint = missingWords.has(text.toLowerCase())
      ? `; if that means missing, say --missing-values "${text}"`
      : /^[+-]?\d+,\d+$/.test(text)
        ? "; write decimals with a point"
        : "";
    throw new DataError(`${formatPlace(place)}: expected ${wanted}, got ${found}${hint}`, place);
  };
  if (isFloat(dtype)) {
    // Decimal to double and double to float32, as pandas and scikit-learn round the same text.
    if (number.test(text)) return missing.has(text) ? Number.NaN : convertCell[dtype](Number(text), placeOf);
    if (text === "" || missing.has(text)) return Number.NaN;
    return words.get(text.toLowerCase()) ?? refuse("a number, or an empty cell where it is missing");
  }
  if (missing.has(text)) return refuse(`${dtype === "bool" ? "true or false" : "an integer"}, which cannot be missing`);
  if (dtype === "bool") {
    const lower = text.toLowerCase();
    if (lower === "true" || lower === "1") return 1;
    return lower === "false" || lower === "0" ? 0 : refuse("true or false");
  }
  if (!integer.test(text)) return refuse(`an integer for ${dtype}`);
  if (dtype === "int64" || dtype === "uint64") return convertCell[dtype](BigInt(text.replace(/^\+/, "")), placeOf);
  return convertCell[dtype](Number(text), placeOf);
}
