/**
 * AssemblyScript. Elementwise work and the moving of elements: a walk over the axes of a shape, and runs along the innermost one,
 * in which every operand advances by its own number of bytes. Semantics: src/ir/primitives/{unary,binary,conversion}.ts.
 */

import {
  ABS, ADD, AND, BOOL, CAST, CEIL, COPY, DIV, EQUAL, F32, F64, FLOOR, FLOOR_MOD, FMOD, I16, I32, I64, I8, IS_INFINITE, IS_NAN,
  IS_NEGATIVE_INFINITY, IS_POSITIVE_INFINITY, LESS, LESS_EQUAL, MAX, MIN, MUL, NEG, NOT, NOT_EQUAL, OR, POW, RECIPROCAL, ROUND, SELECT,
  SIGMOID, SIGN, SQRT, SUB, U16, U32, U64, U8,
} from "./codes";
import { logistics } from "./double-functions";
import { floatFunction } from "./float-functions";
import { evaluate } from "./functions";
import { combine, compare } from "./numbers";
import { powers } from "./powers";

@inline function splat<T>(at: usize): v128 {
  return sizeof<T>() == 4 ? v128.load32_splat(at) : v128.load64_splat(at);
}

@inline function combineVectors<T>(op: u32, x: v128, y: v128): v128 {
  if (op == ADD) return v128.add<T>(x, y);
  if (op == SUB) return v128.sub<T>(x, y);
  if (op == MUL) return v128.mul<T>(x, y);
  if (op == DIV) return v128.div<T>(x, y);
  return op == MIN ? v128.min<T>(x, y) : v128.max<T>(x, y);
}

/** One line of pairs of floats, 16 bytes at a time where the result and each operand stand close together or stay the same. */
@inline function pairsInLine<T>(op: u32, close: bool, x: usize, p: usize, y: usize, q: usize, r: usize, s: usize, count: i32): void {
  const lanes = <i32>(16 / sizeof<T>());
  if (close && count >= lanes) {
    if (p == 0 && q == 0) {
      const same = combineVectors<T>(op, splat<T>(x), splat<T>(y));
      for (; count >= lanes; count -= lanes, r += 16) v128.store(r, same);
    } else if (p == 0) {
      const xs = splat<T>(x);
      for (; count >= lanes; count -= lanes, y += q * lanes, r += 16) v128.store(r, combineVectors<T>(op, xs, v128.load(y)));
    } else if (q == 0) {
      const ys = splat<T>(y);
      for (; count >= lanes; count -= lanes, x += 16, r += 16) v128.store(r, combineVectors<T>(op, v128.load(x), ys));
    } else {
      // Engines look at each round whether they are to stop.
      for (; count >= 4 * lanes; count -= 4 * lanes, x += 64, y += 64, r += 64) {
        v128.store(r, combineVectors<T>(op, v128.load(x), v128.load(y)));
        v128.store(r, combineVectors<T>(op, v128.load(x, 16), v128.load(y, 16)), 16);
        v128.store(r, combineVectors<T>(op, v128.load(x, 32), v128.load(y, 32)), 32);
        v128.store(r, combineVectors<T>(op, v128.load(x, 48), v128.load(y, 48)), 48);
      }
      for (; count >= lanes; count -= lanes, x += 16, y += 16, r += 16) v128.store(r, combineVectors<T>(op, v128.load(x), v128.load(y)));
    }
  }
  for (; count > 0; count--, x += p, y += q, r += s) store<T>(r, combine<T>(op, load<T>(x), load<T>(y)));
}

/** `lines` lines of pairs of floats; `line` is the axis that they follow each other along. */
@inline function pairLines<T>(
  op: u32, lines: i32, line: usize, x: usize, p: usize, y: usize, q: usize, r: usize, s: usize, count: i32,
): void {
  const size = sizeof<T>();
  const close = s == size && (p == size || p == 0) && (q == size || q == 0);
  const xLine = <usize>load<i32>(line, 4), yLine = <usize>load<i32>(line, 8), rLine = <usize>load<i32>(line, 16);
  for (; lines > 0; lines--, x += xLine, y += yLine, r += rLine) pairsInLine<T>(op, close, x, p, y, q, r, s, count);
}

