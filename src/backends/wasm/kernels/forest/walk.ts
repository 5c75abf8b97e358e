/**
 * AssemblyScript. The walk of rows through trees, for any forest: eight rows descend a tree together, so that the loads of one
 * hide the waiting of the others, and no branch depends on the data. The few rows that are left descend eight trees together.
 * Rows are taken in blocks (forests/pack-walk.ts says how long), so that a tree is fetched once for many rows.
 *
 * A node's children stand side by side; where it is left for is told by its distance to the first of them: a row at `a` goes to
 * a + distance, and one node further if x > cut. A leaf has a NaN for its cut, above which nothing is, and the distance 0, so
 * rows that have arrived stay; the NaN's low bits are the number of the leaf. Narrow nodes are
 * { f32 cut, i32 distance << bits | byte offset of the column }, wide ones { f64 cut, i32 distance, u32 byte offset of the column };
 * distances count nodes.
 */

import { copyFlags, narrowRows, prepareRows32, prepareRows64 } from "./prepare-rows";
import { LEAVES, MIN_32, outputRowBytes, SINGLE_32, SINGLE_64, vote, voteTrees, Votes } from "./votes";

/** What stands at `params`; offsets count from there. Written by forests/pack-walk.ts in this order. */
@unmanaged
class WalkParams {
  nTrees: u32;
  nOutputs: u32;
  sink: u32;
  /**
   * { u32 byte offset of the root, u32 levels that all rows take, u32 whether to go on until all have arrived, u32 levels that one row
   * takes in eight trees from here on } per tree, and copies of the last up to a multiple of eight.
   */
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
  /** Whether x is float64; nodes may be narrow then, and wide where it is not. */
  wideRows: u32;
  /** Bits of a narrow node's second word that name its column; the others are the distance. */
  columnBits: u32;
  /** Features whose sets are copied as flags, their records, and what the offsets in these count from. */
  nFlagged: u32;
  flagged: u32;
  flagTables: u32;
  /** Whether some trees go on, and the bytes that one row's leaves take before the prepared rows. */
  goOn: u32;
  leafBytes: u32;
  /** float64 x and narrow nodes: a record for each column, and what the offsets in these count from. */
  narrowed: u32;
  narrowTables: u32;
}

const TREE_BYTES: usize = 16;
/** { u32 node, u32 tree } of a tree that a row has not come to the end of. */
const WAITING_BYTES: usize = 8;

/** How nodes are read. HALVES: narrow ones whose distance and column have 16 bits each, for which `bits` is no variable. */
const HALVES: u32 = 0;
const NARROW: u32 = 1;
const WIDE: u32 = 2;

@inline function distanceAt(kind: u32, bits: u32, at: usize): i32 {
  if (kind == WIDE) return load<i32>(at, 8);
  return kind == HALVES ? <i32>load<i16>(at, 6) : load<i32>(at, 4) >> bits;
}

/** Where a row at node `at` goes; both are addresses. */
@inline function step(kind: u32, bits: u32, at: usize, x: usize): usize {
  if (kind == WIDE) return at + ((load<i32>(at, 8) + <i32>(load<f64>(x + load<u32>(at, 12)) > load<f64>(at))) << 4);
  const column = kind == HALVES ? <usize>load<u16>(at, 4) : <usize>(load<u32>(at, 4) & ((1 << bits) - 1));
  return at + ((distanceAt(kind, bits, at) + <i32>(load<f32>(x + column) > load<f32>(at))) << 3);
}

@inline function leafAt(kind: u32, at: usize): u32 {
  return kind == WIDE ? load<u32>(at) : load<u32>(at) & 0x3fffff;
}

