/**
 * AssemblyScript. The bit-sliced kernel: up to 256 rows at a time pass through all trees, one bit a row in each register. Values
 * become rank codes (ranks.ts), codes become conditions (conditions.ts), trees turn conditions into leaf numbers
 * (tree-bits.ts), one byte a row; then votes are added row by row, in the order of the trees.
 */

import { transposeBits } from "./bits";
import { byteMasks, deriveMasks, setMasks, wordTables } from "./conditions";
import { rankRows } from "./ranks";
import { forestWalkNarrow, forestWalkWide } from "./walk";
import { generalTree, levelTree, obliviousTree } from "./tree-bits";

/** What stands at `params`; offsets count from there. Written by forests/pack-bit-sliced.ts in this order. */
@unmanaged
class BitSlicedParams {
  nGroups: u32;
  /** u32 offset per group. */
  groups: u32;
  nOutputs: u32;
  nTrees: u32;
  sink: u32;
  /** Whether x is float64, and the sums are. */
  wideRows: u32;
  wideSums: u32;
  /** Whether rows must be copied to make four columns readable; how many columns they have. */
  narrow: u32;
  /** Places in scratch memory. */
  reach: u32;
  ranks: u32;
  masks: u32;
  sums: u32;
  /** Bytes of a row of sums (dense), a multiple of 16. */
  sumBytes: u32;
  /** Blocks of fewer rows than this are walked; params of that walk, and whether its nodes are wide. */
  fewRows: u32;
  walk: u32;
  walkWide: u32;
}

/** A contiguous run of trees; offsets count from the group's start. */
@unmanaged
class Group {
  nQuads: u32;
  quads: u32;
  /** What the offsets in the quads count from. */
  tables: u32;
  /** Masks: entries for `byteMasks`. Tables: number of columns. */
  nColumns: u32;
  columns: u32;
  nDerived: u32;
  derived: u32;
  /** Whether codes have 16 bits and conditions are tables. */
  words: u32;
  lowBits: u32;
  highBits: u32;
  /** GENERAL, LEVELS or OBLIVIOUS. */
  shape: u32;
  /** Bits of a leaf's number; each tree has 2^bits entries in the table of leaves. */
  bits: u32;
  program: u32;
  leaves: u32;
  /** { u32 trees (at most 8), u32 output of their votes } each; leaves wanted: the first tree instead of the output. */
  nBatches: u32;
  batches: u32;
  /** Features whose sets are made into masks, and the program of `setMasks`. */
  nSetFeatures: u32;
  setProgram: u32;
}

/** What happens to leaves; the numbers of `BitSink` in forests/pack-bit-sliced.ts. */
const ONE_OUTPUT: u32 = 0;
const DENSE: u32 = 1;

/** How programs are written; the numbers of `ProgramShape` in forests/tree-programs.ts. */
const GENERAL: u32 = 0;
const LEVELS: u32 = 1;
const OBLIVIOUS: u32 = 2;

const BLOCK: i32 = 256;
/** Scratch: planes (256 bytes), leaf numbers [8 trees][256 rows], then work for the steps before. */
const NUMBERS: usize = 256;
const WORK: usize = NUMBERS + 8 * 256;
/** A copy of rows of fewer than four columns, 8,192 bytes. Beyond it, params say what stands where. */
const COPY: usize = WORK + 512 + 32 * 256 + 512;

/** Leaf numbers of `count` trees to `numbers`, 256 bytes each. Returns the end of their programs. */
@inline function evaluateTrees(
  words: bool, shape: u32, both: bool, count: u32, program: usize, bits: i32, masks: usize, highSize: usize, reach: usize, scratch: usize,
): usize {
  let numbers = scratch + NUMBERS;
  for (; count > 0; count--, numbers += 256) {
    if (shape == OBLIVIOUS) program = obliviousTree(words, both, program, bits, masks, highSize, scratch);
    else if (shape == LEVELS) program = levelTree(words, both, program, bits, masks, highSize, reach, scratch);
    else program = generalTree(words, both, program, bits, masks, highSize, reach, scratch);
    transposeBits(scratch, numbers);
    if (both) transposeBits(scratch + 128, numbers + 128);
  }
  return program;
}