/** The operations that vectors have: ADD to MAX. */
function vectorLines<T>(op: u32, lines: i32, line: usize, x: usize, p: usize, y: usize, q: usize, r: usize, s: usize, count: i32): void {
  if (op == ADD) pairLines<T>(ADD, lines, line, x, p, y, q, r, s, count);
  else if (op == SUB) pairLines<T>(SUB, lines, line, x, p, y, q, r, s, count);
  else if (op == MUL) pairLines<T>(MUL, lines, line, x, p, y, q, r, s, count);
  else if (op == DIV) pairLines<T>(DIV, lines, line, x, p, y, q, r, s, count);
  else if (op == MIN) pairLines<T>(MIN, lines, line, x, p, y, q, r, s, count);
  else pairLines<T>(MAX, lines, line, x, p, y, q, r, s, count);
}

@inline function pairs<T>(op: u32, x: usize, p: usize, y: usize, q: usize, r: usize, s: usize, count: i32): void {
  for (; count > 0; count--, x += p, y += q, r += s) store<T>(r, combine<T>(op, load<T>(x), load<T>(y)));
}

/** Four float32 in steps of 0, 4 or 8 bytes. For 8, 4 bytes behind the last one are read. */
@inline function four(x: usize, step: usize): v128 {
  if (step == 4) return v128.load(x);
  return step == 0 ? v128.load32_splat(x) : v128.shuffle<f32>(v128.load(x), v128.load(x, 16), 0, 2, 4, 6);
}

@inline function compareVectors(op: u32, x: v128, y: v128): v128 {
  if (op == LESS) return f32x4.lt(x, y);
  if (op == LESS_EQUAL) return f32x4.le(x, y);
  return op == EQUAL ? f32x4.eq(x, y) : f32x4.ne(x, y);
}

@inline function storeBools(r: usize, mask: v128): void {
  const words = i16x8.narrow_i32x4_s(mask, mask);
  v128.store32_lane(r, v128.and(i8x16.narrow_i16x8_s(words, words), i8x16.splat(1)), 0);
}

@inline function isClose(step: usize): bool {
  return step == 4 || step == 0 || step == 8;
}

@inline function comparisons<T>(op: u32, x: usize, p: usize, y: usize, q: usize, r: usize, s: usize, count: i32): void {
  if (isFloat<T>() && sizeof<T>() == 4 && s == 1 && isClose(p) && isClose(q)) {
    // The last elements go one by one, so that nothing is read behind them.
    for (; count > 16; count -= 16, x += 16 * p, y += 16 * q, r += 16) {
      const a = compareVectors(op, four(x, p), four(y, q)), b = compareVectors(op, four(x + 4 * p, p), four(y + 4 * q, q));
      const c = compareVectors(op, four(x + 8 * p, p), four(y + 8 * q, q)), d = compareVectors(op, four(x + 12 * p, p), four(y + 12 * q, q));
      const words = i8x16.narrow_i16x8_s(i16x8.narrow_i32x4_s(a, b), i16x8.narrow_i32x4_s(c, d));
      v128.store(r, v128.and(words, i8x16.splat(1)));
    }
    for (; count > 4; count -= 4, x += 4 * p, y += 4 * q, r += 4) storeBools(r, compareVectors(op, four(x, p), four(y, q)));
  }
  for (; count > 0; count--, x += p, y += q, r += s) store<u8>(r, <u8>compare<T>(op, load<T>(x), load<T>(y)));
}

/** Comparisons, which all types have. */
@inline function compareRun<T>(op: u32, x: usize, p: usize, y: usize, q: usize, r: usize, s: usize, count: i32): void {
  if (op == LESS) comparisons<T>(LESS, x, p, y, q, r, s, count);
  else if (op == LESS_EQUAL) comparisons<T>(LESS_EQUAL, x, p, y, q, r, s, count);
  else if (op == EQUAL) comparisons<T>(EQUAL, x, p, y, q, r, s, count);
  else comparisons<T>(NOT_EQUAL, x, p, y, q, r, s, count);
}

