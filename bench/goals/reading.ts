/**
 * `npm run bench -- reading [MODEL…]`: the time to read a model of about 100 MB against its trainer's, fresh processes in turns with
 * one thread each, processor time; then to a compiled scorer and a first row, since CatBoost and calypte put off some of the work; and
 * the memory that reading takes. Exit code 1 where a limit is passed. Models: bench/python/train_large.py.
 */

import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { median } from "../../src/timing/statistics.js";
import { circumstances, circumstancesLine, resultPath, writeReport } from "../results.js";
import { formatRatio, tableLines, threeDigits } from "../table.js";
import { buildCalypte, builtFolder } from "./built-calypte.js";
import { modelsFolder } from "./models.js";

interface LargeModel {
  readonly name: string;
  readonly kind: "lightgbm" | "xgboost" | "catboost";
  readonly file: string;
  readonly bytes: number;
  readonly version: string;
}

interface Times {
  readonly cpu: number;
  readonly wall: number;
}

/** Seconds until the model is read, compiled, and has scored a row; bytes of memory over the imported library. */
interface Reading {
  readonly load: Times;
  /** A trainer has no such step. */
  readonly compiled?: Times;
  readonly first: Times;
  readonly grown?: number;
  readonly answer: number;
}

const width = 28;
/** What `compile` takes for the rows of a call where nothing is said. */
const usualBatch = 1000;
/** Of the trainer's time. */
const timeLimit = 2;
const memoryLimit = (bytes: number): number => 64 * 2 ** 20 + 20 * bytes;

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const interpreter = here("../python/.venv/bin/python");

/** `batch`: how many rows a call the model is compiled to be fast for. */
function ours(model: LargeModel, batch: number): Reading {
  const given = [
    here("./processes/read-model.mjs"),
    `${builtFolder}index.js`,
    modelsFolder + model.file,
    String(width),
    String(batch),
  ];
  return JSON.parse(execFileSync(process.execPath, given, { encoding: "utf8" })) as Reading;
}

function theirs(model: LargeModel): Reading {
  const given = [here("../python/load.py"), model.kind, modelsFolder + model.file, String(width)];
  const env = { ...process.env, OMP_NUM_THREADS: "1" };
  return JSON.parse(execFileSync(interpreter, given, { encoding: "utf8", env })) as Reading;
}

export interface ReadingOptions {
  /** Names of models; all of them where empty. */
  readonly names: readonly string[];
  /** Fresh processes of each side. */
  readonly rounds: number;
  readonly json?: string;
}

export async function runReading({ names, rounds, json }: ReadingOptions): Promise<void> {
  const list = `${modelsFolder}reading.json`;
  if (!existsSync(list)) throw new Error(`${list} is missing; run bench/python/train_large.py`);
  const index = JSON.parse(readFileSync(list, "utf8")) as { readonly seed: number; readonly models: LargeModel[] };
  const known = index.models.map((m) => m.name);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) throw new Error(`no large model "${unknown}"; use ${known.join(", ")}`);
  const chosen = index.models.filter((m) => names.length === 0 || names.includes(m.name));
  buildCalypte();
  const before = circumstances(index.seed);
  const cells = chosen.map((model) => {
    const [mine, many, others]: [Reading[], Reading[], Reading[]] = [[], [], []];
    for (let round = 0; round < rounds; round++) {
      mine.push(ours(model, 1));
      others.push(theirs(model));
      many.push(ours(model, usualBatch));
    }
    const middle = (list: readonly Reading[], of: "load" | "compiled" | "first") =>
      median(list.flatMap((r) => r[of]?.cpu ?? []));
    const memory = Math.max(...[...mine, ...many].map((r) => r.grown ?? Number.NaN));
    const load = middle(mine, "load") / middle(others, "load");
    return {
      ...model,
      calypte: {
        load: middle(mine, "load"),
        compiled: middle(mine, "compiled"),
        first: middle(mine, "first"),
        compiledForMany: middle(many, "compiled"),
      },
      trainer: { load: middle(others, "load"), first: middle(others, "first") },
      load,
      first: middle(mine, "first") / middle(others, "first"),
      memory,
      kept: load <= timeLimit && memory <= memoryLimit(model.bytes),
      readings: { mine, many, others },
    };
  });
  const titles = [
    "model",
    "MB",
    "load",
    "trainer",
    "÷",
    "+ compile",
    "+ first row",
    "trainer",
    "÷",
    "+ compile, many rows",
    "memory, MB",
    "limit",
    "",
  ];
  const columns = titles.map((title, i) => ({ title, align: i === 0 ? ("left" as const) : ("right" as const) }));
  const rows = cells.map((c) => [
    c.name,
    (c.bytes / 2 ** 20).toFixed(0),
    threeDigits(c.calypte.load),
    threeDigits(c.trainer.load),
    formatRatio(c.load),
    threeDigits(c.calypte.compiled),
    threeDigits(c.calypte.first),
    threeDigits(c.trainer.first),
    formatRatio(c.first),
    threeDigits(c.calypte.compiledForMany),
    (c.memory / 2 ** 20).toFixed(0),
    (memoryLimit(c.bytes) / 2 ** 20).toFixed(0),
    c.kept ? "ok" : "MISS",
  ]);
  const lines = [
    circumstancesLine(before),
    `seconds of processor time since the start of loading, medians of ${rounds} fresh processes each, in turns; compiled for one row,`,
    `and for ${usualBatch}; memory that loading takes, over the imported library`,
    "",
    ...tableLines(columns, rows),
  ];
  console.log(lines.join("\n"));
  // Some of the models do not make the table of all.
  const path = json ?? resultPath(names.length === 0 ? "reading" : `reading-${chosen.map((m) => m.name).join("-")}`);
  writeReport(path, { circumstances: before, loadAfter: circumstances(index.seed).load, rounds, cells }, lines);
  if (cells.some((c) => !c.kept)) process.exitCode = 1;
}
