/** Where one strategy overtakes another, from what `npm run bench -- crossover` measured. */

import * as Plot from "@observablehq/plot";
import { type CrossoverCell, type CrossoverResult, fastestOf } from "../crossover-cells.js";
import { formatSeconds } from "../table.js";
import { colours, type LegendEntry, type Page, shortCount } from "./page.js";

/** In the order of the legend. */
const strategyColours: readonly LegendEntry[] = [
  { name: "walk", colour: colours.vermilion },
  { name: "bit-sliced", colour: colours.blue },
  { name: "oblivious", colour: colours.sky },
  { name: "gemm", colour: colours.orange },
  { name: "perfect-tree-traversal", colour: colours.green },
  { name: "tree-traversal", colour: colours.purple },
];

const devices: Readonly<Record<string, string>> = {
  wasm: "wasm: calypte's kernels",
  "tfjs-wasm": "tfjs wasm: standard operators",
};

/** Throws for a strategy that has no colour: it would be drawn in none. */
function legendOf(cells: readonly CrossoverCell[]): readonly LegendEntry[] {
  const bare = cells.find((c) => c.nsPerRow !== undefined && !strategyColours.some(({ name }) => name === c.strategy));
  if (bare !== undefined) throw new Error(`give the strategy ${bare.strategy} a colour in bench/charts/crossover.ts`);
  return strategyColours.filter(({ name }) => cells.some((c) => c.strategy === name && c.nsPerRow !== undefined));
}

const colourScale = (legend: readonly LegendEntry[]): Plot.ScaleOptions => ({
  domain: legend.map((e) => e.name),
  range: legend.map((e) => e.colour),
});

const sourceOf = ({ circumstances, clock }: CrossoverResult, file: string): string =>
  `${file}; ${circumstances.machine.cpu}, Node ${circumstances.versions["node"]}, one thread, ${clock === "cpu" ? "processor time" : "wall clock"}`;

/** The fastest strategy of each depth and batch size, with its time a row. */
export function crossoverPage(result: CrossoverResult, file: string): Page {
  const cells = fastestOf(result.cells).map((c) => ({
    device: devices[c.device] ?? c.device,
    depth: String(c.depth),
    batch: shortCount(c.batch),
    strategy: c.strategy,
    text: formatSeconds((c.nsPerRow?.median ?? Number.NaN) / 1e9),
  }));
  const legend = legendOf(fastestOf(result.cells));
  const inOrder = (numbers: readonly number[]) => [...new Set(numbers)].sort((a, b) => a - b);
  const channels = { x: "batch", y: "depth", fx: "device" } as const;
  return {
    title: "The fastest strategy, by depth of the trees and rows a call",
    subtitle: `${result.trees} balanced trees, 28 features; in each field its time a row`,
    legend,
    source: sourceOf(result, file),
    plot: {
      height: 60 + 34 * inOrder(result.cells.map((c) => c.depth)).length,
      marginLeft: 44,
      marginTop: 34,
      marginBottom: 42,
      padding: 0.04,
      x: {
        domain: inOrder(result.cells.map((c) => c.batch)).map(shortCount),
        label: "rows a call",
        labelArrow: "none",
      },
      y: {
        domain: inOrder(result.cells.map((c) => c.depth)).map(String),
        label: "depth",
        labelArrow: "none",
      },
      fx: { label: null, domain: Object.values(devices), padding: 0.06 },
      color: colourScale(legend),
      marks: [
        Plot.cell(cells, { ...channels, fill: "strategy" }),
        Plot.text(cells, { ...channels, text: "text", fill: "white", fontWeight: 600, fontSize: 12 }),
      ],
    },
  };
}

/** Time a row of every strategy against depth: panels by device, and by one row and the most common large batch. */
export function depthPage(result: CrossoverResult, file: string): Page {
  const batches = new Set([1, 1000]);
  const cells = result.cells
    .filter((c) => c.nsPerRow !== undefined && batches.has(c.batch))
    .map((c) => ({
      panel: panelOf(c.device, c.batch),
      depth: c.depth,
      strategy: c.strategy,
      microseconds: (c.nsPerRow?.median ?? Number.NaN) / 1e3,
    }));
  const legend = legendOf(result.cells);
  const channels = { x: "depth", y: "microseconds", stroke: "strategy", fx: "panel" } as const;
  return {
    title: "Time a row against depth of the trees",
    subtitle: `lower is faster; ${result.trees} balanced trees, 28 features; strategies that would take longer than half a second a call are left out`,
    legend,
    source: sourceOf(result, file),
    plot: {
      height: 380,
      marginLeft: 48,
      marginTop: 34,
      marginBottom: 42,
      insetLeft: 8,
      insetRight: 8,
      x: { label: "depth", ticks: [1, 2, 4, 6, 8, 10], labelAnchor: "center", labelArrow: "none" },
      y: {
        type: "log",
        nice: true,
        label: "µs a row",
        grid: true,
        ticks: 5,
        tickFormat: powersOfTen,
        labelArrow: "none",
      },
      fx: { label: null, domain: ["wasm", "tfjs-wasm"].flatMap((d) => [...batches].map((b) => panelOf(d, b))) },
      color: colourScale(legend),
      marks: [
        Plot.frame({ stroke: "#d1d9e0" }),
        Plot.lineY(cells, { ...channels, strokeWidth: 2, sort: "depth" }),
        Plot.dot(cells, { ...channels, stroke: "white", strokeWidth: 1, fill: "strategy", r: 3.5 }),
      ],
    },
  };
}

const panelOf = (device: string, batch: number): string =>
  `${device.replace("-", " ")}, ${batch === 1 ? "1 row" : `${batch.toLocaleString("en")} rows`}`;

function powersOfTen(value: number): string {
  return Math.abs(Math.log10(value) - Math.round(Math.log10(value))) < 1e-9
    ? Number(value.toPrecision(1)).toLocaleString("en")
    : "";
}
