/**
 * AssemblyScript. Work along one axis, x being seen as [outer, length, inner]: reductions, cumSum, argMax and argMin, topK, softmax.
 * Elements are taken in order and sums rounded after each step, as src/ir/primitives/{reduction,ordering}.ts do.
 */

import { ADD, F32, F64, I16, I32, I64, I8, MAX, MIN, MUL, U16, U32, U64, U8 } from "./codes";
import { argFours, reduceFours, softmaxFours } from "./float-lines";
import { combine } from "./numbers";

/** What an empty reduction gives. */
@inline function empty<T>(op: u32): T {
  if (op == ADD) return <T>0;
  if (op == MUL) return <T>1;
  if (isFloat<T>()) return <T>(op == MAX ? -Infinity : Infinity);
  if (isSigned<T>()) {
    const least = <T>((<i64>1) << (sizeof<T>() * 8 - 1));
    return op == MAX ? least : <T>~least;
  }
  return op == MAX ? <T>0 : <T>-1;
}

@inline function reduceWith<T>(op: u32, x: usize, r: usize, outer: i32, length: i32, inner: i32): void {
  const line = <usize>inner * sizeof<T>();
  for (let o = 0; o < outer; o++, r += line) {
    if (inner == 1) {
      let sum = empty<T>(op);
      for (let k = 0; k < length; k++, x += sizeof<T>()) sum = combine<T>(op, sum, load<T>(x));
      store<T>(r, sum);
      continue;
    }
    for (let to = r; to < r + line; to += sizeof<T>()) store<T>(to, empty<T>(op));
    for (let k = 0; k < length; k++) {
      for (let to = r; to < r + line; to += sizeof<T>(), x += sizeof<T>()) store<T>(to, combine<T>(op, load<T>(to), load<T>(x)));
    }
  }
}

function reduceType<T>(op: u32, x: usize, r: usize, outer: i32, length: i32, inner: i32): void {
  if (op == ADD) reduceWith<T>(ADD, x, r, outer, length, inner);
  else if (op == MUL) reduceWith<T>(MUL, x, r, outer, length, inner);
  else if (op == MAX) reduceWith<T>(MAX, x, r, outer, length, inner);
  else reduceWith<T>(MIN, x, r, outer, length, inner);
}

/** Params: 16 · op + type, x, result, outer, length, inner. */
export function reduce(params: usize): void {
  const operation = load<u32>(params), op = operation >> 4;
  const x = <usize>load<u32>(params, 4), r = <usize>load<u32>(params, 8), outer = load<i32>(params, 12), length = load<i32>(params, 16), inner = load<i32>(params, 20);
  switch (operation & 15) {
    case F32: {
      const fours = inner == 1 ? outer & ~3 : 0;
      if (fours > 0) reduceFours(op, empty<f32>(op), x, r, fours, length);
      reduceType<f32>(op, x + <usize>(fours * length) * 4, r + <usize>fours * 4, outer - fours, length, inner);
      return;
    }
    case F64: reduceType<f64>(op, x, r, outer, length, inner); return;
    case I8: reduceType<i8>(op, x, r, outer, length, inner); return;
    case I16: reduceType<i16>(op, x, r, outer, length, inner); return;
    case I32: reduceType<i32>(op, x, r, outer, length, inner); return;
    case I64: reduceType<i64>(op, x, r, outer, length, inner); return;
    case U16: reduceType<u16>(op, x, r, outer, length, inner); return;
    case U32: reduceType<u32>(op, x, r, outer, length, inner); return;
    case U64: reduceType<u64>(op, x, r, outer, length, inner); return;
    default: reduceType<u8>(op, x, r, outer, length, inner);
  }
}

/** Whether a stands before b; NaN comes after every number, in both directions. */
@inline function better<T>(a: T, b: T, largest: u32): bool {
  if (isFloat<T>()) {
    if (a != a) return false;
    if (b != b) return true;
  }
  return largest != 0 ? a > b : a < b;
}

