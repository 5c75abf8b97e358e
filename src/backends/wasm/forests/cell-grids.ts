/**
 * Grids of cells over a number line, so fine that each cell holds at most one cut of a column: linear in x, or in the bits of x as
 * float32 for cuts that spread over many magnitudes; or, where neither is small, linear ones of several cuts a cell. The
 * arithmetic that finds a cell is that of the kernel (kernels/forest/ranks.ts), in float32: being monotone, it never parts x
 * from a cut on the wrong side.
 */

/** How a quad finds its cells; the numbers of kernels/forest/ranks.ts. */
export const CellKind = { linear: 0, bits: 1, search: 2 } as const;

export interface Grid {
  readonly kind: number;
  /** bits: how far keys are shifted. search: steps. */
  readonly shift: number;
  readonly scale: number;
  readonly offset: number;
  /** Greatest cell; 0 is for NaN. */
  readonly top: number;
  /** The cell of each cut. */
  readonly cells: Int32Array;
}

const mostCells = 2048;
const word = new DataView(new ArrayBuffer(4));

/** The kernel's own arithmetic: the cell of a float32 number. */
function linearCell(x: number, scale: number, offset: number, top: number): number {
  const place = Math.max(1, Math.min(top, Math.fround(Math.fround(x * scale) + offset)));
  return Math.fround(8388608 + place) - 8388608;
}

/** A 32-bit integer that grows with the float32 x; -0 is taken for 0. */
function keyOf(x: number): number {
  word.setFloat32(0, x + 0);
  const bits = word.getInt32(0);
  return bits ^ ((bits >> 31) >>> 1);
}

/** The cells of ascending cuts, with at most `most` in each; undefined where that fails. */
function withAtMost(most: number, grid: Grid): Grid | undefined {
  return mostInACell(grid.cells) <= most ? grid : undefined;
}

function mostInACell(cells: Int32Array): number {
  let [most, run] = [0, 0];
  for (let i = 0; i < cells.length; i++) {
    run = i > 0 && cells[i] === cells[i - 1] ? run + 1 : 1;
    most = Math.max(most, run);
  }
  return most;
}

function linearGrid(cuts: Float32Array, size: number): Grid | undefined {
  const finite = cuts.filter(Number.isFinite);
  const [low, high] = [finite[0] ?? 0, finite.at(-1) ?? 0];
  const scale = high > low ? Math.fround(Math.min((size - 4) / (high - low), 1e30)) : 1;
  const offset = Math.fround(2 - low * scale);
  if (!Number.isFinite(offset)) return undefined;
  const cells = Int32Array.from(cuts, (cut) => linearCell(cut, scale, offset, size - 1));
  return { kind: CellKind.linear, shift: 0, scale, offset, top: size - 1, cells };
}

function bitsGrid(cuts: Float32Array, shift: number): Grid | undefined {
  const finite = cuts.filter(Number.isFinite);
  const offset = (keyOf(finite[0] ?? 0) >> shift) - 2;
  const top = (keyOf(finite.at(-1) ?? 0) >> shift) - offset + 1;
  if (top >= mostCells) return undefined;
  const cells = Int32Array.from(cuts, (cut) => Math.max(1, Math.min(top, (keyOf(cut) >> shift) - offset)));
  return { kind: CellKind.bits, shift, scale: 0, offset, top, cells };
}

/** The smallest linear grid with one cut a cell. */
export function fineLinearGrid(cuts: Float32Array): Grid | undefined {
  for (let size = 32; size <= mostCells; size *= 2) {
    const grid = linearGrid(cuts, size);
    const fine = grid && withAtMost(1, grid);
    if (fine !== undefined) return fine;
  }
  return undefined;
}

/** Grids over the bits of x, one cut a cell, for all of these columns with one shift. */
export function fineBitsGrids(columns: readonly Float32Array[]): readonly Grid[] | undefined {
  for (let shift = 23; shift >= 9; shift--) {
    const grids = columns.map((cuts) => {
      const grid = bitsGrid(cuts, shift);
      return grid && withAtMost(1, grid);
    });
    if (grids.every((g) => g !== undefined)) return grids;
  }
  return undefined;
}

/** Any cuts, several a cell. */
export function searchGrid(cuts: Float32Array): Grid {
  const grid = linearGrid(cuts, mostCells) ?? {
    kind: 0,
    shift: 0,
    scale: 2 ** -120,
    offset: 2,
    top: 3,
    cells: cuts.map(() => 0),
  };
  const cells = Int32Array.from(cuts, (cut) => linearCell(cut, grid.scale, grid.offset, grid.top));
  const most = mostInACell(cells);
  return { ...grid, kind: CellKind.search, shift: most <= 4 ? 0 : Math.ceil(Math.log2(most + 1)), cells };
}
