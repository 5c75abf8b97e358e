/**
 * CityHash64, version 1.0: the hash under which CatBoost stores categories (util/digest/city.cpp in its repository; the algorithm is
 * Google's CityHash of 2011, which later versions changed).
 */

const k0 = 0xc3a5c85c97cb3127n;
const k1 = 0xb492b66fbe98f273n;
const k2 = 0x9ae16a3b2f90404fn;
const k3 = 0xc949d7c7509e6557n;
const mixer = 0x9ddfea08eb382d69n;
const u64 = (x: bigint): bigint => BigInt.asUintN(64, x);

/** 128 bits to 64, after MurmurHash. */
function mix(low: bigint, high: bigint): bigint {
  let a = u64((u64(low) ^ u64(high)) * mixer);
  a ^= a >> 47n;
  let b = u64((u64(high) ^ a) * mixer);
  b ^= b >> 47n;
  return u64(b * mixer);
}

function rotate(value: bigint, by: number): bigint {
  const x = u64(value);
  return u64((x >> BigInt(by)) | (x << BigInt(64 - by)));
}

function shiftMix(value: bigint): bigint {
  const x = u64(value);
  return x ^ (x >> 47n);
}

/** Reads little-endian words of 64 or 32 bits. */
type Word = (at: number) => bigint;

/** The unsigned 64-bit hash of some bytes. */
export function cityHash64(bytes: Uint8Array): bigint {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const n = bytes.length;
  const word: Word = (at) => view.getBigUint64(at, true);
  if (n > 64) return hashLong(word, n);
  if (n > 32) return hash33to64(word, n);
  if (n > 16) {
    const a = u64(word(0) * k1);
    const b = word(8);
    const c = u64(word(n - 8) * k2);
    const d = u64(word(n - 16) * k0);
    return mix(rotate(a - b, 43) + rotate(c, 30) + d, a + rotate(b ^ k3, 20) - c + BigInt(n));
  }
  if (n > 8) {
    const b = word(n - 8);
    return mix(word(0), rotate(b + BigInt(n), n)) ^ b;
  }
  if (n >= 4) {
    const half: Word = (at) => BigInt(view.getUint32(at, true));
    return mix(BigInt(n) + (half(0) << 3n), half(n - 4));
  }
  if (n === 0) return k2;
  const y = BigInt(bytes[0]! + (bytes[n >> 1]! << 8));
  const z = BigInt(n + (bytes[n - 1]! << 2));
  return u64(shiftMix(u64(y * k2) ^ u64(z * k3)) * k2);
}

function hash33to64(word: Word, n: number): bigint {
  /** Two sums over 32 bytes from `at`, seeded with `a` and `z`. */
  const half = (at: number, start: bigint, z: bigint): readonly [bigint, bigint] => {
    let a = u64(start);
    let c = rotate(a, 37);
    const b = rotate(a + z, 52);
    a = u64(a + word(at + 8));
    c += rotate(a, 7);
    a = u64(a + word(at + 16));
    return [u64(a + z), u64(b + rotate(a, 31) + c)];
  };
  const [vf, vs] = half(0, word(0) + (BigInt(n) + word(n - 16)) * k0, word(24));
  const [wf, ws] = half(n - 32, word(16) + word(n - 32), word(n - 8));
  const r = shiftMix((vf + ws) * k2 + (wf + vs) * k0);
  return u64(shiftMix(r * k0 + vs) * k2);
}

/** 16 bytes of hash of the 32 bytes from `at`. */
function weak32(word: Word, at: number, seedA: bigint, seedB: bigint): readonly [bigint, bigint] {
  let a = u64(seedA + word(at));
  const z = word(at + 24);
  let b = rotate(seedB + a + z, 21);
  const c = a;
  a = u64(a + word(at + 8) + word(at + 16));
  b += rotate(a, 44);
  return [u64(a + z), u64(b + c)];
}

function hashLong(word: Word, n: number): bigint {
  let x = word(0);
  let y = word(n - 16) ^ k1;
  let z = word(n - 56) ^ k0;
  let v = weak32(word, n - 64, BigInt(n), y);
  let w = weak32(word, n - 32, BigInt(n) * k1, k0);
  z = u64(z + shiftMix(v[1]) * k1);
  x = u64(rotate(z + x, 39) * k1);
  y = u64(rotate(y, 33) * k1);
  const end = (n - 1) & ~63;
  for (let at = 0; at < end; at += 64) {
    x = u64(rotate(x + y + v[0] + word(at + 16), 37) * k1);
    y = u64(rotate(y + v[1] + word(at + 48), 42) * k1);
    x ^= w[1];
    y ^= v[0];
    z = rotate(z ^ w[0], 33);
    v = weak32(word, at, v[1] * k1, x + w[0]);
    w = weak32(word, at + 32, z + w[1], y);
    [z, x] = [x, z];
  }
  return mix(mix(v[0], w[0]) + shiftMix(y) * k1 + z, mix(v[1], w[1]) + x);
}
