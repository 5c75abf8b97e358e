/**
 * CSV text → records of cells with their line numbers, as a stream: RFC 4180 through csv-parse, UTF-8 with or without a byte order
 * mark, lines ending in \n or \r\n. First step of the CLI's data path; `csv-tensors.ts` gives the cells their types.
 */

import { Readable } from "node:stream";
import { parse } from "csv-parse";
import { CalypteError, DataError, LimitError } from "../errors.js";
import { decodeUtf8, maxRecordCharacters } from "./utf8.js";

export interface CsvRecord {
  readonly cells: readonly string[];
  /** The line on which the record begins, counted from 1. */
  readonly line: number;
}

/**
 * The records of a CSV file in order, blank lines included (one empty cell). `file` names it in messages. Throws DataError for
 * broken quotes and for text that is no UTF-8, LimitError for an endless record.
 */
export async function* readCsv(
  bytes: AsyncIterable<Uint8Array>,
  file: string,
  delimiter = ",",
): AsyncGenerator<CsvRecord> {
  // The line of the record being parsed, and of those that wait in the stream. Counted inside the parser, which runs ahead: an
  // error drops the waiting records, and its line is where the parser stands.
  let line = 1;
  const waiting: number[] = [];
  const parser = parse({
    bom: true,
    delimiter,
    record_delimiter: ["\r\n", "\n"],
    // Widths are checked by the reader of the records, whose message names the line.
    relax_column_count: true,
    max_record_size: maxRecordCharacters,
    on_record: (cells) => {
      waiting.push(line);
      line++;
      for (const cell of cells) {
        for (let at = cell.indexOf("\n"); at !== -1; at = cell.indexOf("\n", at + 1)) line++;
      }
      return cells;
    },
  });
  const source = Readable.from(decodeUtf8(bytes, file));
  source.on("error", (error) => parser.destroy(error));
  try {
    for await (const record of source.pipe(parser)) {
      yield { cells: record as readonly string[], line: waiting.shift() ?? line };
    }
  } catch (error) {
    throw readable(error, file, line);
  } finally {
    source.destroy();
  }
}

/** csv-parse's error in calypte's words. */
function readable(error: unknown, file: string, line: number): unknown {
  if (error instanceof CalypteError || !(error instanceof Error) || !("code" in error)) return error;
  const place = `${file}, line ${line}`;
  switch (error.code) {
    case "CSV_QUOTE_NOT_CLOSED":
      return new DataError(`${place}: a quoted cell is not closed before the end of the file`);
    case "CSV_INVALID_CLOSING_QUOTE":
      return new DataError(`${place}: a quoted cell is followed by text; expected a comma or the end of the line`);
    case "INVALID_OPENING_QUOTE":
      return new DataError(`${place}: a quote stands inside a cell; quote the whole cell and double the quotes in it`);
    case "CSV_MAX_RECORD_SIZE":
      return new LimitError(
        `${place}: a record is longer than ${maxRecordCharacters} characters; is a quote left open?`,
      );
    default:
      // Errors of the file system pass; the CLI names them.
      return error;
  }
}
