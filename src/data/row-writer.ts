/** Batches of answers → a stream of CSV, a JSON array, JSON lines or a `.npy` array: the last step of the CLI's `predict`. */

import { OptionError } from "../errors.js";
import { sizeOf } from "../ir/tensor.js";
import { csvHeader, csvRows, jsonObjects, jsonRows, type OutputColumns } from "./csv-write.js";
import type { DataForm } from "./data-forms.js";
import { encodeNpy, npyHeader } from "./npy.js";
import type { KeptColumns } from "./row-batches.js";

/** Where the bytes go. `rewrite` is there where what was written first can be replaced, which a pipe cannot. */
export interface ByteSink {
  write(data: string | Uint8Array): Promise<void>;
  rewrite?(at: number, data: Uint8Array): Promise<void>;
}

export interface RowWriter {
  write(outputs: readonly OutputColumns[], kept: KeptColumns | undefined): Promise<void>;
  end(): Promise<void>;
}

export interface WriterOptions {
  /** JSON: write "NaN" and "Infinity" as text instead of null. */
  readonly special: boolean;
  /** Characters of the longest label, for text in a `.npy` array. */
  readonly textWidth: number;
}

export function createRowWriter(form: DataForm, sink: ByteSink, options: WriterOptions): RowWriter {
  switch (form) {
    case "csv":
      return csvWriter(sink);
    case "jsonl":
      return { write: (outputs, kept) => sink.write(jsonRows(outputs, { ...options, kept })), end: async () => {} };
    case "json":
      return jsonWriter(sink, options);
    case "npy":
      return npyWriter(sink, options);
  }
}

function csvWriter(sink: ByteSink): RowWriter {
  let started = false;
  return {
    async write(outputs, kept) {
      if (!started) await sink.write(csvHeader(outputs, kept));
      started = true;
      await sink.write(csvRows(outputs, kept));
    },
    async end() {},
  };
}

function jsonWriter(sink: ByteSink, options: WriterOptions): RowWriter {
  let started = false;
  return {
    async write(outputs, kept) {
      const objects = jsonObjects(outputs, { ...options, kept });
      if (objects.length === 0) return;
      await sink.write(`${started ? ",\n" : "[\n"}${objects.join(",\n")}`);
      started = true;
    },
    end: () => sink.write(started ? "\n]\n" : "[]\n"),
  };
}

/** Rows of an array of more than this many would not fit anyone's memory; its digits bound the header's length. */
const mostRows = 1e15;

/** One output, stacked along its rows. Its header, which says how many they are, is written last. */
function npyWriter(sink: ByteSink, { textWidth }: WriterOptions): RowWriter {
  let [rows, descr, tail]: [number, string | undefined, readonly number[]] = [0, undefined, []];
  const waiting: Uint8Array[] = [];
  return {
    async write(outputs) {
      const [output, second] = outputs;
      if (output === undefined) return;
      if (second !== undefined) {
        const names = outputs.map((o) => o.name).join(" or ");
        throw new OptionError("outputs", `a .npy file holds one array; choose ${names} with --outputs`);
      }
      const { value, rowAxis } = output;
      if (rowAxis !== 0) {
        throw new OptionError(
          "outputs",
          `output ${output.name} does not count rows along its first axis; write CSV or JSON`,
        );
      }
      // 64-bit integers are shortened where a batch allows it; an array has one type.
      const wide = output.declared === "int64" && value.dtype === "int32";
      const data = wide ? BigInt64Array.from(value.data as Int32Array, BigInt) : value.data;
      const encoded = encodeNpy({ dtype: wide ? "int64" : value.dtype, data }, textWidth);
      if (descr === undefined) {
        [descr, tail] = [encoded.descr, value.shape.slice(1)];
        if (sink.rewrite !== undefined) await sink.write(npyHeader(descr, [0, ...tail], mostRows));
      }
      if (encoded.descr !== descr) {
        throw new OptionError("outputs", `output ${output.name} does not fit ${descr} in every row; write CSV or JSON`);
      }
      rows += value.shape[0] ?? sizeOf(value.shape);
      if (sink.rewrite === undefined) waiting.push(encoded.payload);
      else await sink.write(encoded.payload);
    },
    async end() {
      const header = npyHeader(descr ?? "<f4", [rows, ...tail], mostRows);
      if (sink.rewrite !== undefined && descr !== undefined) return sink.rewrite(0, header);
      await sink.write(header);
      for (const payload of waiting) await sink.write(payload);
    },
  };
}
