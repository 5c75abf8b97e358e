/**
 * `npm run bench -- reading`: the time to read a model of about 100 MB against its trainer's, fresh processes in turns with one thread
 * each, processor time; then with a first row scored, since CatBoost and calypte put off some of the work; and the memory that reading
 * takes. Exit code 1 where a limit is passed. Models: bench/python/train_large.py.
 */

import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { median } from "../../src/timing/statistics.js";
import { circumstances, circumstancesLine, resultPath, writeResult } from "../results.js";
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

/** Seconds until the model is read, and until it has scored a row; bytes of memory over the imported library. */
interface Reading {
  readonly load: Times;
  readonly first: Times;
  readonly grown?: number;
  readonly answer: number;
}

const rounds = 5;
const width = 28;
/** Of the trainer's time. */
const timeLimit = 2;
const memoryLimit = (bytes: number): number => 64 * 2 ** 20 + 20 * bytes;

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const interpreter = here("../python/.venv/bin/python");

function ours(model: LargeModel): Reading {
  const given = [
    here("./processes/read-model.mjs"),
    `${builtFolder}index.js`,
    modelsFolder + model.file,
    String(width),
  ];
  return JSON.parse(execFileSync(process.execPath, given, { encoding: "utf8" })) as Reading;
}

function theirs(model: LargeModel): Reading {
  const given = [here("../python/load.py"), model.kind, modelsFolder + model.file, String(width)];
  const env = { ...process.env, OMP_NUM_THREADS: "1" };
  return JSON.parse(execFileSync(interpreter, given, { encoding: "utf8", env })) as Reading;
}

export async function runReading(json: string | undefined): Promise<void> {
  const path = `${modelsFolder}reading.json`;
  if (!existsSync(path)) throw new Error(`${path} is missing; run bench/python/train_large.py`);
  const index = JSON.parse(readFileSync(path, "utf8")) as { readonly seed: number; readonly models: LargeModel[] };
  buildCalypte();
  const before = circumstances(index.seed);
  console.log(`${circumstancesLine(before)}\nprocessor seconds, medians of ${rounds} fresh processes each, in turns\n`);
  const cells = index.models.map((model) => {
    const [mine, others]: [Reading[], Reading[]] = [[], []];
    for (let round = 0; round < rounds; round++) {
      mine.push(ours(model));
      others.push(theirs(model));
    }
    const middle = (list: readonly Reading[], of: "load" | "first") => median(list.map((r) => r[of].cpu));
    const memory = Math.max(...mine.map((r) => r.grown ?? Number.NaN));
    const load = middle(mine, "load") / middle(others, "load");
    return {
      ...model,
      calypte: { load: middle(mine, "load"), first: middle(mine, "first") },
      trainer: { load: middle(others, "load"), first: middle(others, "first") },
      load,
      first: middle(mine, "first") / middle(others, "first"),
      memory,
      kept: load <= timeLimit && memory <= memoryLimit(model.bytes),
      readings: { mine, others },
    };
  });
  const titles = ["model", "MB", "calypte", "trainer", "÷", "+ first row", "trainer", "÷", "memory, MB", "limit", ""];
  const columns = titles.map((title, i) => ({ title, align: i === 0 ? ("left" as const) : ("right" as const) }));
  const lines = cells.map((c) => [
    c.name,
    (c.bytes / 2 ** 20).toFixed(0),
    threeDigits(c.calypte.load),
    threeDigits(c.trainer.load),
    formatRatio(c.load),
    threeDigits(c.calypte.first),
    threeDigits(c.trainer.first),
    formatRatio(c.first),
    (c.memory / 2 ** 20).toFixed(0),
    (memoryLimit(c.bytes) / 2 ** 20).toFixed(0),
    c.kept ? "ok" : "MISS",
  ]);
  console.log(tableLines(columns, lines).join("\n"));
  writeResult(json ?? resultPath("reading"), {
    circumstances: before,
    loadAfter: circumstances(index.seed).load,
    cells,
  });
  if (cells.some((c) => !c.kept)) process.exitCode = 1;
}