/** Eight rows from `x` on through one tree. */
@inline function walkRows(
  kind: u32, bits: u32, nodes: usize, tree: usize, t: u32, x: usize, stride: usize, votes: Votes, row: i32, count: i32, out: usize, outBytes: usize,
): void {
  const x1 = x + stride, x2 = x1 + stride, x3 = x2 + stride, x4 = x3 + stride, x5 = x4 + stride, x6 = x5 + stride, x7 = x6 + stride;
  let a = nodes + load<u32>(tree), b = a, c = a, d = a, e = a, f = a, g = a, h = a;
  for (let levels = <i32>load<u32>(tree, 4); levels > 0; levels--) {
    a = step(kind, bits, a, x); b = step(kind, bits, b, x1); c = step(kind, bits, c, x2); d = step(kind, bits, d, x3);
    e = step(kind, bits, e, x4); f = step(kind, bits, f, x5); g = step(kind, bits, g, x6); h = step(kind, bits, h, x7);
  }
  if (load<u32>(tree, 8) != 0) {
    let moved: usize;
    do {
      a = step(kind, bits, a, x); b = step(kind, bits, b, x1); c = step(kind, bits, c, x2); d = step(kind, bits, d, x3);
      e = step(kind, bits, e, x4); f = step(kind, bits, f, x5); g = step(kind, bits, g, x6); h = step(kind, bits, h, x7);
      const a1 = a, b1 = b, c1 = c, d1 = d, e1 = e, f1 = f, g1 = g, h1 = h;
      a = step(kind, bits, a, x); b = step(kind, bits, b, x1); c = step(kind, bits, c, x2); d = step(kind, bits, d, x3);
      e = step(kind, bits, e, x4); f = step(kind, bits, f, x5); g = step(kind, bits, g, x6); h = step(kind, bits, h, x7);
      moved = (a ^ a1) | (b ^ b1) | (c ^ c1) | (d ^ d1) | (e ^ e1) | (f ^ f1) | (g ^ g1) | (h ^ h1);
    } while (moved != 0);
  }
  const la = leafAt(kind, a), lb = leafAt(kind, b), lc = leafAt(kind, c), ld = leafAt(kind, d);
  const le = leafAt(kind, e), lf = leafAt(kind, f), lg = leafAt(kind, g), lh = leafAt(kind, h);
  if (count == 8 && votes.sink == SINGLE_32) {
    const v = votes.values;
    store<f32>(out, load<f32>(out) + load<f32>(v + (<usize>la << 2)));
    store<f32>(out, load<f32>(out, 4) + load<f32>(v + (<usize>lb << 2)), 4);
    store<f32>(out, load<f32>(out, 8) + load<f32>(v + (<usize>lc << 2)), 8);
    store<f32>(out, load<f32>(out, 12) + load<f32>(v + (<usize>ld << 2)), 12);
    store<f32>(out, load<f32>(out, 16) + load<f32>(v + (<usize>le << 2)), 16);
    store<f32>(out, load<f32>(out, 20) + load<f32>(v + (<usize>lf << 2)), 20);
    store<f32>(out, load<f32>(out, 24) + load<f32>(v + (<usize>lg << 2)), 24);
    store<f32>(out, load<f32>(out, 28) + load<f32>(v + (<usize>lh << 2)), 28);
  } else if (count == 8 && votes.sink == SINGLE_64) {
    const v = votes.values;
    store<f64>(out, load<f64>(out) + load<f64>(v + (<usize>la << 3)));
    store<f64>(out, load<f64>(out, 8) + load<f64>(v + (<usize>lb << 3)), 8);
    store<f64>(out, load<f64>(out, 16) + load<f64>(v + (<usize>lc << 3)), 16);
    store<f64>(out, load<f64>(out, 24) + load<f64>(v + (<usize>ld << 3)), 24);
    store<f64>(out, load<f64>(out, 32) + load<f64>(v + (<usize>le << 3)), 32);
    store<f64>(out, load<f64>(out, 40) + load<f64>(v + (<usize>lf << 3)), 40);
    store<f64>(out, load<f64>(out, 48) + load<f64>(v + (<usize>lg << 3)), 48);
    store<f64>(out, load<f64>(out, 56) + load<f64>(v + (<usize>lh << 3)), 56);
  } else {
    vote(votes, t, la, row, out);
    if (count > 1) vote(votes, t, lb, row + 1, out += outBytes);
    if (count > 2) vote(votes, t, lc, row + 2, out += outBytes);
    if (count > 3) vote(votes, t, ld, row + 3, out += outBytes);
    if (count > 4) vote(votes, t, le, row + 4, out += outBytes);
    if (count > 5) vote(votes, t, lf, row + 5, out += outBytes);
    if (count > 6) vote(votes, t, lg, row + 6, out += outBytes);
    if (count > 7) vote(votes, t, lh, row + 7, out += outBytes);
  }
}

