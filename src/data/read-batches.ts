/**
 * Data of any form that the CLI reads (CSV, JSON, JSON lines, .npy, each also gzipped) → batches of input tensors. The form is the one
 * asked for, or shows in the first bytes and the file's name.
 */

import { createGunzip } from "node:zlib";
import { CalypteError, DataError, OptionError, UnsupportedError } from "../errors.js";
import { readCsv } from "./csv-records.js";
import { csvBatches } from "./csv-tensors.js";
import { type DataForm, formOfName } from "./data-forms.js";
import type { InputSpec } from "./input-spec.js";
import { readJsonRows } from "./json-rows.js";
import { jsonBatches } from "./json-tensors.js";
import { npyBatches } from "./npy-tensors.js";
import type { DataBatch } from "./row-batches.js";
import { decodeUtf8 } from "./utf8.js";

export interface ReadOptions {
  /** The file's name, for messages and for its ending. */
  readonly file: string;
  /** Undefined: told from the content. */
  readonly form: DataForm | undefined;
  /** Most rows of a batch; Infinity for one batch. */
  readonly batchRows: number;
  /** CSV: whether the first line names the columns. */
  readonly header: boolean;
  /** CSV: what separates cells; "," by default, a tab in files that end in .tsv. */
  readonly delimiter?: string;
  /** CSV: cells that stand for a missing value, beside the empty one. */
  readonly missingValues?: readonly string[];
  /** Names of the columns that make the model's matrix, in its order. */
  readonly columns?: readonly string[];
  /** Columns to hand on with the batches. */
  readonly keep?: readonly string[] | "all";
  /** JSON: whether "NaN", "Infinity" and "-Infinity" are numbers. */
  readonly special?: boolean;
}

/** The batches, and the form that was found. Throws DataError, UnsupportedError or OptionError; more of them while batches are read. */
export async function readBatches(
  specs: readonly InputSpec[],
  bytes: AsyncIterable<Uint8Array>,
  options: ReadOptions,
): Promise<{ readonly form: DataForm; readonly batches: AsyncGenerator<DataBatch> }> {
  const { file, batchRows } = options;
  const { head, stream } = await peek(bytes, file);
  const form = options.form ?? formOf(head, file);
  checkOptionsOf(form, options);
  const shared = {
    file,
    batchRows,
    ...(options.columns === undefined ? {} : { columns: options.columns }),
    ...(options.keep === undefined ? {} : { keep: options.keep }),
  };
  switch (form) {
    case "npy":
      return { form, batches: npyBatches(specs, stream, { file, batchRows }) };
    case "json":
    case "jsonl": {
      const rows = readJsonRows(decodeUtf8(stream, file), file, form === "jsonl");
      return { form, batches: jsonBatches(specs, rows, { ...shared, special: options.special === true }) };
    }
    case "csv": {
      const delimiter = options.delimiter ?? (/\.tsv(\.gz)?$/i.test(file) ? "\t" : ",");
      const missingValues = options.missingValues ?? [];
      const csv = { ...shared, header: options.header, missingValues };
      return { form, batches: csvBatches(specs, readCsv(stream, file, delimiter), csv) };
    }
  }
}

/** An option that the form has no use for is an error, not ignored. */
function checkOptionsOf(form: DataForm, options: ReadOptions): void {
  const refuse = (name: string, of: string): never => {
    throw new OptionError(name, `--${name} is for ${of}, and ${options.file} is ${form}; leave it out`);
  };
  if (form !== "csv") {
    if (!options.header) refuse("no-header", "CSV");
    if (options.delimiter !== undefined) refuse("delimiter", "CSV");
    if (options.missingValues !== undefined) refuse("missing-values", "CSV");
  }
  if (form === "npy") {
    if (options.columns !== undefined) refuse("columns", "data with named columns");
    if (options.keep !== undefined) refuse("keep", "data with named columns");
  }
}

// --- what the bytes are ---------------------------------------------------------------------------------------------------

/** Files that people have, by their first bytes, and what to write instead. */
const foreign: readonly (readonly [start: string, called: string])[] = [
  ["PAR1", "a Parquet file"],
  ["ARROW1", "an Arrow file"],
  ["FEA1", "a Feather file"],
  ["PK\x03\x04", "a zip archive (.xlsx, .npz)"],
  ["\x89HDF", "an HDF5 file"],
  ["SQLite format 3", "an SQLite database"],
  ["\xff\xfe", "text in UTF-16"],
  ["\xfe\xff", "text in UTF-16"],
  ["BZh", "a bzip2 file"],
  ["\xfd7zXZ", "an xz file"],
  ["\x28\xb5\x2f\xfd", "a Zstandard file"],
  ["\xd0\xcf\x11\xe0", "an old Excel file (.xls)"],
  ["%PDF", "a PDF file"],
];

function formOf(head: Uint8Array, file: string): DataForm {
  const text = Buffer.from(head.subarray(0, 64)).toString("latin1");
  if (text.startsWith("\x93NUMPY")) return "npy";
  const known = foreign.find(([start]) => text.startsWith(start));
  if (known !== undefined) {
    throw new UnsupportedError(file, `it is ${known[1]}`, "write the rows as CSV (UTF-8), JSON lines or .npy");
  }
  if (head.includes(0)) {
    throw new DataError(`${file}: is binary data of an unknown kind, expected rows as CSV, JSON, JSON lines or .npy`);
  }
  return formOfName(file) ?? (/^(\xef\xbb\xbf)?\s*[[{]/.test(text) ? "json" : "csv");
}

/** The first bytes of a stream, and the stream from its beginning; gzip is undone. */
async function peek(bytes: AsyncIterable<Uint8Array>, file: string) {
  const first = await startOf(bytes);
  const [a, b] = first.head;
  return a === 0x1f && b === 0x8b ? startOf(unzipped(first.stream, file)) : first;
}

/** Bytes that suffice to tell a form. */
const headBytes = 64;

async function startOf(bytes: AsyncIterable<Uint8Array>) {
  const pieces = bytes[Symbol.asyncIterator]();
  const parts: Uint8Array[] = [];
  let length = 0;
  while (length < headBytes) {
    const next = await pieces.next();
    if (next.done === true) break;
    parts.push(next.value);
    length += next.value.length;
    // On a pipe that is written line by line the rest may come late; a text shows itself at once.
    if (parts[0]?.[0] !== 0x1f && next.value.includes(0x0a)) break;
  }
  async function* all(): AsyncGenerator<Uint8Array> {
    try {
      yield* parts;
      yield* { [Symbol.asyncIterator]: () => pieces };
    } finally {
      // Wherever reading ends early, the file is closed.
      await pieces.return?.();
    }
  }
  return { head: Buffer.concat(parts), stream: all() };
}

async function* unzipped(bytes: AsyncIterable<Uint8Array>, file: string): AsyncGenerator<Uint8Array> {
  const { Readable } = await import("node:stream");
  const source = Readable.from(bytes, { objectMode: false });
  const gunzip = createGunzip();
  source.on("error", (error) => gunzip.destroy(error));
  try {
    yield* source.pipe(gunzip) as AsyncIterable<Uint8Array>;
  } catch (error) {
    if (error instanceof CalypteError) throw error;
    throw new DataError(`${file}: is no whole gzip file (${error instanceof Error ? error.message : String(error)})`);
  } finally {
    source.destroy();
  }
}