function maskTrees(shape: u32, both: bool, count: u32, program: usize, bits: i32, masks: usize, reach: usize, scratch: usize): usize {
  if (shape == OBLIVIOUS) {
    if (both) return evaluateTrees(false, OBLIVIOUS, true, count, program, bits, masks, 0, reach, scratch);
    return evaluateTrees(false, OBLIVIOUS, false, count, program, bits, masks, 0, reach, scratch);
  }
  if (shape == LEVELS) {
    if (both) return evaluateTrees(false, LEVELS, true, count, program, bits, masks, 0, reach, scratch);
    return evaluateTrees(false, LEVELS, false, count, program, bits, masks, 0, reach, scratch);
  }
  if (both) return evaluateTrees(false, GENERAL, true, count, program, bits, masks, 0, reach, scratch);
  return evaluateTrees(false, GENERAL, false, count, program, bits, masks, 0, reach, scratch);
}

function tableTrees(shape: u32, both: bool, count: u32, program: usize, bits: i32, masks: usize, highSize: usize, reach: usize, scratch: usize): usize {
  if (shape == OBLIVIOUS) {
    if (both) return evaluateTrees(true, OBLIVIOUS, true, count, program, bits, masks, highSize, reach, scratch);
    return evaluateTrees(true, OBLIVIOUS, false, count, program, bits, masks, highSize, reach, scratch);
  }
  if (shape == LEVELS) {
    if (both) return evaluateTrees(true, LEVELS, true, count, program, bits, masks, highSize, reach, scratch);
    return evaluateTrees(true, LEVELS, false, count, program, bits, masks, highSize, reach, scratch);
  }
  if (both) return evaluateTrees(true, GENERAL, true, count, program, bits, masks, highSize, reach, scratch);
  return evaluateTrees(true, GENERAL, false, count, program, bits, masks, highSize, reach, scratch);
}

@inline function valueAt<T>(table: usize, number: usize): T {
  return load<T>(table + <usize>load<u8>(number) * sizeof<T>());
}

/** Adds the votes of a batch of trees for one output; `leafBytes` is the size of a tree's table. */
@inline function addBatch<T>(count: u32, table: usize, leafBytes: usize, numbers: usize, rows: i32, out: usize, outBytes: usize): void {
  if (count == 8) {
    const t1 = table + leafBytes, t2 = t1 + leafBytes, t3 = t2 + leafBytes, t4 = t3 + leafBytes, t5 = t4 + leafBytes, t6 = t5 + leafBytes, t7 = t6 + leafBytes;
    for (const end = numbers + rows; numbers < end; numbers++, out += outBytes) {
      let sum = load<T>(out) + valueAt<T>(table, numbers);
      sum += valueAt<T>(t1, numbers + 256);
      sum += valueAt<T>(t2, numbers + 512);
      sum += valueAt<T>(t3, numbers + 768);
      sum += valueAt<T>(t4, numbers + 1024);
      sum += valueAt<T>(t5, numbers + 1280);
      sum += valueAt<T>(t6, numbers + 1536);
      sum += valueAt<T>(t7, numbers + 1792);
      store<T>(out, sum);
    }
    return;
  }
  for (; count > 0; count--, table += leafBytes, numbers += 256) {
    let to = out;
    for (let row = 0; row < rows; row++, to += outBytes) store<T>(to, load<T>(to) + valueAt<T>(table, numbers + row));
  }
}

@inline function sum(wide: bool, a: v128, b: v128): v128 {
  return wide ? f64x2.add(a, b) : f32x4.add(a, b);
}

/** Adds a piece of one tree's votes after that of another. */
@inline function addPair(wide: bool, to: usize, first: usize, second: usize): void {
  v128.store(to, sum(wide, sum(wide, v128.load(to), v128.load(first)), v128.load(second)));
}