/** One row through all trees, eight at a time; `leaves` has room for a leaf of each. Their votes count in the order of the trees. */
@inline function walkTrees(
  kind: u32, bits: u32, nodes: usize, tree: usize, nTrees: u32, goOn: bool, x: usize, leaves: usize, votes: Votes, row: i32, out: usize,
): void {
  const waiting = leaves + <usize>((nTrees + 7) & ~7) * 4;
  let left = waiting;
  for (let t: u32 = 0; t < nTrees; t += 8, tree += 8 * TREE_BYTES) {
    let a = nodes + load<u32>(tree), b = nodes + load<u32>(tree, 16), c = nodes + load<u32>(tree, 32), d = nodes + load<u32>(tree, 48);
    let e = nodes + load<u32>(tree, 64), f = nodes + load<u32>(tree, 80), g = nodes + load<u32>(tree, 96), h = nodes + load<u32>(tree, 112);
    for (let levels = <i32>load<u32>(tree, 12); levels > 0; levels--) {
      a = step(kind, bits, a, x); b = step(kind, bits, b, x); c = step(kind, bits, c, x); d = step(kind, bits, d, x);
      e = step(kind, bits, e, x); f = step(kind, bits, f, x); g = step(kind, bits, g, x); h = step(kind, bits, h, x);
    }
    const to = goOn ? leaves + (<usize>t << 2) : leaves;
    store<u32>(to, leafAt(kind, a)); store<u32>(to, leafAt(kind, b), 4); store<u32>(to, leafAt(kind, c), 8); store<u32>(to, leafAt(kind, d), 12);
    store<u32>(to, leafAt(kind, e), 16); store<u32>(to, leafAt(kind, f), 20); store<u32>(to, leafAt(kind, g), 24); store<u32>(to, leafAt(kind, h), 28);
    if (goOn) {
      left = wait(kind, bits, left, a, t); left = wait(kind, bits, left, b, t + 1); left = wait(kind, bits, left, c, t + 2); left = wait(kind, bits, left, d, t + 3);
      left = wait(kind, bits, left, e, t + 4); left = wait(kind, bits, left, f, t + 5); left = wait(kind, bits, left, g, t + 6); left = wait(kind, bits, left, h, t + 7);
    } else {
      voteTrees(votes, t, min<u32>(8, nTrees - t), leaves, row, out);
    }
  }
  if (!goOn) return;
  // Trees in which the row has not arrived take two more steps each, until there are none.
  while (left > waiting) {
    const end = left;
    left = waiting;
    for (let from = waiting; from < end; from += WAITING_BYTES) {
      const t = load<u32>(from, 4);
      const at = step(kind, bits, step(kind, bits, load<u32>(from), x), x);
      store<u32>(leaves + (<usize>t << 2), leafAt(kind, at));
      left = wait(kind, bits, left, at, t);
    }
  }
  for (let t: u32 = 0; t < nTrees; t += 8) voteTrees(votes, t, min<u32>(8, nTrees - t), leaves + (<usize>t << 2), row, out);
}

/** Writes a tree to `to`, and gives the place after it unless the row has arrived at a leaf: so that no branch is needed. */
@inline function wait(kind: u32, bits: u32, to: usize, at: usize, t: u32): usize {
  store<u32>(to, <u32>at);
  store<u32>(to, t, 4);
  return to + (<usize>(distanceAt(kind, bits, at) != 0) << 3);
}

/** Rows that are left beyond a multiple of eight go one by one up to this many, else as eight with copies of the last. */
const FEW_ROWS: i32 = 4;

