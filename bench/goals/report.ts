/** The performance table as text: a line for each cell with what it reached and what it was to reach, then the means. */

import { type Column, formatRatio, tableLines, threeDigits } from "../table.js";
import type { GoalCell, VariantCell } from "./measure.js";
import { geometricMean, type Ratio } from "./ratios.js";
import { type Aim, type Family, meanAims } from "./targets.js";

/** What a cell came to. */
export function verdictOf({ floor, goal }: Aim, reached: number): "miss" | "floor" | "goal" {
  if (!(reached >= floor)) return "miss";
  return goal !== undefined && reached >= goal ? "goal" : "floor";
}

const marks = { miss: "MISS", floor: "ok", goal: "goal" } as const;

function spread({ p25, p75 }: Ratio): string {
  return `${threeDigits(p25)}–${threeDigits(p75)}`;
}

const right = (title: string): Column => ({ title, align: "right" });
const left = (title: string): Column => ({ title, align: "left" });

/** Cells against one other engine each. */
export function goalLines(cells: readonly GoalCell[]): readonly string[] {
  const columns = [
    left("model"),
    right("rows"),
    left("strategy"),
    right("µs/row"),
    left("against"),
    right("µs/row"),
    right("ratio"),
    right("quartiles"),
    right("floor"),
    right("goal"),
    left(""),
  ];
  return tableLines(
    columns,
    cells.map((c) => [
      c.model,
      String(c.batch),
      c.strategy,
      threeDigits(c.ours),
      c.against + (c.otherwise === undefined ? "" : ` (${c.otherwise} rows otherwise)`),
      threeDigits(c.theirs),
      formatRatio(c.ratio.median),
      spread(c.ratio),
      String(c.aim.floor),
      c.aim.goal === undefined ? "" : String(c.aim.goal),
      marks[verdictOf(c.aim, c.ratio.median)],
    ]),
  );
}

export interface Mean extends Aim {
  readonly title: string;
  readonly cells: number;
  readonly reached: number;
}

/** The geometric means against onnxruntime-node. */
export function meansOf(cells: readonly GoalCell[], family: (model: string) => Family): readonly Mean[] {
  return meanAims.flatMap(({ title, floor, goal, covers }) => {
    const own = cells.filter((c) => covers(family(c.model), c.batch));
    if (own.length === 0) return [];
    const reached = geometricMean(own.map((c) => c.ratio.median));
    return [{ title, floor, ...(goal === undefined ? {} : { goal }), cells: own.length, reached }];
  });
}

export function meanLines(means: readonly Mean[]): readonly string[] {
  return means.map(
    (m) =>
      `geometric mean, ${m.title} (${m.cells} cells): ${formatRatio(m.reached)}; floor ${m.floor}, goal ${m.goal ?? "–"}: ${marks[verdictOf(m, m.reached)]}`,
  );
}

export function variantLines(cells: readonly VariantCell[]): readonly string[] {
  const columns = [
    left("variant"),
    right("rows"),
    left("strategy"),
    right("µs/row"),
    right("plain"),
    right("ratio"),
    right("quartiles"),
    right("limit"),
    left(""),
  ];
  return tableLines(
    columns,
    cells.map((c) => [
      c.model.endsWith(c.variant) ? c.model : `${c.model}, ${c.variant}`,
      String(c.batch),
      c.strategy,
      threeDigits(c.ours),
      threeDigits(c.plain),
      formatRatio(c.ratio.median),
      spread(c.ratio),
      String(c.limit),
      c.ratio.median <= c.limit ? "ok" : "MISS",
    ]),
  );
}

/** Of each model and batch size, the cell of the fastest of the peers that run it. */
export function bestPeers(cells: readonly GoalCell[]): readonly GoalCell[] {
  const best = new Map<string, GoalCell>();
  for (const cell of cells) {
    const key = `${cell.model} ${cell.batch}`;
    const known = best.get(key);
    if (known === undefined || cell.ratio.median < known.ratio.median) best.set(key, cell);
  }
  return [...best.values()];
}
