/**
 * Answers → CSV or JSON text, row by row: the CLI's way out. Each output becomes one column, or one per element of a row
 * (`name_0`, `name_1`, …; with class labels, `name_<label>`). Numbers are written with the fewest digits that read back as the same
 * float32 or float64; missing and infinite ones as `NaN`, `inf` and `-inf` in CSV, as null or on
 * request as text in JSON. Columns kept from the data come first.
 */

import { UnsupportedError } from "../errors.js";
import type { DType } from "../ir/dtype.js";
import { stridesOf } from "../ir/tensor.js";
import type { UserTensor } from "./output.js";
import type { KeptColumns } from "./row-batches.js";

/** One output of a batch as part of a table. */
export interface OutputColumns {
  readonly name: string;
  readonly value: UserTensor;
  /** The axis of `value` that counts rows. */
  readonly rowAxis: number;
  /** The dtype that the model declares, which `value` has in a shorter form where that suffices. */
  readonly declared?: DType;
  /** Labels of the elements along the last axis, where they are classes. */
  readonly classes?: readonly unknown[];
}

/** Rows of the batch, for an output; throws UnsupportedError where the output has no axis of rows. */
function rowsOf(output: OutputColumns): number {
  const rows = output.value.shape[output.rowAxis];
  if (rows === undefined) {
    throw new UnsupportedError(
      `output ${JSON.stringify(output.name)}`,
      "has no element per row",
      "choose others with --outputs",
    );
  }
  return rows;
}

/** Positions within a row, row-major over the axes but the row axis: [0] for a vector, [[0, 0], [0, 1], …] else. */
function positions(output: OutputColumns): readonly (readonly number[])[] {
  let all: readonly (readonly number[])[] = [[]];
  for (const [axis, size] of output.value.shape.entries()) {
    if (axis === output.rowAxis) continue;
    all = all.flatMap((head) => Array.from({ length: size }, (_, i) => [...head, i]));
  }
  return all;
}

/** The titles of the columns of an output: its name, or one for each element of a row. */
export function columnNames(output: OutputColumns): readonly string[] {
  const { shape } = output.value;
  const all = positions(output);
  const single = shape.every((size, axis) => axis === output.rowAxis || size === 1);
  const labels =
    output.classes?.length === shape.at(-1) && output.rowAxis !== shape.length - 1 ? output.classes : undefined;
  if (single && labels === undefined) return [output.name];
  return all.map((position) => {
    const words = position.map((i, at) =>
      labels !== undefined && at === position.length - 1 ? String(labels[i]) : String(i),
    );
    return [output.name, ...words].join("_");
  });
}

/** Functions that give the text of each cell of a row. */
function cellsOf(
  output: OutputColumns,
  write: (value: unknown, dtype: DType) => string,
): readonly ((row: number) => string)[] {
  const { data, shape, dtype } = output.value;
  const strides = stridesOf(shape);
  const others = strides.filter((_, axis) => axis !== output.rowAxis);
  const rowStride = strides[output.rowAxis] ?? 0;
  return positions(output).map((position) => {
    const offset = position.reduce((sum, i, axis) => sum + i * others[axis]!, 0);
    return (row) => write(data[offset + row * rowStride], dtype);
  });
}

/** The header line of a table of these outputs, after the kept columns. */
export function csvHeader(outputs: readonly OutputColumns[], kept?: KeptColumns): string {
  return `${[...(kept?.names ?? []), ...outputs.flatMap(columnNames)].map(quote).join(",")}\n`;
}

/** The rows of a batch as CSV lines. */
export function csvRows(outputs: readonly OutputColumns[], kept?: KeptColumns): string {
  const rows = outputs[0] === undefined ? 0 : rowsOf(outputs[0]);
  const cells = outputs.flatMap((output) => {
    rowsOf(output);
    return cellsOf(output, csvCell);
  });
  let text = "";
  for (let i = 0; i < rows; i++) {
    const own = kept?.rows[i];
    if (own !== undefined) for (let j = 0; j < own.length; j++) text += (j === 0 ? "" : ",") + keptCsvCell(own[j]);
    for (let j = 0; j < cells.length; j++) text += (j === 0 && (own?.length ?? 0) === 0 ? "" : ",") + cells[j]!(i);
    text += "\n";
  }
  return text;
}