/**
 * Adds whole rows of votes, padded to a multiple of 16 bytes, of two trees at a time. Tables, which end at `tablesEnd`, may be more than the
 * nearer caches hold, and rows go to them at random: so each row also looks at a piece of the tables to come, piece by piece in
 * order, which caches foresee.
 */
@inline function addRows(wide: bool, count: u32, table: usize, tablesEnd: usize, leafBytes: usize, numbers: usize, rows: i32, sums: usize, sumBytes: usize): void {
  let seen: u32 = 0, at = numbers;
  for (; count >= 2; count -= 2, table += leafBytes << 1, at += 512) {
    const second = table + leafBytes, step = leafBytes >> 7;
    let number = at, to = sums, next = second + leafBytes;
    if (next + (leafBytes << 1) > tablesEnd) next = table;
    const end = number + rows;
    if (sumBytes == 16) {
      for (; number < end; number++, to += 16) addPair(wide, to, table + (<usize>load<u8>(number) << 4), second + (<usize>load<u8>(number, 256) << 4));
    } else if (sumBytes == 32) {
      for (; number < end; number++, to += 32, next += step) {
        const a = table + (<usize>load<u8>(number) << 5), b = second + (<usize>load<u8>(number, 256) << 5);
        seen ^= load<u32>(next);
        addPair(wide, to, a, b);
        addPair(wide, to + 16, a + 16, b + 16);
      }
    } else {
      for (; number < end; number++, next += step) {
        let a = table + <usize>load<u8>(number) * sumBytes, b = second + <usize>load<u8>(number, 256) * sumBytes;
        seen ^= load<u32>(next) ^ load<u32>(next + (step >> 1));
        const last = to + sumBytes;
        for (; to + 64 <= last; to += 64, a += 64, b += 64) {
          addPair(wide, to, a, b);
          addPair(wide, to + 16, a + 16, b + 16);
          addPair(wide, to + 32, a + 32, b + 32);
          addPair(wide, to + 48, a + 48, b + 48);
        }
        for (; to < last; to += 16, a += 16, b += 16) addPair(wide, to, a, b);
      }
    }
  }
  for (; count > 0; count--, table += leafBytes, at += 256) {
    let number = at, to = sums;
    for (const end = number + rows; number < end; number++) {
      let from = table + <usize>load<u8>(number) * sumBytes;
      for (const last = to + sumBytes; to < last; to += 16, from += 16) v128.store(to, sum(wide, v128.load(to), v128.load(from)));
    }
  }
  // Numbers are done with.
  store<u32>(numbers, seen);
}

