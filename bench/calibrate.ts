/**
 * Calibrates the cost model of the strategies: times every strategy on synthetic forests, fits the coefficients of
 * strategies/shared/costs.ts by relative least squares, and writes strategies/generated/costs.ts. Each device is fitted by
 * itself. Times are processor times, so that other programs on the machine do not tilt them.
 */

import { readFileSync, writeFileSync } from "node:fs";
import { quantile } from "../src/timing/statistics.js";
import { timeInterleaved } from "../src/timing/time-interleaved.js";
import { strategies } from "../strategies/index.js";
import { costFeatureNames, costFeatures, estimateSeconds } from "../strategies/shared/costs.js";
import { type CalypteDevice, calypteDevices, deviceName } from "./engines/calypte.js";
import { ableStrategies, prepareForest, targetOf } from "./forest-runs.js";
import { fitRelative } from "./nnls.js";
import { type Circumstances, circumstances, resultPath, writeResult } from "./results.js";
import { drawSpecs, type ForestSpec, syntheticForest, syntheticRows } from "./synthetic.js";

export interface CalibrationRun {
  /** "reference", "tfjs-cpu", … */
  readonly device: string;
  readonly strategy: string;
  readonly spec: ForestSpec;
  readonly batch: number;
  /** Processor seconds per call, one per sample. */
  readonly cpu: readonly number[];
}

export interface Calibration {
  readonly circumstances: Circumstances;
  readonly runs: readonly CalibrationRun[];
}

export interface CalibrateOptions {
  /** Names of devices; all by default. */
  readonly devices?: readonly string[];
  readonly forests: number;
  readonly seed: number;
  /** Processor seconds of samples per run. */
  readonly seconds: number;
  /** Stop measuring a device after that many seconds by the wall clock. */
  readonly limitSeconds: number;
}

const batches = [1, 100, 1000, 10_000] as const;
/** Runs that are expected to take longer for one call are left out. */
const longestCall = 0.2;

/** JavaScript engines compile while they run, and collect garbage: the fastest quarter of the samples tells of neither. */
const steady = (samples: readonly number[]): number => quantile(samples, 0.25);

/** Times the strategies; progress goes to `log`. */
export async function measureCosts(options: CalibrateOptions, log: (line: string) => void): Promise<Calibration> {
  const specs = drawSpecs(options.forests, options.seed);
  const runs: CalibrationRun[] = [];
  for (const on of calypteDevices) {
    if (options.devices !== undefined && !options.devices.includes(deviceName(on))) continue;
    // The first runs of a process pay for compiling the code that all share.
    for (const spec of specs.slice(-2)) await measureForest(on, spec, 100, options.seconds);
    const end = performance.now() + options.limitSeconds * 1e3;
    for (const [i, spec] of specs.entries()) {
      if (performance.now() > end) {
        log(`${deviceName(on)}: out of time after ${i} of ${specs.length} forests`);
        break;
      }
      for (const batch of batches) runs.push(...(await measureForest(on, spec, batch, options.seconds)));
      log(`${deviceName(on)}: forest ${i + 1} of ${specs.length}, ${runs.length} runs`);
    }
  }
  return { circumstances: circumstances(options.seed), runs };
}

async function measureForest(
  on: CalypteDevice,
  spec: ForestSpec,
  batch: number,
  seconds: number,
): Promise<readonly CalibrationRun[]> {
  const forest = syntheticForest(spec);
  const target = await targetOf(on, batch);
  const quick = ableStrategies(forest, target).filter((s) => estimateSeconds(s, forest, target) <= longestCall);
  const prepared = await Promise.all(quick.map((s) => prepareForest(forest, on, target, s)));
  const rows = Array.from({ length: batch <= 100 ? 16 : 3 }, (_, i) => syntheticRows(spec, batch, spec.seed + i));
  const timings = await timeInterleaved(
    prepared.map((p, i) => ({ name: quick[i]!.name, run: (turn) => p.run(rows[turn % rows.length]!) })),
    { seconds, leastSamples: 3, mostSamples: 9 },
  );
  for (const p of prepared) p.dispose();
  return timings.map(({ cpu }, i) => ({ device: deviceName(on), strategy: quick[i]!.name, spec, batch, cpu }));
}

