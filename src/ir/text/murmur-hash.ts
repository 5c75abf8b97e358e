/**
 * MurmurHash3, its 32-bit variant for x86 (Austin Appleby, public domain), as com.microsoft MurmurHash3 1 computes it: over the UTF-8
 * of a text, or the little-endian bytes of a number.
 */

const rotate = (x: number, by: number): number => (x << by) | (x >>> (32 - by));

const mix = (k: number): number => Math.imul(rotate(Math.imul(k, 0xcc9e2d51), 15), 0x1b873593);

/** The hash as an unsigned number. `seed` is an unsigned 32-bit integer. */
export function murmurHash(bytes: Uint8Array, length: number, seed: number): number {
  let hash = seed | 0;
  const whole = length & ~3;
  for (let i = 0; i < whole; i += 4) {
    const k = bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24);
    hash = (Math.imul(rotate(hash ^ mix(k), 13), 5) + 0xe6546b64) | 0;
  }
  let rest = 0;
  for (let i = length - 1; i >= whole; i--) rest = (rest << 8) | bytes[i]!;
  if (length > whole) hash ^= mix(rest);
  hash ^= length;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