function argType<T>(largest: u32, last: u32, x: usize, r: usize, outer: i32, length: i32, inner: i32): void {
  const step = <usize>inner * sizeof<T>();
  for (let o = 0; o < outer; o++, x += step * length) {
    for (let i = 0; i < inner; i++, r += 4) {
      let from = x + <usize>i * sizeof<T>(), best = load<T>(from), index = 0;
      for (let k = 1; k < length; k++) {
        from += step;
        const value = load<T>(from);
        if (better<T>(value, best, largest) || (last != 0 && !better<T>(best, value, largest))) {
          best = value;
          index = k;
        }
      }
      store<i32>(r, index);
    }
  }
}

/** Params: type, whether the largest, whether ties take the last, x, result, outer, length, inner. */
export function arg(params: usize): void {
  const largest = load<u32>(params, 4), last = load<u32>(params, 8);
  const x = <usize>load<u32>(params, 12), r = <usize>load<u32>(params, 16);
  const outer = load<i32>(params, 20), length = load<i32>(params, 24), inner = load<i32>(params, 28);
  switch (load<u32>(params)) {
    case F32: {
      const fours = inner == 1 ? outer & ~3 : 0;
      if (fours > 0) argFours(largest != 0, last != 0, x, r, fours, length);
      argType<f32>(largest, last, x + <usize>(fours * length) * 4, r + <usize>fours * 4, outer - fours, length, inner);
      return;
    }
    case F64: argType<f64>(largest, last, x, r, outer, length, inner); return;
    case I32: argType<i32>(largest, last, x, r, outer, length, inner); return;
    case I64: argType<i64>(largest, last, x, r, outer, length, inner); return;
    default: argType<u8>(largest, last, x, r, outer, length, inner);
  }
}

/** The element `e` among the best so far, of which `kept` are there: it stands after those that are as good, so ties keep their order. */
@inline function insert<T>(largest: u32, value: T, e: i32, to: usize, step: usize, list: usize, place: usize, kept: i32): void {
  let at = kept;
  for (; at > 0; at--) {
    const other = load<T>(to + <usize>(at - 1) * step);
    if (!better<T>(value, other, largest)) break;
    store<T>(to + <usize>at * step, other);
    store<i32>(list + <usize>at * place, load<i32>(list + <usize>(at - 1) * place));
  }
  store<T>(to + <usize>at * step, value);
  store<i32>(list + <usize>at * place, e);
}

function topKType<T>(largest: u32, x: usize, values: usize, indices: usize, outer: i32, length: i32, inner: i32, k: i32): void {
  const step = <usize>inner * sizeof<T>(), place = <usize>inner * 4;
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) {
      const list = indices + <usize>i * 4, to = values + <usize>i * sizeof<T>(), last = to + <usize>(k - 1) * step;
      let e = 0, from = x + <usize>i * sizeof<T>();
      for (; e < k; e++, from += step) insert<T>(largest, load<T>(from), e, to, step, list, place, e);
      for (; e < length; e++, from += step) {
        if (isFloat<T>() && sizeof<T>() == 4 && inner == 1) {
          // Of four that are no better than the last one kept, none is looked at.
          const worst = v128.load32_splat(last);
          for (; e + 4 <= length; e += 4, from += 16) {
            const four = v128.load(from), ahead = largest != 0 ? f32x4.gt(four, worst) : f32x4.lt(four, worst);
            if (v128.any_true(v128.or(ahead, f32x4.ne(worst, worst)))) break;
          }
          if (e == length) break;
        }
        const value = load<T>(from);
        if (better<T>(value, load<T>(last), largest)) insert<T>(largest, value, e, to, step, list, place, k - 1);
      }
    }
    x += step * length;
    values += step * k;
    indices += place * k;
  }
}

