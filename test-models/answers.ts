/**
 * The suite that every backend passes: each fixture under each strategy, against the trainer's answers on the trainer's rows and
 * the file's own answers on rows at thresholds, beside them, and with special values.
 */

import { afterAll, describe, expect, test } from "vitest";
import { compile } from "../src/compile.js";
import { OptionError, UnsupportedError } from "../src/errors.js";
import type { Tensor } from "../src/ir/tensor.js";
import { load } from "../src/load.js";
import type { Scorer } from "../src/scorer.js";
import type { Verb } from "../src/verbs.js";
import { strategies } from "../strategies/index.js";
import { compareLabels, compareNumbers, partitionsDiffer, rtol, toleranceFor } from "./compare.js";
import { coveredTargets, outcomeOf, recordedOutcome, refusedOutcome } from "./coverage.js";
import { type Fixture, type FixtureSet, fixtureInputs, fixtureNames, loadFixture } from "./fixtures.js";
import { pick, representable } from "./rows.js";

export interface SuiteOptions {
  readonly backend: "reference" | "tfjs" | "wasm";
  readonly device?: string;
  /** Fixtures to try; all by default. */
  readonly fixtures?: readonly string[];
  /** Strategies for fixtures with trees; all by default. */
  readonly strategies?: readonly string[];
}

const verbOf: Readonly<Record<string, Verb>> = {
  predict: "predict",
  predictProba: "predictProba",
  decisionFunction: "decisionFunction",
  scoreSamples: "scoreSamples",
  transform: "transform",
};

async function checkSet(fixture: Fixture, set: FixtureSet, scorer: Scorer, device: boolean): Promise<void> {
  const all = fixtureInputs(fixture, set);
  const rows = representable(all, set.rows, !device);
  const inputs = Object.fromEntries([...all].map(([name, t]) => [name, pick(t, rows, set.rows)]));
  const relative = device ? rtol.tfjs : rtol[fixture.sums];
  const answer = (key: string) => pick(fixture.answer(key), rows, set.rows);
  const place = `${fixture.name}/${set.name}`;
  const got = await scorer.run(inputs);

  const scores = fixture.outputs.find((o) => o.role !== "label" && o.role !== "values");
  const fileScores = scores === undefined ? undefined : answer(set.file[scores.name] ?? "");
  for (const output of fixture.outputs) {
    const key = set.file[output.name];
    const value = got[output.name];
    if (key === undefined || value === undefined) throw new Error(`${place}: no answer for output ${output.name}`);
    if (output.role === "label") {
      expect(compareLabels(value, answer(key), fileScores, relative).wrong, `${place} labels`).toEqual([]);
    } else {
      const difference = compareNumbers(value, answer(key), toleranceFor(fixture, output.role, relative));
      expect(difference.first, `${place} ${output.name}, ${difference.wrong} wrong`).toBeUndefined();
    }
  }
  const single = Object.keys(inputs).length === 1 ? Object.values(inputs)[0] : inputs;
  if (set.leaves !== undefined) {
    const leaves = await scorer.leafIndices(single);
    const want = answer(set.leaves);
    expect(leaves.shape, `${place} leaves`).toEqual(want.shape);
    expect(Buffer.compare(bytes(leaves.data), bytes(Int32Array.from(want.data as Int32Array))), `${place} leaves`).toBe(
      0,
    );
    const theirs = set.trainer?.["leaves"];
    if (theirs !== undefined && fixture.trainerDiffers === null) {
      const trees = partitionsDiffer(leaves, answer(theirs));
      const noted = leavesDiffering(fixture);
      expect(trees.length, `${place} trees ${trees} with other leaves than the trainer's`).toBeLessThanOrEqual(noted);
    }
  }
  if (fixture.trainerDiffers !== null) return;
  for (const [name, key] of Object.entries(set.trainer ?? {})) {
    const verb = verbOf[name];
    if (verb === undefined) continue;
    await checkVerb(fixture, place, scorer, verb, single, answer(key), fileScores, relative);
  }
}

/** How many leaves the recipe saw the file reach that are not the trainer's (exporters round thresholds). */
const leavesDiffering = (fixture: Fixture): number =>
  Number(/^(\d+) of \d+ leaves/.exec(fixture.notes ?? "")?.[1] ?? 0);

async function checkVerb(
  fixture: Fixture,
  place: string,
  scorer: Scorer,
  verb: Verb,
  X: unknown,
  want: Tensor,
  scores: Tensor | undefined,
  relative: number,
): Promise<void> {
  // A file need not export everything that the trainer can answer (decision_function beside probabilities).
  if (verb !== "predict" && !scorer.outputs.some((o) => o.role === roleOf[verb])) return;
  const got = await scorer[verb](X);
  if (scorer.classes !== undefined && verb === "predict") {
    expect(compareLabels(got, want, scores, relative).wrong, `${place} ${verb} against the trainer`).toEqual([]);
    return;
  }
  const tolerance = toleranceFor(fixture, verb, Math.max(relative, rtol.float32));
  const difference = compareNumbers(got, want, tolerance);
  // A row that reaches another leaf than the trainer's has other scores, in each of its columns.
  if (difference.wrong <= leavesDiffering(fixture) * (want.shape[1] ?? 1)) return;
  expect(difference.first, `${place} ${verb} against the trainer, ${difference.wrong} wrong`).toBeUndefined();
}

