/**
 * AssemblyScript. Pairs of vectors and of classes (src/ir/primitives/vectors.ts): squared distances are summed in float64 in the
 * order of the features and rounded once, so that results have the reference's bits; coupling rounds every operation to float32.
 */

import { F32 } from "./codes";

@inline function splat<T>(x: usize): v128 {
  return sizeof<T>() == 8 ? v128.load64_splat(x) : f64x2.splat(<f64>load<f32>(x));
}

@inline function squared(sum: v128, a: v128, b: v128): v128 {
  const d = f64x2.sub(a, b);
  return f64x2.add(sum, f64x2.mul(d, d));
}

@inline function storePair<T>(r: usize, sums: v128, both: bool): void {
  store<T>(r, <T>f64x2.extract_lane(sums, 0));
  if (both) store<T>(r + sizeof<T>(), <T>f64x2.extract_lane(sums, 1));
}

/** Two vectors for four rows at a time; `stride` is the bytes of one feature of all vectors. */
@inline function twoVectors<T>(x: usize, y: usize, stride: usize, r: usize, m: i32, k: i32, n: i32, both: bool): void {
  const line = <usize>k * sizeof<T>(), out = <usize>n * sizeof<T>();
  for (; m >= 4; m -= 4, r += 4 * out) {
    const x1 = line, x2 = 2 * line, x3 = 3 * line;
    let a = f64x2.splat(0), b = f64x2.splat(0), c = f64x2.splat(0), d = f64x2.splat(0);
    let at = y;
    for (let l = 0; l < k; l++, at += stride, x += sizeof<T>()) {
      const pair = v128.load(at);
      a = squared(a, splat<T>(x), pair);
      b = squared(b, splat<T>(x + x1), pair);
      c = squared(c, splat<T>(x + x2), pair);
      d = squared(d, splat<T>(x + x3), pair);
    }
    x += 3 * line;
    storePair<T>(r, a, both); storePair<T>(r + out, b, both); storePair<T>(r + 2 * out, c, both); storePair<T>(r + 3 * out, d, both);
  }
  for (; m > 0; m--, r += out) {
    let sums = f64x2.splat(0);
    let at = y;
    for (let l = 0; l < k; l++, at += stride, x += sizeof<T>()) sums = squared(sums, splat<T>(x), v128.load(at));
    storePair<T>(r, sums, both);
  }
}

function constantVectors<T>(x: usize, y: usize, r: usize, m: i32, k: i32, n: i32): void {
  const stride = <usize>((n + 1) & ~1) << 3;
  for (let j = 0; j < n; j += 2, y += 16, r += 2 * sizeof<T>()) twoVectors<T>(x, y, stride, r, m, k, n, j + 1 < n);
}

/** Params: type, x [m, k], vectors float64 [k, n] (lines padded to an even n), result [m, n], m, k, n. */
export function squaredDistances(params: usize): void {
  const x = load<u32>(params, 4), y = load<u32>(params, 8), r = load<u32>(params, 12);
  const m = load<i32>(params, 16), k = load<i32>(params, 20), n = load<i32>(params, 24);
  if (load<u32>(params) == F32) constantVectors<f32>(x, y, r, m, k, n);
  else constantVectors<f64>(x, y, r, m, k, n);
}

@inline function get(base: usize, i: i32): f32 {
  return load<f32>(base + (<usize>i << 2));
}

@inline function put(base: usize, i: i32, value: f32): void {
  store<f32>(base + (<usize>i << 2), value);
}

/** One row: pair probabilities `r` [k, k], class probabilities `p` [k]; `q` [k, k] and `qp` [k] are scratch. */
function couple(r: usize, q: usize, qp: usize, p: usize, k: i32): void {
  for (let i = 0; i < k; i++) {
    put(p, i, <f32>(1.0 / <f64>k));
    let own: f32 = 0;
    for (let j = 0; j < k; j++) {
      if (j == i) continue;
      const other = get(r, j * k + i);
      own += other * other;
      put(q, i * k + j, j > i ? -other * get(r, i * k + j) : get(q, j * k + i));
    }
    put(q, i * k + i, own);
  }
  const enough: f32 = <f32>0.005 / <f32>k;
  for (let round = 0; round < 100; round++) {
    let pqp: f32 = 0;
    for (let i = 0; i < k; i++) {
      let sum: f32 = 0;
      for (let j = 0; j < k; j++) sum += get(q, i * k + j) * get(p, j);
      put(qp, i, sum);
      pqp += get(p, i) * sum;
    }
    let worst: f32 = 0;
    for (let i = 0; i < k; i++) worst = max<f32>(worst, abs<f32>(get(qp, i) - pqp));
    if (worst < enough) return;
    for (let i = 0; i < k; i++) {
      const diag = get(q, i * k + i);
      const diff = (pqp - get(qp, i)) / diag;
      const scale: f32 = 1 + diff;
      put(p, i, get(p, i) + diff);
      pqp = (pqp + diff * (diff * diag + 2 * get(qp, i))) / scale / scale;
      for (let j = 0; j < k; j++) {
        put(qp, j, (get(qp, j) + diff * get(q, i * k + j)) / scale);
        put(p, j, get(p, j) / scale);
      }
    }
  }
}

/** Params: x [m, k(k-1)/2], result [m, k], m, k, scratch of 2k² + k float32. */
export function pairwiseCoupling(params: usize): void {
  let x = <usize>load<u32>(params), p = <usize>load<u32>(params, 4);
  const m = load<i32>(params, 8), k = load<i32>(params, 12), r = <usize>load<u32>(params, 16);
  const q = r + (<usize>(k * k) << 2), qp = q + (<usize>(k * k) << 2);
  for (let row = 0; row < m; row++, p += <usize>k << 2) {
    for (let i = 0; i < k; i++) {
      for (let j = i + 1; j < k; j++, x += 4) {
        const first = load<f32>(x);
        put(r, i * k + j, first);
        put(r, j * k + i, 1 - first);
      }
    }
    couple(r, q, qp, p, k);
  }
}
