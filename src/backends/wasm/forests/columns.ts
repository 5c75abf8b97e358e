/**
 * The columns of the prepared rows that the walk compares: of each feature one copy for each thing that its nodes make of NaN.
 * Features of one rule that stand close together are copied as one run (kernels/forest/prepare-rows.ts).
 */

/** What a prepared column holds where x is NaN; `flag` columns hold 1 there and 0 elsewhere. */
export const NanRule = { left: 0, right: 1, flag: 2 } as const;
export type NanRule = (typeof NanRule)[keyof typeof NanRule];

/** Unused features up to this many are copied along rather than starting another run. */
const widestGap = 3;

export interface Columns {
  readonly count: number;
  /** { u32 first feature, u32 features, u32 rule, u32 first column } each. */
  readonly runs: Uint32Array;
  /** The column of feature f under a rule: at 3 · f + rule; -1 where nothing uses it. */
  readonly columnOf: Int32Array;
}

/** `used`: at 3 · feature + rule, 1 where some node compares it. */
export function columnsOf(used: Uint8Array): Columns {
  const runs: number[] = [];
  const columnOf = new Int32Array(used.length).fill(-1);
  let count = 0;
  for (const rule of Object.values(NanRule)) {
    let last = -Infinity;
    for (let feature = 0; feature * 3 < used.length; feature++) {
      if (used[feature * 3 + rule] !== 1) continue;
      if (feature - last > widestGap + 1) {
        runs.push(feature, 1, rule, count);
        count++;
      } else {
        runs[runs.length - 3]! += feature - last;
        count += feature - last;
      }
      columnOf[feature * 3 + rule] = count - 1;
      last = feature;
    }
  }
  return { count, runs: Uint32Array.from(runs), columnOf };
}
