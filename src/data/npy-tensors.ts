/**
 * A `.npy` file as a stream → batches of input tensors: [rows, columns], or [rows] for a model of one column. Rows are decoded as
 * they come, so that memory holds a batch, whatever the file's length; an array stored column by column must be held whole.
 */

import { DataError, LimitError, ShapeError } from "../errors.js";
import { isFloat, type TensorData } from "../ir/dtype.js";
import { sizeOf } from "../ir/tensor.js";
import { convertCell } from "./cells.js";
import { type InputSpec, isColumn, isMatrix } from "./input-spec.js";
import { decodeNpy, type NpyLayout, npyHeaderBytes, npyLayout, readNpy } from "./npy.js";
import { createBatchBuilder, type DataBatch, type Route } from "./row-batches.js";

export interface NpyOptions {
  /** The file's name, for messages. */
  readonly file: string;
  /** Most rows of a batch; Infinity for one batch. */
  readonly batchRows: number;
}

/** No header that NumPy writes is longer; version 1.0 could not be. */
const maxHeaderBytes = 1 << 20;
/** Most bytes of one row: a header that lies must not have a whole stream read in. */
const maxRowBytes = 1 << 26;
/** Most bytes of an array that must be held whole. */
const maxWholeBytes = 2 ** 31 - 1;

/** Batches of at most `batchRows` rows; an array without rows gives one batch of none. Throws DataError or ShapeError. */
export async function* npyBatches(
  specs: readonly InputSpec[],
  bytes: AsyncIterable<Uint8Array>,
  options: NpyOptions,
): AsyncGenerator<DataBatch> {
  const { file, batchRows } = options;
  const source = createByteSource(bytes);
  const layout = await readLayout(source, file);
  const width = checkShape(specs, layout, file);
  const [rows = 0] = layout.shape;
  if (width * layout.itemBytes > maxRowBytes)
    throw new LimitError(`${file}: rows of ${width * layout.itemBytes} bytes`);
  const whole = layout.fortran && layout.shape.length > 1;
  // Bytes are asked for in pieces of bounded size, also where the batch is not: the header may lie about the rows.
  const stepRows = whole ? rows : Math.max(1, Math.min(rows, 1 << 13, Math.floor((1 << 23) / Math.max(1, width))));
  if (whole && sizeOf(layout.shape) * layout.itemBytes > maxWholeBytes) {
    throw new LimitError(`${file}: an array of this size must be stored row by row (numpy.ascontiguousarray)`);
  }
  let [data, rowOfData]: [TensorData, number] = [[], 0];
  const batch = createBatchBuilder<number, Route>({
    specs,
    routes: positionalRoutes(specs, width),
    batchRows,
    element: (row, route, spec, placeOf) => {
      const column = specs.length === 1 ? route.to : route.input;
      return convertCell[spec.dtype](plain(data[row * width + column], layout, spec), placeOf);
    },
  });
  let given = 0;
  for (let row = 0; row < rows; row += stepRows) {
    const count = Math.min(stepRows, rows - row);
    const payload = await source.take(count * width * layout.itemBytes);
    if (payload === undefined) throw new DataError(`${file}: is cut off: its header says ${rows} rows`);
    data = whole ? readNpy(joined(source.head, payload), file).data : decodeNpy(layout, payload, file);
    rowOfData = row;
    for (let i = 0; i < count; i++) {
      batch.add(i, { file, row: rowOfData + i });
      if (batch.rows() === batchRows) {
        given++;
        yield batch.take();
      }
    }
  }
  if ((await source.take(1)) !== undefined) {
    throw new DataError(`${file}: has more data than its header says (${rows} rows)`);
  }
  if (batch.rows() > 0 || given === 0) yield batch.take();
}

/** int64 where the model wants floats: the number itself, if a double holds it. Booleans as the library takes them. */
function plain(cell: TensorData[number] | undefined, layout: NpyLayout, spec: InputSpec): unknown {
  if (typeof cell === "bigint" && isFloat(spec.dtype)) {
    const number = Number(cell);
    return Number.isSafeInteger(number) ? number : cell;
  }
  return layout.dtype === "bool" && spec.dtype === "bool" ? cell === 1 : cell;
}

function positionalRoutes(specs: readonly InputSpec[], width: number): readonly Route[] {
  const [only] = specs.length === 1 ? specs : [];
  if (only === undefined) return specs.map((spec, input) => ({ input, to: 0, name: spec.name }));
  return Array.from({ length: width }, (_, to) => ({ input: 0, to, name: only.columns?.[to] ?? to }));
}

/** Columns of the array. */
function checkShape(specs: readonly InputSpec[], { shape }: NpyLayout, file: string): number {
  const [only] = specs.length === 1 ? specs : [];
  const table = only === undefined ? specs.length > 0 && specs.every(isColumn) : isColumn(only) || isMatrix(only);
  const wanted = only === undefined ? specs.length : isColumn(only) ? 1 : only.shape[1];
  const [, width = 1] = shape;
  if (!table || shape.length < 1 || shape.length > 2 || (typeof wanted === "number" && width !== wanted)) {
    const columns = typeof wanted === "number" ? String(wanted) : "any";
    const hint = shape.length === 1 && shape[0] === wanted ? "; a single row is reshaped to (1, …)" : "";
    throw new ShapeError(`${file}: expected shape [rows, ${columns}], got [${shape.join(", ")}]${hint}`);
  }
  return width;
}

// --- bytes --------------------------------------------------------------------------------------------------------------

interface ByteSource {
  /** The bytes taken first: the header. */
  head: Uint8Array;
  /** The next `count` bytes; undefined where fewer are left. */
  take(count: number): Promise<Uint8Array | undefined>;
}

function createByteSource(bytes: AsyncIterable<Uint8Array>): ByteSource {
  const pieces = bytes[Symbol.asyncIterator]();
  let [waiting, have]: [Uint8Array[], number] = [[], 0];
  return {
    head: new Uint8Array(),
    async take(count) {
      while (have < count) {
        const next = await pieces.next();
        if (next.done === true) return undefined;
        waiting.push(next.value);
        have += next.value.length;
      }
      const all = joined(...waiting);
      waiting = [all.subarray(count)];
      have -= count;
      return all.subarray(0, count);
    },
  };
}

async function readLayout(source: ByteSource, file: string): Promise<NpyLayout> {
  const start = await source.take(12);
  if (start === undefined) throw new DataError(`${file}: is no .npy file (it has fewer than 12 bytes)`);
  const length = npyHeaderBytes(start, file) ?? 0;
  if (length > maxHeaderBytes) throw new LimitError(`${file}: a header of ${length} bytes`);
  const rest = await source.take(Math.max(0, length - 12));
  if (rest === undefined) throw new DataError(`${file}: is cut off in its header`);
  source.head = joined(start, rest);
  return npyLayout(source.head, file);
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const [only] = parts;
  if (parts.length === 1 && only !== undefined) return only;
  const all = new Uint8Array(parts.reduce((sum, p) => sum + p.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
