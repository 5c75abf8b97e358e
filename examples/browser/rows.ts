/** Rows that a person types or drops, as what a scorer takes: arrays or records of numbers and text. */

import type { Scorer } from "calypte";

export interface Column {
  readonly name: string;
  /** Text, not numbers. */
  readonly text: boolean;
}

/** The columns that a row has, in order; undefined where the inputs are no table of known width. */
export function columnsOf(inputs: Scorer["inputs"]): readonly Column[] | undefined {
  const widths = inputs.map(({ shape }) => (shape.length === 1 ? 1 : shape.length === 2 ? shape[1] : undefined));
  const [only] = inputs;
  if (inputs.length === 1 && only !== undefined && typeof widths[0] === "number") {
    const text = only.dtype === "string";
    return Array.from({ length: widths[0] }, (_, i) => ({
      name: only.columns?.[i] ?? (only.shape.length === 1 ? only.name : `x[${i}]`),
      text,
    }));
  }
  if (!widths.every((width) => width === 1)) return undefined;
  return inputs.map(({ name, dtype }) => ({ name, text: dtype === "string" }));
}

const numeric = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$|^nan$|^[+-]?inf(?:inity)?$/i;

/** A cell by its column's type; an empty one is missing. Throws where a number is expected and none stands. */
export function parseCell(cell: string, column: Column, place: string): number | string | null {
  const trimmed = cell.trim();
  if (column.text) return cell;
  if (trimmed === "") return null;
  if (!numeric.test(trimmed))
    throw new Error(`${place}, column ${column.name}: expected a number, got ${JSON.stringify(cell)}`);
  return Number(trimmed.replace(/^([+-]?)inf(?:inity)?$/i, "$1Infinity").replace(/^nan$/i, "NaN"));
}

/** What the scorer is given for rows in the order of the columns. */
export function toGiven(
  rows: readonly (readonly (number | string | null)[])[],
  scorer: Scorer,
  columns: readonly Column[],
): unknown {
  if (scorer.inputs.length === 1 && scorer.inputs[0]?.shape.length === 2) return rows;
  // Without a prototype: a column may have any name.
  return rows.map((row) => Object.fromEntries(columns.map(({ name }, i) => [name, row[i]])));
}

/** JSON (an array of arrays or of records, or an object of inputs) or CSV, with a line of column names or without. */
export async function parseRows(
  text: string,
  scorer: Scorer,
): Promise<{ readonly given: unknown; readonly count: number }> {
  if (/^\s*[[{]/.test(text)) {
    const given: unknown = JSON.parse(text);
    return { given, count: Array.isArray(given) ? given.length : 0 };
  }
  const columns = columnsOf(scorer.inputs);
  if (columns === undefined)
    throw new Error("this model's inputs are no table: give JSON, an object of inputs by name");
  const { parse } = await import("csv-parse/browser/esm/sync");
  const records = parse(text, { bom: true, skip_empty_lines: columns.length > 1 }) as string[][];
  const [first] = records;
  if (first === undefined) throw new Error("expected rows, got nothing");
  const named = columns.every(({ name }) => first.includes(name));
  const header =
    named || first.some((cell, i) => columns[i]?.text === false && cell.trim() !== "" && !numeric.test(cell.trim()));
  const from = columns.map(({ name }, i) => (named ? first.indexOf(name) : i));
  if (!named && first.length !== columns.length) {
    throw new Error(`line 1: expected ${columns.length} columns, got ${first.length}`);
  }
  const rows = records
    .slice(header ? 1 : 0)
    .map((cells, row) => columns.map((column, i) => parseCell(cells[from[i]!] ?? "", column, `row ${row + 1}`)));
  return { given: toGiven(rows, scorer, columns), count: rows.length };
}