const roleOf: Readonly<Record<string, string>> = {
  predictProba: "probabilities",
  decisionFunction: "decision",
  scoreSamples: "scoreSamples",
  transform: "values",
};

const bytes = (data: unknown): Uint8Array => {
  if (!ArrayBuffer.isView(data)) throw new Error("expected a typed array");
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
};

/** docs/coverage.md tells the truth: what is refused, or runs on the host, is what coverage.json says. */
function checkOutcome(fixture: string, { backend, device }: SuiteOptions, outcome: string | undefined): void {
  const target = coveredTargets.find(({ name }) => name === (device === undefined ? backend : `${backend} ${device}`));
  if (target === undefined) return;
  const stale = `${fixture} on ${target.name}: test-models/coverage.json is stale; run npx tsx scripts/coverage-record.ts`;
  expect.soft(outcome, stale).toBe(recordedOutcome(`onnx/${fixture}`, target.name));
}

/** Registers the suite for one backend and device. */
export function describeAnswers(options: SuiteOptions): void {
  const { backend } = options;
  const on = options.device === undefined ? {} : { device: options.device };
  const device = backend === "tfjs";
  const taken = new Map<string, number>();
  const refused: string[] = [];
  describe.each(options.fixtures ?? fixtureNames())(`${options.backend} ${options.device ?? ""} %s`, (name) => {
    const fixture = loadFixture(name);
    const names = fixture.stats.trees > 0 ? (options.strategies ?? strategies.map((s) => s.name)) : ["auto"];
    test.each(names)("%s", async (strategy) => {
      const model = await load(fixture.model);
      let scorer: Scorer;
      try {
        scorer = await compile(model, { backend, ...on, strategy, batchHint: 100 });
      } catch (error) {
        // A strategy may refuse a forest, with its reason; tree-traversal never does.
        if (error instanceof OptionError && error.option === "strategy" && strategy !== "tree-traversal") return;
        // TF.js has no operators for some things; it says which. Everything runs on wasm and reference.
        if (device && error instanceof UnsupportedError) {
          checkOutcome(name, options, refusedOutcome(error));
          refused.push(`${name}: ${error.message}`);
          return;
        }
        throw error;
      }
      checkOutcome(name, options, outcomeOf(scorer.plan.notes));
      taken.set(strategy, (taken.get(strategy) ?? 0) + 1);
      try {
        for (const set of fixture.sets) await checkSet(fixture, set, scorer, device);
        await checkSmallBatches(fixture, scorer);
      } finally {
        scorer.dispose();
      }
    });
  });
  afterAll(() => {
    const counts = [...taken].map(([strategy, count]) => `${strategy} ${count}`).join(", ");
    console.log(`${options.backend} ${options.device ?? ""}: fixtures per strategy: ${counts}`);
    for (const line of new Set(refused)) console.log(`${options.backend} refuses ${line}`);
  });
}

/** Empty batches have the right shapes; one row alone gets the answer it has among others. */
async function checkSmallBatches(fixture: Fixture, scorer: Scorer): Promise<void> {
  const set = fixture.sets[0]!;
  const all = fixtureInputs(fixture, set);
  const batch = (rows: readonly number[]) => Object.fromEntries([...all].map(([n, t]) => [n, pick(t, rows, set.rows)]));
  const empty = await scorer.run(batch([]));
  for (const output of scorer.outputs) {
    // An unknown dimension depends on the data.
    const shape = output.shape.map((d, i) =>
      typeof d === "object" ? 0 : d === "?" ? empty[output.name]?.shape[i] : d,
    );
    expect(empty[output.name]?.shape, `${fixture.name} ${output.name} of an empty batch`).toEqual(shape);
  }
  const one = await scorer.run(batch([1]));
  const two = await scorer.run(batch([0, 1]));
  for (const output of scorer.outputs) {
    const [alone, among] = [one[output.name]!, two[output.name]!];
    const axis = output.shape.findIndex((d) => typeof d === "object");
    if (axis !== -1) expect(alone.shape[axis]).toBe(1);
    if (axis !== 0) continue;
    const tail = Array.from(among.data as ArrayLike<number>).slice(alone.data.length);
    if (output.role === "label") expect(Array.from(alone.data as ArrayLike<number>)).toEqual(tail);
    else {
      for (const [i, v] of tail.entries()) {
        const got = Number(alone.data[i]);
        if (!Object.is(got, v))
          expect(Math.abs(got - v)).toBeLessThanOrEqual(1e-5 * Math.max(Math.abs(v), fixture.scale));
      }
    }
  }
}
