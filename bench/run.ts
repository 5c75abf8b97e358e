/**
 * The benchmark harness: `npm run bench -- [FIXTURE…] [options]` compares engines, `npm run bench -- calibrate` fits the cost
 * model, `npm run bench -- validate` checks the automatic choice of strategies. Tables go to stdout, progress to stderr,
 * everything measured to bench/results/.
 */

import { parseArgs } from "node:util";
import type { Clock } from "../src/timing/time-interleaved.js";
import { costCoefficients } from "../strategies/generated/costs.js";
import { fixtureNames, loadFixture } from "../test-models/fixtures.js";
import { runAgree } from "./agree.js";
import {
  type Calibration,
  costsSource,
  fitCosts,
  measureCosts,
  readCalibration,
  saveCalibration,
  writeCosts,
} from "./calibrate.js";
import { type Cell, compareOn } from "./compare-engines.js";
import { calypteDevices, deviceName } from "./engines/calypte.js";
import type { Engine } from "./engines/engine.js";
import { defaultEngines, enginesNamed } from "./engines/index.js";
import { comparisonLines } from "./report.js";
import { circumstances, circumstancesLine, resultPath, writeReport, writeResult } from "./results.js";
import { forestsWithin, promisedRatio, type Verdict, validateOn, verdictLines } from "./validate.js";

const usage = `Usage: npm run bench -- [FIXTURE…] [options]      engines against onnxruntime-node
       npm run bench -- calibrate [options]        fit and write the cost model
       npm run bench -- validate [FIXTURE…]        auto's choice against the best strategy
       npm run bench -- goals [MODEL…] [--python]  the performance table, on the models of bench/python/train.py
       npm run bench -- grid [MODEL…] [--python]   the grid of the Hummingbird paper, on the models of bench/python/train_grid.py
       npm run bench -- tfjs [MODEL…]              tfjs-node and SavedModels against Hummingbird
       npm run bench -- families [FAMILY…]         scalers, encoders, linear, SVM, KNN, …: a row for each fixture
       npm run bench -- cold                       cold start and memory of fresh processes (after npm run build)
       npm run bench -- reading [MODEL…]           reading files of 100 MB, on the models of bench/python/train_large.py
       npm run bench -- memory                     memory of the largest forest, of many scorers, of many rows
       npm run bench -- agree A.json B.json        how far two runs of one command are apart
       npm run bench -- threads                    two threads against one
       npm run bench -- throughput [FIXTURE…]      calypte's backends and onnxruntime from one row to 100,000, for the chart
       npm run bench -- crossover                  the fastest strategy by depth of the trees and rows of a call
       npm run bench -- charts [RESULTS.json…]     docs/charts/*.svg from the newest runs of the two, or from the files named

  --engines A,B     names or their first parts: ${enginesOf().join(", ")}
  --batches 1,100   rows per call
  --seconds S       processor seconds of samples per cell
  --clock C         wall (default), or cpu: this process's processor time, for a busy machine
  --forests N       calibrate: synthetic forests
  --limit S         calibrate, crossover: seconds per device
  --from FILE       calibrate: fit what an earlier calibration measured; tfjs, grid: print what earlier runs measured, joined
  --seed N          of rows and synthetic forests
  --rounds N        reading: fresh processes of each side, 3 by default
  --python          goals, grid: against the peers in Python, instead of onnxruntime-node
  --json FILE       where the results go; bench/results/<date>-<name>.json by default`;

function enginesOf(): readonly string[] {
  return [...new Set(defaultEngines.map((e) => e.name.split("/")[0]!))];
}

/** Forests of a few kinds and sizes. */
const defaultFixtures = [
  "iris-tree",
  "cancer-forest",
  "digits-forest",
  "lightgbm-binary",
  "lightgbm-regression",
  "xgboost-regression",
  "deep-regressor",
] as const;

