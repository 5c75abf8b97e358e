/**
 * `npm run bench -- cold`: fresh processes that import, load, compile and score a first row, calypte's and onnxruntime-node's in
 * turns with ones that do nothing; medians of the time and of the peak resident memory above bare Node.
 */

import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";
import { median, summarize } from "../../src/timing/statistics.js";
import { circumstances, circumstancesLine, resultPath, writeResult } from "../results.js";
import { type Column, formatRatio, tableLines, threeDigits } from "../table.js";
import { buildCalypte, builtFolder } from "./built-calypte.js";
import { type GoalModel, modelsFolder, readModels, readPool } from "./models.js";

/** Models of 100 trees. */
const measured = ["lgb100", "xgb100", "rf2-100"] as const;
const rounds = 15;
/** Of onnxruntime-node's time and memory. */
const limit = 0.5;

interface Start {
  /** From before the import to after the first row. */
  readonly milliseconds: number;
  /** From the start of the process to its end. */
  readonly wall: number;
  readonly peakKb: number;
  readonly answer: readonly number[];
}

type Side = "calypte" | "onnxruntime" | "node";

const programs: Readonly<Record<Side, string>> = {
  calypte: "first-row-calypte.mjs",
  onnxruntime: "first-row-onnxruntime.mjs",
  node: "bare-node.mjs",
};

/** Where each side's library is imported from. */
function libraries(): Readonly<Record<Side, string>> {
  const onnxruntime = createRequire(import.meta.url).resolve("onnxruntime-node");
  return { calypte: `${builtFolder}index.js`, onnxruntime: pathToFileURL(onnxruntime).href, node: "" };
}

function start(side: Side, library: string, model: GoalModel, width: number): Start {
  const program = fileURLToPath(new URL(`./processes/${programs[side]}`, import.meta.url));
  const before = performance.now();
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [program, library, modelsFolder + (model.onnx ?? ""), String(width)],
    { encoding: "utf8" },
  );
  const wall = performance.now() - before;
  if (status !== 0) throw new Error(`${programs[side]} ended with ${status}: ${stderr}`);
  return { ...(JSON.parse(stdout) as Omit<Start, "wall">), wall };
}

interface ColdCell {
  readonly model: string;
  readonly side: Side;
  readonly milliseconds: number;
  readonly wall: number;
  /** Above bare Node. */
  readonly megabytes: number;
  readonly starts: readonly Start[];
}

export async function runCold(json: string | undefined): Promise<void> {
  buildCalypte();
  const index = readModels();
  const before = circumstances(index.seed);
  console.log(`${circumstancesLine(before)}\nmedians of ${rounds} fresh processes each, in turns\n`);
  const cells = measured.flatMap((name) => {
    const model = index.models.find((m) => m.name === name);
    return model === undefined ? [] : coldCells(model);
  });
  console.log(coldLines(cells).join("\n"));
  writeResult(json ?? resultPath("cold"), {
    circumstances: before,
    loadAfter: circumstances(index.seed).load,
    cells: cells.map(({ starts, ...cell }) => ({ ...cell, spread: summarize(starts.map((s) => s.milliseconds)) })),
  });
}

function coldCells(model: GoalModel): readonly ColdCell[] {
  const { width } = readPool(model);
  const found = libraries();
  const starts: Record<Side, Start[]> = { calypte: [], onnxruntime: [], node: [] };
  const sides: readonly Side[] = ["calypte", "onnxruntime", "node"];
  // The first round fills the file cache.
  for (let round = 0; round <= rounds; round++) {
    for (let i = 0; i < sides.length; i++) {
      const side = sides[(i + round) % sides.length]!;
      const started = start(side, found[side], model, width);
      if (round > 0) starts[side].push(started);
    }
  }
  const [mine, theirs] = [starts.calypte[0]!.answer, starts.onnxruntime[0]!.answer];
  if (mine.length !== theirs.length || mine.some((p, i) => !(Math.abs(p - theirs[i]!) <= 1e-5))) {
    throw new Error(`${model.name}: calypte answers ${mine}, onnxruntime-node ${theirs}`);
  }
  const bare = median(starts.node.map((s) => s.peakKb));
  return sides.map((side) => ({
    model: model.name,
    side,
    milliseconds: median(starts[side].map((s) => s.milliseconds)),
    wall: median(starts[side].map((s) => s.wall)),
    megabytes: (median(starts[side].map((s) => s.peakKb)) - (side === "node" ? 0 : bare)) / 1024,
    starts: starts[side],
  }));
}

function coldLines(cells: readonly ColdCell[]): readonly string[] {
  const columns: readonly Column[] = [
    { title: "model", align: "left" },
    { title: "engine", align: "left" },
    { title: "first row, ms", align: "right" },
    { title: "÷", align: "right" },
    { title: "process, ms", align: "right" },
    { title: "MB above Node", align: "right" },
    { title: "÷", align: "right" },
    { title: "", align: "left" },
  ];
  const rows = cells.map((c) => {
    if (c.side === "node") return [c.model, "node alone", "", "", threeDigits(c.wall), `(${threeDigits(c.megabytes)})`];
    const other = cells.find((o) => o.model === c.model && o.side === "onnxruntime");
    const [time, memory] = [
      c.milliseconds / (other?.milliseconds ?? Number.NaN),
      c.megabytes / (other?.megabytes ?? Number.NaN),
    ];
    return [
      c.model,
      c.side === "calypte" ? "calypte" : "onnxruntime-node",
      threeDigits(c.milliseconds),
      formatRatio(time),
      threeDigits(c.wall),
      threeDigits(c.megabytes),
      formatRatio(memory),
      c.side !== "calypte" ? "" : time <= limit && memory <= limit ? "ok" : `MISS (limit ${limit})`,
    ];
  });
  return tableLines(columns, rows);
}
