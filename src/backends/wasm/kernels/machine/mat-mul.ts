/**
 * AssemblyScript. Products of matrices (src/ir/primitives/linear-algebra.ts): floats are summed in float64 in the order of the
 * contracted axis and rounded once, so that results have the reference's bits; integers wrap. float32 by constants is in linear.ts.
 */

import { F32, F64, I32 } from "./codes";

function product<T, S>(x: usize, y: usize, r: usize, m: i32, k: i32, n: i32): void {
  for (let i = 0; i < m; i++, x += <usize>k * sizeof<T>()) {
    for (let j = 0; j < n; j++, r += sizeof<T>()) {
      let sum = <S>0;
      let from = y + <usize>j * sizeof<T>();
      for (let l = 0; l < k; l++, from += <usize>n * sizeof<T>()) sum += <S>load<T>(x + <usize>l * sizeof<T>()) * <S>load<T>(from);
      store<T>(r, <T>sum);
    }
  }
}

/** Params: type, x [batch, m, k], y [batch, k, n], result, m, k, n, batch, bytes between the batch's x, and its y. */
export function matMul(params: usize): void {
  const type = load<u32>(params);
  let x = <usize>load<u32>(params, 4), y = <usize>load<u32>(params, 8), r = <usize>load<u32>(params, 12);
  const m = load<i32>(params, 16), k = load<i32>(params, 20), n = load<i32>(params, 24), batch = load<i32>(params, 28);
  const xStep = <usize>load<i32>(params, 32), yStep = <usize>load<i32>(params, 36);
  const rStep = <usize>m * <usize>n * (type == F32 || type == I32 ? 4 : 8);
  for (let b = 0; b < batch; b++, x += xStep, y += yStep, r += rStep) {
    if (type == F32) product<f32, f64>(x, y, r, m, k, n);
    else if (type == F64) product<f64, f64>(x, y, r, m, k, n);
    else if (type == I32) product<i32, i32>(x, y, r, m, k, n);
    else product<i64, i64>(x, y, r, m, k, n);
  }
}

/** One column of weights: eight rows at a time, so that eight sums wait for each other's additions. */
function oneColumn(x: usize, w: usize, r: usize, m: i32, k: i32): void {
  const line = <usize>k << 3;
  for (; m >= 8; m -= 8, r += 64) {
    const x1 = line, x2 = 2 * line, x3 = 3 * line, x4 = 4 * line, x5 = 5 * line, x6 = 6 * line, x7 = 7 * line;
    let a: f64 = 0, b: f64 = 0, c: f64 = 0, d: f64 = 0, e: f64 = 0, f: f64 = 0, g: f64 = 0, h: f64 = 0;
    for (let at = w, end = w + line; at < end; at += 8, x += 8) {
      const weight = load<f64>(at);
      a += weight * load<f64>(x);
      b += weight * load<f64>(x + x1);
      c += weight * load<f64>(x + x2);
      d += weight * load<f64>(x + x3);
      e += weight * load<f64>(x + x4);
      f += weight * load<f64>(x + x5);
      g += weight * load<f64>(x + x6);
      h += weight * load<f64>(x + x7);
    }
    x += 7 * line;
    store<f64>(r, a); store<f64>(r, b, 8); store<f64>(r, c, 16); store<f64>(r, d, 24);
    store<f64>(r, e, 32); store<f64>(r, f, 40); store<f64>(r, g, 48); store<f64>(r, h, 56);
  }
  for (; m > 0; m--, r += 8) {
    let sum: f64 = 0;
    for (let at = w, end = w + line; at < end; at += 8, x += 8) sum += load<f64>(at) * load<f64>(x);
    store<f64>(r, sum);
  }
}

@inline function storePair(r: usize, sums: v128, both: bool): void {
  if (both) v128.store(r, sums);
  else v128.store64_lane(r, sums, 0);
}

/** Two columns of weights for four rows at a time; `stride` is the bytes of a line of weights. */
@inline function twoColumns(x: usize, w: usize, stride: usize, r: usize, m: i32, k: i32, n: i32, both: bool): void {
  const line = <usize>k << 3, out = <usize>n << 3;
  for (; m >= 4; m -= 4, r += 4 * out) {
    const x1 = line, x2 = 2 * line, x3 = 3 * line;
    let a = f64x2.splat(0), b = f64x2.splat(0), c = f64x2.splat(0), d = f64x2.splat(0);
    let at = w;
    for (let l = 0; l < k; l++, at += stride, x += 8) {
      const weights = v128.load(at);
      a = f64x2.add(a, f64x2.mul(weights, v128.load64_splat(x)));
      b = f64x2.add(b, f64x2.mul(weights, v128.load64_splat(x + x1)));
      c = f64x2.add(c, f64x2.mul(weights, v128.load64_splat(x + x2)));
      d = f64x2.add(d, f64x2.mul(weights, v128.load64_splat(x + x3)));
    }
    x += 3 * line;
    storePair(r, a, both); storePair(r + out, b, both); storePair(r + 2 * out, c, both); storePair(r + 3 * out, d, both);
  }
  for (; m > 0; m--, r += out) {
    let sums = f64x2.splat(0);
    let at = w;
    for (let l = 0; l < k; l++, at += stride, x += 8) sums = f64x2.add(sums, f64x2.mul(v128.load(at), v128.load64_splat(x)));
    storePair(r, sums, both);
  }
}

/** Params: x float64 [m, k], weights [k, n] (lines padded to an even n unless n is 1), result, m, k, n. */
export function matMulDoubles(params: usize): void {
  const x = load<u32>(params), m = load<i32>(params, 12), k = load<i32>(params, 16), n = load<i32>(params, 20);
  let w = <usize>load<u32>(params, 4), r = <usize>load<u32>(params, 8);
  if (n == 1) {
    oneColumn(x, w, r, m, k);
    return;
  }
  const stride = <usize>((n + 1) & ~1) << 3;
  for (let j = 0; j < n; j += 2, w += 16, r += 16) twoColumns(x, w, stride, r, m, k, n, j + 1 < n);
}