export interface JsonStyle {
  /** Write "NaN", "Infinity" and "-Infinity" instead of null. */
  readonly special?: boolean;
  readonly kept?: KeptColumns | undefined;
}

/** The rows of a batch as JSON objects, one a line: arrays for outputs of more than one element. */
export function jsonRows(outputs: readonly OutputColumns[], style: JsonStyle = {}): string {
  const rows = jsonObjects(outputs, style);
  return rows.length === 0 ? "" : `${rows.join("\n")}\n`;
}

/** A JSON object for each row. */
export function jsonObjects(outputs: readonly OutputColumns[], { special = false, kept }: JsonStyle): string[] {
  const rows = outputs[0] === undefined ? 0 : rowsOf(outputs[0]);
  const parts = outputs.map((output) => {
    rowsOf(output);
    const cells = cellsOf(output, special ? specialJsonCell : jsonCell);
    const isList = output.value.shape.length > 1;
    const key = `${JSON.stringify(output.name)}:`;
    return (row: number) => {
      const values = cells.map((cell) => cell(row)).join(",");
      return key + (isList ? `[${values}]` : values);
    };
  });
  const own = (kept?.names ?? []).map((name, j) => {
    const key = `${JSON.stringify(name)}:`;
    return (row: number) => key + keptJsonValue(kept?.rows[row]?.[j], kept?.text === true);
  });
  const all = [...own, ...parts];
  return Array.from({ length: rows }, (_, i) => `{${all.map((part) => part(i)).join(",")}}`);
}

/** What JSON calls a number; "007" is none, and stays the text that it is. */
const jsonNumber = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

function keptCsvCell(value: unknown): string {
  if (typeof value === "string") return value === "" ? "" : quote(value);
  if (value === null || value === undefined) return "";
  return typeof value === "object" ? quote(JSON.stringify(value)) : String(value);
}

/** A cell of a CSV file as a number where it is one, digit by digit; other values as JSON writes them. */
function keptJsonValue(value: unknown, isCell: boolean): string {
  return isCell && typeof value === "string" && jsonNumber.test(value) ? value : JSON.stringify(value ?? null);
}

function quote(text: string): string {
  return text === "" || /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** The fewest digits that read back as this value of this precision. Reading is text → double → float32, as everywhere. */
export function formatNumber(value: number, dtype: DType): string {
  if (Object.is(value, -0)) return "-0";
  if (dtype === "float32") {
    for (let digits = 6; digits <= 9; digits++) {
      const short = Number(value.toPrecision(digits));
      if (Math.fround(short) === value) return String(short);
    }
  }
  return String(value);
}

function csvCell(value: unknown, dtype: DType): string {
  if (typeof value === "string") return quote(value);
  if (dtype === "bool") return value === 1 ? "true" : "false";
  if (typeof value !== "number") return String(value);
  if (Number.isFinite(value)) return formatNumber(value, dtype);
  return Number.isNaN(value) ? "NaN" : value > 0 ? "inf" : "-inf";
}

function specialJsonCell(value: unknown, dtype: DType): string {
  if (typeof value !== "number" || Number.isFinite(value)) return jsonCell(value, dtype);
  return Number.isNaN(value) ? '"NaN"' : value > 0 ? '"Infinity"' : '"-Infinity"';
}

function jsonCell(value: unknown, dtype: DType): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (dtype === "bool") return value === 1 ? "true" : "false";
  if (typeof value !== "number") return String(value);
  return Number.isFinite(value) ? formatNumber(value, dtype) : "null";
}