@inline function plain<T>(op: u32, x: T): T {
  if (op == NEG) return <T>-x;
  if (op == ABS) return isFloat<T>() ? abs<T>(x) : isSigned<T>() && x < <T>0 ? <T>(<T>0 - x) : x;
  if (op == SIGN) {
    if (x > <T>0) return <T>1;
    if (x < <T>0) return <T>-1;
    return x;
  }
  if (isFloat<T>()) {
    if (op == SQRT) return sqrt<T>(x);
    if (op == RECIPROCAL) return <T>1 / x;
    if (op == FLOOR) return floor<T>(x);
    if (op == CEIL) return ceil<T>(x);
    return nearest<T>(x);
  }
  return x;
}

@inline function plainVector<T>(op: u32, x: v128): v128 {
  if (op == NEG) return v128.neg<T>(x);
  if (op == ABS) return v128.abs<T>(x);
  if (op == SQRT) return v128.sqrt<T>(x);
  if (op == RECIPROCAL) return v128.div<T>(v128.splat<T>(<T>1), x);
  if (op == FLOOR) return v128.floor<T>(x);
  return op == CEIL ? v128.ceil<T>(x) : v128.nearest<T>(x);
}

@inline function singles<T>(op: u32, x: usize, p: usize, r: usize, s: usize, count: i32): void {
  if (isFloat<T>() && op != SIGN && p == sizeof<T>() && s == p) {
    const lanes = <i32>(16 / sizeof<T>());
    for (; count >= lanes; count -= lanes, x += 16, r += 16) v128.store(r, plainVector<T>(op, v128.load(x)));
  }
  for (; count > 0; count--, x += p, r += s) store<T>(r, plain<T>(op, load<T>(x)));
}

function tests<T>(op: u32, x: usize, p: usize, r: usize, s: usize, count: i32): void {
  if (op == IS_NAN) comparisons<T>(NOT_EQUAL, x, p, x, p, r, s, count);
  else for (; count > 0; count--, x += p, r += s) {
    const v = load<T>(x);
    store<u8>(r, <u8>((op != IS_NEGATIVE_INFINITY && v == <T>Infinity) || (op != IS_POSITIVE_INFINITY && v == <T>-Infinity)));
  }
}

function functions<T>(op: u32, x: usize, p: usize, r: usize, s: usize, count: i32): void {
  if (sizeof<T>() == 4 && floatFunction(op, x, p, r, s, count)) return;
  if (sizeof<T>() == 8 && op == SIGMOID) {
    logistics(x, p, r, s, count);
    return;
  }
  for (; count > 0; count--, x += p, r += s) store<T>(r, <T>evaluate(op, <f64>load<T>(x)));
}

function floatRun<T>(op: u32, x: usize, p: usize, y: usize, q: usize, r: usize, s: usize, count: i32): void {
  switch (op) {
    case FMOD: pairs<T>(FMOD, x, p, y, q, r, s, count); return;
    case FLOOR_MOD: pairs<T>(FLOOR_MOD, x, p, y, q, r, s, count); return;
    case POW:
      if (sizeof<T>() == 4) powers(x, p, y, q, r, s, count);
      else pairs<T>(POW, x, p, y, q, r, s, count);
      return;
    case LESS: case LESS_EQUAL: case EQUAL: case NOT_EQUAL: compareRun<T>(op, x, p, y, q, r, s, count); return;
    case NEG: singles<T>(NEG, x, p, r, s, count); return;
    case ABS: singles<T>(ABS, x, p, r, s, count); return;
    case SIGN: singles<T>(SIGN, x, p, r, s, count); return;
    case SQRT: singles<T>(SQRT, x, p, r, s, count); return;
    case RECIPROCAL: singles<T>(RECIPROCAL, x, p, r, s, count); return;
    case FLOOR: singles<T>(FLOOR, x, p, r, s, count); return;
    case CEIL: singles<T>(CEIL, x, p, r, s, count); return;
    case ROUND: singles<T>(ROUND, x, p, r, s, count); return;
    case IS_NAN: case IS_POSITIVE_INFINITY: case IS_NEGATIVE_INFINITY: case IS_INFINITE: tests<T>(op, x, p, r, s, count); return;
    default: functions<T>(op, x, p, r, s, count);
  }
}

