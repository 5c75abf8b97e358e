/**
 * AssemblyScript. Rows of float32 by several columns of constant weights: four rows by eight columns at a time, a column in each lane.
 * Sums are of float32, of eight elements where there are more than ten; such parts are joined in float32 where there are two, else in float64. So a sum is off
 * by at most 10 · 2^-24 of the sum of its terms' magnitudes, as in linear.ts, and like there those that are not finite are taken again.
 */

/** Additions of float32 in a row: of parts, and of all where there is only one. */
const STEPS: i32 = 8;
const ALL: i32 = 10;

/** One column of one row: each product and sum in float64, in order. `w` moves on by `step`. */
function inOrder(x: usize, w: usize, step: usize, k: i32): f32 {
  let sum: f64 = 0;
  for (; k > 0; k--, x += 4, w += step) sum += <f64>load<f32>(x) * <f64>load<f32>(w);
  return <f32>sum;
}

/** Sums with those taken again that are not finite. */
function repaired(sums: v128, x: usize, w: usize, step: usize, k: i32): v128 {
  const zeros = f32x4.sub(sums, sums);
  const again = f32x4(inOrder(x, w, step, k), inOrder(x, w + 4, step, k), inOrder(x, w + 8, step, k), inOrder(x, w + 12, step, k));
  return v128.bitselect(sums, again, f32x4.eq(zeros, zeros));
}

@inline function lowHalf(x: v128): v128 {
  return f64x2.promote_low_f32x4(x);
}

@inline function highHalf(x: v128): v128 {
  return f64x2.promote_low_f32x4(v128.shuffle<f32>(x, x, 2, 3, 2, 3));
}

@inline function rounded(low: v128, high: v128, last: v128): v128 {
  const a = f32x4.demote_f64x2_zero(f64x2.add(low, lowHalf(last))), b = f32x4.demote_f64x2_zero(f64x2.add(high, highHalf(last)));
  return v128.shuffle<f32>(a, b, 0, 1, 4, 5);
}

@inline function madd(sum: v128, x: usize, offset: usize, w: v128): v128 {
  return f32x4.add(sum, f32x4.mul(v128.load32_splat(x + offset), w));
}

/** The first `count` of four columns. */
@inline function storeColumns(r: usize, values: v128, count: i32): void {
  if (count >= 4) v128.store(r, values);
  else {
    v128.store32_lane(r, values, 0);
    if (count > 1) v128.store32_lane(r, values, 1, 4);
    if (count > 2) v128.store32_lane(r, values, 2, 8);
  }
}

/**
 * All rows by one panel of weights: [k, 8] where it is wide, else [k, 4], of which the first `columns` count. Rows are written whole vectors
 * at a time, over the beginning of the row behind them, but for the last; so the rows go upwards, and the panels downwards.
 */
