/**
 * AssemblyScript. Rows of float32 by several columns of constant weights: four rows by eight columns at a time, a column in each lane.
 * Sums are of float32: parts of four elements, and groups of four parts; groups are joined in float32 where there are at most four, else in
 * float64. So a sum is off by at most 10 · 2^-24 of the sum of its terms' magnitudes, as in linear.ts, and like there those that are not
 * finite are taken again.
 */

/** Elements of a part, of a group, and the most that are joined in float32. */
const PART: i32 = 4;
const GROUP: i32 = 16;
const MOST: i32 = 64;

/** What is done with factor · sum + added: nothing, the larger one of it and a number, its square, its cube. */
const AT_LEAST: u32 = 1;
const CUBE: u32 = 3;

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
  wide: bool, long: bool, x: usize, stride: usize, weights: usize, finish: usize, j: usize, last: u32, r: usize, out: usize, m: i32, k: i32, columns: i32,
): void {
  const step: usize = wide ? 32 : 16, added = finish + 32 + (j << 2), zero = f32x4.splat(0);
  for (; m > 0; m -= 4, x += 4 * stride, r += 4 * out) {
    // The last rows go together with the first of them.
    const second = m > 1 ? x + stride : x, third = m > 2 ? x + 2 * stride : x, fourth = m > 3 ? x + 3 * stride : x;
    let a = x, b = second, c = third, d = fourth;
    let a0 = zero, b0 = zero, c0 = zero, d0 = zero, a1 = zero, b1 = zero, c1 = zero, d1 = zero;
    // The group at hand.
    let pa0 = zero, pb0 = zero, pc0 = zero, pd0 = zero, pa1 = zero, pb1 = zero, pc1 = zero, pd1 = zero;
    // What the groups before came to: float32, or the lower and upper half in float64.
    let qa0 = zero, qb0 = zero, qc0 = zero, qd0 = zero, qa1 = zero, qb1 = zero, qc1 = zero, qd1 = zero;
    let sa0 = zero, sb0 = zero, sc0 = zero, sd0 = zero, sa1 = zero, sb1 = zero, sc1 = zero, sd1 = zero;
    let w = weights;
    for (let left = k; ; left -= GROUP) {
      for (let parts = min(left, GROUP) / PART; parts > 0; parts--, a += 16, b += 16, c += 16, d += 16, w += PART * step) {
        const w0 = v128.load(w);
        a0 = f32x4.mul(v128.load32_splat(a), w0);
        b0 = f32x4.mul(v128.load32_splat(b), w0);
        c0 = f32x4.mul(v128.load32_splat(c), w0);
        d0 = f32x4.mul(v128.load32_splat(d), w0);
        if (wide) {
          const v0 = v128.load(w, 16);
          a1 = f32x4.mul(v128.load32_splat(a), v0);
          b1 = f32x4.mul(v128.load32_splat(b), v0);
          c1 = f32x4.mul(v128.load32_splat(c), v0);
          d1 = f32x4.mul(v128.load32_splat(d), v0);
        }
        const w1 = wide ? v128.load(w, 32) : v128.load(w, 16);
        a0 = f32x4.add(a0, f32x4.mul(v128.load32_splat(a, 4), w1));
        b0 = f32x4.add(b0, f32x4.mul(v128.load32_splat(b, 4), w1));
        c0 = f32x4.add(c0, f32x4.mul(v128.load32_splat(c, 4), w1));
        d0 = f32x4.add(d0, f32x4.mul(v128.load32_splat(d, 4), w1));
        if (wide) {
          const v1 = v128.load(w, 48);
          a1 = f32x4.add(a1, f32x4.mul(v128.load32_splat(a, 4), v1));
          b1 = f32x4.add(b1, f32x4.mul(v128.load32_splat(b, 4), v1));
          c1 = f32x4.add(c1, f32x4.mul(v128.load32_splat(c, 4), v1));
          d1 = f32x4.add(d1, f32x4.mul(v128.load32_splat(d, 4), v1));
        }
        const w2 = wide ? v128.load(w, 64) : v128.load(w, 32);
        a0 = f32x4.add(a0, f32x4.mul(v128.load32_splat(a, 8), w2));
        b0 = f32x4.add(b0, f32x4.mul(v128.load32_splat(b, 8), w2));
        c0 = f32x4.add(c0, f32x4.mul(v128.load32_splat(c, 8), w2));
        d0 = f32x4.add(d0, f32x4.mul(v128.load32_splat(d, 8), w2));
        if (wide) {
          const v2 = v128.load(w, 80);
          a1 = f32x4.add(a1, f32x4.mul(v128.load32_splat(a, 8), v2));
          b1 = f32x4.add(b1, f32x4.mul(v128.load32_splat(b, 8), v2));
          c1 = f32x4.add(c1, f32x4.mul(v128.load32_splat(c, 8), v2));
          d1 = f32x4.add(d1, f32x4.mul(v128.load32_splat(d, 8), v2));
        }
        const w3 = wide ? v128.load(w, 96) : v128.load(w, 48);
        a0 = f32x4.add(a0, f32x4.mul(v128.load32_splat(a, 12), w3));
        b0 = f32x4.add(b0, f32x4.mul(v128.load32_splat(b, 12), w3));
        c0 = f32x4.add(c0, f32x4.mul(v128.load32_splat(c, 12), w3));
        d0 = f32x4.add(d0, f32x4.mul(v128.load32_splat(d, 12), w3));
        if (wide) {
          const v3 = v128.load(w, 112);
          a1 = f32x4.add(a1, f32x4.mul(v128.load32_splat(a, 12), v3));
          b1 = f32x4.add(b1, f32x4.mul(v128.load32_splat(b, 12), v3));
          c1 = f32x4.add(c1, f32x4.mul(v128.load32_splat(c, 12), v3));
          d1 = f32x4.add(d1, f32x4.mul(v128.load32_splat(d, 12), v3));
        }
        pa0 = f32x4.add(pa0, a0);
        pb0 = f32x4.add(pb0, b0);
        pc0 = f32x4.add(pc0, c0);
        pd0 = f32x4.add(pd0, d0);
        if (wide) {
          pa1 = f32x4.add(pa1, a1);
          pb1 = f32x4.add(pb1, b1);
          pc1 = f32x4.add(pc1, c1);
          pd1 = f32x4.add(pd1, d1);
        }
      }
      if (left <= GROUP) break;
      if (long) {
        qa0 = f64x2.add(qa0, lowHalf(pa0)); sa0 = f64x2.add(sa0, highHalf(pa0));
        qb0 = f64x2.add(qb0, lowHalf(pb0)); sb0 = f64x2.add(sb0, highHalf(pb0));
        qc0 = f64x2.add(qc0, lowHalf(pc0)); sc0 = f64x2.add(sc0, highHalf(pc0));
        qd0 = f64x2.add(qd0, lowHalf(pd0)); sd0 = f64x2.add(sd0, highHalf(pd0));
        if (wide) {
          qa1 = f64x2.add(qa1, lowHalf(pa1)); sa1 = f64x2.add(sa1, highHalf(pa1));
          qb1 = f64x2.add(qb1, lowHalf(pb1)); sb1 = f64x2.add(sb1, highHalf(pb1));
          qc1 = f64x2.add(qc1, lowHalf(pc1)); sc1 = f64x2.add(sc1, highHalf(pc1));
          qd1 = f64x2.add(qd1, lowHalf(pd1)); sd1 = f64x2.add(sd1, highHalf(pd1));
        }
      } else {
        qa0 = f32x4.add(qa0, pa0);
        qb0 = f32x4.add(qb0, pb0);
        qc0 = f32x4.add(qc0, pc0);
        qd0 = f32x4.add(qd0, pd0);
        if (wide) {
          qa1 = f32x4.add(qa1, pa1);
          qb1 = f32x4.add(qb1, pb1);
          qc1 = f32x4.add(qc1, pc1);
          qd1 = f32x4.add(qd1, pd1);
        }
      }
      pa0 = zero;
      pb0 = zero;
      pc0 = zero;
      pd0 = zero;
      if (wide) {
        pa1 = zero;
        pb1 = zero;
        pc1 = zero;
        pd1 = zero;
      }
    }
    // What is left over is the last part, of a group that has three others at most.
    if (k % PART != 0) {
      const w0 = v128.load(w);
      a0 = f32x4.mul(v128.load32_splat(a), w0);
      b0 = f32x4.mul(v128.load32_splat(b), w0);
      c0 = f32x4.mul(v128.load32_splat(c), w0);
      d0 = f32x4.mul(v128.load32_splat(d), w0);
      if (wide) {
        const v0 = v128.load(w, 16);
        a1 = f32x4.mul(v128.load32_splat(a), v0);
        b1 = f32x4.mul(v128.load32_splat(b), v0);
        c1 = f32x4.mul(v128.load32_splat(c), v0);
        d1 = f32x4.mul(v128.load32_splat(d), v0);
      }
      if ((k & 2) != 0) {
        const w1 = wide ? v128.load(w, 32) : v128.load(w, 16);
        a0 = f32x4.add(a0, f32x4.mul(v128.load32_splat(a, 4), w1));
        b0 = f32x4.add(b0, f32x4.mul(v128.load32_splat(b, 4), w1));
        c0 = f32x4.add(c0, f32x4.mul(v128.load32_splat(c, 4), w1));
        d0 = f32x4.add(d0, f32x4.mul(v128.load32_splat(d, 4), w1));
        if (wide) {
          const v1 = v128.load(w, 48);
          a1 = f32x4.add(a1, f32x4.mul(v128.load32_splat(a, 4), v1));
          b1 = f32x4.add(b1, f32x4.mul(v128.load32_splat(b, 4), v1));
          c1 = f32x4.add(c1, f32x4.mul(v128.load32_splat(c, 4), v1));
          d1 = f32x4.add(d1, f32x4.mul(v128.load32_splat(d, 4), v1));
        }
        if ((k & 1) != 0) {
          const w2 = wide ? v128.load(w, 64) : v128.load(w, 32);
          a0 = f32x4.add(a0, f32x4.mul(v128.load32_splat(a, 8), w2));
          b0 = f32x4.add(b0, f32x4.mul(v128.load32_splat(b, 8), w2));
          c0 = f32x4.add(c0, f32x4.mul(v128.load32_splat(c, 8), w2));
          d0 = f32x4.add(d0, f32x4.mul(v128.load32_splat(d, 8), w2));
          if (wide) {
            const v2 = v128.load(w, 80);
            a1 = f32x4.add(a1, f32x4.mul(v128.load32_splat(a, 8), v2));
            b1 = f32x4.add(b1, f32x4.mul(v128.load32_splat(b, 8), v2));
            c1 = f32x4.add(c1, f32x4.mul(v128.load32_splat(c, 8), v2));
            d1 = f32x4.add(d1, f32x4.mul(v128.load32_splat(d, 8), v2));
          }
        }
      }
      pa0 = f32x4.add(pa0, a0);
      pb0 = f32x4.add(pb0, b0);
      pc0 = f32x4.add(pc0, c0);
      pd0 = f32x4.add(pd0, d0);
      if (wide) {
        pa1 = f32x4.add(pa1, a1);
        pb1 = f32x4.add(pb1, b1);
        pc1 = f32x4.add(pc1, c1);
        pd1 = f32x4.add(pd1, d1);
      }
    }
    if (long) {
      a0 = rounded(qa0, sa0, pa0);
      b0 = rounded(qb0, sb0, pb0);
      c0 = rounded(qc0, sc0, pc0);
      d0 = rounded(qd0, sd0, pd0);
      if (wide) {
        a1 = rounded(qa1, sa1, pa1);
        b1 = rounded(qb1, sb1, pb1);
        c1 = rounded(qc1, sc1, pc1);
        d1 = rounded(qd1, sd1, pd1);
      }
    } else {
      a0 = f32x4.add(qa0, pa0);
      b0 = f32x4.add(qb0, pb0);
      c0 = f32x4.add(qc0, pc0);
      d0 = f32x4.add(qd0, pd0);
      if (wide) {
        a1 = f32x4.add(qa1, pa1);
        b1 = f32x4.add(qb1, pb1);
        c1 = f32x4.add(qc1, pc1);
        d1 = f32x4.add(qd1, pd1);
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
    const factor = v128.load(finish), add0 = v128.load(added), add1 = wide ? v128.load(added, 16) : add0;
    a0 = f32x4.add(f32x4.mul(a0, factor), add0);
    b0 = f32x4.add(f32x4.mul(b0, factor), add0);
    c0 = f32x4.add(f32x4.mul(c0, factor), add0);
    d0 = f32x4.add(f32x4.mul(d0, factor), add0);
    if (wide) {
      a1 = f32x4.add(f32x4.mul(a1, factor), add1);
      b1 = f32x4.add(f32x4.mul(b1, factor), add1);
      c1 = f32x4.add(f32x4.mul(c1, factor), add1);
      d1 = f32x4.add(f32x4.mul(d1, factor), add1);
    }
    if (last == AT_LEAST) {
      // pmax gives its first operand where that is NaN, or equal: never -0 beside 0 (see below).
      const least = v128.load(finish, 16);
      a0 = f32x4.pmax(a0, least);
      b0 = f32x4.pmax(b0, least);
      c0 = f32x4.pmax(c0, least);
      d0 = f32x4.pmax(d0, least);
      if (wide) {
        a1 = f32x4.pmax(a1, least);
        b1 = f32x4.pmax(b1, least);
        c1 = f32x4.pmax(c1, least);
        d1 = f32x4.pmax(d1, least);
      }
    } else if (last > AT_LEAST) {
      // Its square times 1, or times itself.
      const one = f32x4.splat(1);
      a0 = f32x4.mul(f32x4.mul(a0, a0), last == CUBE ? a0 : one);
      b0 = f32x4.mul(f32x4.mul(b0, b0), last == CUBE ? b0 : one);
      c0 = f32x4.mul(f32x4.mul(c0, c0), last == CUBE ? c0 : one);
      d0 = f32x4.mul(f32x4.mul(d0, d0), last == CUBE ? d0 : one);
      if (wide) {
        a1 = f32x4.mul(f32x4.mul(a1, a1), last == CUBE ? a1 : one);
        b1 = f32x4.mul(f32x4.mul(b1, b1), last == CUBE ? b1 : one);
        c1 = f32x4.mul(f32x4.mul(c1, c1), last == CUBE ? c1 : one);
        d1 = f32x4.mul(f32x4.mul(d1, d1), last == CUBE ? d1 : one);
      }
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

function widePanel(
  long: bool, x: usize, stride: usize, w: usize, finish: usize, j: usize, last: u32, r: usize, out: usize, m: i32, k: i32, columns: i32,
): void {
  if (long) panel(true, true, x, stride, w, finish, j, last, r, out, m, k, columns);
  else panel(true, false, x, stride, w, finish, j, last, r, out, m, k, columns);
}

function narrowPanel(
  long: bool, x: usize, stride: usize, w: usize, finish: usize, j: usize, last: u32, r: usize, out: usize, m: i32, k: i32, columns: i32,
): void {
  if (long) panel(false, true, x, stride, w, finish, j, last, r, out, m, k, columns);
  else panel(false, false, x, stride, w, finish, j, last, r, out, m, k, columns);
}

/**
 * Params: x, bytes between its rows, weights (panels [k, 8], the last one [k, 4] where it has at most four columns; zeros in the columns that it lacks),
 * { f32 factor, four times; f32 the least number, four times; f32 for each column of the panels: what is added to factor · sum, which is not -0
 * where the least number is 0 }, result, rows, k, n, what is done with it last.
 */
export function linearColumns(params: usize): void {
  const x = <usize>load<u32>(params), stride = <usize>load<i32>(params, 4), weights = <usize>load<u32>(params, 8);
  const finish = <usize>load<u32>(params, 12), r = <usize>load<u32>(params, 16);
  const m = load<i32>(params, 20), k = load<i32>(params, 24), n = load<i32>(params, 28), last = load<u32>(params, 32);
  const out = <usize>n << 2, long = k > MOST;
  for (let j = (n - 1) & ~7; j >= 0; j -= 8) {
    const w = weights + ((<usize>j * <usize>k) << 2), to = r + (<usize>j << 2), columns = min(n - j, 8);
    if (columns > 4) widePanel(long, x, stride, w, finish, j, last, to, out, m, k, columns);
    else narrowPanel(long, x, stride, w, finish, j, last, to, out, m, k, columns);
  }
}
