/**
 * CSV records → batches of input tensors, for the CLI's `predict`. The header is matched to the model's columns by name where the
 * model has names (extra columns are ignored), by position where it has none. Cells are read strictly by column type: an empty
 * cell is a missing value, `nan` and `inf` are numbers, all else that is no number is an error with line and column.
 */

import { DataError, OptionError, UnsupportedError } from "../errors.js";
import { allocate, type DType, isFloat, type TensorData } from "../ir/dtype.js";
import type { Tensor } from "../ir/tensor.js";
import { convertCell } from "./cells.js";
import type { CsvRecord } from "./csv-records.js";
import { formatPlace, type InputSpec, isColumn, isMatrix, type Place } from "./input-spec.js";

export interface CsvOptions {
  /** The file's name, for messages. */
  readonly file: string;
  /** Most rows of a batch; Infinity for one batch. */
  readonly batchRows: number;
  /** Whether the first line holds column names. */
  readonly header: boolean;
  /** Names of the CSV columns that make the columns of a matrix input, in the model's order. */
  readonly columns?: readonly string[];
}

export interface CsvBatch {
  readonly tensors: ReadonlyMap<string, Tensor>;
  readonly rows: number;
}

/** Where the cells of a CSV column go: column `to` of input `input`; `name` is for messages. */
interface Route {
  readonly from: number;
  readonly input: number;
  readonly to: number;
  readonly name: string | number;
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
): AsyncGenerator<CsvBatch> {
  let table: Table | undefined;
  let given = 0;
  for await (const record of records) {
    if (table === undefined) {
      table = createTable(specs, record, options);
      if (options.header) continue;
    }
    // A blank line between rows is none; in a file of one column it is a missing value.
    if (table.width > 1 && record.cells.length === 1 && record.cells[0] === "") continue;
    table.add(record);
    if (table.rows() === options.batchRows) {
      given++;
      yield table.take();
    }
  }
  if (table === undefined) throw new DataError(`${options.file} is empty, expected a header line and rows`);
  if (table.rows() > 0 || given === 0) yield table.take();
}

interface Table {
  /** Columns of the CSV file. */
  readonly width: number;
  rows(): number;
  add(record: CsvRecord): void;
  take(): CsvBatch;
}

function createTable(specs: readonly InputSpec[], first: CsvRecord, options: CsvOptions): Table {
  const { file } = options;
  const width = first.cells.length;
  const routes = createRoutes(specs, first.cells, options);
  const widths = specs.map((_, i) => routes.filter((r) => r.input === i).length);
  let [rows, total] = [0, 0];
  let capacity = 0;
  let data: TensorData[] = [];

  const grow = (): void => {
    capacity = Math.min(Math.max(256, capacity * 2), options.batchRows);
    data = specs.map((spec, i) => {
      const larger = allocate(spec.dtype, capacity * widths[i]!);
      copyInto(larger, data[i]);
      return larger;
    });
  };

  return {
    width,
    rows: () => rows,
    add(record) {
      if (record.cells.length !== width) {
        const place = `${file}, line ${record.line}`;
        throw new DataError(`${place}: expected ${width} cells as in line 1, got ${record.cells.length}`, {
          row: total,
        });
      }
      if (rows === capacity) grow();
      for (const route of routes) {
        const spec = specs[route.input]!;
        const target = data[route.input] as { [index: number]: unknown };
        target[rows * widths[route.input]! + route.to] = parseCell(spec.dtype, record.cells[route.from]!, () => ({
          input: spec.name,
          row: total,
          column: route.name,
          line: { file, number: record.line },
        }));
      }
      rows++;
      total++;
    },
    take() {
      const tensors = new Map<string, Tensor>();
      for (const [i, spec] of specs.entries()) {
        const shape = spec.shape.length === 1 ? [rows] : [rows, widths[i]!];
        const whole = data[i] ?? allocate(spec.dtype, 0);
        tensors.set(spec.name, { dtype: spec.dtype, shape, data: whole.slice(0, rows * widths[i]!) });
      }
      const batch = { tensors, rows };
      rows = 0;
      return batch;
    },
  };
}

function copyInto(target: TensorData, source: TensorData | undefined): void {
  const out = target as { [index: number]: unknown };
  for (let i = 0; i < (source?.length ?? 0); i++) out[i] = source?.[i];
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
    const next = header ? `; choose them in the model's order with --columns` : "";
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

/** The element that a cell stands for. Strings are taken as they are, spaces included; in other types outer blanks do not count. */
export function parseCell(dtype: DType, cell: string, placeOf: () => Place): TensorData[number] {
  if (dtype === "string") return cell;
  const text = cell.trim();
  const refuse = (wanted: string): never => {
    const place = placeOf();
    const found = text === "" ? "an empty cell" : JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);
    throw new DataError(`${formatPlace(place)}: expected ${wanted}, got ${found}`, place);
  };
  if (isFloat(dtype)) {
    // Decimal to double and double to float32, as pandas and scikit-learn round the same text.
    if (number.test(text)) return convertCell[dtype](Number(text), placeOf);
    if (text === "") return Number.NaN;
    return words.get(text.toLowerCase()) ?? refuse("a number, or an empty cell where it is missing");
  }
  if (dtype === "bool") {
    const lower = text.toLowerCase();
    if (lower === "true" || lower === "1") return 1;
    return lower === "false" || lower === "0" ? 0 : refuse("true or false");
  }
  if (!integer.test(text)) return refuse(`an integer for ${dtype}`);
  if (dtype === "int64" || dtype === "uint64") return convertCell[dtype](BigInt(text.replace(/^\+/, "")), placeOf);
  return convertCell[dtype](Number(text), placeOf);
}
