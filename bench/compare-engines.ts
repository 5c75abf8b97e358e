/**
 * The comparison: every engine on every fixture and batch size. Before an engine is timed its answers on all rows of the
 * first batch must be onnxruntime's, within the tolerance of the tests; then the engines take turns.
 */

import type { Tensor } from "../src/ir/tensor.js";
import { type Summary, summarize } from "../src/timing/statistics.js";
import { type Clock, type Timing, timeInterleaved } from "../src/timing/time-interleaved.js";
import { compareLabels, compareNumbers, rtol, toleranceFor } from "../test-models/compare.js";
import { type Fixture, fixtureInputs } from "../test-models/fixtures.js";
import type { Engine, Output, Prepared } from "./engines/engine.js";
import { onnxruntimeNode } from "./engines/onnxruntime-node.js";
import { answersInDoubles } from "./in-doubles.js";
import { rowBatches } from "./rows.js";

export interface Cell {
  readonly fixture: string;
  readonly batch: number;
  readonly engine: string;
  /** Where there is no time: why. */
  readonly skipped?: string;
  /** True where calypte's `auto` takes this strategy. */
  readonly auto?: boolean;
  readonly nsPerRow?: Summary;
  readonly nsPerTreeRow?: number;
  /** Median time ÷ that of onnxruntime-node in the same rounds. */
  readonly ratio?: number;
  readonly timing?: Timing;
}

export interface CompareOptions {
  readonly engines: readonly Engine[];
  readonly batches: readonly number[];
  /** Processor seconds of samples per cell. */
  readonly seconds: number;
  readonly seed: number;
  readonly clock: Clock;
  /** Seconds: an engine whose next batch would take longer for one call, by the time a row of the last, is left out of it. Default: 1. */
  readonly longestCall?: number;
}

/** Of `CompareOptions.longestCall`. */
const usualLongestCall = 1;

interface Entrant {
  readonly engine: Engine;
  readonly prepared: Prepared;
}

/** Cells of one fixture, by batch and engine. Throws where an engine's answers are wrong. */
export async function compareOn(
  fixture: Fixture,
  options: CompareOptions,
  log: (line: string) => void,
): Promise<readonly Cell[]> {
  const cells: Cell[] = [];
  const perRow = new Map<string, number>();
  const base = fixtureInputs(fixture, fixture.sets[0]!);
  for (const batch of [...options.batches].sort((a, b) => a - b)) {
    log(`${fixture.name}, ${batch} rows`);
    const inputs = rowBatches(base, batch, options.seed);
    const yardstick = await mustPrepare(onnxruntimeNode, fixture, batch);
    const expected = await yardstick.run(inputs[0]!);
    const entrants: Entrant[] = [];
    for (const engine of options.engines) {
      const skip = (skipped: string) => cells.push({ fixture: fixture.name, batch, engine: engine.name, skipped });
      const expectedSeconds = (perRow.get(engine.name) ?? 0) * batch;
      if (expectedSeconds > (options.longestCall ?? usualLongestCall)) {
        skip(`one call would take about ${expectedSeconds.toPrecision(2)} s`);
        continue;
      }
      const prepared = await engine.prepare(fixture.model, batch);
      if ("refused" in prepared) {
        skip(prepared.refused);
        continue;
      }
      const got = await prepared.run(inputs[0]!);
      const disagreement = disagreementOn(fixture, engine, got, expected);
      if (disagreement !== undefined && !(await bothAsGood(fixture, inputs[0]!, got, expected))) {
        throw new Error(disagreement);
      }
      entrants.push({ engine, prepared });
    }
    const timings = await timeInterleaved(
      entrants.map(({ engine, prepared }) => ({
        name: engine.name,
        run: (turn) => prepared.run(inputs[turn % inputs.length]!),
      })),
      { seconds: options.seconds, leastSamples: 3, mostSamples: 50 },
    );
    const unit = entrants.findIndex(({ engine }) => engine.name === onnxruntimeNode.name);
    const medianOf = (i: number) => summarize(timings[i]![options.clock]).median;
    for (const [i, { engine, prepared }] of entrants.entries()) {
      const nsPerRow = summarize(timings[i]![options.clock].map((s) => (s * 1e9) / batch));
      perRow.set(engine.name, nsPerRow.median / 1e9);
      cells.push({
        fixture: fixture.name,
        batch,
        engine: engine.name,
        ...(prepared.auto === undefined ? {} : { auto: prepared.auto }),
        nsPerRow,
        nsPerTreeRow: nsPerRow.median / Math.max(1, fixture.stats.trees),
        ...(unit === -1 ? {} : { ratio: medianOf(i) / medianOf(unit) }),
        timing: timings[i]!,
      });
      await prepared.dispose();
    }
    await yardstick.dispose();
  }
  return cells;
}

