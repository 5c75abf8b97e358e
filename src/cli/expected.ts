/**
 * Expected answers from a file, for `verify`: a `.npy` array, CSV with the columns that `predict` writes, or JSON with its keys. An
 * array without names is the output that it fits; where several do, `--output` says which.
 */

import { basename } from "node:path";
import { readCsv } from "../data/csv-records.js";
import { parseCell } from "../data/csv-tensors.js";
import { columnNames } from "../data/csv-write.js";
import { formOfName } from "../data/data-forms.js";
import { readJsonRows } from "../data/json-rows.js";
import { readNpy } from "../data/npy.js";
import type { UserTensor } from "../data/output.js";
import { decodeUtf8 } from "../data/utf8.js";
import { DataError, OptionError } from "../errors.js";
import type { Scorer } from "../index.js";
import type { DType } from "../ir/dtype.js";
import { readWhole } from "./files.js";
import type { CliIo } from "./io.js";
import { orList } from "./options.js";

/** One output as it should be: numbers, or labels as text or numbers. */
export interface Expected {
  readonly data: ArrayLike<unknown>;
  readonly shape: readonly number[];
  /** float32 only where the file says so, which bounds how exact it can be. */
  readonly precision: "float32" | "float64";
}

/** Shape of an answer to one row and its labels, for every output that there may be expectations of. */
export interface Candidate {
  readonly name: string;
  readonly value: Pick<UserTensor, "data" | "shape" | "dtype">;
  readonly classes?: readonly unknown[];
}

