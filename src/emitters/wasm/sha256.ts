/** SHA-256 (FIPS 180-4) of bytes, at once: Web Crypto's answers later only, and emitters answer at once. For manifests. */

/** The first 32 bits of the fractional parts of the square or cube roots of the first primes (FIPS 180-4, 4.2.2 and 5.3.3). */
function fractions(count: number, root: number): Uint32Array {
  const found: number[] = [];
  for (let n = 2; found.length < count; n++) {
    let prime = true;
    for (let d = 2; d * d <= n; d++) if (n % d === 0) prime = false;
    if (prime) found.push(fractionOfRoot(BigInt(n), root));
  }
  return Uint32Array.from(found);
}

/** floor(2^32 · n^(1/root)) modulo 2^32, exactly. */
function fractionOfRoot(n: bigint, root: number): number {
  const scaled = n << BigInt(32 * root);
  let [low, high] = [0n, 1n << 40n];
  while (high - low > 1n) {
    const middle = (low + high) >> 1n;
    if (middle ** BigInt(root) <= scaled) low = middle;
    else high = middle;
  }
  return Number(low & 0xffffffffn);
}

const rotate = (x: number, by: number): number => (x >>> by) | (x << (32 - by));

/** The message with its padding: a one bit, zeros, and its length in bits. */
function padded(bytes: Uint8Array): DataView {
  const length = Math.ceil((bytes.length + 9) / 64) * 64;
  const message = new Uint8Array(length);
  message.set(bytes);
  message[bytes.length] = 0x80;
  const view = new DataView(message.buffer);
  view.setBigUint64(length - 8, BigInt(bytes.length) * 8n);
  return view;
}

/** The digest in hexadecimal. */
export function sha256(bytes: Uint8Array): string {
  const constants = fractions(64, 3);
  const hash = fractions(8, 2);
  const message = padded(bytes);
  const w = new Int32Array(64);
  for (let at = 0; at < message.byteLength; at += 64) {
    for (let t = 0; t < 16; t++) w[t] = message.getInt32(at + 4 * t);
    for (let t = 16; t < 64; t++) {
      const [x, y] = [w[t - 15]!, w[t - 2]!];
      const s0 = rotate(x, 7) ^ rotate(x, 18) ^ (x >>> 3);
      const s1 = rotate(y, 17) ^ rotate(y, 19) ^ (y >>> 10);
      w[t] = w[t - 16]! + s0 + w[t - 7]! + s1;
    }
    let [a, b, c, d, e, f, g, h] = [...hash] as [number, number, number, number, number, number, number, number];
    for (let t = 0; t < 64; t++) {
      const s1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
      const first = (h + s1 + ((e & f) ^ (~e & g)) + constants[t]! + w[t]!) | 0;
      const s0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
      const second = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      h = g;
      g = f;
      f = e;
      e = (d + first) | 0;
      d = c;
      c = b;
      b = a;
      a = (first + second) | 0;
    }
    for (const [i, v] of [a, b, c, d, e, f, g, h].entries()) hash[i]! += v;
  }
  return [...hash].map((v) => v.toString(16).padStart(8, "0")).join("");
}
