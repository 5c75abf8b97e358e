/**
 * AssemblyScript. Picking and writing by index (src/ir/primitives/gathering.ts) and looking up among sorted keys (indexOf, conversion.ts).
 * Functions that meet an index out of range return false and leave the index in `badIndex`.
 */

import { ADD, F32, F64, I64, U64, I8, I16, I32, U8, U16, U32 } from "./codes";

/** The index that was out of range. */
export let badIndex: i64 = 0;

/** Engines leave their code for memory.copy, which costs as much as moving some hundred bytes here. */
const MOST_WORDS: usize = 256;

@inline function move(size: usize, from: usize, to: usize): void {
  if (size == 4) store<u32>(to, load<u32>(from));
  else if (size == 8) store<u64>(to, load<u64>(from));
  else if (size == 16) v128.store(to, v128.load(from));
  else if (size == 1) store<u8>(to, load<u8>(from));
  else if (size <= MOST_WORDS && (size & 3) == 0) {
    for (const end = from + (size & ~15); from < end; from += 16, to += 16) v128.store(to, v128.load(from));
    if ((size & 8) != 0) {
      store<u64>(to, load<u64>(from));
      from += 8, to += 8;
    }
    if ((size & 4) != 0) store<u32>(to, load<u32>(from));
  } else memory.copy(to, from, size);
}

@inline function indexAt(indices: usize, i: i32, wide: u32): i64 {
  return wide != 0 ? load<i64>(indices + (<usize>i << 3)) : <i64>load<i32>(indices + (<usize>i << 2));
}

/** Params: bytes of a chunk, data, indices, result, outer, length of the axis, number of indices, whether they are int64. */
export function gather(params: usize): bool {
  const size = <usize>load<u32>(params), indices = <usize>load<u32>(params, 8);
  let data = <usize>load<u32>(params, 4), to = <usize>load<u32>(params, 12);
  const outer = load<i32>(params, 16), length = load<i32>(params, 20), count = load<i32>(params, 24), wide = load<u32>(params, 28);
  for (let i = 0; i < count; i++) {
    const index = indexAt(indices, i, wide);
    if (<u64>index >= <u64>length) {
      badIndex = index;
      return false;
    }
  }
  for (let o = 0; o < outer; o++, data += size * length) {
    for (let i = 0; i < count; i++, to += size) move(size, data + size * <usize>indexAt(indices, i, wide), to);
  }
  return true;
}

/** Params: bytes of an element, x, columns, result, rows, width, columns per row. */
export function gatherByRow(params: usize): bool {
  const size = <usize>load<u32>(params);
  let x = <usize>load<u32>(params, 4), columns = <usize>load<u32>(params, 8), to = <usize>load<u32>(params, 12);
  const rows = load<i32>(params, 16), width = load<i32>(params, 20), count = load<i32>(params, 24);
  for (let row = 0; row < rows; row++, x += size * width) {
    for (let c = 0; c < count; c++, columns += 4, to += size) {
      const column = load<i32>(columns);
      if (<u32>column >= <u32>width) {
        badIndex = column;
        return false;
      }
      move(size, x + size * <usize>column, to);
    }
  }
  return true;
}

/** Params: bytes of an element, x, rows, result, height, columns, rows per column. */
export function gatherByColumn(params: usize): bool {
  const size = <usize>load<u32>(params), x = <usize>load<u32>(params, 4);
  let rows = <usize>load<u32>(params, 8), to = <usize>load<u32>(params, 12);
  const height = load<i32>(params, 16), columns = load<i32>(params, 20), count = load<i32>(params, 24);
  for (let c = 0; c < count; c++) {
    for (let column = 0; column < columns; column++, rows += 4, to += size) {
      const row = load<i32>(rows);
      if (<u32>row >= <u32>height) {
        badIndex = row;
        return false;
      }
      move(size, x + size * (<usize>row * columns + column), to);
    }
  }
  return true;
}

@inline function scatterWith<T>(add: bool, columns: usize, updates: usize, r: usize, rows: i32, width: i32, count: i32): bool {
  for (let row = 0; row < rows; row++, r += <usize>width * sizeof<T>()) {
    for (let c = 0; c < count; c++, columns += 4, updates += sizeof<T>()) {
      const column = load<i32>(columns);
      if (<u32>column >= <u32>width) {
        badIndex = column;
        return false;
      }
      const to = r + <usize>column * sizeof<T>(), value = load<T>(updates);
      store<T>(to, add ? load<T>(to) + value : value);
    }
  }
  return true;
}

/** Params: 16 · op (COPY or ADD; ADD of floats, int32 and int64) + type, x, columns, updates, result, rows, width, columns per row. */
export function scatterByRow(params: usize): bool {
  const operation = load<u32>(params), type = operation & 15, add = operation >> 4 == ADD;
  const columns = <usize>load<u32>(params, 8), updates = <usize>load<u32>(params, 12), r = <usize>load<u32>(params, 16);
  const rows = load<i32>(params, 20), width = load<i32>(params, 24), count = load<i32>(params, 28);
  const wide = type == F64 || type == I64 || type == U64, narrow = !wide && type != F32 && type != I32 && type != U32;
  const size: usize = wide ? 8 : !narrow ? 4 : type == I16 || type == U16 ? 2 : 1;
  memory.copy(r, load<u32>(params, 4), <usize>(rows * width) * size);
  if (add && type == F32) return scatterWith<f32>(true, columns, updates, r, rows, width, count);
  if (add && type == F64) return scatterWith<f64>(true, columns, updates, r, rows, width, count);
  if (add) return wide ? scatterWith<i64>(true, columns, updates, r, rows, width, count) : scatterWith<i32>(true, columns, updates, r, rows, width, count);
  if (wide) return scatterWith<i64>(false, columns, updates, r, rows, width, count);
  if (!narrow) return scatterWith<i32>(false, columns, updates, r, rows, width, count);
  if (size == 2) return scatterWith<i16>(false, columns, updates, r, rows, width, count);
  return scatterWith<i8>(false, columns, updates, r, rows, width, count);
}

