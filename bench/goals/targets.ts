/** What each cell of the performance table is to reach: ratios of another engine's time to calypte's. */

import type { GoalModel } from "./models.js";

export interface Aim {
  /** Below this the cell is a miss. */
  readonly floor: number;
  readonly goal?: number;
}

/** Models that share their aims; geometric means run over the cells of a family. */
export type Family = "boosted" | "forest" | "unbounded" | "linear" | "wide linear";

export function familyOf({ name, kind }: Pick<GoalModel, "name" | "kind">): Family {
  if (kind !== "sklearn") return "boosted";
  if (name === "unbounded") return "unbounded";
  if (name.startsWith("rf")) return "forest";
  return name === "logistic1000" ? "wide linear" : "linear";
}

/** Against onnxruntime-node. Where no figure was set, calypte is not to be slower. */
export function aimAgainstOnnxruntime(family: Family, batch: number): Aim {
  if (family === "linear") return { floor: 2 };
  if (family === "wide linear") return { floor: 1 };
  if (batch < 100) return { floor: 2, goal: 10 };
  if (batch < 1000) return { floor: family === "unbounded" ? 2.5 : 5, goal: 10 };
  if (family === "boosted") return { floor: 15, goal: 35 };
  if (family === "forest") return { floor: 8, goal: 16 };
  return batch < 10_000 ? { floor: 1 } : { floor: 5, goal: 10 };
}

/** Against the best of the other peers. */
export function aimAgainstPeers(family: Family, batch: number): Aim {
  if (family === "linear" || family === "wide linear" || batch < 100) return { floor: 1 };
  if (batch < 1000) return { floor: 1.5 };
  if (family === "boosted") return { floor: 6, goal: 11 };
  if (family === "forest") return { floor: 4, goal: 8 };
  return batch < 10_000 ? { floor: 1 } : { floor: 2.5, goal: 4 };
}

/** Geometric means against onnxruntime-node, each over the cells that it names. */
export interface MeanAim extends Aim {
  readonly title: string;
  covers(family: Family, batch: number): boolean;
}

const trees = (family: Family): boolean => family === "boosted" || family === "forest" || family === "unbounded";

export const meanAims: readonly MeanAim[] = [
  { title: "boosted, ≥ 1,000 rows", floor: 20, goal: 35, covers: (f, batch) => f === "boosted" && batch >= 1000 },
  { title: "random forests, ≥ 1,000 rows", floor: 11, goal: 16, covers: (f, batch) => f === "forest" && batch >= 1000 },
  { title: "all forests, 100 rows", floor: 5, goal: 10, covers: (f, batch) => trees(f) && batch === 100 },
  { title: "all forests, 1 row", floor: 5, goal: 10, covers: (f, batch) => trees(f) && batch === 1 },
];

/** Times the plain forest's time that its variants may take. */
export const variantLimits = { missing: 1.25, float64: 1.25, categories: 1.8 } as const;
