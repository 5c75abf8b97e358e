/**
 * AssemblyScript. Third step of the bit-sliced kernels: one tree for 256 rows, one bit a row. Each node splits the mask of the rows
 * that reach it by its condition; the bits of the leaf's number are gathered from the masks of right children. Every node is
 * evaluated, without a branch on data. Programs are written by forests/tree-programs.ts:
 *  - oblivious (symmetric trees; the leaf's number is its path): a condition per level, without any reach;
 *  - by levels (likewise a path): per level a count, then the nodes;
 *  - general: a count, the nodes, then per bit of the leaf's number a count and the reach masks to xor.
 * A node is { u32 condition, u32 reach of its own } with masks as conditions, { u32 high, u32 low, u32 reach } with tables.
 * It writes the reach of its left and right child to the next two places. `reach` begins with the root's.
 */

@inline function condition(words: bool, node: usize, masks: usize, highSize: usize, half: usize): v128 {
  const at = masks + load<u32>(node) + half;
  if (!words) return v128.load(at);
  return v128.or(v128.load(at), v128.and(v128.load(at + highSize), v128.load(masks + load<u32>(node, 4) + half)));
}

@inline function nodeBytes(words: bool): usize {
  return words ? 12 : 8;
}

@inline function ownReach(words: bool, node: usize, reach: usize): usize {
  return reach + (words ? load<u32>(node, 8) : load<u32>(node, 4));
}

/**
 * Bits of the leaves' numbers: plane b of the first 128 rows at planes + 16 b, of the others 128 bytes on. Returns the end of the
 * tree's program. `both`: whether there are rows in the second half.
 */
@inline export function generalTree(words: bool, both: bool, program: usize, bits: i32, masks: usize, highSize: usize, reach: usize, planes: usize): usize {
  const end = program + 4 + <usize>load<u32>(program) * nodeBytes(words);
  program += 4;
  for (let child = reach + 32; program < end; program += nodeBytes(words), child += 64) {
    const own = ownReach(words, program, reach);
    const here = v128.load(own), right = v128.and(here, condition(words, program, masks, highSize, 0));
    v128.store(child, v128.xor(here, right));
    v128.store(child, right, 32);
    if (both) {
      const here1 = v128.load(own, 16), right1 = v128.and(here1, condition(words, program, masks, highSize, 16));
      v128.store(child, v128.xor(here1, right1), 16);
      v128.store(child, right1, 48);
    }
  }
  for (let bit = 0; bit < bits; bit++, planes += 16) {
    const last = program + 4 + (<usize>load<u32>(program) << 2);
    program += 4;
    let plane = i8x16.splat(0), plane1 = i8x16.splat(0);
    for (; program < last; program += 4) {
      const from = reach + load<u32>(program);
      plane = v128.xor(plane, v128.load(from));
      if (both) plane1 = v128.xor(plane1, v128.load(from, 16));
    }
    v128.store(planes, plane);
    if (both) v128.store(planes, plane1, 128);
  }
  return program;
}

/** As `generalTree`, for a program by levels; the last level's children are not written. */
@inline export function levelTree(words: bool, both: bool, program: usize, bits: i32, masks: usize, highSize: usize, reach: usize, planes: usize): usize {
  let child = reach + 32;
  for (let bit = bits - 1; bit >= 0; bit--) {
    const end = program + 4 + <usize>load<u32>(program) * nodeBytes(words);
    program += 4;
    let plane = i8x16.splat(0), plane1 = i8x16.splat(0);
    if (bit > 0) {
      for (; program < end; program += nodeBytes(words), child += 64) {
        const own = ownReach(words, program, reach);
        const here = v128.load(own), right = v128.and(here, condition(words, program, masks, highSize, 0));
        v128.store(child, v128.xor(here, right));
        v128.store(child, right, 32);
        plane = v128.or(plane, right);
        if (both) {
          const here1 = v128.load(own, 16), right1 = v128.and(here1, condition(words, program, masks, highSize, 16));
          v128.store(child, v128.xor(here1, right1), 16);
          v128.store(child, right1, 48);
          plane1 = v128.or(plane1, right1);
        }
      }
    } else {
      for (; program < end; program += nodeBytes(words)) {
        const own = ownReach(words, program, reach);
        plane = v128.or(plane, v128.and(v128.load(own), condition(words, program, masks, highSize, 0)));
        if (both) plane1 = v128.or(plane1, v128.and(v128.load(own, 16), condition(words, program, masks, highSize, 16)));
      }
    }
    const to = planes + (<usize>bit << 4);
    v128.store(to, plane);
    if (both) v128.store(to, plane1, 128);
  }
  return program;
}

/** A symmetric tree: the conditions of its levels are the bits. */
@inline export function obliviousTree(words: bool, both: bool, program: usize, bits: i32, masks: usize, highSize: usize, planes: usize): usize {
  for (let bit = bits - 1; bit >= 0; bit--, program += words ? 8 : 4) {
    const to = planes + (<usize>bit << 4);
    v128.store(to, condition(words, program, masks, highSize, 0));
    if (both) v128.store(to, condition(words, program, masks, highSize, 16), 128);
  }
  return program;
}