/** Params: type, whether the largest, x, values, indices, outer, length, inner, k. */
export function topK(params: usize): void {
  const largest = load<u32>(params, 4), x = load<u32>(params, 8), values = load<u32>(params, 12), indices = load<u32>(params, 16);
  const outer = load<i32>(params, 20), length = load<i32>(params, 24), inner = load<i32>(params, 28), k = load<i32>(params, 32);
  switch (load<u32>(params)) {
    case F32: topKType<f32>(largest, x, values, indices, outer, length, inner, k); return;
    case F64: topKType<f64>(largest, x, values, indices, outer, length, inner, k); return;
    case I32: topKType<i32>(largest, x, values, indices, outer, length, inner, k); return;
    case I64: topKType<i64>(largest, x, values, indices, outer, length, inner, k); return;
    default: topKType<u8>(largest, x, values, indices, outer, length, inner, k);
  }
}

function cumSumType<T>(exclusive: u32, reverse: u32, x: usize, r: usize, outer: i32, length: i32, inner: i32): void {
  const step = <usize>inner * sizeof<T>();
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) {
      let at = <usize>i * sizeof<T>() + (reverse != 0 ? step * (length - 1) : 0);
      let sum = <T>0;
      for (let k = 0; k < length; k++) {
        const next = <T>(sum + load<T>(x + at));
        store<T>(r + at, exclusive != 0 ? sum : next);
        sum = next;
        at = reverse != 0 ? at - step : at + step;
      }
    }
    x += step * length;
    r += step * length;
  }
}

/** Params: type, exclusive, reverse, x, result, outer, length, inner. */
export function cumSum(params: usize): void {
  const exclusive = load<u32>(params, 4), reverse = load<u32>(params, 8), x = load<u32>(params, 12), r = load<u32>(params, 16);
  const outer = load<i32>(params, 20), length = load<i32>(params, 24), inner = load<i32>(params, 28);
  switch (load<u32>(params)) {
    case F32: cumSumType<f32>(exclusive, reverse, x, r, outer, length, inner); return;
    case F64: cumSumType<f64>(exclusive, reverse, x, r, outer, length, inner); return;
    case I32: cumSumType<i32>(exclusive, reverse, x, r, outer, length, inner); return;
    case I64: cumSumType<i64>(exclusive, reverse, x, r, outer, length, inner); return;
    default: cumSumType<u8>(exclusive, reverse, x, r, outer, length, inner);
  }
}

function softmaxType<T>(logarithm: u32, x: usize, r: usize, outer: i32, length: i32, inner: i32, terms: usize): void {
  const step = <usize>inner * sizeof<T>();
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) {
      const from = x + <usize>i * sizeof<T>(), to = r + <usize>i * sizeof<T>();
      let highest = -Infinity;
      for (let k = 0; k < length; k++) highest = max<f64>(highest, <f64>load<T>(from + <usize>k * step));
      let sum: f64 = 0;
      for (let k = 0; k < length; k++) {
        const term = NativeMath.exp(<f64>load<T>(from + <usize>k * step) - highest);
        store<f64>(terms + (<usize>k << 3), term);
        sum += term;
      }
      const shift = logarithm != 0 ? NativeMath.log(sum) : 0;
      for (let k = 0; k < length; k++) {
        const at = <usize>k * step;
        store<T>(to + at, <T>(logarithm != 0 ? <f64>load<T>(from + at) - highest - shift : load<f64>(terms + (<usize>k << 3)) / sum));
      }
    }
    x += step * length;
    r += step * length;
  }
}

/** Params: type, whether the logarithm, x, result, outer, length, inner, scratch for `length` vectors. */
export function softmax(params: usize): void {
  const logarithm = load<u32>(params, 4), x = load<u32>(params, 8), r = load<u32>(params, 12);
  const outer = load<i32>(params, 16), length = load<i32>(params, 20), inner = load<i32>(params, 24), terms = load<u32>(params, 28);
  if (load<u32>(params) == F32 && inner == 1 && logarithm == 0) softmaxFours(x, r, outer, length, terms);
  else if (load<u32>(params) == F32) softmaxType<f32>(logarithm, x, r, outer, length, inner, terms);
  else softmaxType<f64>(logarithm, x, r, outer, length, inner, terms);
}