/** Keys are ascending and distinct; a NaN finds `nanPlace`. */
@inline function lookUp<T, K>(x: usize, to: usize, count: i32, keys: usize, places: usize, nKeys: i32, nanPlace: i32): void {
  for (; count > 0; count--, x += sizeof<T>(), to += 4) {
    const value = <K>load<T>(x);
    if (isFloat<K>() && value != value) {
      store<i32>(to, nanPlace);
      continue;
    }
    let low = 0, high = nKeys;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (load<K>(keys + (<usize>middle << 3)) < value) low = middle + 1;
      else high = middle;
    }
    const found = low < nKeys && load<K>(keys + (<usize>low << 3)) == value;
    store<i32>(to, found ? load<i32>(places + (<usize>low << 2)) : -1);
  }
}

/** Params: type, x, result, elements, keys (float64, int64 for integers, uint64 for uint64), their places (int32), number of keys, place of NaN or -1. */
export function indexOf(params: usize): void {
  const x = load<u32>(params, 4), to = load<u32>(params, 8), count = load<i32>(params, 12);
  const keys = load<u32>(params, 16), places = load<u32>(params, 20), nKeys = load<i32>(params, 24), nanPlace = load<i32>(params, 28);
  switch (load<u32>(params)) {
    case F32: lookUp<f32, f64>(x, to, count, keys, places, nKeys, nanPlace); return;
    case F64: lookUp<f64, f64>(x, to, count, keys, places, nKeys, nanPlace); return;
    case I8: lookUp<i8, i64>(x, to, count, keys, places, nKeys, nanPlace); return;
    case I16: lookUp<i16, i64>(x, to, count, keys, places, nKeys, nanPlace); return;
    case I32: lookUp<i32, i64>(x, to, count, keys, places, nKeys, nanPlace); return;
    case I64: lookUp<i64, i64>(x, to, count, keys, places, nKeys, nanPlace); return;
    case U16: lookUp<u16, i64>(x, to, count, keys, places, nKeys, nanPlace); return;
    case U32: lookUp<u32, i64>(x, to, count, keys, places, nKeys, nanPlace); return;
    case U64: lookUp<u64, u64>(x, to, count, keys, places, nKeys, nanPlace); return;
    default: lookUp<u8, i64>(x, to, count, keys, places, nKeys, nanPlace);
  }
}

/** Keys are the integers from `low` on; `nanPlace` is what NaN finds. */
@inline function lookUpRange<T>(x: usize, to: usize, count: i32, low: i32, places: usize, length: i32, nanPlace: i32): void {
  for (; count > 0; count--, x += sizeof<T>(), to += 4) {
    const value = load<T>(x);
    let place = -1;
    if (isFloat<T>()) {
      // The difference of what is no integer might be rounded to one.
      if (floor<T>(value) == value) {
        const offset = <f64>value - <f64>low;
        if (offset >= 0 && offset < <f64>length) place = load<i32>(places + (<usize>offset << 2));
      } else if (value != value) place = nanPlace;
    } else {
      // What is below the first key wraps to a number beyond all of them.
      const offset = <u64>value - <u64><i64>low;
      if (offset < <u64>length) place = load<i32>(places + (<usize>offset << 2));
    }
    store<i32>(to, place);
  }
}

/** Params: type, x, result, elements, least key, places of the keys from it on (int32, -1 where there is none), how many, place of NaN or -1. */
export function indexOfRange(params: usize): void {
  const x = load<u32>(params, 4), to = load<u32>(params, 8), count = load<i32>(params, 12);
  const low = load<i32>(params, 16), places = load<u32>(params, 20), length = load<i32>(params, 24), nanPlace = load<i32>(params, 28);
  switch (load<u32>(params)) {
    case F32: lookUpRange<f32>(x, to, count, low, places, length, nanPlace); return;
    case F64: lookUpRange<f64>(x, to, count, low, places, length, nanPlace); return;
    case I8: lookUpRange<i8>(x, to, count, low, places, length, nanPlace); return;
    case I16: lookUpRange<i16>(x, to, count, low, places, length, nanPlace); return;
    case I32: lookUpRange<i32>(x, to, count, low, places, length, nanPlace); return;
    case I64: lookUpRange<i64>(x, to, count, low, places, length, nanPlace); return;
    case U16: lookUpRange<u16>(x, to, count, low, places, length, nanPlace); return;
    case U32: lookUpRange<u32>(x, to, count, low, places, length, nanPlace); return;
    case U64: lookUpRange<u64>(x, to, count, low, places, length, nanPlace); return;
    default: lookUpRange<u8>(x, to, count, low, places, length, nanPlace);
  }
}
