/**
 * AssemblyScript. First step of the bit-sliced kernels: each value of a block of rows becomes its rank code, the number of cuts
 * below it (plus a code for NaN below or above them all). Exact: a monotone function of x finds a cell of a table, which holds
 * how many cuts lie in the cells before, and x is compared with the cuts in its own cell. float64 values find their cell as the
 * nearest float32, which is compared with the cut rounded down: exact where x is a float32 itself, or that is not next to the
 * cut's; else x is compared as float64.
 *
 * Records of four neighbouring columns ("quads") are written by forests/rank-tables.ts.
 */

/** How a quad finds its cells; the numbers of `CellKind` in forests/rank-tables.ts. */
const LINEAR: u32 = 0;
const BITS: u32 = 1;
/** Linear cells of several cuts each. */
const SEARCH: u32 = 2;

/** A quad: what stands at each record, in this order; offsets count from `base`. */
@unmanaged
class Quad {
  kind: u32;
  /** Byte offset of the first of the four values in a row of x. */
  source: u32;
  /** Bits: how far keys are shifted. Search: how a cell's cuts are compared, as `steps` of `searchLane`. */
  shift: u32;
  unused: u32;
  scale0: f32; scale1: f32; scale2: f32; scale3: f32;
  /** Linear: f32 added. Bits: i32 subtracted. */
  offset0: f32; offset1: f32; offset2: f32; offset3: f32;
  /** Greatest cell: f32, or i32 for bits. */
  top0: f32; top1: f32; top2: f32; top3: f32;
  /** Tables of cells: { f32 cut, rounded down, u32 code below it } each; for search u16 codes. */
  cells0: u32; cells1: u32; cells2: u32; cells3: u32;
  /** Where codes go: byte offsets in the rank columns. Search: 0xffffffff for a lane that is not used. */
  to0: u32; to1: u32; to2: u32; to3: u32;
  /** Cuts by code, float32 or float64 as x is. */
  cuts0: u32; cuts1: u32; cuts2: u32; cuts3: u32;
}

const QUAD_BYTES: usize = 112;

@inline function cellsOf(wide: bool, kind: u32, x: v128, scale: v128, offset: v128, top: v128, shift: i32): v128 {
  // NaN falls into cell 0, which no number reaches. Adding 2^23 leaves the rounded cell in the low bits of the float.
  if (kind == BITS) {
    // -0 must share the cell of +0, since tiny float64 numbers of either sign become zeros.
    if (wide) x = f32x4.add(x, f32x4.splat(0));
    const key = i32x4.shr_s(v128.xor(x, i32x4.shr_u(i32x4.shr_s(x, 31), 1)), shift);
    return v128.and(i32x4.max_s(i32x4.splat(1), i32x4.min_s(top, i32x4.sub(key, offset))), f32x4.eq(x, x));
  }
  const place = f32x4.pmax(f32x4.splat(1), f32x4.pmin(top, f32x4.add(f32x4.mul(x, scale), offset)));
  return v128.and(v128.and(f32x4.add(place, f32x4.splat(8388608)), i32x4.splat(8191)), f32x4.eq(x, x));
}

/** Four values of a row as float32. */
@inline function load4(wide: bool, x: usize): v128 {
  if (!wide) return v128.load(x);
  return i32x4.shuffle(f32x4.demote_f64x2_zero(v128.load(x)), f32x4.demote_f64x2_zero(v128.load(x, 16)), 0, 1, 4, 5);
}