function integerRun<T>(op: u32, x: usize, p: usize, y: usize, q: usize, r: usize, s: usize, count: i32): void {
  switch (op) {
    case ADD: pairs<T>(ADD, x, p, y, q, r, s, count); return;
    case SUB: pairs<T>(SUB, x, p, y, q, r, s, count); return;
    case MUL: pairs<T>(MUL, x, p, y, q, r, s, count); return;
    case DIV: pairs<T>(DIV, x, p, y, q, r, s, count); return;
    case MIN: pairs<T>(MIN, x, p, y, q, r, s, count); return;
    case MAX: pairs<T>(MAX, x, p, y, q, r, s, count); return;
    case FMOD: pairs<T>(FMOD, x, p, y, q, r, s, count); return;
    case FLOOR_MOD: pairs<T>(FLOOR_MOD, x, p, y, q, r, s, count); return;
    case POW: pairs<T>(POW, x, p, y, q, r, s, count); return;
    case NEG: singles<T>(NEG, x, p, r, s, count); return;
    case ABS: singles<T>(ABS, x, p, r, s, count); return;
    case SIGN: singles<T>(SIGN, x, p, r, s, count); return;
    default: compareRun<T>(op, x, p, y, q, r, s, count);
  }
}

function boolRun(op: u32, x: usize, p: usize, y: usize, q: usize, r: usize, s: usize, count: i32): void {
  if (op == NOT) for (; count > 0; count--, x += p, r += s) store<u8>(r, 1 - load<u8>(x));
  else if (op == AND) for (; count > 0; count--, x += p, y += q, r += s) store<u8>(r, load<u8>(x) & load<u8>(y));
  else if (op == OR) for (; count > 0; count--, x += p, y += q, r += s) store<u8>(r, load<u8>(x) | load<u8>(y));
  else compareRun<u8>(op, x, p, y, q, r, s, count);
}

function copyRun<T>(x: usize, p: usize, r: usize, s: usize, count: i32): void {
  if (p == sizeof<T>() && s == p) memory.copy(r, x, <usize>count * p);
  else for (; count > 0; count--, x += p, r += s) store<T>(r, load<T>(x));
}

function selectRun<T>(c: usize, o: usize, x: usize, p: usize, y: usize, q: usize, r: usize, s: usize, count: i32): void {
  if (o == 0 && count > 0) {
    if (load<u8>(c) != 0) copyRun<T>(x, p, r, s, count);
    else copyRun<T>(y, q, r, s, count);
    return;
  }
  if (sizeof<T>() == 4 && o == 1 && s == 4 && p == 0 && q == 0) {
    const yes = v128.load32_splat(x), no = v128.load32_splat(y), zero = i32x4.splat(0);
    for (; count >= 16; count -= 16, c += 16, r += 64) {
      const none = i8x16.eq(v128.load(c), zero), low = i16x8.extend_low_i8x16_s(none), high = i16x8.extend_high_i8x16_s(none);
      v128.store(r, v128.bitselect(no, yes, i32x4.extend_low_i16x8_s(low)));
      v128.store(r, v128.bitselect(no, yes, i32x4.extend_high_i16x8_s(low)), 16);
      v128.store(r, v128.bitselect(no, yes, i32x4.extend_low_i16x8_s(high)), 32);
      v128.store(r, v128.bitselect(no, yes, i32x4.extend_high_i16x8_s(high)), 48);
    }
  }
  if (sizeof<T>() == 4 && o == 1 && s == 4 && (p == 0 || p == 4) && (q == 0 || q == 4)) {
    for (; count >= 4; count -= 4, c += 4, x += 4 * p, y += 4 * q, r += 16) {
      const flags = i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load32_zero(c)));
      v128.store(r, v128.bitselect(four(y, q), four(x, p), i32x4.eq(flags, i32x4.splat(0))));
    }
  }
  for (; count > 0; count--, c += o, x += p, y += q, r += s) store<T>(r, load<u8>(c) != 0 ? load<T>(x) : load<T>(y));
}