@inline function panel(
  wide: bool, long: bool, x: usize, stride: usize, weights: usize, factor: v128, added: usize, r: usize, out: usize, m: i32, k: i32, columns: i32,
): void {
  const step: usize = wide ? 32 : 16, most = k <= ALL ? ALL : STEPS;
  const add0 = v128.load(added), add1 = wide ? v128.load(added, 16) : add0;
  for (; m > 0; m -= 4, x += 4 * stride, r += 4 * out) {
    // The last rows go together with the first of them.
    const second = m > 1 ? x + stride : x, third = m > 2 ? x + 2 * stride : x, fourth = m > 3 ? x + 3 * stride : x;
    let a = x, b = second, c = third, d = fourth;
    let a0 = f32x4.splat(0), b0 = a0, c0 = a0, d0 = a0, a1 = a0, b1 = a0, c1 = a0, d1 = a0;
    // What the parts before came to: float32, or the lower and upper half in float64.
    let pa0 = a0, pb0 = a0, pc0 = a0, pd0 = a0, pa1 = a0, pb1 = a0, pc1 = a0, pd1 = a0;
    let qa0 = a0, qb0 = a0, qc0 = a0, qd0 = a0, qa1 = a0, qb1 = a0, qc1 = a0, qd1 = a0;
    let w = weights;
    for (let left = k; ; ) {
      let steps = min(left, most);
      left -= steps;
      for (; steps >= 2; steps -= 2, a += 8, b += 8, c += 8, d += 8, w += 2 * step) {
        const w0 = v128.load(w);
        a0 = madd(a0, a, 0, w0);
        b0 = madd(b0, b, 0, w0);
        c0 = madd(c0, c, 0, w0);
        d0 = madd(d0, d, 0, w0);
        if (wide) {
          const w1 = v128.load(w, 16);
          a1 = madd(a1, a, 0, w1);
          b1 = madd(b1, b, 0, w1);
          c1 = madd(c1, c, 0, w1);
          d1 = madd(d1, d, 0, w1);
        }
        const v0 = v128.load(w + step);
        a0 = madd(a0, a, 4, v0);
        b0 = madd(b0, b, 4, v0);
        c0 = madd(c0, c, 4, v0);
        d0 = madd(d0, d, 4, v0);
        if (wide) {
          const v1 = v128.load(w + step, 16);
          a1 = madd(a1, a, 4, v1);
          b1 = madd(b1, b, 4, v1);
          c1 = madd(c1, c, 4, v1);
          d1 = madd(d1, d, 4, v1);
        }
      }
      if (steps != 0) {
        const w0 = v128.load(w);
        a0 = madd(a0, a, 0, w0);
        b0 = madd(b0, b, 0, w0);
        c0 = madd(c0, c, 0, w0);
        d0 = madd(d0, d, 0, w0);
        if (wide) {
          const w1 = v128.load(w, 16);
          a1 = madd(a1, a, 0, w1);
          b1 = madd(b1, b, 0, w1);
          c1 = madd(c1, c, 0, w1);
          d1 = madd(d1, d, 0, w1);
        }
      }
      if (left == 0) break;
      if (long) {
        pa0 = f64x2.add(pa0, lowHalf(a0)); qa0 = f64x2.add(qa0, highHalf(a0));
        pb0 = f64x2.add(pb0, lowHalf(b0)); qb0 = f64x2.add(qb0, highHalf(b0));
        pc0 = f64x2.add(pc0, lowHalf(c0)); qc0 = f64x2.add(qc0, highHalf(c0));
        pd0 = f64x2.add(pd0, lowHalf(d0)); qd0 = f64x2.add(qd0, highHalf(d0));
        if (wide) {
          pa1 = f64x2.add(pa1, lowHalf(a1)); qa1 = f64x2.add(qa1, highHalf(a1));
          pb1 = f64x2.add(pb1, lowHalf(b1)); qb1 = f64x2.add(qb1, highHalf(b1));
          pc1 = f64x2.add(pc1, lowHalf(c1)); qc1 = f64x2.add(qc1, highHalf(c1));
          pd1 = f64x2.add(pd1, lowHalf(d1)); qd1 = f64x2.add(qd1, highHalf(d1));
        }
      } else {
        pa0 = a0; pb0 = b0; pc0 = c0; pd0 = d0; pa1 = a1; pb1 = b1; pc1 = c1; pd1 = d1;
      }
      a0 = f32x4.splat(0); b0 = a0; c0 = a0; d0 = a0; a1 = a0; b1 = a0; c1 = a0; d1 = a0;
    }
    if (long) {
      a0 = rounded(pa0, qa0, a0); b0 = rounded(pb0, qb0, b0); c0 = rounded(pc0, qc0, c0); d0 = rounded(pd0, qd0, d0);
      if (wide) {
        a1 = rounded(pa1, qa1, a1); b1 = rounded(pb1, qb1, b1); c1 = rounded(pc1, qc1, c1); d1 = rounded(pd1, qd1, d1);
      }
    } else {
      a0 = f32x4.add(pa0, a0); b0 = f32x4.add(pb0, b0); c0 = f32x4.add(pc0, c0); d0 = f32x4.add(pd0, d0);
      if (wide) {
        a1 = f32x4.add(pa1, a1); b1 = f32x4.add(pb1, b1); c1 = f32x4.add(pc1, c1); d1 = f32x4.add(pd1, d1);
      }
    }
    // The difference of a finite number to itself has no bits.
    let odd = v128.or(v128.or(f32x4.sub(a0, a0), f32x4.sub(b0, b0)), v128.or(f32x4.sub(c0, c0), f32x4.sub(d0, d0)));
    if (wide) odd = v128.or(odd, v128.or(v128.or(f32x4.sub(a1, a1), f32x4.sub(b1, b1)), v128.or(f32x4.sub(c1, c1), f32x4.sub(d1, d1))));
    if (v128.any_true(odd)) {
      a0 = repaired(a0, x, weights, step, k);
      b0 = repaired(b0, second, weights, step, k);
      c0 = repaired(c0, third, weights, step, k);
      d0 = repaired(d0, fourth, weights, step, k);
      if (wide) {
        a1 = repaired(a1, x, weights + 16, step, k);
        b1 = repaired(b1, second, weights + 16, step, k);
        c1 = repaired(c1, third, weights + 16, step, k);
        d1 = repaired(d1, fourth, weights + 16, step, k);
      }
    }
    a0 = f32x4.add(f32x4.mul(a0, factor), add0); b0 = f32x4.add(f32x4.mul(b0, factor), add0);
    c0 = f32x4.add(f32x4.mul(c0, factor), add0); d0 = f32x4.add(f32x4.mul(d0, factor), add0);
    if (wide) {
      a1 = f32x4.add(f32x4.mul(a1, factor), add1); b1 = f32x4.add(f32x4.mul(b1, factor), add1);
      c1 = f32x4.add(f32x4.mul(c1, factor), add1); d1 = f32x4.add(f32x4.mul(d1, factor), add1);
    }
    if (m > 4) {
      v128.store(r, a0);
      if (wide) v128.store(r, a1, 16);
      v128.store(r + out, b0);
      if (wide) v128.store(r + out, b1, 16);
      v128.store(r + 2 * out, c0);
      if (wide) v128.store(r + 2 * out, c1, 16);
      v128.store(r + 3 * out, d0);
      if (wide) v128.store(r + 3 * out, d1, 16);
      continue;
    }
    storeColumns(r, a0, columns);
    if (wide) storeColumns(r + 16, a1, columns - 4);
    if (m > 1) {
      storeColumns(r + out, b0, columns);
      if (wide) storeColumns(r + out + 16, b1, columns - 4);
    }
    if (m > 2) {
      storeColumns(r + 2 * out, c0, columns);
      if (wide) storeColumns(r + 2 * out + 16, c1, columns - 4);
    }
    if (m > 3) {
      storeColumns(r + 3 * out, d0, columns);
      if (wide) storeColumns(r + 3 * out + 16, d1, columns - 4);
    }
  }
}

