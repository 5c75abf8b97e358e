/**
 * The tables by which the bit-sliced kernels turn values into rank codes (kernels/forest/ranks.ts): for four neighbouring columns
 * at a time, a grid of cells so fine that each holds at most one cut, over x itself or over the bits of its float32; where no
 * small grid separates the cuts, several cuts a cell. The arithmetic that finds a cell is that of the kernel, in float32.
 */

import { InternalError } from "../../../errors.js";
import { roundDownToFloat32 } from "../../../ir/float.js";
import { CellKind, fineBitsGrids, fineLinearGrid, type Grid, searchGrid } from "./cell-grids.js";
import { align, type RowDType } from "./packed-forest.js";

/** A column of ranks. A number's code is the count of cuts below it, plus 1 where NaN has code 0. */
export interface RankColumn {
  readonly feature: number;
  /** Ascending, unique, no NaN, no +Infinity, no -0; exact in the dtype of the rows. */
  readonly cuts: Float64Array;
  /** Whether NaN has the code 0, below all; else it has the one above all numbers. */
  readonly nanLow: boolean;
}

/** One lane of a quad. */
interface Lane {
  readonly column: RankColumn;
  /** Where the column stands among the ranks. */
  readonly place: number;
  readonly grid: Grid;
}

/** Lanes of one quad, split into records of one kind (and one shift) each. */
function gridsFor(columns: readonly (readonly [RankColumn, number])[], searchOnly: boolean): readonly Lane[][] {
  const lanes = columns.map(([column, place]) => ({
    column,
    place,
    cuts: Float32Array.from(column.cuts, (c) => Math.fround(c) + 0),
  }));
  const linear: Lane[] = [];
  const rest: typeof lanes = [];
  for (const lane of lanes) {
    const grid = searchOnly ? undefined : fineLinearGrid(lane.cuts);
    if (grid === undefined) rest.push(lane);
    else linear.push({ ...lane, grid });
  }
  const records: Lane[][] = linear.length > 0 ? [linear] : [];
  if (rest.length === 0) return records;
  const bits = searchOnly ? undefined : fineBitsGrids(rest.map((l) => l.cuts));
  if (bits !== undefined) return [...records, rest.map((lane, i) => ({ ...lane, grid: bits[i]! }))];
  const bySteps = new Map<number, Lane[]>();
  for (const lane of rest) {
    const grid = searchGrid(lane.cuts);
    const known = bySteps.get(grid.shift);
    if (known === undefined) bySteps.set(grid.shift, [{ ...lane, grid }]);
    else known.push({ ...lane, grid });
  }
  return [...records, ...bySteps.values()];
}

export interface RankTables {
  readonly nQuads: number;
  readonly quads: Uint8Array;
  /** What the offsets in the quads point into. */
  readonly tables: Uint8Array;
}

const quadBytes = 112;

/**
 * Tables for columns of ranks that stand in this order, `columnBytes` each, and one more that takes what is of no use. Rows have
 * `nFeatures` (at least 4) readable columns. With `rank16` codes have 16 bits, else there are at most 256 of them.
 */
