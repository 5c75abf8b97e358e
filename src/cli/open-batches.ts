/** Data on the command line → batches of rows for a scorer, with how far the reading has come. */

import { basename } from "node:path";
import type { DataForm } from "../data/data-forms.js";
import type { DataBatch } from "../data/row-batches.js";
import { OptionError } from "../errors.js";
import type { Scorer } from "../index.js";
import { dash, openData } from "./files.js";
import type { CliIo } from "./io.js";
import { type DataArguments, dataFormNamed, listOf } from "./options.js";

export interface OpenBatches {
  readonly form: DataForm;
  readonly batches: AsyncGenerator<DataBatch>;
  /** Share of the file that was read, of [0, 1]; undefined for a stream. */
  share(): number | undefined;
}

/** Most rows and most cells of a batch: what bounds memory, whatever the file's length. */
const maxBatchRows = 8192;
const maxBatchCells = 1 << 20;

/** Rows of a batch for a model of these inputs. */
export function batchRowsFor(inputs: Scorer["inputs"]): number {
  const width = inputs.reduce((sum, i) => sum + (typeof i.shape[1] === "number" ? i.shape[1] : 1), 0);
  return Math.max(1, Math.min(maxBatchRows, Math.floor(maxBatchCells / Math.max(1, width))));
}

/** Opens the data at `path`, "-" being stdin. Throws DataError and OptionError, also later, as batches are read. */
export async function openBatches(
  scorer: Scorer,
  path: string,
  args: DataArguments,
  io: CliIo,
  keep?: readonly string[] | "all",
): Promise<OpenBatches> {
  const { readBatches } = await import("../data/read-batches.js");
  const form = args.from === undefined ? undefined : dataFormNamed("from", args.from);
  const delimiter = args.delimiter === undefined ? undefined : delimiterOf(args.delimiter);
  const { bytes, size } = await openData(path, io);
  let read = 0;
  async function* counted(): AsyncGenerator<Uint8Array> {
    for await (const chunk of bytes) {
      read += chunk.length;
      yield chunk;
    }
  }
  const missing = args["missing-values"];
  const opened = await readBatches(scorer.inputs, counted(), {
    file: path === dash ? "stdin" : basename(path),
    form,
    // An operator that mixes rows must see them all at once.
    batchRows: scorer.plan.rowWise ? batchRowsFor(scorer.inputs) : Infinity,
    header: args.header,
    special: args["json-special"],
    ...(delimiter === undefined ? {} : { delimiter }),
    ...(missing === undefined ? {} : { missingValues: listOf(missing) }),
    ...(args.columns === undefined ? {} : { columns: listOf(args.columns) }),
    ...(keep === undefined ? {} : { keep }),
  });
  return { ...opened, share: () => (size === undefined || size === 0 ? undefined : Math.min(1, read / size)) };
}

function delimiterOf(text: string): string {
  if (text === "tab" || text === "\\t") return "\t";
  if (text.length === 1 && text !== '"' && text !== "\n" && text !== "\r") return text;
  throw new OptionError("delimiter", `expected one character or "tab" for --delimiter, got ${JSON.stringify(text)}`);
}