const progress = (line: string): void => {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[2K${line}`);
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    engines: { type: "string" },
    batches: { type: "string" },
    seconds: { type: "string" },
    clock: { type: "string", default: "wall" },
    forests: { type: "string", default: "60" },
    limit: { type: "string", default: "540" },
    from: { type: "string", multiple: true },
    seed: { type: "string", default: "1" },
    rounds: { type: "string", default: "3" },
    json: { type: "string" },
    python: { type: "boolean", default: false },
    help: { type: "boolean", short: "h" },
  },
});

function positive(name: string, text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new Error(`--${name} needs a positive number, got "${text}"`);
  return value;
}

const list = (text: string | undefined): readonly string[] | undefined =>
  text?.split(",").filter((part) => part !== "");
const batchesOr = (otherwise: readonly number[]): readonly number[] =>
  list(values.batches)?.map((b) => positive("batches", b)) ?? otherwise;
const secondsOr = (otherwise: number): number =>
  values.seconds === undefined ? otherwise : positive("seconds", values.seconds);
const seed = positive("seed", values.seed);

function clockOf(text: string): Clock {
  if (text === "wall" || text === "cpu") return text;
  throw new Error(`--clock is wall or cpu, got "${text}"`);
}

function compare(names: readonly string[]): Promise<void> {
  const wanted = list(values.engines);
  const engines = wanted === undefined ? defaultEngines : enginesNamed(["onnxruntime-node", ...wanted]);
  return compareEngines(names.length > 0 ? names : defaultFixtures, engines, "engines");
}

/** calypte as it chooses on each backend, against onnxruntime. */
function throughput(names: readonly string[]): Promise<void> {
  const wanted = list(values.engines) ?? ["wasm/auto", "reference/auto", "tfjs-wasm/auto", "tfjs-cpu/auto"];
  return compareEngines(
    names.length > 0 ? names : ["lightgbm-binary", "xgboost-regression", "digits-forest"],
    enginesNamed(["onnxruntime-node", "onnxruntime-web", ...wanted]),
    "throughput",
  );
}

async function compareEngines(names: readonly string[], engines: readonly Engine[], result: string): Promise<void> {
  const clock = clockOf(values.clock);
  const options = {
    engines,
    batches: batchesOr([1, 10, 100, 1000, 10_000, 100_000]),
    seconds: secondsOr(0.1),
    seed,
    clock,
  };
  const before = circumstances(seed);
  console.log(circumstancesLine(before));
  console.log(`${clock === "wall" ? "wall clock" : "processor time"}, medians; * what auto takes\n`);
  const cells: Cell[] = [];
  for (const name of names) {
    const fixture = loadFixture(name);
    const own = await compareOn(fixture, options, progress);
    progress("");
    cells.push(...own);
    console.log(comparisonLines(fixture, own).join("\n"));
  }
  const path = values.json ?? resultPath(result);
  writeResult(path, { circumstances: before, loadAfter: circumstances(seed).load, clock, cells });
  console.log(`answers of all engines agree; raw samples in ${path}`);
}

async function calibrate(): Promise<void> {
  let calibration: Calibration;
  if (values.from !== undefined) {
    const parts = values.from.map(readCalibration);
    calibration = { circumstances: parts[0]!.circumstances, runs: parts.flatMap((part) => part.runs) };
  } else {
    const devices = list(values.engines);
    calibration = await measureCosts(
      {
        ...(devices === undefined ? {} : { devices }),
        forests: positive("forests", values.forests),
        seed,
        seconds: secondsOr(0.04),
        limitSeconds: positive("limit", values.limit),
      },
      progress,
    );
    progress("");
    console.log(`measured: ${saveCalibration(calibration, "calibration")}`);
  }
  const fits = await fitCosts(calibration);
  for (const fit of fits) {
    const [low, middle, high] = fit.ratios;
    console.log(
      `${deviceName(fit.device)}: ${fit.runs} runs; estimate ÷ measured ${low} … ${middle} … ${high} (quartiles)`,
    );
  }
  writeCosts(costsSource(costCoefficients, fits, calibration.circumstances));
  console.log("wrote strategies/generated/costs.ts");
}

async function validate(names: readonly string[]): Promise<void> {
  const wanted = list(values.engines);
  const devices = calypteDevices.filter((on) => wanted === undefined || wanted.includes(deviceName(on)));
  const batches = batchesOr([1, 100, 1000]);
  const options = { devices, batches, seconds: secondsOr(0.15), seed };
  const forests = names.length > 0 ? names : fixtureNames().filter((name) => loadFixture(name).stats.trees >= 50);
  const before = circumstances(seed);
  const verdicts: Verdict[] = [];
  for (const [i, name] of forests.entries()) {
    progress(`${name}, ${i + 1} of ${forests.length}`);
    verdicts.push(...(await validateOn(loadFixture(name), options)));
  }
  progress("");
  const within = verdicts.filter((v) => v.ratio <= promisedRatio).length;
  const lines = [
    circumstancesLine(before),
    "processor time per call, medians; * what auto takes",
    "",
    ...verdictLines(verdicts),
    "",
    `auto is within ${promisedRatio} of the best in ${within} of ${verdicts.length} cells, and everywhere on ${forestsWithin(verdicts, batches).length} of ${forests.length} forests`,
    ...batches.map(
      (b) => `  ${b} rows: on ${forestsWithin(verdicts, [b]).length} of ${forests.length} forests on every device`,
    ),
  ];
  console.log(lines.join("\n"));
  const path = values.json ?? resultPath("validation");
  writeReport(path, { circumstances: before, loadAfter: circumstances(seed).load, verdicts }, lines);
}

async function goals(names: readonly string[]): Promise<void> {
  const { runGoals } = await import("./goals/goals.js");
  await runGoals({
    names,
    batches: batchesOr([1, 100, 1000, 10_000]),
    seconds: secondsOr(0.3),
    clock: clockOf(values.clock),
    python: values.python,
    log: progress,
    ...(values.json === undefined ? {} : { json: values.json }),
  });
}

async function tfjs(names: readonly string[]): Promise<void> {
  const { joinTfjs, runTfjs } = await import("./goals/tfjs.js");
  if (values.from !== undefined) return joinTfjs(values.from, values.json);
  await runTfjs({
    names,
    batches: batchesOr([1000, 10_000]),
    seconds: secondsOr(0.3),
    clock: clockOf(values.clock),
    python: true,
    log: progress,
    ...(values.json === undefined ? {} : { json: values.json }),
  });
}

async function grid(names: readonly string[]): Promise<void> {
  const { joinGrid, runGrid } = await import("./goals/grid.js");
  if (values.from !== undefined) return joinGrid(values.from, values.json);
  await runGrid({
    names,
    batches: batchesOr([1, 10_000]),
    seconds: secondsOr(0.2),
    clock: clockOf(values.clock),
    python: values.python,
    log: progress,
    ...(values.json === undefined ? {} : { json: values.json }),
  });
}

async function families(names: readonly string[]): Promise<void> {
  const { runFamilies } = await import("./families.js");
  await runFamilies({
    names,
    batch: batchesOr([1000])[0]!,
    seconds: secondsOr(0.1),
    seed,
    clock: clockOf(values.clock),
    log: progress,
    ...(values.json === undefined ? {} : { json: values.json }),
  });
}

async function reading(names: readonly string[]): Promise<void> {
  const { runReading } = await import("./goals/reading.js");
  await runReading({
    names,
    rounds: positive("rounds", values.rounds),
    ...(values.json === undefined ? {} : { json: values.json }),
  });
}

async function crossover(): Promise<void> {
  const { defaultDepths, runCrossover } = await import("./crossover.js");
  await runCrossover({
    batches: batchesOr([1, 10, 100, 1000, 10_000]),
    depths: defaultDepths,
    seed,
    seconds: secondsOr(0.03),
    clock: clockOf(values.clock),
    limitSeconds: positive("limit", values.limit),
    log: progress,
    ...(values.json === undefined ? {} : { json: values.json }),
  });
}

if (values.help === true) console.log(usage);
else if (positionals[0] === "calibrate") await calibrate();
else if (positionals[0] === "validate") await validate(positionals.slice(1));
else if (positionals[0] === "goals") await goals(positionals.slice(1));
else if (positionals[0] === "agree") process.exitCode = runAgree(positionals.slice(1)) ? 0 : 1;
else if (positionals[0] === "tfjs") await tfjs(positionals.slice(1));
else if (positionals[0] === "grid") await grid(positionals.slice(1));
else if (positionals[0] === "families") await families(positionals.slice(1));
else if (positionals[0] === "throughput") await throughput(positionals.slice(1));
else if (positionals[0] === "crossover") await crossover();
else if (positionals[0] === "charts") (await import("./charts/charts.js")).runCharts(positionals.slice(1));
else if (positionals[0] === "cold") await (await import("./goals/cold.js")).runCold(values.json);
else if (positionals[0] === "threads") await (await import("./goals/threads.js")).runThreads(values.json);
else if (positionals[0] === "reading") await reading(positionals.slice(1));
else if (positionals[0] === "memory") await (await import("./goals/memory.js")).runMemory(values.json);
else await compare(positionals);