function runGroup(params: BitSlicedParams, group: Group, x: usize, rowStride: usize, rows: i32, out: usize, outBytes: usize, scratch: usize): void {
  const base = changetype<usize>(group);
  const ranks = scratch + params.ranks, masks = scratch + params.masks, reach = scratch + params.reach, work = scratch + WORK;
  const both = rows > 128, words = group.words != 0;
  rankRows(params.wideRows != 0, words, base + group.quads, group.nQuads, base + group.tables, x, rowStride, rows, ranks, work);
  const highSize = <usize>32 << group.highBits;
  if (words) {
    wordTables(group.nColumns, ranks, masks, group.lowBits, group.highBits, work);
    if (both) wordTables(group.nColumns, ranks + 256, masks + 16, group.lowBits, group.highBits, work);
  } else {
    byteMasks(base + group.columns, group.nColumns, ranks, masks, work);
    if (both) byteMasks(base + group.columns, group.nColumns, ranks + 128, masks + 16, work);
    deriveMasks(both, base + group.derived, group.nDerived, masks);
    setMasks(both, base + group.setProgram, group.nSetFeatures, masks);
  }
  const shape = group.shape, bits = <i32>group.bits;
  const entryBytes: usize = params.sink == DENSE ? params.sumBytes : params.sink == ONE_OUTPUT && params.wideSums != 0 ? 8 : 4;
  const leafBytes = entryBytes << bits;
  const numbers = scratch + NUMBERS;
  let program = base + group.program, leaves = base + group.leaves, batch = base + group.batches;
  let leavesEnd = leaves;
  for (let i: u32 = 0; i < group.nBatches; i++) leavesEnd += leafBytes * load<u32>(batch + (<usize>i << 3));
  memory.fill(scratch, 0, 256);
  for (let i: u32 = 0; i < group.nBatches; i++, batch += 8) {
    const count = load<u32>(batch), which = <usize>load<u32>(batch, 4);
    program = words
      ? tableTrees(shape, both, count, program, bits, masks, highSize, reach, scratch)
      : maskTrees(shape, both, count, program, bits, masks, reach, scratch);
    if (params.sink == ONE_OUTPUT) {
      if (params.wideSums != 0) addBatch<f64>(count, leaves, leafBytes, numbers, rows, out + (which << 3), outBytes);
      else addBatch<f32>(count, leaves, leafBytes, numbers, rows, out + (which << 2), outBytes);
    } else if (params.sink == DENSE) {
      const sums = scratch + params.sums;
      if (params.wideSums != 0) addRows(true, count, leaves, leavesEnd, leafBytes, numbers, rows, sums, entryBytes);
      else addRows(false, count, leaves, leavesEnd, leafBytes, numbers, rows, sums, entryBytes);
    } else {
      for (let t: usize = 0; t < count; t++) {
        let to = out + ((which + t) << 2);
        const table = leaves + t * leafBytes, number = numbers + (t << 8);
        for (let row = 0; row < rows; row++, to += outBytes) store<i32>(to, valueAt<i32>(table, number + row));
      }
    }
    leaves += count * leafBytes;
  }
}

/** Signature as all forest kernels (index.ts). */
export function forestBitSliced(base: usize, x: usize, rowStride: i32, out: usize, rows: i32, scratch: usize): void {
  const params = changetype<BitSlicedParams>(base);
  const sink = params.sink;
  const valueBytes: usize = params.wideSums != 0 ? 8 : 4;
  const outBytes: usize = sink > DENSE ? <usize>params.nTrees << 2 : params.nOutputs * valueBytes;
  // The root is reached by all rows. The first two masks never and always hold.
  const reach = scratch + params.reach, masks = scratch + params.masks;
  if (<u32>rows >= params.fewRows) memory.fill(reach, 0xff, 32);
  for (let from = 0; from < rows; from += BLOCK, x += <usize>rowStride * BLOCK, out += outBytes * BLOCK) {
    const count = min(rows - from, BLOCK);
    if (<u32>count < params.fewRows) {
      if (params.walkWide != 0) forestWalkWide(base + params.walk, x, rowStride, out, count, scratch);
      else forestWalkNarrow(base + params.walk, x, rowStride, out, count, scratch);
      return;
    }
    let source = x, stride = <usize>rowStride;
    if (params.narrow != 0) {
      stride = params.wideRows != 0 ? 32 : 16;
      source = scratch + COPY;
      const bytes = <usize>params.narrow << (params.wideRows != 0 ? 3 : 2);
      for (let row = 0; row < count; row++) memory.copy(source + <usize>row * stride, x + <usize>row * rowStride, bytes);
    }
    if (sink == ONE_OUTPUT) memory.fill(out, 0, outBytes * count);
    else if (sink == DENSE) memory.fill(scratch + params.sums, 0, <usize>params.sumBytes * count);
    for (let g: u32 = 0; g < params.nGroups; g++) {
      const group = changetype<Group>(base + load<u32>(base + params.groups + (<usize>g << 2)));
      if (group.words == 0) {
        memory.fill(masks, 0, 32);
        memory.fill(masks + 32, 0xff, 32);
      }
      runGroup(params, group, source, stride, count, out, outBytes, scratch);
    }
    if (sink == DENSE) {
      let sums = scratch + params.sums, to = out;
      for (let row = 0; row < count; row++, sums += params.sumBytes, to += outBytes) memory.copy(to, sums, outBytes);
    }
  }
}
