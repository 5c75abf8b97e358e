/** Rows a second against rows a call, a line for each engine and a panel for each model, from what `npm run bench` measured. */

import * as Plot from "@observablehq/plot";
import type { Cell } from "../compare-engines.js";
import type { Circumstances } from "../results.js";
import { colours, type LegendEntry, type Page, shortCount } from "./page.js";

export interface EnginesResult {
  readonly circumstances: Circumstances;
  readonly clock: string;
  readonly cells: readonly Cell[];
}

/** What stands for an engine, by the first part of its name, in the order of the legend. */
const shown: Readonly<Record<string, LegendEntry>> = {
  wasm: { name: "calypte, wasm", colour: colours.blue },
  "onnxruntime-node": { name: "onnxruntime-node", colour: colours.vermilion },
  "onnxruntime-web": { name: "onnxruntime-web, wasm", colour: colours.orange },
  reference: { name: "calypte, reference", colour: colours.sky },
  "tfjs-wasm": { name: "calypte, tfjs wasm", colour: colours.green },
  "tfjs-cpu": { name: "calypte, tfjs cpu", colour: colours.purple },
};

interface Point {
  readonly model: string;
  readonly engine: string;
  readonly batch: number;
  readonly rowsPerSecond: number;
}

/** Of the strategies of a device, what `auto` takes, else the fastest. */
function pointsOf(cells: readonly Cell[]): readonly Point[] {
  const best = new Map<string, Cell>();
  for (const cell of cells) {
    const engine = cell.engine.split("/")[0]!;
    if (cell.nsPerRow === undefined || shown[engine] === undefined) continue;
    const key = `${cell.fixture} ${engine} ${cell.batch}`;
    const known = best.get(key);
    const better =
      known?.nsPerRow === undefined ||
      (cell.auto === true && known.auto !== true) ||
      (cell.auto === known.auto && cell.nsPerRow.median < known.nsPerRow.median);
    if (better) best.set(key, cell);
  }
  return [...best.values()].map((cell) => ({
    model: cell.fixture,
    engine: shown[cell.engine.split("/")[0]!]!.name,
    batch: cell.batch,
    rowsPerSecond: 1e9 / cell.nsPerRow!.median,
  }));
}

export function throughputPage({ circumstances, clock, cells }: EnginesResult, file: string): Page {
  const points = pointsOf(cells);
  const legend = Object.values(shown).filter(({ name }) => points.some((p) => p.engine === name));
  const batches = [...new Set(points.map((p) => p.batch))].sort((a, b) => a - b);
  const channels = { x: "batch", y: "rowsPerSecond", stroke: "engine", fx: "model" } as const;
  const { versions, machine } = circumstances;
  return {
    title: "Rows a second against rows a call",
    subtitle: `higher is faster; one thread; ${clock === "cpu" ? "processor time" : "wall clock"}; both axes logarithmic`,
    legend,
    source: `${file}; ${machine.cpu}, Node ${versions["node"]}, onnxruntime ${versions["onnxruntime-node"]}, TF.js ${versions["@tensorflow/tfjs-core"]}`,
    plot: {
      height: 380,
      marginLeft: 48,
      marginTop: 34,
      marginBottom: 42,
      insetLeft: 8,
      insetRight: 8,
      x: {
        type: "log",
        label: "rows a call",
        ticks: batches,
        tickFormat: shortCount,
        labelAnchor: "center",
        labelArrow: "none",
      },
      y: {
        type: "log",
        nice: true,
        label: "rows a second",
        grid: true,
        ticks: 5,
        tickFormat: shortPowers,
        labelArrow: "none",
      },
      fx: { label: null, domain: [...new Set(points.map((p) => p.model))] },
      color: { domain: legend.map((e) => e.name), range: legend.map((e) => e.colour) },
      marks: [
        Plot.frame({ stroke: "#d1d9e0" }),
        Plot.lineY(points, { ...channels, strokeWidth: 2, sort: "batch" }),
        Plot.dot(points, { ...channels, stroke: "white", strokeWidth: 1, fill: "engine", r: 3.5 }),
      ],
    },
  };
}

/** Powers of ten only: the ticks between them would have no room. */
function shortPowers(value: number): string {
  return Number.isInteger(Math.log10(value)) || Math.abs(Math.log10(value) % 1) < 1e-9 ? shortCount(value) : "";
}