@inline function rankTiles(wide: bool, kind: u32, quad: Quad, base: usize, x: usize, rowStride: usize, rows: i32, ranks: usize, fix: usize): void {
  const at = changetype<usize>(quad);
  const scale = v128.load(at, 16), offset = v128.load(at, 32), top = v128.load(at, 48);
  const shift = <i32>quad.shift;
  const t0 = base + quad.cells0, t1 = base + quad.cells1, t2 = base + quad.cells2, t3 = base + quad.cells3;
  let to0 = ranks + quad.to0, to1 = ranks + quad.to1, to2 = ranks + quad.to2, to3 = ranks + quad.to3;
  x += quad.source;
  for (let left = rows; left > 0; left -= 4, x += rowStride << 2, to0 += 4, to1 += 4, to2 += 4, to3 += 4) {
    // Rows beyond the last repeat it.
    const row1 = left > 1 ? x + rowStride : x, row2 = left > 2 ? row1 + rowStride : row1, row3 = left > 3 ? row2 + rowStride : row2;
    const x0 = load4(wide, x), x1 = load4(wide, row1), x2 = load4(wide, row2), x3 = load4(wide, row3);
    const c0 = cellsOf(wide, kind, x0, scale, offset, top, shift), c1 = cellsOf(wide, kind, x1, scale, offset, top, shift);
    const c2 = cellsOf(wide, kind, x2, scale, offset, top, shift), c3 = cellsOf(wide, kind, x3, scale, offset, top, shift);
    const a0 = v128.load64_lane(t1 + (<usize>i32x4.extract_lane(c0, 1) << 3), v128.load64_zero(t0 + (<usize>i32x4.extract_lane(c0, 0) << 3)), 1);
    const b0 = v128.load64_lane(t3 + (<usize>i32x4.extract_lane(c0, 3) << 3), v128.load64_zero(t2 + (<usize>i32x4.extract_lane(c0, 2) << 3)), 1);
    const a1 = v128.load64_lane(t1 + (<usize>i32x4.extract_lane(c1, 1) << 3), v128.load64_zero(t0 + (<usize>i32x4.extract_lane(c1, 0) << 3)), 1);
    const b1 = v128.load64_lane(t3 + (<usize>i32x4.extract_lane(c1, 3) << 3), v128.load64_zero(t2 + (<usize>i32x4.extract_lane(c1, 2) << 3)), 1);
    const a2 = v128.load64_lane(t1 + (<usize>i32x4.extract_lane(c2, 1) << 3), v128.load64_zero(t0 + (<usize>i32x4.extract_lane(c2, 0) << 3)), 1);
    const b2 = v128.load64_lane(t3 + (<usize>i32x4.extract_lane(c2, 3) << 3), v128.load64_zero(t2 + (<usize>i32x4.extract_lane(c2, 2) << 3)), 1);
    const a3 = v128.load64_lane(t1 + (<usize>i32x4.extract_lane(c3, 1) << 3), v128.load64_zero(t0 + (<usize>i32x4.extract_lane(c3, 0) << 3)), 1);
    const b3 = v128.load64_lane(t3 + (<usize>i32x4.extract_lane(c3, 3) << 3), v128.load64_zero(t2 + (<usize>i32x4.extract_lane(c3, 2) << 3)), 1);
    const h0 = i32x4.shuffle(a0, b0, 0, 2, 4, 6), h1 = i32x4.shuffle(a1, b1, 0, 2, 4, 6);
    const h2 = i32x4.shuffle(a2, b2, 0, 2, 4, 6), h3 = i32x4.shuffle(a3, b3, 0, 2, 4, 6);
    const below0 = i32x4.shuffle(a0, b0, 1, 3, 5, 7), below1 = i32x4.shuffle(a1, b1, 1, 3, 5, 7);
    const below2 = i32x4.shuffle(a2, b2, 1, 3, 5, 7), below3 = i32x4.shuffle(a3, b3, 1, 3, 5, 7);
    const codes = i8x16.narrow_i16x8_u(
      i16x8.narrow_i32x4_s(i32x4.sub(below0, f32x4.gt(x0, h0)), i32x4.sub(below1, f32x4.gt(x1, h1))),
      i16x8.narrow_i32x4_s(i32x4.sub(below2, f32x4.gt(x2, h2)), i32x4.sub(below3, f32x4.gt(x3, h3))),
    );
    const columns = i8x16.shuffle(codes, codes, 0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
    v128.store32_lane(to0, columns, 0);
    v128.store32_lane(to1, columns, 1);
    v128.store32_lane(to2, columns, 2);
    v128.store32_lane(to3, columns, 3);
    if (wide) {
      const nearest = i32x4.min_u(i32x4.min_u(distance(x0, h0), distance(x1, h1)), i32x4.min_u(distance(x2, h2), distance(x3, h3)));
      if (v128.any_true(i32x4.le_u(nearest, i32x4.splat(1))) && !(isNarrow(x, x0) && isNarrow(row1, x1) && isNarrow(row2, x2) && isNarrow(row3, x3))) {
        v128.store(fix, below0); v128.store(fix, below1, 16); v128.store(fix, below2, 32); v128.store(fix, below3, 48);
        rankTileExactly(quad, base, x, row1, row2, row3, fix, to0, to1, to2, to3);
      }
    }
  }
}

/** How many float32 numbers two are apart; above 1 where their signs differ, anything where one is NaN. */
@inline function distance(x: v128, cut: v128): v128 {
  return i32x4.abs(i32x4.sub(x, cut));
}

/** Whether the four float64 values at `x` are those of `narrow`. */
@inline function isNarrow(x: usize, narrow: v128): bool {
  const low = f64x2.eq(f64x2.promote_low_f32x4(narrow), v128.load(x));
  const high = f64x2.eq(f64x2.promote_low_f32x4(i32x4.shuffle(narrow, narrow, 2, 3, 2, 3)), v128.load(x, 16));
  return i64x2.all_true(v128.and(low, high));
}

/** The tile again, with float64 comparisons; `fix` holds the codes below the cells' cuts, [row][column] u32. */
function rankTileExactly(
  quad: Quad, base: usize, x: usize, row1: usize, row2: usize, row3: usize, fix: usize, to0: usize, to1: usize, to2: usize, to3: usize,
): void {
  for (let row: usize = 0; row < 4; row++, fix += 16) {
    const from = row == 0 ? x : row == 1 ? row1 : row == 2 ? row2 : row3;
    store<u8>(to0 + row, exactCode(base + quad.cuts0, from, load<u32>(fix)));
    store<u8>(to1 + row, exactCode(base + quad.cuts1, from + 8, load<u32>(fix, 4)));
    store<u8>(to2 + row, exactCode(base + quad.cuts2, from + 16, load<u32>(fix, 8)));
    store<u8>(to3 + row, exactCode(base + quad.cuts3, from + 24, load<u32>(fix, 12)));
  }
}

@inline function exactCode(cuts: usize, x: usize, below: u32): u8 {
  return <u8>(below + <u32>(load<f64>(x) > load<f64>(cuts + (<usize>below << 3))));
}

@inline function isAbove(wide: bool, x: usize, cut: usize): bool {
  return wide ? load<f64>(x) > load<f64>(cut) : load<f32>(x) > load<f32>(cut);
}

/**
 * One column of a search quad. `steps` 0: cells have at most four cuts; else there are at most 2^steps - 1. Cuts are padded with
 * +Infinity, above which nothing is.
 */
@inline function searchLane(
  wide: bool, rank16: bool, steps: u32, x: usize, rowStride: usize, rows: i32, found: usize, cells: usize, cuts: usize, to: usize,
): void {
  const size: usize = wide ? 3 : 2;
  for (let row = rows; row > 0; row--, x += rowStride, found += 16, to += rank16 ? 2 : 1) {
    let code = <u32>load<u16>(cells + (<usize>load<u32>(found) << 1));
    if (steps == 0) {
      const at = cuts + (<usize>code << size);
      if (wide) {
        const value = v128.load64_splat(x);
        code += popcnt<u32>(i64x2.bitmask(f64x2.gt(value, v128.load(at)))) + popcnt<u32>(i64x2.bitmask(f64x2.gt(value, v128.load(at, 16))));
      } else {
        code += popcnt<u32>(i32x4.bitmask(f32x4.gt(v128.load32_splat(x), v128.load(at))));
      }
    } else {
      for (let width: u32 = 1 << (steps - 1); width != 0; width >>= 1) {
        code += isAbove(wide, x, cuts + (<usize>(code + width - 1) << size)) ? width : 0;
      }
    }
    if (rank16) store<u16>(to, <u16>code);
    else store<u8>(to, <u8>code);
  }
}

@inline function searchQuad(wide: bool, rank16: bool, quad: Quad, base: usize, x: usize, rowStride: usize, rows: i32, ranks: usize, found: usize): void {
  const at = changetype<usize>(quad);
  const scale = v128.load(at, 16), offset = v128.load(at, 32), top = v128.load(at, 48);
  const source = x + quad.source;
  let from = source, cell = found;
  for (let row = rows; row > 0; row--, from += rowStride, cell += 16) {
    v128.store(cell, cellsOf(wide, LINEAR, load4(wide, from), scale, offset, top, 0));
  }
  for (let lane: usize = 0; lane < 4; lane++) {
    const to = load<u32>(at + (lane << 2), 80);
    if (to == 0xffffffff) continue;
    const cells = base + load<u32>(at + (lane << 2), 64), cuts = base + load<u32>(at + (lane << 2), 96);
    const column = source + (lane << (wide ? 3 : 2));
    if (quad.shift == 0) searchLane(wide, rank16, 0, column, rowStride, rows, found + (lane << 2), cells, cuts, ranks + to);
    else searchLane(wide, rank16, quad.shift, column, rowStride, rows, found + (lane << 2), cells, cuts, ranks + to);
  }
}

/**
 * Codes of up to 256 rows for all quads: `ranks` gets columns of 256 u8, or u16 if `rank16`. `found` is scratch of 256 × 16
 * bytes. Columns are written up to the next multiple of four rows.
 */
export function rankRows(
  wide: bool, rank16: bool, quads: usize, nQuads: u32, base: usize, x: usize, rowStride: usize, rows: i32, ranks: usize, found: usize,
): void {
  for (let i: u32 = 0; i < nQuads; i++, quads += QUAD_BYTES) {
    const quad = changetype<Quad>(quads);
    if (quad.kind == SEARCH) {
      if (wide) {
        if (rank16) searchQuad(true, true, quad, base, x, rowStride, rows, ranks, found);
        else searchQuad(true, false, quad, base, x, rowStride, rows, ranks, found);
      } else if (rank16) searchQuad(false, true, quad, base, x, rowStride, rows, ranks, found);
      else searchQuad(false, false, quad, base, x, rowStride, rows, ranks, found);
    } else if (quad.kind == LINEAR) {
      if (wide) rankTiles(true, LINEAR, quad, base, x, rowStride, rows, ranks, found);
      else rankTiles(false, LINEAR, quad, base, x, rowStride, rows, ranks, found);
    } else if (wide) rankTiles(true, BITS, quad, base, x, rowStride, rows, ranks, found);
    else rankTiles(false, BITS, quad, base, x, rowStride, rows, ranks, found);
  }
}
