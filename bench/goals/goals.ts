/** `npm run bench -- goals`: the performance table, calypte's default engine against onnxruntime-node and, on request, the rest. */

import type { Clock } from "../../src/timing/time-interleaved.js";
import { circumstances, circumstancesLine, resultPath, writeReport } from "../results.js";
import {
  againstOnnxruntime,
  againstPlain,
  againstPython,
  type GoalCell,
  type MeasureOptions,
  type VariantCell,
} from "./measure.js";
import { type GoalModel, readModels } from "./models.js";
import { startPythonPeers } from "./python-peers.js";
import { bestPeers, goalLines, meanLines, meansOf, variantLines } from "./report.js";
import { familyOf } from "./targets.js";

export interface GoalOptions {
  /** Names of models; all of them where there are none. */
  readonly names: readonly string[];
  readonly batches: readonly number[];
  readonly seconds: number;
  readonly clock: Clock;
  /** The peers in Python instead of onnxruntime-node. */
  readonly python: boolean;
  /** Where the results go; bench/results/<date>-goals.json by default. */
  readonly json?: string;
  log(line: string): void;
}

/** Samples that each contender gives at least: quartiles of fewer say little. */
const leastSamples = 9;

/** Those of these names, or all where there are none. Throws where there is no such model. */
export function namedModels(names: readonly string[], models: readonly GoalModel[]): readonly GoalModel[] {
  for (const name of names) {
    if (!models.some((m) => m.name === name)) {
      throw new Error(`there is no model ${name}; there are ${models.map((m) => m.name).join(", ")}`);
    }
  }
  return names.length === 0 ? models : models.filter((m) => names.includes(m.name));
}

export async function runGoals(options: GoalOptions): Promise<void> {
  const index = readModels();
  const models = namedModels(options.names, index.models);
  const plain = models.filter((m) => m.variant === "plain");
  const before = circumstances(index.seed);
  const measure: MeasureOptions = { ...options, leastSamples };
  const lines: string[] = [];
  const print = (more: readonly string[]) => {
    options.log("");
    lines.push(...more);
    console.log(more.join("\n"));
  };
  print([circumstancesLine(before), `${options.clock === "cpu" ? "processor time" : "wall clock"}, one thread`, ""]);
  const name = options.python ? "goals-python" : "goals";
  const path = options.json ?? resultPath(name);
  const finish = (facts: object) => {
    const { clock } = options;
    const loadAfter = circumstances(index.seed).load;
    writeReport(path, { circumstances: before, loadAfter, clock, trainers: index.versions, ...facts }, lines);
  };
  if (options.python) finish(await pythonTable(plain, measure, print));
  else finish(await onnxruntimeTable(models, index.models, measure, print));
}

type Print = (lines: readonly string[]) => void;

async function onnxruntimeTable(
  models: readonly GoalModel[],
  all: readonly GoalModel[],
  measure: MeasureOptions,
  print: Print,
): Promise<object> {
  const cells: GoalCell[] = [];
  for (const model of models) if (model.variant === "plain") cells.push(...(await againstOnnxruntime(model, measure)));
  const family = new Map(all.map((m) => [m.name, familyOf(m)]));
  const means = meansOf(cells, (model) => family.get(model) ?? "linear");
  if (cells.length > 0) print([...goalLines(cells), "", ...meanLines(means), ""]);
  const variants: VariantCell[] = [];
  for (const model of models) variants.push(...(await againstPlain(model, all, measure)));
  if (variants.length > 0) print(variantLines(variants));
  return { cells, means, variants };
}

async function pythonTable(models: readonly GoalModel[], measure: MeasureOptions, print: Print): Promise<object> {
  const python = startPythonPeers();
  try {
    const versions = await python.versions();
    const cells: GoalCell[] = [];
    const refused: Record<string, Readonly<Record<string, string>>> = {};
    for (const model of models) {
      const found = await againstPython(model, python, measure);
      cells.push(...found.cells);
      refused[model.name] = found.refused;
    }
    const reasons = Object.entries(refused).flatMap(([model, peers]) =>
      Object.entries(peers).map(([peer, reason]) => `  – ${model}, ${peer}: ${reason}`),
    );
    print(["every peer", ...goalLines(cells), "", "the best peer", ...goalLines(bestPeers(cells)), "", ...reasons]);
    return { versions, cells, refused };
  } finally {
    python.stop();
  }
}
