/**
 * AssemblyScript. The walk of rows through trees, for any forest: eight rows descend a tree together, so that the loads of one
 * hide the waiting of the others, and no branch depends on the data. The few rows that are left descend eight trees together.
 * Rows are taken in blocks (forests/pack-walk.ts says how long), so that a tree is fetched once for many rows.
 *
 * A node goes to `child + (x > cut)`: its children stand side by side. A leaf has a NaN for its cut, above which nothing is, and
 * itself for its child, so rows that have arrived stay; the NaN's low bits are the index of the leaf. Narrow nodes are
 * { f32 cut, u32 child << columnBits | column }, wide ones { f64 cut, u32 child, u32 byte offset of the column }.
 */

import { copyFlags, prepareRows32, prepareRows64 } from "./prepare-rows";
import { LEAVES, MIN_32, outputRowBytes, SINGLE_32, SINGLE_64, vote, Votes } from "./votes";

/** What stands at `params`; offsets count from there. Written by forests/pack-walk.ts in this order. */
@unmanaged
class WalkParams {
  nTrees: u32;
  nOutputs: u32;
  sink: u32;
  /** { u32 root, u32 levels that all rows take, u32 whether to go on until all have arrived } per tree. */
  trees: u32;
  nodes: u32;
  values: u32;
  starts: u32;
  targets: u32;
  runs: u32;
  nRuns: u32;
  /** Bytes of a prepared row. */
  stride: u32;
  blockRows: u32;
  /** Whether x is float32 though the nodes are wide. */
  narrowSource: u32;
  /** Bits of a narrow node's second word that name its column; the others are its child. */
  columnBits: u32;
  /** Features whose sets are copied as flags, their records, and what the offsets in these count from. */
  nFlagged: u32;
  flagged: u32;
  flagTables: u32;
}

const TREE_BYTES: usize = 12;

@inline function step(wide: bool, bits: u32, mask: u32, nodes: usize, at: u32, x: usize): u32 {
  if (wide) {
    const node = nodes + (<usize>at << 4);
    return load<u32>(node, 8) + <u32>(load<f64>(x + load<u32>(node, 12)) > load<f64>(node));
  }
  const node = nodes + (<usize>at << 3);
  const word = load<u32>(node, 4);
  return (word >> bits) + <u32>(load<f32>(x + (<usize>(word & mask) << 2)) > load<f32>(node));
}

@inline function leafAt(wide: bool, nodes: usize, at: u32): u32 {
  return wide ? load<u32>(nodes + (<usize>at << 4)) : load<u32>(nodes + (<usize>at << 3)) & 0x3fffff;
}

