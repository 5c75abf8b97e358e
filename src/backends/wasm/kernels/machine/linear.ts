/**
 * AssemblyScript. Rows of float32 by constant weights: four products with one column of weights at a time, each summed in four lanes
 * of float32, which are folded into float64 after every eight additions. So a sum is off by at most 10 · 2^-24 of the sum of its terms' magnitudes,
 * and no row's answer depends on the rows around it. Sums that are not finite are taken again in float64, in order, as
 * src/ir/primitives/linear-algebra.ts does: there, what overflows float32 on the way need not overflow it in the end.
 */

/** Additions of float32 in a row; 4 elements each. */
const STEPS: i32 = 8;

/** A line of 1 to 3 elements, zeros behind them. */
@inline function short(x: usize, count: i32): v128 {
  if (count == 1) return v128.load32_zero(x);
  const pair = v128.load64_zero(x);
  return count == 2 ? pair : v128.load32_lane(x + 8, pair, 2);
}

@inline function fold(sum: v128, lanes: v128): v128 {
  const high = f64x2.promote_low_f32x4(v128.shuffle<f32>(lanes, lanes, 2, 3, 2, 3));
  return f64x2.add(sum, f64x2.add(f64x2.promote_low_f32x4(lanes), high));
}

/** The sums of two pairs. */
@inline function across(a: v128, b: v128): v128 {
  return f32x4.demote_f64x2_zero(f64x2.add(v128.shuffle<f64>(a, b, 0, 2), v128.shuffle<f64>(a, b, 1, 3)));
}

/** The sums of the lanes of each of four vectors. */
@inline function lanes(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = f32x4.add(v128.shuffle<f32>(a, b, 0, 2, 4, 6), v128.shuffle<f32>(a, b, 1, 3, 5, 7));
  const cd = f32x4.add(v128.shuffle<f32>(c, d, 0, 2, 4, 6), v128.shuffle<f32>(c, d, 1, 3, 5, 7));
  return f32x4.add(v128.shuffle<f32>(ab, cd, 0, 2, 4, 6), v128.shuffle<f32>(ab, cd, 1, 3, 5, 7));
}

/**
 * Products of four lines with one column, whose last step has zeros before the elements that the steps before it have taken: it reads the
 * last four of a line. 0 times an element that is not finite is NaN, which is looked after like other sums that are not finite.
 */
@inline function products(a: usize, b: usize, c: usize, d: usize, w: usize, k: i32): v128 {
  if (k < 4) {
    if (k == 0) return f32x4.splat(0);
    const weights = v128.load(w);
    return lanes(
      f32x4.mul(weights, short(a, k)), f32x4.mul(weights, short(b, k)), f32x4.mul(weights, short(c, k)), f32x4.mul(weights, short(d, k)),
    );
  }
  let la = f32x4.splat(0), lb = la, lc = la, ld = la;
  let sa = f64x2.splat(0), sb = sa, sc = sa, sd = sa;
  // The last step stands for itself.
  let left = (k - 1) >> 2;
  const back = <usize>(-k & 3) << 2;
  for (;;) {
    let steps = min(left, STEPS);
    left -= steps;
    const full = steps == STEPS;
    for (; steps >= 2; steps -= 2, a += 32, b += 32, c += 32, d += 32, w += 32) {
      const first = v128.load(w), second = v128.load(w, 16);
      la = f32x4.add(f32x4.add(la, f32x4.mul(first, v128.load(a))), f32x4.mul(second, v128.load(a, 16)));
      lb = f32x4.add(f32x4.add(lb, f32x4.mul(first, v128.load(b))), f32x4.mul(second, v128.load(b, 16)));
      lc = f32x4.add(f32x4.add(lc, f32x4.mul(first, v128.load(c))), f32x4.mul(second, v128.load(c, 16)));
      ld = f32x4.add(f32x4.add(ld, f32x4.mul(first, v128.load(d))), f32x4.mul(second, v128.load(d, 16)));
    }
    if (!full) break;
    sa = fold(sa, la);
    sb = fold(sb, lb);
    sc = fold(sc, lc);
    sd = fold(sd, ld);
    la = f32x4.splat(0), lb = la, lc = la, ld = la;
  }
  if ((((k - 1) >> 2) & 1) != 0) {
    const weights = v128.load(w);
    la = f32x4.add(la, f32x4.mul(weights, v128.load(a)));
    lb = f32x4.add(lb, f32x4.mul(weights, v128.load(b)));
    lc = f32x4.add(lc, f32x4.mul(weights, v128.load(c)));
    ld = f32x4.add(ld, f32x4.mul(weights, v128.load(d)));
    a += 16, b += 16, c += 16, d += 16, w += 16;
  }
  const weights = v128.load(w);
  la = f32x4.add(la, f32x4.mul(weights, v128.load(a - back)));
  lb = f32x4.add(lb, f32x4.mul(weights, v128.load(b - back)));
  lc = f32x4.add(lc, f32x4.mul(weights, v128.load(c - back)));
  ld = f32x4.add(ld, f32x4.mul(weights, v128.load(d - back)));
  if (k <= 4 * STEPS) return lanes(la, lb, lc, ld);
  return v128.shuffle<f32>(across(fold(sa, la), fold(sb, lb)), across(fold(sc, lc), fold(sd, ld)), 0, 1, 4, 5);
}

