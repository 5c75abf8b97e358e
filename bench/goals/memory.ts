/**
 * `npm run bench -- memory`: what the scorer of the largest forest holds beside its node data, whether scorers that were disposed
 * of leave anything behind, and whether millions of rows score in bounded memory; each in a fresh process.
 */

import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { circumstances, circumstancesLine, resultPath, writeResult } from "../results.js";
import { buildCalypte, builtFolder } from "./built-calypte.js";
import { type GoalModel, modelsFolder, readModels, readPool } from "./models.js";

interface Held {
  readonly rss: number;
  readonly heapUsed: number;
  /** Buffers and what else stands outside of the heap; V8 counts array buffers in it. */
  readonly external: number;
  readonly arrayBuffers: number;
  /** Memories of WebAssembly instances, which `external` may or may not count. */
  readonly wasm: number;
}

/** One statement about memory, and whether it holds. */
interface Finding {
  readonly title: string;
  readonly got: number;
  readonly limit: number;
  readonly detail: string;
}

const megabytes = (bytes: number): string => (bytes / 2 ** 20).toFixed(1);

function inProcess(program: string, model: string, ...more: readonly number[]): Readonly<Record<string, unknown>> {
  const path = fileURLToPath(new URL(`./processes/${program}`, import.meta.url));
  const given = ["--expose-gc", path, `${builtFolder}index.js`, model, ...more.map(String)];
  const { status, stdout, stderr } = spawnSync(process.execPath, given, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${program} ended with ${status}: ${stderr}`);
  return JSON.parse(stdout) as Readonly<Record<string, unknown>>;
}

export async function runMemory(json: string | undefined): Promise<void> {
  buildCalypte();
  const index = readModels();
  const before = circumstances(index.seed);
  console.log(`${circumstancesLine(before)}\n`);
  const named = (name: string): GoalModel => {
    const found = index.models.find((m) => m.name === name);
    if (found === undefined) throw new Error(`the model ${name} is missing; run bench/python/train.py ${name}`);
    return found;
  };
  const findings: Finding[] = [];
  for (const measure of [() => largestForest(named("unbounded")), manyScorers, () => manyRows(named("lgb100"))]) {
    for (const finding of measure()) {
      findings.push(finding);
      const { title, got, limit, detail } = finding;
      console.log(
        `${got <= limit ? "ok  " : "MISS"}  ${title}: ${megabytes(got)} MB, limit ${megabytes(limit)} MB (${detail})`,
      );
    }
  }
  writeResult(json ?? resultPath("memory"), { circumstances: before, findings });
}

/** The scorer of the unbounded forest, against its nodes of 8 bytes and float32 leaf values. */
function largestForest(model: GoalModel): readonly Finding[] {
  const { width } = readPool(model);
  const result = inProcess("scorer-memory.mjs", modelsFolder + (model.onnx ?? ""), width);
  const [before, after] = [result["before"] as Held, result["after"] as Held];
  const { nodes = Number.NaN, trees = Number.NaN, classes } = model;
  const leaves = (nodes + trees) / 2;
  const nodeData = nodes * 8 + leaves * classes * 4;
  const heap = after.heapUsed - before.heapUsed;
  const buffers = after.arrayBuffers - before.arrayBuffers;
  const detail = `${nodes} nodes are ${megabytes(nodeData)} MB; heap ${megabytes(heap)}, array buffers ${megabytes(buffers)}, wasm memory ${megabytes(after.wasm - before.wasm)}, resident set ${megabytes(after.rss - before.rss)}, peak ${(Number(result["peakKb"]) / 1024).toFixed(0)}`;
  // A bound from above: some versions of V8 count WebAssembly's memory among the array buffers, too.
  const outside = buffers + after.wasm - before.wasm;
  return [{ title: "scorer of the largest forest", got: heap + outside, limit: 2 * nodeData, detail }];
}

const manyCount = 10_000;

function manyScorers(): readonly Finding[] {
  const model = fileURLToPath(new URL("../../test-models/onnx/cancer-forest/model.onnx", import.meta.url));
  const { tenths } = inProcess("many-scorers.mjs", model, 30, manyCount) as { readonly tenths: readonly Held[] };
  // The first tenths are warm-up: code is compiled, heaps find their size.
  const [early, late] = [tenths[3]!, tenths.at(-1)!];
  const detail = `from round ${0.4 * manyCount} to ${manyCount}; heap ${megabytes(late.heapUsed - early.heapUsed)}, wasm memory ${megabytes(late.wasm - early.wasm)}; resident set at each tenth ${tenths.map((t) => (t.rss / 2 ** 20).toFixed(0)).join(" ")}`;
  const growth = Math.max(late.rss - early.rss, late.heapUsed - early.heapUsed);
  return [
    { title: `${manyCount} scorers made and disposed of`, got: Math.max(0, growth), limit: 10 * 2 ** 20, detail },
  ];
}

const manyRowsCount = 5_000_000;

function manyRows(model: GoalModel): readonly Finding[] {
  const { width } = readPool(model);
  return [manyRowsCount, 10_000].map((batch) => {
    const result = inProcess("many-rows.mjs", modelsFolder + (model.onnx ?? ""), width, manyRowsCount, batch);
    const before = result["before"] as Held;
    // A label (int32) and two probabilities a row.
    const answers = batch * (4 + 2 * 4);
    const growth = Number(result["peakKb"]) * 1024 - before.rss;
    const detail = `of that, answers of a call ${megabytes(answers)}; rows given were ${megabytes(Math.max(batch, 10_000) * width * 4)}`;
    const title = `${manyRowsCount} rows, ${batch} a call, peak above the rows themselves`;
    return { title, got: growth, limit: answers + 64 * 2 ** 20, detail };
  });
}
