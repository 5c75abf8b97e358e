/** Seeded random numbers, so that every run of the harness sees the same forests and rows. */

export interface Random {
  /** Uniform in [0, 1). */
  unit(): number;
  /** A whole number, uniform in [0, n). */
  below(n: number): number;
  /** One of `items`, which must not be empty. */
  pick<T>(items: readonly T[]): T;
}

/** mulberry32 (Tommy Ettinger, public domain): 32 bits of state, good enough to scatter rows and splits. */
export function createRandom(seed: number): Random {
  let state = seed | 0;
  const unit = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (n: number): number => Math.floor(unit() * n);
  return { unit, below, pick: (items) => items[below(items.length)]! };
}
