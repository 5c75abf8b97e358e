/**
 * `npm run bench -- tfjs`: what calypte gives TensorFlow, against Hummingbird's own ways (torch and TorchScript, three strategies), on one
 * thread: the fused operator and the plain graph on tfjs-node, the SavedModel under XLA. Needs tfjs-node (npm run setup:tfjs-node),
 * bench/python/.venv and a Python with TensorFlow.
 */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CalypteError } from "../../src/errors.js";
import { compile, convert, load, type Model, save } from "../../src/index.js";
import { median, type Summary, summarize } from "../../src/timing/statistics.js";
import { type Contender, type Timing, timeInterleaved } from "../../src/timing/time-interleaved.js";
import {
  type Circumstances,
  circumstances,
  circumstancesLine,
  type JoinedRuns,
  joinRuns,
  resultPath,
  writeReport,
} from "../results.js";
import { formatRatio, tableLines, threeDigits } from "../table.js";
import { compareProbabilities } from "./compare-answers.js";
import { type GoalOptions, namedModels } from "./goals.js";
import { batchesOf, type GoalModel, modelBytes, readModels, readPool } from "./models.js";
import { type PythonPeers, startPythonPeers } from "./python-peers.js";
import { geometricMean, ratioOf } from "./ratios.js";
import { type SavedModels, startSavedModels } from "./savedmodels.js";

const dense = ["gemm", "tree-traversal", "perfect-tree-traversal"] as const;
/** Hummingbird answers XGBoost 3's models otherwise: it leaves their base score out. */
const defaultModels = ["lgb100", "rf2-100", "rf7-100", "lgb500", "rf2-500", "rf7-500"] as const;

/** What is to be reached against Hummingbird's fastest way, as geometric means over models and batches. */
const floors = { fused: 4, savedmodel: 1.5, graph: 0.7 } as const;
type Side = keyof typeof floors;
const sides = Object.keys(floors) as Side[];

/** Rows on which answers are compared. */
const comparedRows = 1000;
/** More bytes in one product of gemm are not asked for: there is a machine to share. */
const mostProduct = 2 ** 29;
/**
 * Larger forests are not given to gemm, neither ours nor theirs: of multiplications a row they take ten times as long as by the other
 * strategies, and XLA as long to compile.
 */
const mostMultiplications = 2 ** 22;
/** Tables that double with every level; Hummingbird's own choice ends here, too, and minutes go by before it has made deeper ones. */
const deepestPerfect = 10;

/** Calls before a size is timed: torch takes ten times as long for the first few. What takes long gets fewer. */
const warmCalls = 12;
const fewestWarmCalls = 3;
const warmSeconds = 1;

/** Hummingbird leaves the base score of XGBoost out, which moves all probabilities a little and costs no time. */
const hummingbirdOtherwise = 0.01;

interface Entrant extends Pick<Contender, "name"> {
  readonly side: Side | "hummingbird";
  contender(batch: number): Contender;
  readonly mostRows: number;
}

interface TfjsCell {
  readonly model: string;
  readonly batch: number;
  readonly side: Side | "hummingbird";
  readonly name: string;
  /** Microseconds a row: the median, and what the samples scatter by. */
  readonly perRow: number;
  readonly spread: Summary;
  /** The time of Hummingbird's fastest way ÷ this one's. */
  readonly ratio: number;
}

interface TfjsRun {
  readonly circumstances: Circumstances;
  readonly versions: Readonly<Record<string, string>>;
}

type TfjsResult = JoinedRuns<TfjsRun, TfjsCell>;

