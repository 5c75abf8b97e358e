/**
 * AssemblyScript. Second step of the bit-sliced kernels: from rank codes to one bit a row for "code above k". Codes of 8 bits
 * give a mask for every k. Codes of up to 16 bits give, for each column, tables of "high part above", "high part equal" and
 * "low part above", from which each node puts its own condition together. Masks are 32 bytes: 128 rows, then 128 more.
 */

import { transposeBits } from "./bits";

/** "Above k" and "equal k" for k in 4 · high + (0 … 3), of four bits given as "above" and "equal" of their upper and lower pairs. */
@inline function storeQuarter(
  above: usize, equal: usize, highAbove: v128, highEqual: v128, low0: v128, low1: v128, low2: v128, equal0: v128, equal1: v128, equal2: v128, equal3: v128,
): void {
  v128.store(above, v128.or(highAbove, v128.and(highEqual, low0)));
  v128.store(above, v128.or(highAbove, v128.and(highEqual, low1)), 16);
  v128.store(above, v128.or(highAbove, v128.and(highEqual, low2)), 32);
  v128.store(above, highAbove, 48);
  v128.store(equal, v128.and(highEqual, equal0));
  v128.store(equal, v128.and(highEqual, equal1), 16);
  v128.store(equal, v128.and(highEqual, equal2), 32);
  v128.store(equal, v128.and(highEqual, equal3), 48);
}

/** Of the number in four planes (least bit first): 16 masks of "above k", 16 of "equal k". */
function nibbleTables(planes: usize, above: usize, equal: usize): void {
  const b0 = v128.load(planes), b1 = v128.load(planes, 16), b2 = v128.load(planes, 32), b3 = v128.load(planes, 48);
  const low0 = v128.or(b1, b0), low2 = v128.and(b1, b0);
  const e0 = v128.not(low0), e1 = v128.andnot(b0, b1), e2 = v128.andnot(b1, b0);
  const highAny = v128.or(b3, b2), highBoth = v128.and(b3, b2);
  storeQuarter(above, equal, highAny, v128.not(highAny), low0, b1, low2, e0, e1, e2, low2);
  storeQuarter(above + 64, equal + 64, b3, v128.andnot(b2, b3), low0, b1, low2, e0, e1, e2, low2);
  storeQuarter(above + 128, equal + 128, highBoth, v128.andnot(b3, b2), low0, b1, low2, e0, e1, e2, low2);
  storeQuarter(above + 192, equal + 192, i8x16.splat(0), highBoth, low0, b1, low2, e0, e1, e2, low2);
}

/**
 * Masks "code above k" of u8 columns for one half of 128 rows. `columns` is a list of { u32 rank offset, u32 chunks of 16 masks,
 * u32 mask offset }. `work` is scratch of 1,152 bytes.
 */
export function byteMasks(columns: usize, nColumns: u32, ranks: usize, masks: usize, work: usize): void {
  const above = work + 128, equal = work + 384, lowAbove = work + 640, lowEqual = work + 896;
  for (let i: u32 = 0; i < nColumns; i++, columns += 12) {
    transposeBits(ranks + load<u32>(columns), work);
    nibbleTables(work + 64, above, equal);
    nibbleTables(work, lowAbove, lowEqual);
    let to = masks + load<u32>(columns, 8);
    const chunks = <usize>load<u32>(columns, 4) << 4;
    for (let high: usize = 0; high < chunks; high += 16) {
      const a = v128.load(above + high), e = v128.load(equal + high);
      for (let low: usize = 0; low < 256; low += 64, to += 128) {
        const from = lowAbove + low;
        v128.store(to, v128.or(a, v128.and(e, v128.load(from))));
        v128.store(to, v128.or(a, v128.and(e, v128.load(from, 16))), 32);
        v128.store(to, v128.or(a, v128.and(e, v128.load(from, 32))), 64);
        v128.store(to, v128.or(a, v128.and(e, v128.load(from, 48))), 96);
      }
    }
  }
}

/** What a derived mask is of two others; the numbers of `MaskOp` in forests/mask-slots.ts. */
const AND_NOT: u32 = 0;
const OR: u32 = 1;

/** Masks of masks, in order: { u32 op, u32 to, u32 a, u32 b }. The third op is a | ~b. `both`: for more than 128 rows. */
export function deriveMasks(both: bool, list: usize, count: u32, masks: usize): void {
  for (const end = list + (<usize>count << 4); list < end; list += 16) {
    const to = masks + load<u32>(list, 4), a = masks + load<u32>(list, 8), b = masks + load<u32>(list, 12);
    const op = load<u32>(list);
    if (op == AND_NOT) {
      v128.store(to, v128.andnot(v128.load(a), v128.load(b)));
      if (both) v128.store(to, v128.andnot(v128.load(a, 16), v128.load(b, 16)), 16);
    } else if (op == OR) {
      v128.store(to, v128.or(v128.load(a), v128.load(b)));
      if (both) v128.store(to, v128.or(v128.load(a, 16), v128.load(b, 16)), 16);
    } else {
      v128.store(to, v128.or(v128.load(a), v128.not(v128.load(b))));
      if (both) v128.store(to, v128.or(v128.load(a, 16), v128.not(v128.load(b, 16))), 16);
    }
  }
}

