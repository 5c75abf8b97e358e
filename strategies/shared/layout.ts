/**
 * How a strategy writes a forest down for a device: the same tensors, another order and another arithmetic. Which is fast was
 * measured per TF.js backend (forests of 100 to 500 trees, 1 to 10,000 rows); all are right everywhere that calypte's
 * primitives are. Backends choose how they spell each primitive; a layout only chooses among primitives.
 */

import type { Target } from "../../src/ir/target.js";

export interface Layout {
  /** "rows": one row per line, tensors [N, trees]. "columns": x is transposed once, tensors [trees, N]. */
  readonly order: "rows" | "columns";
  /** What node positions are added up in; they are int32 where they index. float32 holds them exactly below 2^24. */
  readonly position: "int32" | "float32";
  /** Levels from the root that compare every node of the level instead of looking one up; at least 1. */
  readonly denseLevels: number;
  /** Instructions are not free: how many trees × rows one round of lookups must cover to cost twice its dispatch. */
  readonly roundOverhead: number;
}

/** Plain index arithmetic and nothing that any device is known to get wrong. */
const portable: Layout = { order: "rows", position: "int32", denseLevels: 1, roundOverhead: 1000 };

const layouts: { readonly [backend: string]: { readonly [device: string]: Layout } } = {
  tfjs: {
    // In JavaScript an indexed read costs less than the two or four comparisons that a dense level needs.
    cpu: portable,
    // int32 addition runs in slow generic loops there, float32 in XNNPACK; dense levels beyond the second lose to lookups.
    wasm: { order: "columns", position: "float32", denseLevels: 2, roundOverhead: 4000 },
    // Gathers read whole rows of the transposed x; comparisons cost a tenth of a lookup.
    tensorflow: { order: "columns", position: "int32", denseLevels: 3, roundOverhead: 10_000 },
  },
};

/** The layout for a target; `portable` for devices that nobody has measured. */
export function layoutFor(target: Pick<Target, "backend" | "device">): Layout {
  const devices = Object.hasOwn(layouts, target.backend) ? layouts[target.backend] : undefined;
  if (devices === undefined || !Object.hasOwn(devices, target.device)) return portable;
  return devices[target.device] ?? portable;
}
