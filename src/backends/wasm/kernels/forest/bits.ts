/** AssemblyScript. Transposition of bits between bytes and planes: byte i, bit b of eight registers ⇔ bit i of plane b. */

/**
 * Transposes the 8 × 8 bits of each byte position of eight registers: bit b of register r becomes bit r of register b. Its own
 * inverse. Of 128 bytes, one a row, it makes a plane for each of their bits; register r, byte i is row 16 r + i.
 */
export function transposeBits(at: usize, to: usize): void {
  let a = v128.load(at), b = v128.load(at, 16), c = v128.load(at, 32), d = v128.load(at, 48);
  let e = v128.load(at, 64), f = v128.load(at, 80), g = v128.load(at, 96), h = v128.load(at, 112);
  let t: v128;
  const m1 = i8x16.splat(0x55), m2 = i8x16.splat(0x33), m4 = i8x16.splat(0x0f);
  t = v128.and(v128.xor(i64x2.shr_u(a, 1), b), m1); b = v128.xor(b, t); a = v128.xor(a, i64x2.shl(t, 1));
  t = v128.and(v128.xor(i64x2.shr_u(c, 1), d), m1); d = v128.xor(d, t); c = v128.xor(c, i64x2.shl(t, 1));
  t = v128.and(v128.xor(i64x2.shr_u(e, 1), f), m1); f = v128.xor(f, t); e = v128.xor(e, i64x2.shl(t, 1));
  t = v128.and(v128.xor(i64x2.shr_u(g, 1), h), m1); h = v128.xor(h, t); g = v128.xor(g, i64x2.shl(t, 1));
  t = v128.and(v128.xor(i64x2.shr_u(a, 2), c), m2); c = v128.xor(c, t); a = v128.xor(a, i64x2.shl(t, 2));
  t = v128.and(v128.xor(i64x2.shr_u(b, 2), d), m2); d = v128.xor(d, t); b = v128.xor(b, i64x2.shl(t, 2));
  t = v128.and(v128.xor(i64x2.shr_u(e, 2), g), m2); g = v128.xor(g, t); e = v128.xor(e, i64x2.shl(t, 2));
  t = v128.and(v128.xor(i64x2.shr_u(f, 2), h), m2); h = v128.xor(h, t); f = v128.xor(f, i64x2.shl(t, 2));
  t = v128.and(v128.xor(i64x2.shr_u(a, 4), e), m4); e = v128.xor(e, t); a = v128.xor(a, i64x2.shl(t, 4));
  t = v128.and(v128.xor(i64x2.shr_u(b, 4), f), m4); f = v128.xor(f, t); b = v128.xor(b, i64x2.shl(t, 4));
  t = v128.and(v128.xor(i64x2.shr_u(c, 4), g), m4); g = v128.xor(g, t); c = v128.xor(c, i64x2.shl(t, 4));
  t = v128.and(v128.xor(i64x2.shr_u(d, 4), h), m4); h = v128.xor(h, t); d = v128.xor(d, i64x2.shl(t, 4));
  v128.store(to, a); v128.store(to, b, 16); v128.store(to, c, 32); v128.store(to, d, 48);
  v128.store(to, e, 64); v128.store(to, f, 80); v128.store(to, g, 96); v128.store(to, h, 112);
}