@inline function walk(kind: u32, base: usize, x: usize, rowStride: i32, out: usize, rows: i32, scratch: usize): void {
  const params = changetype<WalkParams>(base);
  const nTrees = params.nTrees, nodes = base + params.nodes, trees = base + params.trees, goOn = params.goOn != 0;
  const bits = kind == NARROW ? params.columnBits : 16;
  const stride = <usize>params.stride, blockRows = <i32>params.blockRows;
  const outBytes = outputRowBytes(params.sink, params.nOutputs, nTrees);
  const votes = changetype<Votes>(scratch);
  votes.sink = params.sink;
  votes.nOutputs = params.nOutputs;
  votes.nTrees = nTrees;
  votes.values = base + params.values;
  votes.starts = base + params.starts;
  votes.targets = base + params.targets;
  const leaves = scratch + 64;
  const prepared = leaves + params.leafBytes;
  for (let from = 0; from < rows; from += blockRows, x += <usize>rowStride * blockRows, out += outBytes * blockRows) {
    const count = min(rows - from, blockRows);
    const left = count & 7;
    const together = left > FEW_ROWS ? (count + 7) & ~7 : count & ~7;
    votes.seen = prepared + <usize>((count + 7) & ~7) * stride;
    if (kind == WIDE) prepareRows64(base + params.runs, params.nRuns, x, rowStride, params.wideRows == 0, count, prepared, stride);
    else if (params.wideRows != 0) narrowRows(base + params.runs, params.nRuns, base + params.narrowed, base + params.narrowTables, x, rowStride, count, prepared, stride);
    else prepareRows32(base + params.runs, params.nRuns, x, rowStride, count, prepared, stride);
    if (params.nFlagged != 0) copyFlags(params.wideRows != 0, base + params.flagged, params.nFlagged, base + params.flagTables, x, rowStride, count, prepared, stride);
    for (let row = count; row < together; row++) {
      memory.copy(prepared + <usize>row * stride, prepared + <usize>(count - 1) * stride, stride);
    }
    if (votes.sink != LEAVES) clear(out, outBytes * count);
    if (votes.sink >= MIN_32 && votes.sink != LEAVES) memory.fill(votes.seen, 0, <usize>count * params.nOutputs);
    if (together > 0) {
      let tree = trees;
      for (let t: u32 = 0; t < nTrees; t++, tree += TREE_BYTES) {
        for (let row = 0; row < together; row += 8) {
          walkRows(kind, bits, nodes, tree, t, prepared + <usize>row * stride, stride, votes, row, min(count - row, 8), out + <usize>row * outBytes, outBytes);
        }
      }
    }
    for (let row = together; row < count; row++) {
      const at = prepared + <usize>row * stride;
      if (goOn) walkTrees(kind, bits, nodes, trees, nTrees, true, at, leaves, votes, row, out + <usize>row * outBytes);
      else walkTrees(kind, bits, nodes, trees, nTrees, false, at, leaves, votes, row, out + <usize>row * outBytes);
    }
  }
}

/** Zeros; a call of the engine's for few bytes takes longer than to write them. `bytes` is a multiple of 4. */
@inline function clear(to: usize, bytes: usize): void {
  if (bytes <= 64) for (const end = to + bytes; to < end; to += 4) store<u32>(to, 0);
  else memory.fill(to, 0, bytes);
}

/** Forests of narrow nodes: x, cuts and comparisons in float32. */
export function forestWalkNarrow(params: usize, x: usize, rowStride: i32, out: usize, rows: i32, scratch: usize): void {
  if (changetype<WalkParams>(params).columnBits == 16) walk(HALVES, params, x, rowStride, out, rows, scratch);
  else walk(NARROW, params, x, rowStride, out, rows, scratch);
}

/** Forests of wide nodes: comparisons in float64, or more than narrow nodes can tell apart. */
export function forestWalkWide(params: usize, x: usize, rowStride: i32, out: usize, rows: i32, scratch: usize): void {
  walk(WIDE, params, x, rowStride, out, rows, scratch);
}
