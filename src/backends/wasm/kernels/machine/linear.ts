/**
 * AssemblyScript. Rows of float32 by constant weights: four products with one column of weights at a time, each summed in four lanes
 * of float32, which are folded into float64 after every eight additions. So a sum is off by at most 10 · 2^-24 of the sum of its terms' magnitudes,
 * and no row's answer depends on the rows around it. Sums that are not finite are taken again in float64, in order, as
 * src/ir/primitives/linear-algebra.ts does: there, what overflows float32 on the way need not overflow it in the end.
 */

/** Additions of float32 in a row; 4 elements each. */
const STEPS: i32 = 8;

/** The last 1 to 3 elements of a line, zeros behind them: what stands there may be anything. */
@inline function remainder(x: usize, count: i32): v128 {
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

/** Products of four lines with one column, whose weights have zeros behind them up to a multiple of 4. */
@inline function products(a: usize, b: usize, c: usize, d: usize, w: usize, k: i32): v128 {
  let whole = k >> 2;
  const rest = k & 3;
  let la = f32x4.splat(0), lb = la, lc = la, ld = la;
  let sa = f64x2.splat(0), sb = sa, sc = sa, sd = sa;
  let last = false;
  do {
    let steps = min(whole, STEPS);
    whole -= steps;
    // The remainder is a step like the others.
    last = whole == 0 && (rest == 0 || steps < STEPS);
    for (; steps > 0; steps--, a += 16, b += 16, c += 16, d += 16, w += 16) {
      const weights = v128.load(w);
      la = f32x4.add(la, f32x4.mul(weights, v128.load(a)));
      lb = f32x4.add(lb, f32x4.mul(weights, v128.load(b)));
      lc = f32x4.add(lc, f32x4.mul(weights, v128.load(c)));
      ld = f32x4.add(ld, f32x4.mul(weights, v128.load(d)));
    }
    if (last && rest != 0) {
      const weights = v128.load(w);
      la = f32x4.add(la, f32x4.mul(weights, remainder(a, rest)));
      lb = f32x4.add(lb, f32x4.mul(weights, remainder(b, rest)));
      lc = f32x4.add(lc, f32x4.mul(weights, remainder(c, rest)));
      ld = f32x4.add(ld, f32x4.mul(weights, remainder(d, rest)));
    }
    if (k > 4 * STEPS) {
      sa = fold(sa, la);
      sb = fold(sb, lb);
      sc = fold(sc, lc);
      sd = fold(sd, ld);
      la = f32x4.splat(0), lb = la, lc = la, ld = la;
    }
  } while (!last);
  if (k > 4 * STEPS) return v128.shuffle<f32>(across(sa, sb), across(sc, sd), 0, 1, 4, 5);
  const ab = f32x4.add(v128.shuffle<f32>(la, lb, 0, 2, 4, 6), v128.shuffle<f32>(la, lb, 1, 3, 5, 7));
  const cd = f32x4.add(v128.shuffle<f32>(lc, ld, 0, 2, 4, 6), v128.shuffle<f32>(lc, ld, 1, 3, 5, 7));
  return f32x4.add(v128.shuffle<f32>(ab, cd, 0, 2, 4, 6), v128.shuffle<f32>(ab, cd, 1, 3, 5, 7));
}

function inOrder(x: usize, w: usize, k: i32): f32 {
  let sum: f64 = 0;
  for (let l = 0; l < k; l++, x += 4, w += 4) sum += <f64>load<f32>(x) * <f64>load<f32>(w);
  return <f32>sum;
}

/** One column of the result: { u32 its number, f32 factor 1 or -1, f32 intercept, u32 whether the next is of the same product }. */
const ENTRY: usize = 16;

@inline function finish(sums: v128, entry: usize): v128 {
  // Adding an intercept of 0 makes -0 the 0 that a sum is which begins with 0.
  return f32x4.add(f32x4.mul(sums, v128.load32_splat(entry, 4)), v128.load32_splat(entry, 8));
}

/**
 * Params: x, bytes between its rows, weights (each distinct column in a line padded to a multiple of 4), columns of the result (ordered by
 * the distinct column that they are made from), result, rows, k, n, number of distinct columns.
 */
export function linear(params: usize): void {
  let x = <usize>load<u32>(params), r = <usize>load<u32>(params, 16);
  const stride = <usize>load<i32>(params, 4), weights = <usize>load<u32>(params, 8), columns = <usize>load<u32>(params, 12);
  const k = load<i32>(params, 24), n = load<i32>(params, 28), distinct = load<i32>(params, 32);
  const line = <usize>((k + 3) & ~3) << 2, out = <usize>n << 2, end = columns + <usize>n * ENTRY;
  for (let m = load<i32>(params, 20); m > 0; m -= 4, x += 4 * stride, r += 4 * out) {
    // The last rows go together with themselves.
    const b = m > 1 ? x + stride : x, c = m > 2 ? x + 2 * stride : x, d = m > 3 ? x + 3 * stride : x;
    let entry = columns;
    for (let j = 0, w = weights; j < distinct; j++, w += line) {
      let sums = products(x, b, c, d, w, k);
      const zero = f32x4.sub(sums, sums);
      if (!i32x4.all_true(f32x4.eq(zero, zero))) {
        sums = f32x4(inOrder(x, w, k), inOrder(b, w, k), inOrder(c, w, k), inOrder(d, w, k));
      }
      if (n == 2 && distinct == 1 && m > 3) {
        const first = finish(sums, entry), second = finish(sums, entry + ENTRY);
        v128.store(r, v128.shuffle<f32>(first, second, 0, 4, 1, 5));
        v128.store(r, v128.shuffle<f32>(first, second, 2, 6, 3, 7), 16);
        continue;
      }
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
