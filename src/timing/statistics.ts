/** What the harness says about repeated measurements. */

export interface Summary {
  readonly samples: number;
  readonly min: number;
  readonly p25: number;
  readonly median: number;
  readonly p75: number;
}

/** The q-quantile (0 ≤ q ≤ 1), linear between neighbours (NumPy's default); NaN of nothing. */
export function quantile(values: readonly number[], q: number): number {
  if (values.length === 0) return Number.NaN;
  const sorted = [...values].sort((a, b) => a - b);
  const at = q * (sorted.length - 1);
  const low = sorted[Math.floor(at)]!;
  const high = sorted[Math.ceil(at)]!;
  return low + (high - low) * (at - Math.floor(at));
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

export function summarize(values: readonly number[]): Summary {
  return {
    samples: values.length,
    min: quantile(values, 0),
    p25: quantile(values, 0.25),
    median: median(values),
    p75: quantile(values, 0.75),
  };
}