/** Expectations by output name. `candidates` are the scorer's answers to the data. Throws DataError, OptionError. */
export async function readExpected(
  path: string,
  output: string | undefined,
  candidates: readonly Candidate[],
  scorer: Scorer,
  io: CliIo,
): Promise<ReadonlyMap<string, Expected>> {
  const file = basename(path);
  const bytes = await readWhole(path, io);
  const named = output === undefined ? undefined : candidates.find((c) => c.name === output);
  if (output !== undefined && named === undefined) {
    throw new OptionError(
      "output",
      `the model has no output "${output}"; use ${orList(candidates.map((c) => c.name))}`,
    );
  }
  const pieces = (async function* () {
    yield bytes;
  })();
  const form = bytes[0] === 0x93 ? "npy" : (formOfName(file) ?? (/^\s*[[{]/.test(start(bytes)) ? "json" : "csv"));
  if (form === "npy") {
    const { data, shape, dtype } = readNpy(bytes, file);
    const array = {
      data,
      shape,
      precision: dtype === "float32" || dtype === "float16" ? "float32" : "float64",
    } as const;
    return new Map([[(named ?? fitting(array, candidates, scorer, file)).name, array]]);
  }
  if (form === "csv") {
    const records: (readonly string[])[] = [];
    for await (const { cells } of readCsv(pieces, file)) records.push(cells);
    return fromCells(records, named, candidates, scorer, file);
  }
  const rows: unknown[] = [];
  for await (const { value } of readJsonRows(decodeUtf8(pieces, file), file, form === "jsonl")) rows.push(value);
  return fromJson(rows, named, candidates, scorer, file);
}

const start = (bytes: Uint8Array): string => new TextDecoder().decode(bytes.subarray(0, 64));

/** The output that an array without a name can be: by its shape, and by holding whole numbers or text. */
function fitting(
  array: Pick<Expected, "data" | "shape">,
  candidates: readonly Candidate[],
  scorer: Scorer,
  file: string,
): Candidate {
  const whole = Array.from(array.data).every((v) => typeof v !== "number" || Number.isInteger(v));
  const discrete = (c: Candidate) =>
    c.name === "@leafIndices" || scorer.outputs.find((o) => o.name === c.name)?.role === "label";
  const width = (shape: readonly number[]) => shape.slice(1).reduce((a, b) => a * b, 1);
  const able = candidates.filter(
    (c) => width(c.value.shape) === width(array.shape) && (whole || !discrete(c)) && c.name !== "@rawScore",
  );
  // Whole numbers are labels or leaves, if there are any of that width.
  const best = whole && able.some(discrete) ? able.filter(discrete) : able;
  const [only, second] = best;
  if (only !== undefined && second === undefined) return only;
  const names = orList((best.length > 0 ? best : candidates).map((c) => c.name));
  throw new OptionError(
    "output",
    `${file}, of shape [${array.shape.join(", ")}]: say which output it is, with --output ${names}`,
  );
}

// --- CSV ------------------------------------------------------------------------------------------------------------------

function fromCells(
  records: readonly (readonly string[])[],
  named: Candidate | undefined,
  candidates: readonly Candidate[],
  scorer: Scorer,
  file: string,
): ReadonlyMap<string, Expected> {
  const [header] = records;
  if (header === undefined) throw new DataError(`${file} is empty, expected a header line and rows`);
  const body = records.slice(1).filter((cells) => cells.length > 1 || cells[0] !== "" || header.length === 1);
  const short = body.findIndex((cells) => cells.length !== header.length);
  if (short !== -1) {
    throw new DataError(`${file}: row ${short} has ${body[short]?.length} cells, the header has ${header.length}`, {
      row: short,
    });
  }
  const column = (columns: readonly number[], name: string, dtype: DType): Expected => ({
    shape: columns.length === 1 ? [body.length] : [body.length, columns.length],
    precision: "float64",
    data: body.flatMap((cells, row) =>
      columns.map((at) =>
        dtype === "string" || dtype.includes("int") || dtype === "bool"
          ? cells[at]!
          : parseCell(
              "float64",
              cells[at]!,
              () => ({ input: name, row, column: header[at]!, source: { file, row } }),
              new Set(),
            ),
      ),
    ),
  });
  const found = new Map<string, Expected>();
  for (const candidate of named === undefined ? candidates : [named]) {
    const { name, value, classes } = candidate;
    const names = columnNames({
      name,
      value: { ...value, toArray: () => [] },
      rowAxis: 0,
      ...(classes === undefined ? {} : { classes }),
    });
    const at = names.map((n) => header.indexOf(n));
    if (!at.includes(-1)) found.set(name, column(at, name, value.dtype));
  }
  if (found.size > 0) return found;
  const all = header.map((_, i) => i);
  const array = {
    data: body.flat().map((cell) => (cell.trim() === "" ? cell : Number(cell))),
    shape: all.length === 1 ? [body.length] : [body.length, all.length],
  };
  const is = named ?? fitting(array, candidates, scorer, file);
  return new Map([[is.name, column(all, is.name, is.value.dtype)]]);
}

// --- JSON -----------------------------------------------------------------------------------------------------------------

function fromJson(
  rows: readonly unknown[],
  named: Candidate | undefined,
  candidates: readonly Candidate[],
  scorer: Scorer,
  file: string,
): ReadonlyMap<string, Expected> {
  const array = (values: readonly unknown[], what: string): Expected => {
    const width = Array.isArray(values[0]) ? values[0].length : undefined;
    const odd = values.findIndex((v) => (Array.isArray(v) ? v.length !== width : width !== undefined));
    if (odd !== -1)
      throw new DataError(`${file}, row ${odd}: ${what} has not as many values as in the first row`, { row: odd });
    const data = values.flat().map((v) => (v === null ? Number.NaN : v));
    return { data, shape: width === undefined ? [values.length] : [values.length, width], precision: "float64" };
  };
  const isObject = (v: unknown): v is Readonly<Record<string, unknown>> =>
    typeof v === "object" && v !== null && !Array.isArray(v);
  if (rows.length === 0 || !isObject(rows[0])) {
    const all = array(rows, "it");
    return new Map([[(named ?? fitting(all, candidates, scorer, file)).name, all]]);
  }
  const found = new Map<string, Expected>();
  for (const { name } of named === undefined ? candidates : [named]) {
    if (!Object.hasOwn(rows[0], name)) continue;
    const values = rows.map((row, i) => {
      if (isObject(row) && Object.hasOwn(row, name)) return row[name];
      throw new DataError(`${file}, row ${i}: expected ${JSON.stringify(name)} as in the first row`, { row: i });
    });
    found.set(name, array(values, JSON.stringify(name)));
  }
  if (found.size > 0) return found;
  const keys = Object.keys(rows[0])
    .slice(0, 8)
    .map((k) => JSON.stringify(k))
    .join(", ");
  throw new DataError(`${file}: names none of the outputs ${candidates.map((c) => c.name).join(", ")}, got ${keys}`);
}
