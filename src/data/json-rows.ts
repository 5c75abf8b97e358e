/**
 * JSON text → rows, for the CLI: JSON lines (one value a line, streamed) or one document. A row is an array of cells, a record, or a
 * bare value. A document may be an array of rows, a record of columns, pandas' `{ columns, data }`, or a single record. Which of the
 * two it is shows in the first line: if it is a whole value and more follows, these are lines.
 */

import { DataError, LimitError } from "../errors.js";
import { describeValue } from "./cells.js";
import { isRecord } from "./given.js";
import { formatSource } from "./input-spec.js";
import type { RowSource } from "./row-batches.js";
import { readLines } from "./utf8.js";

export interface JsonRow {
  readonly value: unknown;
  readonly source: RowSource;
}

/** Most characters of a document, which is held whole. */
const maxDocumentCharacters = 1 << 28;

/** The rows in order. `lines`: each line is a row, whatever follows. Throws DataError with the line, LimitError for a huge document. */
export async function* readJsonRows(
  text: AsyncIterable<string>,
  file: string,
  lines: boolean,
): AsyncGenerator<JsonRow> {
  if (lines) {
    for await (const line of readLines(text, file)) {
      yield { value: parse(line.text, `${file}, line ${line.number}`), source: { file, line: line.number } };
    }
    return;
  }
  const pieces = text[Symbol.asyncIterator]();
  const head = await firstLine(pieces);
  const first = tryParse(head.line);
  const rest: AsyncIterable<string> = { [Symbol.asyncIterator]: () => pieces };
  if (first === undefined) {
    yield* documentRows(parse(await wholeText(head.line + head.after, rest, file), file), file);
    return;
  }
  let seen = false;
  for await (const line of readLines(prepend(head.after, rest), file)) {
    if (!seen) yield { value: first.value, source: { file, line: 1 } };
    seen = true;
    const number = line.number + 1;
    yield { value: parse(line.text, `${file}, line ${number}`), source: { file, line: number } };
  }
  if (!seen) yield* documentRows(first.value, file);
}

async function firstLine(pieces: AsyncIterator<string>): Promise<{ readonly line: string; readonly after: string }> {
  let text = "";
  for (let next = await pieces.next(); next.done !== true; next = await pieces.next()) {
    if (text === "") text = next.value.replace(/^\uFEFF/, "");
    else text += next.value;
    const end = text.indexOf("\n");
    if (end !== -1) return { line: text.slice(0, end), after: text.slice(end + 1) };
    if (text.length > maxDocumentCharacters) break;
  }
  return { line: text, after: "" };
}

async function* prepend(text: string, rest: AsyncIterable<string>): AsyncGenerator<string> {
  yield text;
  yield* rest;
}

async function wholeText(start: string, rest: AsyncIterable<string>, file: string): Promise<string> {
  const pieces = [start];
  let length = start.length;
  for await (const piece of rest) {
    pieces.push(piece);
    length += piece.length;
    if (length > maxDocumentCharacters) break;
  }
  if (length > maxDocumentCharacters) {
    throw new LimitError(
      `${file}: a JSON document of more than ${maxDocumentCharacters} characters; write JSON lines, which are streamed`,
    );
  }
  return pieces.join("");
}

function tryParse(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return undefined;
  }
}

function parse(text: string, place: string): unknown {
  if (text.trim() === "") throw new DataError(`${place} is empty, expected JSON rows`);
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    // V8 quotes the text around the place, over several lines if need be.
    const reason = (error instanceof Error ? error.message : String(error)).replaceAll(/\s+/g, " ");
    const hint = /[[,:\s](NaN|-?Infinity)[\],}\s]/.test(text)
      ? "; JSON has no NaN: write null where a value is missing"
      : "";
    throw new DataError(`${place}: is no JSON (${reason})${hint}`);
  }
}

// --- documents ----------------------------------------------------------------------------------------------------------

function* documentRows(value: unknown, file: string): Generator<JsonRow> {
  const at = (row: number): RowSource => ({ file, row });
  if (Array.isArray(value)) {
    for (const [i, row] of value.entries()) yield { value: row, source: at(i) };
    return;
  }
  if (typeof value !== "object" || value === null) {
    throw new DataError(`${file}: expected rows, records or columns, got ${describeValue(value)}`);
  }
  const record = value as Readonly<Record<string, unknown>>;
  const table = splitTable(record, file);
  if (table !== undefined) {
    for (const [i, cells] of table.rows.entries()) {
      if (!Array.isArray(cells) || cells.length !== table.names.length) {
        const found = Array.isArray(cells) ? `${cells.length} cells` : describeValue(cells);
        throw new DataError(`${formatSource(at(i))}: expected ${table.names.length} cells, got ${found}`, { row: i });
      }
      yield { value: recordOf(table.names, (j) => cells[j] as unknown), source: at(i) };
    }
    return;
  }
  const names = Object.keys(record);
  const lists = names.filter((name) => Array.isArray(record[name]));
  if (lists.length === 0) {
    const nested = names.find((name) => isRecord(record[name]));
    if (nested !== undefined) {
      throw new DataError(
        `${file}: expected a list of values for column ${JSON.stringify(nested)}, got an object; write rows (pandas: orient="records")`,
      );
    }
    yield { value: record, source: at(0) };
    return;
  }
  yield* columnRows(record, names, file);
}

/** pandas' orient="split": the names once, then rows of cells. */
function splitTable(record: Readonly<Record<string, unknown>>, file: string) {
  const { columns, data } = record as { readonly columns?: unknown; readonly data?: unknown };
  const others = Object.keys(record).filter((name) => !["columns", "data", "index"].includes(name));
  if (!Array.isArray(columns) || !Array.isArray(data) || others.length > 0) return undefined;
  const odd = columns.find((name) => typeof name !== "string");
  if (odd !== undefined) {
    throw new DataError(`${file}: expected column names as strings, got ${describeValue(odd)}`);
  }
  return { names: columns as readonly string[], rows: data as readonly unknown[] };
}

function* columnRows(
  record: Readonly<Record<string, unknown>>,
  names: readonly string[],
  file: string,
): Generator<JsonRow> {
  const columns = names.map((name) => {
    const column = record[name];
    if (Array.isArray(column)) return column as readonly unknown[];
    throw new DataError(
      `${file}: expected a list of values for column ${JSON.stringify(name)}, got ${describeValue(column)}`,
      { column: name },
    );
  });
  const length = columns[0]?.length ?? 0;
  for (const [j, column] of columns.entries()) {
    if (column.length === length) continue;
    const [here, first] = [JSON.stringify(names[j]), JSON.stringify(names[0])];
    throw new DataError(`${file}: column ${here} has ${column.length} rows, but column ${first} has ${length}`, {
      column: names[j]!,
    });
  }
  for (let i = 0; i < length; i++) {
    yield { value: recordOf(names, (j) => columns[j]?.[i]), source: { file, row: i } };
  }
}

/** A record without a prototype, so that a column may be called anything. */
function recordOf(names: readonly string[], cellOf: (j: number) => unknown): Readonly<Record<string, unknown>> {
  const record = Object.create(null) as Record<string, unknown>;
  for (const [j, name] of names.entries()) record[name] = cellOf(j);
  return record;
}