export interface Fit {
  readonly device: CalypteDevice;
  readonly coefficients: readonly number[];
  /** Runs it was fitted to, and quartiles of estimate ÷ measured. */
  readonly runs: number;
  readonly ratios: readonly [number, number, number];
}

/** Fits the coefficients of each device that has runs. */
export async function fitCosts({ runs }: Calibration): Promise<readonly Fit[]> {
  const fits: Fit[] = [];
  for (const on of calypteDevices) {
    const own = runs.filter((run) => run.device === deviceName(on));
    if (own.length === 0) continue;
    const rows: number[][] = [];
    for (const run of own) {
      const strategy = strategies.find((s) => s.name === run.strategy);
      if (strategy === undefined) throw new Error(`the calibration has runs of ${run.strategy}, which is no strategy`);
      rows.push(costFeatures(strategy, syntheticForest(run.spec), await targetOf(on, run.batch)));
    }
    const seconds = own.map((run) => steady(run.cpu));
    const coefficients = fitRelative(rows, seconds).map((c) => Number(c.toPrecision(3)));
    const ratios = rows.map((row, i) => row.reduce((sum, v, j) => sum + v * coefficients[j]!, 0) / seconds[i]!);
    const at = (q: number) => Number(quantile(ratios, q).toPrecision(3));
    fits.push({ device: on, coefficients, runs: own.length, ratios: [at(0.25), at(0.5), at(0.75)] });
  }
  return fits;
}

/**
 * Devices that the calibration does not reach, in the order of `costFeatureNames`. "tensorflow": read off timings of single
 * operators in tfjs-node; matrix products of oneDNN, no known penalty for shapes. "portable" is run by who knows what: the order
 * of size of cpu's and wasm's coefficients.
 */
const unmeasured = {
  tensorflow: [5e-5, 1.5e-5, 1.7e-10, 3.1e-9, 3.1e-9, 2.6e-10, 2.6e-10, 2e-10, 0, 5e-11, 0, 0, 1e-10, 0],
  portable: [5e-5, 1e-5, 2e-8, 4e-8, 4e-8, 4e-8, 4e-8, 1e-8, 1e-8, 1.5e-9, 0, 0, 5e-10, 0],
} as const;

const generated = new URL("../strategies/generated/costs.ts", import.meta.url);

/** The text of strategies/generated/costs.ts; devices that were not measured keep what `known` has. */
export function costsSource(
  known: { readonly [backend: string]: { readonly [device: string]: readonly number[] } },
  fits: readonly Fit[],
  { date, machine, seed }: Circumstances,
): string {
  const table = new Map(Object.entries(known).map(([backend, devices]) => [backend, new Map(Object.entries(devices))]));
  for (const [device, coefficients] of Object.entries(unmeasured)) table.get("tfjs")?.set(device, coefficients);
  for (const { device, coefficients } of fits) {
    const devices = table.get(device.backend) ?? new Map<string, readonly number[]>();
    table.set(device.backend, devices.set(device.device, coefficients));
  }
  const lines = [...table].flatMap(([backend, devices]) => [
    `  ${backend}: {`,
    ...[...devices].map(([device, vector]) => `    ${device}: [${vector.map(number).join(", ")}],`),
    "  },",
  ]);
  return `/**
 * Coefficients of the cost model, seconds per unit of each feature in the order of \`costFeatureNames\`
 * (strategies/shared/costs.ts), by backend and device. Written by \`npm run bench -- calibrate\`; do not edit by hand.
 *
 * ${date.slice(0, 10)}, ${machine.cpu}, seed ${seed}: ${fits.map((f) => `${deviceName(f.device)} from ${f.runs} runs`).join(", ")}.
 * Features: ${costFeatureNames.join(", ")}.
 */

export const costCoefficients = {
${lines.join("\n")}
} as const satisfies { readonly [backend: string]: { readonly [device: string]: readonly number[] } };
`;
}

const number = (v: number): string => (v === 0 ? "0" : v.toExponential().replace("e+", "e"));

export function writeCosts(source: string): void {
  writeFileSync(generated, source);
}

/** A calibration that was measured before. */
export function readCalibration(path: string): Calibration {
  return JSON.parse(readFileSync(path, "utf8")) as Calibration;
}

export function saveCalibration(calibration: Calibration, name: string): string {
  const path = resultPath(name);
  writeResult(path, calibration);
  return path;
}
