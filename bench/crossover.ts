/**
 * `npm run bench -- crossover`: which strategy is the fastest, by the depth of the trees and the rows of a call. Forests of 100 balanced trees that
 * no one trained (synthetic.ts), on calypte's kernels and on TF.js's standard operators; strategies take turns, and must give the same raw scores
 * before they are timed. `npm run bench -- charts` draws what this writes.
 */

import type { Tensor } from "../src/ir/tensor.js";
import { summarize } from "../src/timing/statistics.js";
import { type Clock, timeInterleaved } from "../src/timing/time-interleaved.js";
import { strategies } from "../strategies/index.js";
import { estimateSeconds } from "../strategies/shared/costs.js";
import { type CrossoverCell, type CrossoverResult, fastestOf } from "./crossover-cells.js";
import { type CalypteDevice, deviceName, type WasmDevice } from "./engines/calypte.js";
import { ableStrategies, prepareForest, targetOf } from "./forest-runs.js";
import { circumstances, circumstancesLine, resultPath, writeResult } from "./results.js";
import { type ForestSpec, syntheticForest, syntheticRows } from "./synthetic.js";
import { type Column, formatSeconds, tableLines } from "./table.js";

export interface CrossoverOptions {
  readonly batches: readonly number[];
  readonly depths: readonly number[];
  readonly seed: number;
  /** Processor seconds of samples for each strategy. */
  readonly seconds: number;
  readonly clock: Clock;
  /** Stop a device after that many seconds by the wall clock; what is left is named. */
  readonly limitSeconds: number;
  readonly json?: string;
  log(line: string): void;
}

const trees = 100;
const devices: readonly (CalypteDevice | WasmDevice)[] = [
  { backend: "wasm", device: "cpu" },
  { backend: "tfjs", device: "wasm" },
];
export const defaultDepths = [1, 2, 3, 4, 5, 6, 8, 10] as const;

/** A strategy that is expected to take longer for one call is left out. */
const longestCall = 0.5;
/** Of the sum of a row's leaf values, which strategies add in different orders. */
const allowed = 1e-5;

function specOf(depth: number, seed: number): ForestSpec {
  const leaves = 2 ** depth;
  return {
    seed,
    trees,
    depth,
    leaves,
    growth: "balanced",
    features: 28,
    outputs: 1,
    votes: "one",
    missing: false,
  };
}

export async function runCrossover(options: CrossoverOptions): Promise<void> {
  const before = circumstances(options.seed);
  console.log(`${circumstancesLine(before)}\n${options.clock === "cpu" ? "processor time" : "wall clock"}\n`);
  const cells: CrossoverCell[] = [];
  for (const on of devices) {
    const end = performance.now() + options.limitSeconds * 1e3;
    // The first run of a process pays for compiling the code that all share.
    await measure(on, 3, 100, { ...options, log: () => {} });
    for (const batch of options.batches) {
      for (const depth of options.depths) {
        const late = performance.now() > end;
        const own: readonly CrossoverCell[] = late
          ? [{ device: deviceName(on), depth, batch, strategy: "", skipped: `out of ${options.limitSeconds} s` }]
          : await measure(on, depth, batch, options);
        cells.push(...own);
      }
    }
  }
  options.log("");
  console.log(crossoverLines(cells).join("\n"));
  const result: CrossoverResult = { circumstances: before, clock: options.clock, trees, cells };
  const path = options.json ?? resultPath("crossover");
  writeResult(path, result);
  console.log(`\nraw samples in ${path}`);
}

async function measure(
  on: CalypteDevice | WasmDevice,
  depth: number,
  batch: number,
  { seed, seconds, clock, log }: CrossoverOptions,
): Promise<readonly CrossoverCell[]> {
  const device = deviceName(on);
  const place = { device, depth, batch };
  log(`${device}, depth ${depth}, ${batch} rows`);
  const forest = syntheticForest(specOf(depth, seed));
  const target = await targetOf(on, batch, on.backend === "tfjs" ? false : undefined);
  const able = ableStrategies(forest, target);
  const cells: CrossoverCell[] = strategies
    .filter((s) => !able.includes(s))
    .map((s) => ({ ...place, strategy: s.name, skipped: s.refuse(forest, target) ?? "" }));
  const quick = able.filter((s) => {
    const estimate = estimateSeconds(s, forest, target);
    if (estimate <= longestCall) return true;
    cells.push({ ...place, strategy: s.name, skipped: `estimated at ${formatSeconds(estimate)} a call` });
    return false;
  });
  const prepared = await Promise.all(quick.map((s) => prepareForest(forest, on, target, s)));
  const rows = Array.from({ length: batch <= 100 ? 16 : 3 }, (_, i) =>
    syntheticRows(specOf(depth, seed), batch, seed + i),
  );
  const answers = await Promise.all(prepared.map((p) => p.run(rows[0]!)));
  for (const [i, answer] of answers.entries())
    mustEqual(`${device}, depth ${depth}`, quick[i]!.name, answer, answers[0]!);
  const timings = await timeInterleaved(
    prepared.map((p, i) => ({ name: quick[i]!.name, run: (turn) => p.run(rows[turn % rows.length]!) })),
    { seconds, leastSamples: 5, mostSamples: 15, hopeless: 20 },
  );
  for (const p of prepared) p.dispose();
  for (const [i, timing] of timings.entries()) {
    const samples = timing[clock];
    const nsPerRow = summarize(samples.map((s) => (s * 1e9) / batch));
    cells.push({ ...place, strategy: quick[i]!.name, nsPerRow, samples });
  }
  return cells;
}

/** Throws where raw scores differ. */
function mustEqual(place: string, strategy: string, got: Tensor, want: Tensor): void {
  const largest = trees * 0.5;
  for (let i = 0; i < want.data.length; i++) {
    const apart = Math.abs(Number(got.data[i]) - Number(want.data[i]));
    if (!(apart <= allowed * largest)) {
      throw new Error(
        `${place}: ${strategy} gives ${String(got.data[i])} in row ${i}, expected ${String(want.data[i])}`,
      );
    }
  }
}

function crossoverLines(cells: readonly CrossoverCell[]): readonly string[] {
  const best = fastestOf(cells);
  const batches = [...new Set(cells.map((c) => c.batch))];
  const columns: Column[] = [
    { title: "device", align: "left" },
    { title: "depth", align: "right" },
    ...batches.map((b): Column => ({ title: `${b}`, align: "left" })),
  ];
  const keys = [...new Set(cells.map((c) => `${c.device} ${c.depth}`))];
  const rows = keys.map((key) => [
    ...key.split(" "),
    ...batches.map((b) => {
      const cell = best.find((c) => `${c.device} ${c.depth}` === key && c.batch === b);
      return cell?.nsPerRow === undefined
        ? "–"
        : `${cell.strategy} ${formatSeconds(cell.nsPerRow.median / 1e9).replace(" ", "")}`;
    }),
  ]);
  return ["the fastest strategy and its time a row, by rows a call", "", ...tableLines(columns, rows)];
}
