/**
 * Checks `auto`: on real forests, none of which the calibration has seen, every strategy is timed, and the time of the one that
 * `auto` takes is compared with the best. The promise is a ratio of at most 1.3.
 */

import { median } from "../src/timing/statistics.js";
import { timeInterleaved } from "../src/timing/time-interleaved.js";
import { strategies } from "../strategies/index.js";
import { type Fixture, fixtureInputs } from "../test-models/fixtures.js";
import { type CalypteDevice, calypteEngine, deviceName } from "./engines/calypte.js";
import type { Prepared } from "./engines/engine.js";
import { rowBatches } from "./rows.js";
import { formatSeconds, tableLines } from "./table.js";

/** How far from the best measured strategy the automatic choice may be. */
export const promisedRatio = 1.3;

export interface Verdict {
  readonly fixture: string;
  readonly device: string;
  readonly batch: number;
  /** What `auto` takes. */
  readonly auto: string;
  /** Median processor seconds per call. */
  readonly seconds: Readonly<Record<string, number>>;
  readonly refused: readonly string[];
  /** Time of auto's choice ÷ best time. */
  readonly ratio: number;
}

export interface ValidateOptions {
  readonly devices: readonly CalypteDevice[];
  readonly batches: readonly number[];
  /** Processor seconds of samples per strategy. */
  readonly seconds: number;
  readonly seed: number;
}

export async function validateOn(fixture: Fixture, options: ValidateOptions): Promise<readonly Verdict[]> {
  const verdicts: Verdict[] = [];
  const base = fixtureInputs(fixture, fixture.sets[0]!);
  for (const batch of options.batches) {
    const inputs = rowBatches(base, batch, options.seed);
    for (const on of options.devices) {
      const entrants: { readonly strategy: string; readonly prepared: Prepared }[] = [];
      const refused: string[] = [];
      for (const { name } of strategies) {
        const prepared = await calypteEngine(on, name).prepare(fixture.model, batch);
        if ("refused" in prepared) refused.push(name);
        else entrants.push({ strategy: name, prepared });
      }
      const timings = await timeInterleaved(
        entrants.map(({ strategy, prepared }) => ({
          name: strategy,
          run: (turn) => prepared.run(inputs[turn % inputs.length]!),
        })),
        { seconds: options.seconds, leastSamples: 3, mostSamples: 25, hopeless: 4 },
      );
      const seconds = Object.fromEntries(entrants.map(({ strategy }, i) => [strategy, median(timings[i]!.cpu)]));
      const auto = entrants.find(({ prepared }) => prepared.auto === true)?.strategy;
      for (const { prepared } of entrants) await prepared.dispose();
      if (auto === undefined) throw new Error(`${fixture.name}: auto takes several strategies, or there is no forest`);
      const ratio = seconds[auto]! / Math.min(...Object.values(seconds));
      verdicts.push({ fixture: fixture.name, device: deviceName(on), batch, auto, seconds, refused, ratio });
    }
  }
  return verdicts;
}

/** Forests for which auto keeps the promise on every device and at every batch of `batches`. */
export function forestsWithin(verdicts: readonly Verdict[], batches: readonly number[]): readonly string[] {
  const names = [...new Set(verdicts.map((v) => v.fixture))];
  return names.filter((name) =>
    verdicts.every((v) => v.fixture !== name || !batches.includes(v.batch) || v.ratio <= promisedRatio),
  );
}

/** One line per forest, device and batch: the times of the strategies, auto's marked, and its ratio to the best. */
export function verdictLines(verdicts: readonly Verdict[]): string[] {
  const names = [...new Set(verdicts.flatMap((v) => Object.keys(v.seconds)))].sort();
  const rows = verdicts.map((v) => [
    v.fixture,
    v.device,
    String(v.batch),
    ...names.map((name) => {
      const seconds = v.seconds[name];
      if (seconds === undefined) return v.refused.includes(name) ? "refuses " : "";
      return `${formatSeconds(seconds)}${name === v.auto ? "*" : " "}`;
    }),
    `${v.ratio.toFixed(2)}${v.ratio > promisedRatio ? "!" : " "}`,
  ]);
  const short = (name: string) =>
    ({ "perfect-tree-traversal": "perfect", "tree-traversal": "traversal" })[name] ?? name;
  return tableLines(
    [
      { title: "forest", align: "left" },
      { title: "device", align: "left" },
      { title: "rows", align: "right" },
      ...names.map((name) => ({ title: `${short(name)} `, align: "right" as const })),
      { title: "auto/best", align: "right" },
    ],
    rows,
  );
}