export async function runTfjs(options: GoalOptions): Promise<void> {
  // libtensorflow reads it when tfjs-node is loaded.
  process.env["TF_NUM_INTRAOP_THREADS"] = "1";
  process.env["TF_NUM_INTEROP_THREADS"] = "1";
  const index = readModels();
  const models = namedModels(options.names.length > 0 ? options.names : defaultModels, index.models);
  const before = circumstances(index.seed);
  const folder = mkdtempSync(join(tmpdir(), "calypte-bench-"));
  const python = startPythonPeers({ strategies: true });
  const saved = startSavedModels();
  const cells: TfjsCell[] = [];
  const refused: Record<string, string> = {};
  try {
    for (const model of models) {
      const refuse = (name: string, reason: string) => {
        refused[`${model.name}, ${name}`] = reason;
      };
      const { entrants, dispose } = await prepare(model, options, { python, saved, folder, refuse });
      const quick = await quickest(entrants);
      for (const batch of options.batches) {
        const able = quick.filter((e) => batch <= e.mostRows);
        options.log(`${model.name}, ${batch} rows, ${able.map((e) => e.name).join(", ")}`);
        const contenders = able.map((e) => e.contender(batch));
        for (const contender of contenders) await warm(contender);
        const timings = await timeInterleaved(contenders, {
          seconds: options.seconds,
          leastSamples: 3,
          mostSamples: 40,
        });
        cells.push(...cellsOf(model.name, batch, able, timings, options.clock));
      }
      await dispose();
    }
    const versions = { ...(await python.versions()), ...(await saved.versions()) };
    options.log("");
    write({ runs: [{ circumstances: before, versions }], clock: options.clock, cells, refused }, options.json);
  } finally {
    python.stop();
    saved.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Prints and writes what earlier runs measured as one result. */
export function joinTfjs(paths: readonly string[], json?: string): void {
  write(joinRuns(paths), json);
}

function write(result: TfjsResult, json: string | undefined): void {
  const lines = [
    ...result.runs.map(({ circumstances }) => circumstancesLine(circumstances)),
    `${result.clock === "cpu" ? "processor time" : "wall clock"}, one thread; ×: the time of Hummingbird's fastest way ÷ this one's`,
    "",
    ...cellLines(result.cells),
    "",
    ...meanLines(result.cells),
    ...Object.entries(result.refused).map(([place, reason]) => `  – ${place}: ${reason}`),
  ];
  console.log(lines.join("\n"));
  const path = json ?? resultPath("tfjs");
  writeReport(path, result, lines);
}

async function warm(contender: Contender): Promise<void> {
  const start = performance.now();
  for (let turn = 0; turn < warmCalls; turn++) {
    if (turn >= fewestWarmCalls && performance.now() - start > 1e3 * warmSeconds) return;
    await contender.run(turn);
  }
}

/** Of each side those that answer 1,000 rows within twice the time of its fastest: the others would take most of the time. */
async function quickest(entrants: readonly Entrant[]): Promise<readonly Entrant[]> {
  const timed: { readonly entrant: Entrant; readonly seconds: number }[] = [];
  for (const entrant of entrants) {
    const contender = entrant.contender(comparedRows);
    await warm(contender);
    const calls: number[] = [];
    for (let turn = 0; turn < fewestWarmCalls; turn++) {
      const start = performance.now();
      await contender.run(turn);
      calls.push((performance.now() - start) / 1e3);
    }
    timed.push({ entrant, seconds: Math.min(...calls) });
  }
  const fastest = (side: Entrant["side"]) =>
    Math.min(...timed.filter((t) => t.entrant.side === side).map((t) => t.seconds));
  return timed.filter((t) => t.seconds <= 2 * fastest(t.entrant.side)).map((t) => t.entrant);
}

interface Places {
  readonly python: PythonPeers;
  readonly saved: SavedModels;
  readonly folder: string;
  refuse(name: string, reason: string): void;
}

/** All that run the model and give its answers. */
async function prepare(
  goal: GoalModel,
  options: GoalOptions,
  { python, saved, folder, refuse }: Places,
): Promise<{ readonly entrants: readonly Entrant[]; dispose(): Promise<void> }> {
  const model = await load(modelBytes(goal.onnx ?? goal.native));
  const pool = readPool(goal);
  const given = (data: Float32Array | Float64Array) => ({ data, shape: [data.length / pool.width, pool.width] });
  const first = given(pool.data.subarray(0, comparedRows * pool.width));
  const reference = await compile(model, { backend: "wasm" });
  const want = (await reference.predictProba(first)).data as Float32Array;
  const shapes = reference.plan.forests.map(({ shape }) => shape);
  const output = reference.outputs.find((o) => o.role === "probabilities")?.name ?? "";
  reference.dispose();
  const leaves = shapes.reduce((sum, { trees, maxLeaves }) => sum + trees * maxLeaves, 0);
  const multiplications = shapes.reduce((sum, { trees, maxLeaves }) => sum + trees * maxLeaves ** 2, 0);
  const depth = Math.max(...shapes.map((shape) => shape.depth));
  const entrants: Entrant[] = [];
  const scorers: { dispose(): void }[] = [];
  /** Whether the forest is too large for this strategy in either's way of it, which is said. */
  const tooLarge = (name: string): boolean => {
    const strategy = name.split(" ").at(-1) ?? "";
    const gemm = strategy === "gemm" && multiplications > mostMultiplications;
    const perfect = strategy.startsWith("perf") && depth > deepestPerfect;
    if (gemm) refuse(name, `would multiply ${multiplications} times a row`);
    if (perfect) refuse(name, `would make tables of 2^${depth} nodes a tree`);
    return gemm || perfect;
  };
  /** The most rows whose products fit. */
  const mostRowsOf = (name: string) =>
    name.endsWith(" gemm") ? Math.floor(mostProduct / (4 * leaves)) : Number.POSITIVE_INFINITY;
  /** `otherwise`: by how much a way may be off and be timed all the same, which is said. */
  const agrees = (name: string, got: ArrayLike<number>, otherwise = 0): boolean => {
    const { wrong, largest } = compareProbabilities(got, want, comparedRows, 1e-4);
    if (wrong <= 0.001 * comparedRows) return true;
    const timed = largest <= otherwise;
    refuse(
      name,
      `answers ${wrong} of ${comparedRows} rows otherwise, by ${largest.toPrecision(2)}${timed ? "; timed all the same" : ""}`,
    );
    return timed;
  };

  const onTfjsNode = async (side: Side, strategy: string): Promise<void> => {
    const name = side === "fused" ? side : `${side} ${strategy}`;
    if (tooLarge(name)) return;
    options.log(`${goal.name}: preparing ${name}`);
    try {
      const on = { backend: "tfjs", device: "tensorflow", fused: side === "fused" } as const;
      const scorer = await compile(model, { ...on, strategy, batchHint: Math.max(...options.batches) });
      scorers.push(scorer);
      if (!agrees(name, scorer.predictProbaSync(first).data as Float32Array)) return;
      const contender = (batch: number): Contender => {
        const batches = batchesOf(pool, batch);
        return {
          name,
          run: async (turn) => scorer.predictProbaSync(given(batches[turn % batches.length] ?? pool.data)),
        };
      };
      entrants.push({ side, name, contender, mostRows: Number.POSITIVE_INFINITY });
    } catch (error) {
      if (!(error instanceof CalypteError)) throw error;
      refuse(name, error.message);
    }
  };
  await onTfjsNode("fused", "auto");
  for (const strategy of dense) await onTfjsNode("graph", strategy);

  for (const strategy of dense) {
    const name = `savedmodel ${strategy}`;
    if (tooLarge(name)) continue;
    const mostRows = mostRowsOf(name);
    options.log(`${goal.name}: preparing ${name}`);
    const reason = await writeAndPrepare(model, strategy, output, join(folder, `${goal.name}-${strategy}`), (path) =>
      saved.prepare(name, path, output, goal, [comparedRows]),
    );
    if (reason !== undefined) refuse(name, reason);
    else if (agrees(name, await saved.answers(name, comparedRows))) {
      entrants.push({ side: "savedmodel", name, contender: (batch) => saved.contender(name, batch), mostRows });
    }
  }

  for (const name of await python.peersOf(goal)) {
    if (!name.startsWith("Hummingbird") || tooLarge(name)) continue;
    options.log(`${goal.name}: preparing ${name}`);
    const mostRows = mostRowsOf(name);
    const reason = await python.prepare(goal, name);
    if (reason !== undefined) refuse(name, reason);
    else if (agrees(name, await python.answers(name, comparedRows), hummingbirdOtherwise)) {
      entrants.push({ side: "hummingbird", name, contender: (batch) => python.contender(name, batch), mostRows });
    }
  }
  return {
    entrants,
    async dispose() {
      for (const scorer of scorers) scorer.dispose();
      await python.release();
      await saved.release();
    },
  };
}

/** Why there is no SavedModel of that strategy, or it does not run. */
async function writeAndPrepare(
  model: Model,
  strategy: string,
  output: string,
  path: string,
  prepareAt: (path: string) => Promise<string | undefined>,
): Promise<string | undefined> {
  try {
    await save(await convert(model, { target: "savedmodel", strategy, outputs: [output] }), path);
  } catch (error) {
    if (error instanceof CalypteError) return error.message;
    throw error;
  }
  return prepareAt(path);
}

function cellsOf(
  model: string,
  batch: number,
  entrants: readonly Entrant[],
  timings: readonly Timing[],
  clock: GoalOptions["clock"],
): TfjsCell[] {
  const timed = entrants.map((entrant, i) => ({ entrant, timing: timings[i]! }));
  const theirs = timed
    .filter(({ entrant }) => entrant.side === "hummingbird")
    .sort((a, b) => median(a.timing[clock]) - median(b.timing[clock]))[0];
  return timed.map(({ entrant, timing }) => ({
    model,
    batch,
    side: entrant.side,
    name: entrant.name,
    perRow: (median(timing[clock]) * 1e6) / batch,
    ratio: theirs === undefined ? Number.NaN : ratioOf(theirs.timing, timing, clock).median,
    spread: summarize(timing[clock].map((seconds) => (seconds * 1e6) / batch)),
  }));
}

const best = (cells: readonly TfjsCell[], side: TfjsCell["side"]): TfjsCell | undefined =>
  cells.filter((c) => c.side === side).sort((a, b) => a.perRow - b.perRow)[0];

/** By model and batch. */
function groups(cells: readonly TfjsCell[]): readonly (readonly TfjsCell[])[] {
  const found = new Map<string, TfjsCell[]>();
  for (const cell of cells) {
    const key = `${cell.model} ${cell.batch}`;
    found.set(key, [...(found.get(key) ?? []), cell]);
  }
  return [...found.values()];
}

function cellLines(cells: readonly TfjsCell[]): readonly string[] {
  const columns = [
    { title: "model", align: "left" },
    { title: "rows", align: "right" },
    { title: "by", align: "left" },
    { title: "µs/row", align: "right" },
    { title: "×", align: "right" },
  ] as const;
  const rows = groups(cells).flatMap((own) =>
    [...own]
      .sort((a, b) => a.perRow - b.perRow)
      .map((c) => [c.model, String(c.batch), c.name, threeDigits(c.perRow), formatRatio(c.ratio)]),
  );
  return tableLines(columns, rows);
}

function meanLines(cells: readonly TfjsCell[]): readonly string[] {
  return sides.map((side) => {
    const ratios = groups(cells).flatMap((own) => best(own, side)?.ratio ?? []);
    const mean = geometricMean(ratios.filter((r) => !Number.isNaN(r)));
    return `${side}, the fastest form of it: geometric mean of ${ratios.length} cells ${formatRatio(mean)}, floor ${formatRatio(floors[side])}: ${mean >= floors[side] ? "reached" : "missed"}`;
  });
}
