/**
 * AssemblyScript. What a reached leaf does to the output of its row. Votes stand as dense rows [leaf, output], or compressed as
 * (start per leaf, output, value). Additions happen in the order of the calls, in the precision of the sums.
 */

/** The numbers of `Sink` in forests/leaf-votes.ts. Odd ones have float64 outputs. */
export const SINGLE_32: u32 = 0;
export const SINGLE_64: u32 = 1;
export const DENSE_32: u32 = 2;
export const DENSE_64: u32 = 3;
export const SPARSE_32: u32 = 4;
export const SPARSE_64: u32 = 5;
export const MIN_32: u32 = 6;
export const MIN_64: u32 = 7;
export const MAX_32: u32 = 8;
export const MAX_64: u32 = 9;
/** int32 ids of leaves [row, tree]. */
export const LEAVES: u32 = 10;

/** Where the votes of a forest stand; all addresses absolute. */
@unmanaged
export class Votes {
  sink: u32;
  nOutputs: u32;
  nTrees: u32;
  /** Dense: [leaf, output] values. Single: [leaf]. Leaves: i32 [leaf]. Sparse, min, max: [vote] values. */
  values: usize;
  /** Sparse, min, max: u32 [leaf + 1]. */
  starts: usize;
  /** Sparse, min, max: u32 [vote], the output of each. */
  targets: usize;
  /** Min, max: u8 [row of the block, output], 1 where a vote has been seen. */
  seen: usize;
}

/** Bytes of one output row. */
@inline export function outputRowBytes(sink: u32, nOutputs: u32, nTrees: u32): usize {
  if (sink == LEAVES) return <usize>nTrees << 2;
  return <usize>nOutputs << ((sink & 1) == 1 ? 3 : 2);
}

@inline function pick<T>(sink: u32, a: T, b: T): T {
  return sink <= MIN_64 ? min<T>(a, b) : max<T>(a, b);
}

@inline function addDense<T>(values: usize, leaf: u32, nOutputs: u32, out: usize): void {
  let from = values + <usize>leaf * nOutputs * sizeof<T>();
  const end = out + <usize>nOutputs * sizeof<T>();
  for (; out < end; out += sizeof<T>(), from += sizeof<T>()) store<T>(out, load<T>(out) + load<T>(from));
}

@inline function addSparse<T>(votes: Votes, leaf: u32, out: usize): void {
  const start = votes.starts + (<usize>leaf << 2);
  const end = load<u32>(start, 4);
  for (let vote = load<u32>(start); vote < end; vote++) {
    const at = out + <usize>load<u32>(votes.targets + (<usize>vote << 2)) * sizeof<T>();
    store<T>(at, load<T>(at) + load<T>(votes.values + <usize>vote * sizeof<T>()));
  }
}

@inline function pickSparse<T>(votes: Votes, leaf: u32, row: i32, out: usize): void {
  const start = votes.starts + (<usize>leaf << 2);
  const end = load<u32>(start, 4);
  const seen = votes.seen + <usize>row * votes.nOutputs;
  for (let vote = load<u32>(start); vote < end; vote++) {
    const target = <usize>load<u32>(votes.targets + (<usize>vote << 2));
    const at = out + target * sizeof<T>();
    const value = load<T>(votes.values + <usize>vote * sizeof<T>());
    store<T>(at, load<u8>(seen + target) == 0 ? value : pick<T>(votes.sink, load<T>(at), value));
    store<u8>(seen + target, 1);
  }
}

/** `row` counts from the start of the block; `out` is the start of that row's output. */
export function vote(votes: Votes, tree: u32, leaf: u32, row: i32, out: usize): void {
  switch (votes.sink) {
    case SINGLE_32: store<f32>(out, load<f32>(out) + load<f32>(votes.values + (<usize>leaf << 2))); break;
    case SINGLE_64: store<f64>(out, load<f64>(out) + load<f64>(votes.values + (<usize>leaf << 3))); break;
    case DENSE_32: addDense<f32>(votes.values, leaf, votes.nOutputs, out); break;
    case DENSE_64: addDense<f64>(votes.values, leaf, votes.nOutputs, out); break;
    case SPARSE_32: addSparse<f32>(votes, leaf, out); break;
    case SPARSE_64: addSparse<f64>(votes, leaf, out); break;
    case MIN_32: case MAX_32: pickSparse<f32>(votes, leaf, row, out); break;
    case MIN_64: case MAX_64: pickSparse<f64>(votes, leaf, row, out); break;
    default: store<i32>(out + (<usize>tree << 2), load<i32>(votes.values + (<usize>leaf << 2)));
  }
}

/** The sum of one output, or of several next to each other in a vector, over `count` trees; `bytes` apart for two leaves. */
@inline function addPiece(wide: bool, size: u32, values: usize, bytes: usize, leaves: usize, count: u32, out: usize): void {
  if (size == 4) {
    let sum = load<f32>(out);
    for (const end = leaves + (<usize>count << 2); leaves < end; leaves += 4) sum += load<f32>(values + load<u32>(leaves) * bytes);
    store<f32>(out, sum);
  } else if (size == 8 && wide) {
    let sum = load<f64>(out);
    for (const end = leaves + (<usize>count << 2); leaves < end; leaves += 4) sum += load<f64>(values + load<u32>(leaves) * bytes);
    store<f64>(out, sum);
  } else if (size == 8) {
    let sum = v128.load64_zero(out);
    for (const end = leaves + (<usize>count << 2); leaves < end; leaves += 4) sum = f32x4.add(sum, v128.load64_zero(values + load<u32>(leaves) * bytes));
    v128.store64_lane(out, sum, 0);
  } else {
    let sum = v128.load(out);
    for (const end = leaves + (<usize>count << 2); leaves < end; leaves += 4) {
      const votes = v128.load(values + load<u32>(leaves) * bytes);
      sum = wide ? f64x2.add(sum, votes) : f32x4.add(sum, votes);
    }
    v128.store(out, sum);
  }
}

@inline function addPieces(wide: bool, values: usize, bytes: usize, leaves: usize, count: u32, out: usize): void {
  let left = bytes;
  for (; left >= 16; left -= 16, values += 16, out += 16) addPiece(wide, 16, values, bytes, leaves, count, out);
  if ((left & 8) != 0) {
    addPiece(wide, 8, values, bytes, leaves, count, out);
    values += 8;
    out += 8;
  }
  if (!wide && (left & 4) != 0) addPiece(false, 4, values, bytes, leaves, count, out);
}

/** The votes of `count` trees from `tree` on, whose leaves stand at `leaves`, for one row; as `vote` for each. */
export function voteTrees(votes: Votes, tree: u32, count: u32, leaves: usize, row: i32, out: usize): void {
  const bytes = <usize>votes.nOutputs;
  if (votes.sink == SINGLE_32) addPiece(false, 4, votes.values, 4, leaves, count, out);
  else if (votes.sink == SINGLE_64) addPiece(true, 8, votes.values, 8, leaves, count, out);
  else if (votes.sink == DENSE_32) addPieces(false, votes.values, bytes << 2, leaves, count, out);
  else if (votes.sink == DENSE_64) addPieces(true, votes.values, bytes << 3, leaves, count, out);
  else for (let i: u32 = 0; i < count; i++) vote(votes, tree + i, load<u32>(leaves + (<usize>i << 2)), row, out);
}