/** Eight rows from `x` on through one tree. */
@inline function walkRows(
  wide: bool, bits: u32, mask: u32, nodes: usize, tree: usize, t: u32, x: usize, stride: usize, votes: Votes, row: i32, count: i32, out: usize, outBytes: usize,
): void {
  const x1 = x + stride, x2 = x1 + stride, x3 = x2 + stride, x4 = x3 + stride, x5 = x4 + stride, x6 = x5 + stride, x7 = x6 + stride;
  let a = load<u32>(tree), b = a, c = a, d = a, e = a, f = a, g = a, h = a;
  for (let levels = <i32>load<u32>(tree, 4); levels > 0; levels--) {
    a = step(wide, bits, mask, nodes, a, x); b = step(wide, bits, mask, nodes, b, x1); c = step(wide, bits, mask, nodes, c, x2); d = step(wide, bits, mask, nodes, d, x3);
    e = step(wide, bits, mask, nodes, e, x4); f = step(wide, bits, mask, nodes, f, x5); g = step(wide, bits, mask, nodes, g, x6); h = step(wide, bits, mask, nodes, h, x7);
  }
  if (load<u32>(tree, 8) != 0) {
    let moved: u32;
    do {
      a = step(wide, bits, mask, nodes, a, x); b = step(wide, bits, mask, nodes, b, x1); c = step(wide, bits, mask, nodes, c, x2); d = step(wide, bits, mask, nodes, d, x3);
      e = step(wide, bits, mask, nodes, e, x4); f = step(wide, bits, mask, nodes, f, x5); g = step(wide, bits, mask, nodes, g, x6); h = step(wide, bits, mask, nodes, h, x7);
      const a1 = a, b1 = b, c1 = c, d1 = d, e1 = e, f1 = f, g1 = g, h1 = h;
      a = step(wide, bits, mask, nodes, a, x); b = step(wide, bits, mask, nodes, b, x1); c = step(wide, bits, mask, nodes, c, x2); d = step(wide, bits, mask, nodes, d, x3);
      e = step(wide, bits, mask, nodes, e, x4); f = step(wide, bits, mask, nodes, f, x5); g = step(wide, bits, mask, nodes, g, x6); h = step(wide, bits, mask, nodes, h, x7);
      moved = (a ^ a1) | (b ^ b1) | (c ^ c1) | (d ^ d1) | (e ^ e1) | (f ^ f1) | (g ^ g1) | (h ^ h1);
    } while (moved != 0);
  }
  a = leafAt(wide, nodes, a); b = leafAt(wide, nodes, b); c = leafAt(wide, nodes, c); d = leafAt(wide, nodes, d);
  e = leafAt(wide, nodes, e); f = leafAt(wide, nodes, f); g = leafAt(wide, nodes, g); h = leafAt(wide, nodes, h);
  if (count == 8 && votes.sink == SINGLE_32) {
    const v = votes.values;
    store<f32>(out, load<f32>(out) + load<f32>(v + (<usize>a << 2)));
    store<f32>(out, load<f32>(out, 4) + load<f32>(v + (<usize>b << 2)), 4);
    store<f32>(out, load<f32>(out, 8) + load<f32>(v + (<usize>c << 2)), 8);
    store<f32>(out, load<f32>(out, 12) + load<f32>(v + (<usize>d << 2)), 12);
    store<f32>(out, load<f32>(out, 16) + load<f32>(v + (<usize>e << 2)), 16);
    store<f32>(out, load<f32>(out, 20) + load<f32>(v + (<usize>f << 2)), 20);
    store<f32>(out, load<f32>(out, 24) + load<f32>(v + (<usize>g << 2)), 24);
    store<f32>(out, load<f32>(out, 28) + load<f32>(v + (<usize>h << 2)), 28);
  } else if (count == 8 && votes.sink == SINGLE_64) {
    const v = votes.values;
    store<f64>(out, load<f64>(out) + load<f64>(v + (<usize>a << 3)));
    store<f64>(out, load<f64>(out, 8) + load<f64>(v + (<usize>b << 3)), 8);
    store<f64>(out, load<f64>(out, 16) + load<f64>(v + (<usize>c << 3)), 16);
    store<f64>(out, load<f64>(out, 24) + load<f64>(v + (<usize>d << 3)), 24);
    store<f64>(out, load<f64>(out, 32) + load<f64>(v + (<usize>e << 3)), 32);
    store<f64>(out, load<f64>(out, 40) + load<f64>(v + (<usize>f << 3)), 40);
    store<f64>(out, load<f64>(out, 48) + load<f64>(v + (<usize>g << 3)), 48);
    store<f64>(out, load<f64>(out, 56) + load<f64>(v + (<usize>h << 3)), 56);
  } else {
    vote(votes, t, a, row, out);
    if (count > 1) vote(votes, t, b, row + 1, out += outBytes);
    if (count > 2) vote(votes, t, c, row + 2, out += outBytes);
    if (count > 3) vote(votes, t, d, row + 3, out += outBytes);
    if (count > 4) vote(votes, t, e, row + 4, out += outBytes);
    if (count > 5) vote(votes, t, f, row + 5, out += outBytes);
    if (count > 6) vote(votes, t, g, row + 6, out += outBytes);
    if (count > 7) vote(votes, t, h, row + 7, out += outBytes);
  }
}

/** One row through all trees, eight trees at a time; their votes count in the order of the trees. */
@inline function walkTrees(wide: bool, bits: u32, mask: u32, nodes: usize, trees: usize, nTrees: u32, x: usize, votes: Votes, row: i32, out: usize): void {
  let t: u32 = 0;
  let tree = trees;
  for (; t + 8 <= nTrees; t += 8, tree += 8 * TREE_BYTES) {
    let a = load<u32>(tree), b = load<u32>(tree, 12), c = load<u32>(tree, 24), d = load<u32>(tree, 36);
    let e = load<u32>(tree, 48), f = load<u32>(tree, 60), g = load<u32>(tree, 72), h = load<u32>(tree, 84);
    let moved: u32;
    do {
      a = step(wide, bits, mask, nodes, a, x); b = step(wide, bits, mask, nodes, b, x); c = step(wide, bits, mask, nodes, c, x); d = step(wide, bits, mask, nodes, d, x);
      e = step(wide, bits, mask, nodes, e, x); f = step(wide, bits, mask, nodes, f, x); g = step(wide, bits, mask, nodes, g, x); h = step(wide, bits, mask, nodes, h, x);
      const a1 = a, b1 = b, c1 = c, d1 = d, e1 = e, f1 = f, g1 = g, h1 = h;
      a = step(wide, bits, mask, nodes, a, x); b = step(wide, bits, mask, nodes, b, x); c = step(wide, bits, mask, nodes, c, x); d = step(wide, bits, mask, nodes, d, x);
      e = step(wide, bits, mask, nodes, e, x); f = step(wide, bits, mask, nodes, f, x); g = step(wide, bits, mask, nodes, g, x); h = step(wide, bits, mask, nodes, h, x);
      moved = (a ^ a1) | (b ^ b1) | (c ^ c1) | (d ^ d1) | (e ^ e1) | (f ^ f1) | (g ^ g1) | (h ^ h1);
    } while (moved != 0);
    a = leafAt(wide, nodes, a); b = leafAt(wide, nodes, b); c = leafAt(wide, nodes, c); d = leafAt(wide, nodes, d);
    e = leafAt(wide, nodes, e); f = leafAt(wide, nodes, f); g = leafAt(wide, nodes, g); h = leafAt(wide, nodes, h);
    vote(votes, t, a, row, out); vote(votes, t + 1, b, row, out); vote(votes, t + 2, c, row, out); vote(votes, t + 3, d, row, out);
    vote(votes, t + 4, e, row, out); vote(votes, t + 5, f, row, out); vote(votes, t + 6, g, row, out); vote(votes, t + 7, h, row, out);
  }
  for (; t < nTrees; t++, tree += TREE_BYTES) {
    let at = load<u32>(tree);
    for (let next = step(wide, bits, mask, nodes, at, x); next != at; next = step(wide, bits, mask, nodes, at, x)) at = next;
    vote(votes, t, leafAt(wide, nodes, at), row, out);
  }
}

