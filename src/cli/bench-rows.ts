/** Rows to time with: those of the user's file, or drawn around the thresholds of the model's forests. */

import { DataError, UnsupportedError } from "../errors.js";
import type { Scorer } from "../index.js";
import { allocate, isFloat } from "../ir/dtype.js";
import type { Forest } from "../ir/forest.js";
import { sliceRows } from "../ir/rows.js";
import { sizeOf, type Tensor } from "../ir/tensor.js";

export type Rows = ReadonlyMap<string, Tensor>;

/** Most elements that are held to take batches from. */
const poolElements = 1 << 24;

/** Most elements of a batch that nobody asked for: 256 MB in float32. */
const defaultElements = 1 << 26;

const widthOf = (inputs: Scorer["inputs"]): number =>
  Math.max(
    1,
    inputs.reduce((sum, i) => sum + (typeof i.shape[1] === "number" ? i.shape[1] : 1), 0),
  );

/** The batch sizes whose rows fit in memory with ease. */
export function fitting(inputs: Scorer["inputs"], batches: readonly number[]): readonly number[] {
  return batches.filter((rows) => rows === 1 || rows * widthOf(inputs) <= defaultElements);
}

/** Rows of the pool that batches are taken from: enough for the largest, and for several of the small ones. */
export function poolRows(inputs: Scorer["inputs"], largest: number): number {
  return Math.max(largest, Math.min(4 * largest, Math.max(4096, Math.floor(poolElements / widthOf(inputs)))));
}

/**
 * `rows` rows of numbers that take many ways through the forests: each column is spread over the range of its thresholds, a tenth
 * wider at both ends; other columns over [-1, 1]. The same for the same seed. Throws UnsupportedError for inputs that are not numbers.
 */
export function drawRows(inputs: Scorer["inputs"], forests: readonly Forest[], rows: number, seed: number): Rows {
  const ranges = thresholdRanges(forests);
  const unit = randomUnits(seed);
  return new Map(
    inputs.map((input): [string, Tensor] => {
      const width = input.shape[1] ?? 1;
      if (
        !isFloat(input.dtype) ||
        typeof width !== "number" ||
        typeof input.shape[0] !== "object" ||
        input.shape.length > 2
      ) {
        throw new UnsupportedError(
          "bench",
          `input ${JSON.stringify(input.name)} takes more than numbers`,
          "give a file of rows",
        );
      }
      const shape = input.shape.length === 1 ? [rows] : [rows, width];
      const data = allocate(input.dtype, sizeOf(shape)) as Float32Array;
      // Columns of the forest are those of the file only where there is one input.
      const own = inputs.length === 1 ? ranges : new Map<number, readonly [number, number]>();
      for (let i = 0; i < data.length; i++) {
        const [low, high] = own.get(i % width) ?? [-1, 1];
        data[i] = low + (high - low) * unit();
      }
      return [input.name, { dtype: input.dtype, shape, data } as Tensor];
    }),
  );
}

function thresholdRanges(forests: readonly Forest[]): ReadonlyMap<number, readonly [number, number]> {
  const ranges = new Map<number, readonly [number, number]>();
  for (const { feature, threshold } of forests) {
    for (const [node, column] of feature.entries()) {
      const t = threshold[node]!;
      if (column < 0 || !Number.isFinite(t)) continue;
      const [low, high] = ranges.get(column) ?? [t, t];
      ranges.set(column, [Math.min(low, t), Math.max(high, t)]);
    }
  }
  return new Map(
    [...ranges].map(([column, [low, high]]) => {
      const margin = Math.max((high - low) / 10, Math.abs(low) * 1e-3, 1e-6);
      return [column, [low - margin, high + margin] as const];
    }),
  );
}

/** Uniform numbers of [0, 1): Mulberry32. */
function randomUnits(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The rows of batches as one, at most `most`. Throws DataError where there are none. */
export async function collectRows(
  batches: AsyncIterable<{ readonly tensors: Rows; readonly rows: number }>,
  most: number,
): Promise<Rows> {
  const parts: { readonly tensors: Rows; readonly rows: number }[] = [];
  let rows = 0;
  for await (const batch of batches) {
    parts.push(batch);
    rows += batch.rows;
    if (rows >= most) break;
  }
  if (rows === 0) throw new DataError("the data has no rows to time with");
  const names = [...(parts[0]?.tensors.keys() ?? [])];
  return new Map(names.map((name) => [name, stack(parts.map((p) => p.tensors.get(name)!))]));
}

function stack(parts: readonly Tensor[]): Tensor {
  const [first] = parts;
  if (first === undefined || parts.length === 1)
    return first ?? { dtype: "float32", shape: [0], data: new Float32Array() };
  const rows = parts.reduce((sum, p) => sum + p.shape[0]!, 0);
  const shape = [rows, ...first.shape.slice(1)];
  const data = allocate(first.dtype, sizeOf(shape));
  const target = data as { [index: number]: unknown };
  let at = 0;
  for (const part of parts) for (let i = 0; i < part.data.length; i++) target[at++] = part.data[i];
  return { dtype: first.dtype, shape, data } as Tensor;
}

/** Batches of `rows` rows to be taken in turn, so that no call sees the rows of the one before; the pool begins anew at its end. */
export function rowBatches(pool: Rows, rows: number): readonly Rows[] {
  const total = pool.values().next().value?.shape[0] ?? 0;
  const batches = Math.max(1, Math.min(64, Math.floor(total / rows)));
  return Array.from(
    { length: batches },
    (_, b) => new Map([...pool].map(([name, t]) => [name, window(t, b * rows, rows)])),
  );
}

function window(pool: Tensor, from: number, rows: number): Tensor {
  const total = pool.shape[0]!;
  if (from + rows <= total) {
    const { data, ...rest } = sliceRows(pool, 0, from, rows);
    return { ...rest, data: data.slice() } as Tensor;
  }
  const repeats = Array.from({ length: Math.ceil(rows / total) }, () => pool);
  return window(stack(repeats), 0, rows);
}
