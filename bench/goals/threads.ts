/**
 * `npm run bench -- threads`: two threads against one on the same rows, in turns, the answers compared first. Tells something only
 * where a second core is idle: the load is printed.
 */

import { median } from "../../src/timing/statistics.js";
import { circumstances, circumstancesLine, resultPath, writeResult } from "../results.js";
import { formatRatio, formatSeconds, tableLines } from "../table.js";
import { builtCalypte } from "./built-calypte.js";
import { modelBytes, readModels, readPool } from "./models.js";

const measured = ["lgb100", "lgb500", "xgb100", "rf2-100", "rf7-500", "unbounded"] as const;
const batches = [10_000, 100_000] as const;
const rounds = 25;
/** Of one thread's time by two threads'. */
const [floor, goal] = [1.4, 1.8];

interface ThreadCell {
  readonly model: string;
  readonly rows: number;
  readonly one: number;
  readonly two: number;
  readonly ratio: number;
}

export async function runThreads(json: string | undefined): Promise<void> {
  const { compile, load } = await builtCalypte();
  const index = readModels();
  const before = circumstances(index.seed);
  console.log(`${circumstancesLine(before)}\nmedians of ${rounds} calls each, in turns\n`);
  const cells: ThreadCell[] = [];
  for (const name of measured) {
    const model = index.models.find((m) => m.name === name);
    if (model?.onnx === undefined) continue;
    const { data, width } = readPool(model);
    const loaded = await load(modelBytes(model.onnx));
    const scorers = [await compile(loaded, { threads: 1 }), await compile(loaded, { threads: 2 })];
    for (const rows of batches) {
      const X = {
        data: Float32Array.from({ length: rows * width }, (_, i) => data[i % data.length]!),
        shape: [rows, width],
      };
      const times: [number[], number[]] = [[], []];
      // The first round also compares, and starts the worker.
      const [want, got] = await Promise.all(scorers.map((s) => s.predictProba(X)));
      if (want?.data.some((v, i) => !Object.is(v, got?.data[i])))
        throw new Error(`${name}: two threads answer differently`);
      for (let round = 0; round < 2 * rounds; round++) {
        const side = round % 2 === 0 ? 0 : 1;
        const start = performance.now();
        await scorers[side]!.predictProba(X);
        times[side].push((performance.now() - start) / 1000);
      }
      const [one, two] = [median(times[0]), median(times[1])];
      cells.push({ model: name, rows, one, two, ratio: one / two });
    }
    for (const scorer of scorers) scorer.dispose();
  }
  const title = (text: string) => ({ title: text, align: "right" as const });
  const columns = [{ title: "model", align: "left" as const }, ...["rows", "one thread", "two", "÷", ""].map(title)];
  const verdict = (ratio: number): string => (ratio >= goal ? "goal" : ratio >= floor ? "floor" : "MISS");
  const line = (c: ThreadCell) => [
    c.model,
    String(c.rows),
    formatSeconds(c.one),
    formatSeconds(c.two),
    formatRatio(c.ratio),
    verdict(c.ratio),
  ];
  console.log(tableLines(columns, cells.map(line)).join("\n"));
  writeResult(json ?? resultPath("threads"), {
    circumstances: before,
    loadAfter: circumstances(index.seed).load,
    cells,
  });
}