export function rankTables(
  columns: readonly RankColumn[],
  rows: RowDType,
  nFeatures: number,
  rank16: boolean,
  columnBytes: number,
): RankTables {
  if (nFeatures < 4) throw new InternalError(`rank tables need four columns, got ${nFeatures}`);
  const byQuad = new Map<number, (readonly [RankColumn, number])[][]>();
  for (const [place, column] of columns.entries()) {
    if (rows === "float32" && column.cuts.some((c) => roundDownToFloat32(c) !== c))
      throw new InternalError("a cut is no float32");
    const first = Math.min(column.feature - (column.feature % 4), nFeatures - 4);
    const turns = byQuad.get(first) ?? [];
    byQuad.set(first, turns);
    // A feature that has two columns takes part in two turns.
    const turn = turns.find((t) => t.every(([c]) => c.feature !== column.feature));
    if (turn === undefined) turns.push([[column, place]]);
    else turn.push([column, place]);
  }
  const tables = new Tables();
  const spare = columns.length * columnBytes;
  const noCells = tables.add(cellTable([], [], 0, 2, 0));
  const noCuts = tables.add(Float64Array.of(Infinity, Infinity));
  const records: Uint8Array[] = [];
  for (const [first, turns] of [...byQuad].sort(([a], [b]) => a - b)) {
    for (const lanes of turns.flatMap((turn) => gridsFor(turn, rank16))) {
      const { kind, shift } = lanes[0]!.grid;
      const bytes = new Uint8Array(quadBytes);
      const view = new DataView(bytes.buffer);
      view.setUint32(0, kind, true);
      view.setUint32(4, first * (rows === "float32" ? 4 : 8), true);
      view.setUint32(8, shift, true);
      const number = (at: number, lane: number, value: number): void =>
        kind === CellKind.bits
          ? view.setInt32(at + 4 * lane, value, true)
          : view.setFloat32(at + 4 * lane, value, true);
      for (let k = 0; k < 4; k++) {
        const lane = lanes.find((l) => l.column.feature === first + k);
        view.setFloat32(16 + 4 * k, lane?.grid.scale ?? 1, true);
        number(32, k, lane?.grid.offset ?? 0);
        number(48, k, lane?.grid.top ?? 1);
        const search = kind === CellKind.search;
        view.setUint32(
          64 + 4 * k,
          lane === undefined ? noCells : tables.add(search ? searchCells(lane) : gridCells(lane)),
          true,
        );
        view.setUint32(80 + 4 * k, lane === undefined ? (search ? 0xffffffff : spare) : lane.place * columnBytes, true);
        const needsCuts = lane !== undefined && (search || rows === "float64");
        view.setUint32(96 + 4 * k, needsCuts ? tables.add(cutsByCode(lane, rows)) : noCuts, true);
      }
      records.push(bytes);
    }
  }
  const quads = new Uint8Array(records.length * quadBytes);
  for (const [i, record] of records.entries()) quads.set(record, i * quadBytes);
  return { nQuads: records.length, quads, tables: tables.bytes() };
}

/** Sections of a growing table, each at a multiple of 16. */
class Tables {
  readonly #parts: Uint8Array[] = [];
  #size = 0;

  add(part: Uint8Array | Uint16Array | Float32Array | Float64Array): number {
    const at = this.#size;
    this.#parts.push(new Uint8Array(part.buffer, part.byteOffset, part.byteLength));
    this.#size = align(at + part.byteLength, 16);
    return at;
  }

  bytes(): Uint8Array {
    const all = new Uint8Array(this.#size);
    let at = 0;
    for (const part of this.#parts) {
      all.set(part, at);
      at = align(at + part.length, 16);
    }
    return all;
  }
}

/** The code of NaN in a column. */
function nanCode(column: RankColumn): number {
  return column.nanLow ? 0 : column.cuts.length + 1;
}

/** { f32 cut, rounded down, u32 code below it } per cell. */
function cellTable(
  cells: ArrayLike<number>,
  cuts: ArrayLike<number>,
  firstCode: number,
  size: number,
  ofNaN: number,
): Uint8Array {
  const view = new DataView(new ArrayBuffer(size * 8));
  let next = 0;
  for (let cell = 0; cell < size; cell++) {
    view.setFloat32(cell * 8, Infinity, true);
    view.setUint32(cell * 8 + 4, cell === 0 ? ofNaN : firstCode + next, true);
    if (cells[next] === cell) view.setFloat32(cell * 8, roundDownToFloat32(cuts[next++]!), true);
  }
  return new Uint8Array(view.buffer);
}

function gridCells({ column, grid }: Lane): Uint8Array {
  return cellTable(grid.cells, column.cuts, column.nanLow ? 1 : 0, grid.top + 1, nanCode(column));
}

function searchCells({ column, grid }: Lane): Uint16Array {
  const codes = new Uint16Array(grid.top + 1);
  let next = 0;
  for (let cell = 1; cell <= grid.top; cell++) {
    codes[cell] = next + (column.nanLow ? 1 : 0);
    while (grid.cells[next] === cell) next++;
  }
  codes[0] = nanCode(column);
  return codes;
}

/** At each code the cut above it, then +Infinity as far as a search may look. */
function cutsByCode({ column, grid }: Lane, rows: RowDType): Float32Array | Float64Array {
  const first = column.nanLow ? 1 : 0;
  const length = first + column.cuts.length + 8 + 2 ** grid.shift * (grid.kind === CellKind.search ? 1 : 0);
  const table = (rows === "float32" ? new Float32Array(length) : new Float64Array(length)).fill(Infinity);
  table.set(column.cuts, first);
  return table;
}