/** A float outside an integer type's range becomes the nearest end of it, NaN 0; integers wrap. */
@inline function convert<From, To>(v: From): To {
  if (isFloat<From>() && isInteger<To>() && sizeof<To>() < 4) {
    const low: f64 = isSigned<To>() ? (sizeof<To>() == 1 ? -128 : -32768) : 0;
    const high: f64 = isSigned<To>() ? (sizeof<To>() == 1 ? 127 : 32767) : sizeof<To>() == 1 ? 255 : 65535;
    return <To><i32>min<f64>(high, max<f64>(low, <f64>v));
  }
  return <To>v;
}

/** Four at a time where they stand close together; what is left over is in `casts`. */
@inline function castVector<From, To>(x: usize): v128 {
  if (isFloat<From>()) return v128.shuffle<f32>(f32x4.demote_f64x2_zero(v128.load(x)), f32x4.demote_f64x2_zero(v128.load(x, 16)), 0, 1, 4, 5);
  if (sizeof<From>() == 4) return f32x4.convert_i32x4_s(v128.load(x));
  return f32x4.convert_i32x4_u(i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load32_zero(x))));
}

@inline function hasVectors<From, To>(): bool {
  if (!isFloat<To>() || sizeof<To>() != 4) return false;
  return isFloat<From>() ? sizeof<From>() == 8 : sizeof<From>() == 1 ? !isSigned<From>() : isSigned<From>() && sizeof<From>() == 4;
}

@inline function casts<From, To>(x: usize, p: usize, r: usize, s: usize, count: i32): void {
  if (hasVectors<From, To>() && p == sizeof<From>() && s == sizeof<To>()) {
    for (; count >= 4; count -= 4, x += 4 * p, r += 16) v128.store(r, castVector<From, To>(x));
  }
  for (; count > 0; count--, x += p, r += s) store<To>(r, convert<From, To>(load<From>(x)));
}

function castRun<From>(to: u32, x: usize, p: usize, r: usize, s: usize, count: i32): void {
  switch (to) {
    case F32: casts<From, f32>(x, p, r, s, count); return;
    case F64: casts<From, f64>(x, p, r, s, count); return;
    case I8: casts<From, i8>(x, p, r, s, count); return;
    case I16: casts<From, i16>(x, p, r, s, count); return;
    case I32: casts<From, i32>(x, p, r, s, count); return;
    case I64: casts<From, i64>(x, p, r, s, count); return;
    case U8: casts<From, u8>(x, p, r, s, count); return;
    case U16: casts<From, u16>(x, p, r, s, count); return;
    case U32: casts<From, u32>(x, p, r, s, count); return;
    case U64: casts<From, u64>(x, p, r, s, count); return;
    default: for (; count > 0; count--, x += p, r += s) store<u8>(r, <u8>(load<From>(x) != <From>0));
  }
}