/** Rows that are left beyond a multiple of eight go one by one up to this many, else as eight with copies of the last. */
const FEW_ROWS: i32 = 4;

@inline function walk(wide: bool, base: usize, x: usize, rowStride: i32, out: usize, rows: i32, scratch: usize): void {
  const params = changetype<WalkParams>(base);
  const nTrees = params.nTrees, nodes = base + params.nodes, trees = base + params.trees;
  const bits = params.columnBits, mask: u32 = (1 << bits) - 1;
  const stride = <usize>params.stride, blockRows = <i32>params.blockRows;
  const outBytes = outputRowBytes(params.sink, params.nOutputs, nTrees);
  const votes = changetype<Votes>(scratch);
  votes.sink = params.sink;
  votes.nOutputs = params.nOutputs;
  votes.nTrees = nTrees;
  votes.values = base + params.values;
  votes.starts = base + params.starts;
  votes.targets = base + params.targets;
  const prepared = scratch + 64;
  for (let from = 0; from < rows; from += blockRows, x += <usize>rowStride * blockRows, out += outBytes * blockRows) {
    const count = min(rows - from, blockRows);
    const left = count & 7;
    const together = left > FEW_ROWS ? (count + 7) & ~7 : count & ~7;
    votes.seen = prepared + <usize>((count + 7) & ~7) * stride;
    if (wide) prepareRows64(base + params.runs, params.nRuns, x, rowStride, params.narrowSource != 0, count, prepared, stride);
    else prepareRows32(base + params.runs, params.nRuns, x, rowStride, count, prepared, stride);
    if (params.nFlagged != 0) copyFlags(wide && params.narrowSource == 0, base + params.flagged, params.nFlagged, base + params.flagTables, x, rowStride, count, prepared, stride);
    for (let row = count; row < together; row++) {
      memory.copy(prepared + <usize>row * stride, prepared + <usize>(count - 1) * stride, stride);
    }
    if (votes.sink != LEAVES) memory.fill(out, 0, outBytes * count);
    if (votes.sink >= MIN_32 && votes.sink != LEAVES) memory.fill(votes.seen, 0, <usize>count * params.nOutputs);
    if (together > 0) {
      let tree = trees;
      for (let t: u32 = 0; t < nTrees; t++, tree += TREE_BYTES) {
        for (let row = 0; row < together; row += 8) {
          walkRows(wide, bits, mask, nodes, tree, t, prepared + <usize>row * stride, stride, votes, row, min(count - row, 8), out + <usize>row * outBytes, outBytes);
        }
      }
    }
    for (let row = together; row < count; row++) {
      walkTrees(wide, bits, mask, nodes, trees, nTrees, prepared + <usize>row * stride, votes, row, out + <usize>row * outBytes);
    }
  }
}

/** Forests of narrow nodes: x, cuts and comparisons in float32. */
export function forestWalkNarrow(params: usize, x: usize, rowStride: i32, out: usize, rows: i32, scratch: usize): void {
  walk(false, params, x, rowStride, out, rows, scratch);
}

/** Forests of wide nodes: comparisons in float64, or more than narrow nodes can tell apart. */
export function forestWalkWide(params: usize, x: usize, rowStride: i32, out: usize, rows: i32, scratch: usize): void {
  walk(true, params, x, rowStride, out, rows, scratch);
}