async function mustPrepare(engine: Engine, fixture: Fixture, batch: number): Promise<Prepared> {
  const prepared = await engine.prepare(fixture.model, batch);
  if ("refused" in prepared) throw new Error(`${engine.name} cannot run ${fixture.name}: ${prepared.refused}`);
  return prepared;
}

/**
 * Whether two float32 answers that differ are both what the file's graph is worth in float32: where the graph is computed in float64,
 * the engine's numbers are no further from that, by the usual tolerance, than twice the worst of onnxruntime-node's.
 */
async function bothAsGood(
  fixture: Fixture,
  inputs: ReadonlyMap<string, Tensor>,
  got: ReadonlyMap<string, Output>,
  expected: ReadonlyMap<string, Output>,
): Promise<boolean> {
  if (fixture.sums !== "float32" || fixture.stats.trees > 0) return false;
  const exact = await answersInDoubles(fixture.model, inputs);
  const shared = fixture.outputs.filter(({ name }) => got.has(name) && expected.has(name));
  if (shared.length === 0) return false;
  return shared.every(({ name, role }) => {
    const [mine, theirs, right] = [got.get(name), expected.get(name), exact.get(name)];
    if (mine === undefined || theirs === undefined || right === undefined) return false;
    const tolerance = toleranceFor(fixture, role, rtol.float32);
    if (role === "label") return compareLabels(mine, theirs as Tensor, undefined, 0).wrong.length === 0;
    return compareNumbers(mine, right, tolerance).worst <= 1 + 2 * compareNumbers(theirs, right, tolerance).worst;
  });
}

/** The first answer that is not the expected one, in words; undefined where there is none. Outputs that either engine lacks are passed over. */
export function disagreementOn(
  fixture: Fixture,
  engine: Engine,
  got: ReadonlyMap<string, Output>,
  expected: ReadonlyMap<string, Output>,
): string | undefined {
  const relative = engine.name.startsWith("tfjs") ? rtol.tfjs : rtol[fixture.sums];
  const scoresName = fixture.outputs.find((o) => o.role !== "label")?.name ?? "";
  let compared = 0;
  for (const { name, role } of fixture.outputs) {
    const [mine, theirs] = [got.get(name), expected.get(name)];
    if (mine === undefined || theirs === undefined) continue;
    compared++;
    const want = theirs as Tensor;
    const place = `${fixture.name}: ${engine.name} and onnxruntime-node disagree on ${name}`;
    if (role === "label") {
      const scores = (expected.get(scoresName) ?? got.get(scoresName)) as Tensor | undefined;
      const { wrong } = compareLabels(mine, want, scores, relative);
      if (wrong.length > 0) return `${place} in ${wrong.length} rows, first row ${wrong[0]}`;
    } else {
      const { first, wrong } = compareNumbers(mine, want, toleranceFor(fixture, role, relative));
      if (first !== undefined) return `${place} in ${wrong} elements; ${first}`;
    }
  }
  return compared === 0 ? `${fixture.name}: ${engine.name} gave no output that onnxruntime-node gives` : undefined;
}