function widePanel(long: bool, x: usize, stride: usize, w: usize, factor: v128, added: usize, r: usize, out: usize, m: i32, k: i32, columns: i32): void {
  if (long) panel(true, true, x, stride, w, factor, added, r, out, m, k, columns);
  else panel(true, false, x, stride, w, factor, added, r, out, m, k, columns);
}

function narrowPanel(long: bool, x: usize, stride: usize, w: usize, factor: v128, added: usize, r: usize, out: usize, m: i32, k: i32, columns: i32): void {
  if (long) panel(false, true, x, stride, w, factor, added, r, out, m, k, columns);
  else panel(false, false, x, stride, w, factor, added, r, out, m, k, columns);
}

/**
 * Params: x, bytes between its rows, weights (panels [k, 8], the last one [k, 4] where it has at most four columns; zeros in the columns that it lacks),
 * { f32 factor, four times; f32 for each column of the panels: what is added to factor · sum }, result, rows, k, n.
 */
export function linearColumns(params: usize): void {
  const x = <usize>load<u32>(params), stride = <usize>load<i32>(params, 4), weights = <usize>load<u32>(params, 8);
  const finish = <usize>load<u32>(params, 12), r = <usize>load<u32>(params, 16);
  const m = load<i32>(params, 20), k = load<i32>(params, 24), n = load<i32>(params, 28);
  const factor = v128.load(finish), added = finish + 16, out = <usize>n << 2, long = k > 2 * STEPS;
  for (let j = (n - 1) & ~7; j >= 0; j -= 8) {
    const w = weights + ((<usize>j * <usize>k) << 2), more = added + (<usize>j << 2), to = r + (<usize>j << 2), columns = min(n - j, 8);
    if (columns > 4) widePanel(long, x, stride, w, factor, more, to, out, m, k, columns);
    else narrowPanel(long, x, stride, w, factor, more, to, out, m, k, columns);
  }
}