/**
 * Masks of sets: for each feature the xors of all subsets of each group of masks, then for each set the xor of some of these, four at a time. The program
 * is written by forests/set-masks.ts. `both`: for more than 128 rows.
 */
export function setMasks(both: bool, program: usize, nFeatures: u32, masks: usize): void {
  if (both) makeSetMasks(true, program, nFeatures, masks);
  else makeSetMasks(false, program, nFeatures, masks);
}

@inline function makeSetMasks(both: bool, program: usize, nFeatures: u32, masks: usize): void {
  for (; nFeatures > 0; nFeatures--) {
    let table = masks + load<u32>(program);
    let groups = load<u32>(program, 4);
    program += 8;
    for (; groups > 0; groups--) {
      let size = load<u32>(program);
      program += 4;
      // Of the first mask: none, it. Each further one doubles what is there.
      v128.store(table, i8x16.splat(0));
      v128.store(table, v128.load(masks + load<u32>(program)), 32);
      if (both) {
        v128.store(table, i8x16.splat(0), 16);
        v128.store(table, v128.load(masks + load<u32>(program), 16), 48);
      }
      let filled: usize = 64;
      for (program += 4; size > 1; size--, program += 4, filled <<= 1) {
        const from = masks + load<u32>(program);
        const a = v128.load(from), b = both ? v128.load(from, 16) : a;
        for (let at = table, to = table + filled, end = to; at < end; at += 64, to += 64) {
          v128.store(to, v128.xor(v128.load(at), a));
          v128.store(to, v128.xor(v128.load(at, 32), a), 32);
          if (both) {
            v128.store(to, v128.xor(v128.load(at, 16), b), 16);
            v128.store(to, v128.xor(v128.load(at, 48), b), 48);
          }
        }
      }
      table += filled;
    }
    let to = masks + load<u32>(program);
    let runs = load<u32>(program, 4);
    program += 8;
    for (; runs > 0; runs--) {
      let sets = load<u32>(program);
      const bytes = <usize>load<u32>(program, 4) << 2;
      program += 8;
      for (; sets > 0; sets--, to += 32) {
        let a = i8x16.splat(0), b = i8x16.splat(0);
        for (const end = program + bytes; program < end; program += 16) {
          const m0 = masks + load<u32>(program), m1 = masks + load<u32>(program, 4), m2 = masks + load<u32>(program, 8), m3 = masks + load<u32>(program, 12);
          a = v128.xor(v128.xor(a, v128.xor(v128.load(m0), v128.load(m1))), v128.xor(v128.load(m2), v128.load(m3)));
          if (both) b = v128.xor(v128.xor(b, v128.xor(v128.load(m0, 16), v128.load(m1, 16))), v128.xor(v128.load(m2, 16), v128.load(m3, 16)));
        }
        v128.store(to, a);
        if (both) v128.store(to, b, 16);
      }
    }
  }
}

/** "Above k" and "equal k" for all k of `bits` bits, by doubling from the highest bit; masks stand 32 bytes apart. */
function doublingTables(planes: usize, bits: i32, above: usize, equal: usize): void {
  v128.store(above, i8x16.splat(0));
  v128.store(equal, i8x16.splat(-1));
  for (let bit = bits - 1; bit >= 0; bit--) {
    const plane = v128.load(planes + (<usize>bit << 4));
    for (let i = (1 << (bits - 1 - bit)) - 1; i >= 0; i--) {
      const from = <usize>i << 5, to = from << 1;
      const a = v128.load(above + from), e = v128.load(equal + from);
      const one = v128.and(e, plane);
      v128.store(above + to, a, 32);
      v128.store(equal + to, one, 32);
      v128.store(above + to, v128.or(a, one));
      v128.store(equal + to, v128.xor(e, one));
    }
  }
}

/**
 * Tables of u16 columns (512 bytes of ranks each) for one half of 128 rows: per column "high above", "high equal" (2^highBits
 * masks each), "low above" (2^lowBits). `work` is scratch of 512 + 32 · 2^lowBits bytes.
 */
export function wordTables(nColumns: u32, ranks: usize, masks: usize, lowBits: i32, highBits: i32, work: usize): void {
  const high: usize = <usize>32 << highBits, low: usize = <usize>32 << lowBits;
  const planes = work + 256;
  for (let i: u32 = 0; i < nColumns; i++, ranks += 512, masks += 2 * high + low) {
    for (let r: usize = 0; r < 8; r++) {
      const a = v128.load(ranks + (r << 5)), b = v128.load(ranks + (r << 5), 16);
      v128.store(work + (r << 4), i8x16.shuffle(a, b, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30));
      v128.store(work + (r << 4), i8x16.shuffle(a, b, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31), 128);
    }
    transposeBits(work, planes);
    transposeBits(work + 128, planes + 128);
    doublingTables(planes + (<usize>lowBits << 4), highBits, masks, masks + high);
    doublingTables(planes, lowBits, masks + 2 * high, work + 512);
  }
}