/** One run. x, y, z are the operands (x the condition of a select), p, q, o their steps; r and s the result's. */
function run(operation: u32, x: usize, p: usize, y: usize, q: usize, z: usize, o: usize, r: usize, s: usize, count: i32): void {
  const op = operation >> 4, type = operation & 15;
  if (op == COPY) {
    if (type == F64 || type == I64 || type == U64) copyRun<u64>(x, p, r, s, count);
    else if (type == F32 || type == I32 || type == U32) copyRun<u32>(x, p, r, s, count);
    else if (type == I16 || type == U16) copyRun<u16>(x, p, r, s, count);
    else copyRun<u8>(x, p, r, s, count);
    return;
  }
  if (op == SELECT) {
    if (type == F64 || type == I64 || type == U64) selectRun<u64>(x, p, y, q, z, o, r, s, count);
    else if (type == F32 || type == I32 || type == U32) selectRun<u32>(x, p, y, q, z, o, r, s, count);
    else if (type == I16 || type == U16) selectRun<u16>(x, p, y, q, z, o, r, s, count);
    else selectRun<u8>(x, p, y, q, z, o, r, s, count);
    return;
  }
  if (op >= CAST) {
    const to = op - CAST;
    switch (type) {
      case F32: castRun<f32>(to, x, p, r, s, count); return;
      case F64: castRun<f64>(to, x, p, r, s, count); return;
      case I8: castRun<i8>(to, x, p, r, s, count); return;
      case I16: castRun<i16>(to, x, p, r, s, count); return;
      case I32: castRun<i32>(to, x, p, r, s, count); return;
      case I64: castRun<i64>(to, x, p, r, s, count); return;
      case U16: castRun<u16>(to, x, p, r, s, count); return;
      case U32: castRun<u32>(to, x, p, r, s, count); return;
      case U64: castRun<u64>(to, x, p, r, s, count); return;
      default: castRun<u8>(to, x, p, r, s, count);
    }
    return;
  }
  switch (type) {
    case F32: floatRun<f32>(op, x, p, y, q, r, s, count); return;
    case F64: floatRun<f64>(op, x, p, y, q, r, s, count); return;
    case I8: integerRun<i8>(op, x, p, y, q, r, s, count); return;
    case I16: integerRun<i16>(op, x, p, y, q, r, s, count); return;
    case I32: integerRun<i32>(op, x, p, y, q, r, s, count); return;
    case I64: integerRun<i64>(op, x, p, y, q, r, s, count); return;
    case U8: integerRun<u8>(op, x, p, y, q, r, s, count); return;
    case U16: integerRun<u16>(op, x, p, y, q, r, s, count); return;
    case U32: integerRun<u32>(op, x, p, y, q, r, s, count); return;
    case U64: integerRun<u64>(op, x, p, y, q, r, s, count); return;
    default: boolRun(op, x, p, y, q, r, s, count);
  }
}

/** Bytes of an axis: { i32 length, i32 steps of x, y, z and the result in bytes }. */
const AXIS_BYTES: usize = 20;

function walkAxes(operation: u32, axis: usize, left: i32, x: usize, y: usize, z: usize, r: usize): void {
  let count = load<i32>(axis);
  const p = <usize>load<i32>(axis, 4), q = <usize>load<i32>(axis, 8), o = <usize>load<i32>(axis, 12), s = <usize>load<i32>(axis, 16);
  const op = operation >> 4;
  if (left <= 2 && (operation & 15) <= F64 && op >= ADD && op <= MAX) {
    const inner = left == 2 ? axis + AXIS_BYTES : axis, lines = left == 2 ? count : 1;
    const pIn = <usize>load<i32>(inner, 4), qIn = <usize>load<i32>(inner, 8), sIn = <usize>load<i32>(inner, 16);
    if ((operation & 15) == F32) vectorLines<f32>(op, lines, axis, x, pIn, y, qIn, r, sIn, load<i32>(inner));
    else vectorLines<f64>(op, lines, axis, x, pIn, y, qIn, r, sIn, load<i32>(inner));
    return;
  }
  if (left == 1) {
    run(operation, x, p, y, q, z, o, r, s, count);
    return;
  }
  for (; count > 0; count--, x += p, y += q, z += o, r += s) walkAxes(operation, axis + AXIS_BYTES, left - 1, x, y, z, r);
}

/** Params: operation, axes, x, y, z, result, then each axis, outermost first; at least one. */
export function elements(params: usize): void {
  walkAxes(
    load<u32>(params), params + 24, load<i32>(params, 4), load<u32>(params, 8), load<u32>(params, 12), load<u32>(params, 16), load<u32>(params, 20),
  );
}