/** Each product and sum in float64, in order. */
function inOrder(x: usize, w: usize, k: i32): f32 {
  let sum: f64 = 0;
  const whole = k < 4 ? k : (k - 1) & ~3;
  for (let l = 0; l < whole; l++, x += 4, w += 4) sum += <f64>load<f32>(x) * <f64>load<f32>(w);
  if (k >= 4) w += <usize>(-k & 3) << 2;
  for (let l = whole; l < k; l++, x += 4, w += 4) sum += <f64>load<f32>(x) * <f64>load<f32>(w);
  return <f32>sum;
}

@inline function finite(sums: v128): bool {
  const zeros = f32x4.sub(sums, sums);
  return i32x4.all_true(f32x4.eq(zeros, zeros));
}

/** Sums of four lines with those taken again that are not finite. */
function repaired(sums: v128, a: usize, b: usize, c: usize, d: usize, w: usize, k: i32): v128 {
  const zeros = f32x4.sub(sums, sums);
  const again = f32x4(inOrder(a, w, k), inOrder(b, w, k), inOrder(c, w, k), inOrder(d, w, k));
  return v128.bitselect(sums, again, f32x4.eq(zeros, zeros));
}

/** One column of the result: { u32 its number, f32 factor 1 or -1, f32 intercept, u32 whether the next is of the same product }. */
const ENTRY: usize = 16;

@inline function finish(sums: v128, entry: usize): v128 {
  // Adding an intercept of 0 makes -0 the 0 that a sum is which begins with 0.
  return f32x4.add(f32x4.mul(sums, v128.load32_splat(entry, 4)), v128.load32_splat(entry, 8));
}

/**
 * Params: x, bytes between its rows, weights (each distinct column in a line of a multiple of 4; from 4 elements on, zeros stand before the last
 * `(k - 1) % 4 + 1` of them), columns of the result (ordered by the distinct column that they are made from), result, rows, k, n, number of
 * distinct columns.
 */
export function linear(params: usize): void {
  let x = <usize>load<u32>(params), r = <usize>load<u32>(params, 16);
  const stride = <usize>load<i32>(params, 4), weights = <usize>load<u32>(params, 8), columns = <usize>load<u32>(params, 12);
  const k = load<i32>(params, 24), n = load<i32>(params, 28), distinct = load<i32>(params, 32);
  const line = <usize>((k + 3) & ~3) << 2, out = <usize>n << 2, end = columns + <usize>n * ENTRY;
  let m = load<i32>(params, 20);
  if (n <= 2 && distinct == 1) {
    for (; m >= 4; m -= 4, x += 4 * stride, r += 4 * out) {
      const b = x + stride, c = b + stride, d = c + stride;
      let sums = products(x, b, c, d, weights, k);
      if (!finite(sums)) sums = repaired(sums, x, b, c, d, weights, k);
      const first = finish(sums, columns);
      if (n == 1) {
        v128.store(r, first);
        continue;
      }
      const second = finish(sums, columns + ENTRY);
      v128.store(r, v128.shuffle<f32>(first, second, 0, 4, 1, 5));
      v128.store(r, v128.shuffle<f32>(first, second, 2, 6, 3, 7), 16);
    }
  }
  for (; m > 0; m -= 4, x += 4 * stride, r += 4 * out) {
    // The last rows go together with the first of them.
    const b = m > 1 ? x + stride : x, c = m > 2 ? x + 2 * stride : x, d = m > 3 ? x + 3 * stride : x;
    let entry = columns;
    for (let j = 0, w = weights; j < distinct; j++, w += line) {
      let sums = products(x, b, c, d, w, k);
      if (!finite(sums)) sums = repaired(sums, x, b, c, d, w, k);
      // A damaged image may say anything here: it writes wrong numbers, but into its own memory.
      for (let more: u32 = 1; more != 0 && entry < end; entry += ENTRY) {
        more = load<u32>(entry, 12);
        const values = finish(sums, entry);
        const to = r + (<usize>min<u32>(load<u32>(entry), n - 1) << 2);
        v128.store32_lane(to, values, 0);
        if (m > 1) v128.store32_lane(to + out, values, 1);
        if (m > 2) v128.store32_lane(to + 2 * out, values, 2);
        if (m > 3) v128.store32_lane(to + 3 * out, values, 3);
      }
    }
  }
}
