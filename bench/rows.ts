/**
 * Rows to measure with: as many as wanted from the few that a fixture holds. The fixture's own rows come first; further ones are
 * copies in which about every fifth cell is another row's cell of that column, so that every value is a real one and rows take
 * many ways through the trees. Batches rotate through these rows: a call never sees the rows of the call before.
 */

import { allocate, type TensorData } from "../src/ir/dtype.js";
import { sizeOf, type Tensor } from "../src/ir/tensor.js";
import { createRandom, type Random } from "./random.js";

export type Inputs = ReadonlyMap<string, Tensor>;

/** Share of the cells of an added row that come from other rows. */
const mixed = 0.2;

/** `count` rows of a tensor that counts rows along its first axis. */
export function moreRows(base: Tensor, count: number, random: Random): Tensor {
  const rows = base.shape[0] ?? 0;
  if (rows === 0) throw new Error("more rows were asked of a tensor without any");
  const tail = base.shape.slice(1);
  const width = sizeOf(tail);
  const data = allocate(base.dtype, count * width);
  for (let r = 0; r < count; r++) {
    for (let c = 0; c < width; c++) {
      const from = r >= rows && random.unit() < mixed ? random.below(rows) : r % rows;
      copyElement(base.data, from * width + c, data, r * width + c);
    }
  }
  return { dtype: base.dtype, shape: [count, ...tail], data } as Tensor;
}

/** Rows [from, from + count) of a tensor, going on at its first row after its last. */
export function takeRows(pool: Tensor, from: number, count: number): Tensor {
  const rows = pool.shape[0] ?? 0;
  const tail = pool.shape.slice(1);
  const width = sizeOf(tail);
  const data = allocate(pool.dtype, count * width);
  for (let r = 0; r < count; r++) {
    const at = (from + r) % rows;
    for (let c = 0; c < width; c++) copyElement(pool.data, at * width + c, data, r * width + c);
  }
  return { dtype: pool.dtype, shape: [count, ...tail], data } as Tensor;
}

/** Different batches of `rows` rows each, to be taken in turn; the first starts with the fixture's first row. */
export function rowBatches(base: Inputs, rows: number, seed: number): readonly Inputs[] {
  // Few large batches, for memory; many small ones, for branch predictors.
  const batches = rows <= 10 ? 64 : rows <= 100 ? 16 : 4;
  const pools = new Map([...base].map(([name, t]) => [name, moreRows(t, rows * batches, createRandom(seed))]));
  return Array.from(
    { length: batches },
    (_, b) => new Map([...pools].map(([name, pool]) => [name, takeRows(pool, b * rows, rows)])),
  );
}

function copyElement(from: TensorData, at: number, to: TensorData, place: number): void {
  // Both have one dtype; the union of typed arrays does not know it.
  (to as { [index: number]: unknown })[place] = from[at];
}
