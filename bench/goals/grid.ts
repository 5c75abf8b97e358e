/**
 * `npm run bench -- grid`: the end-to-end grid of the Hummingbird paper (OSDI 2020, section 6.1.1): random forest, LightGBM and XGBoost of 500
 * trees of depth 8, one row and 10,000, on data of the shapes of its six data sets; calypte's default engine against onnxruntime-node
 * and, on request, the trainers and Hummingbird's own strategies.
 */

import {
  type Circumstances,
  circumstances,
  circumstancesLine,
  type JoinedRuns,
  joinRuns,
  resultPath,
  writeReport,
} from "../results.js";
import { type Column, formatRatio, tableLines, threeDigits } from "../table.js";
import { type GoalOptions, namedModels } from "./goals.js";
import { againstOnnxruntime, againstPython, type GoalCell, type MeasureOptions } from "./measure.js";
import { type GoalModel, readModels } from "./models.js";
import { startPythonPeers } from "./python-peers.js";
import { geometricMean } from "./ratios.js";

/** A product of gemm's with more bytes than this is not made: it makes several, and there is a machine to share. */
const mostProduct = 2 ** 31;
const hummingbird = "Hummingbird";

export async function runGrid(options: GoalOptions): Promise<void> {
  const index = readModels("grid.json", "train_grid.py");
  const models = namedModels(options.names, index.models);
  const before = circumstances(index.seed);
  const measure: MeasureOptions = { ...options, leastSamples: 5, hopeless: 400 };
  const python = options.python ? startPythonPeers({ strategies: true }) : undefined;
  const cells: GoalCell[] = [];
  const refused: Record<string, string> = {};
  let versions: Readonly<Record<string, string>> | undefined;
  try {
    versions = await python?.versions();
    for (const model of models) {
      cells.push(...(await againstOnnxruntime(model, measure)));
      if (python === undefined) continue;
      const found = await againstPython(model, python, { ...measure, tooMuch: (...call) => tooMuch(model, ...call) });
      cells.push(...found.cells);
      for (const [peer, reason] of Object.entries(found.refused)) refused[`${model.name}, ${peer}`] = reason;
    }
  } finally {
    python?.stop();
  }
  options.log("");
  const run: GridRun = {
    circumstances: before,
    loadAfter: circumstances(index.seed).load,
    trainers: index.versions,
    ...(versions === undefined ? {} : { versions }),
  };
  write({ runs: [run], clock: options.clock, cells, refused }, options.json);
}

interface GridRun {
  readonly circumstances: Circumstances;
  readonly loadAfter: readonly number[];
  readonly trainers: Readonly<Record<string, string>>;
  /** Of the peers in Python. */
  readonly versions?: Readonly<Record<string, string>>;
}

type GridResult = JoinedRuns<GridRun, GoalCell>;

/** Prints and writes what earlier runs measured as one result: all models with their peers in Python take half an hour. */
export function joinGrid(paths: readonly string[], json?: string): void {
  write(joinRuns(paths), json);
}

function write(result: GridResult, json: string | undefined): void {
  const lines = [
    ...result.runs.map((run) => circumstancesLine(run.circumstances)),
    `${result.clock === "cpu" ? "processor time" : "wall clock"}, one thread; ×: times calypte's time`,
    "",
    ...gridLines(result.cells),
    "",
    ...meanLines(result.cells),
    ...Object.entries(result.refused).map(([place, reason]) => `  – ${place}: ${reason}`),
  ];
  console.log(lines.join("\n"));
  const withPython = result.runs.some(({ versions }) => versions !== undefined);
  const path = json ?? resultPath(withPython ? "grid-python" : "grid");
  writeReport(path, result, lines);
}

function tooMuch({ trees = 0 }: GoalModel, peer: string, batch: number): string | undefined {
  const bytes = batch * trees * 2 ** 8 * 4;
  if (!peer.endsWith(" gemm") || bytes <= mostProduct) return undefined;
  return `each product of its matrices would take ${(bytes / 2 ** 30).toFixed(1)} GB`;
}

/** A line for a model and batch size: the engines' times as multiples of calypte's; of Hummingbird's ways, the fastest. */
function gridLines(cells: readonly GoalCell[]): readonly string[] {
  const right = (title: string): Column => ({ title, align: "right" });
  const left = (title: string): Column => ({ title, align: "left" });
  const columns = [
    left("model"),
    right("rows"),
    right("µs/row"),
    right("onnxruntime"),
    right("trainer"),
    right(hummingbird),
    left("its fastest"),
  ];
  const keys = [...new Set(cells.map(keyOf))];
  const rows = keys.map((key) => {
    const own = cells.filter((c) => keyOf(c) === key);
    const [first] = own;
    const ratio = (c: GoalCell | undefined) => (c === undefined ? "–" : formatRatio(c.ratio.median));
    const theirs = fastest(own.filter(({ against }) => against.startsWith(hummingbird)));
    return [
      first?.model ?? "",
      String(first?.batch ?? ""),
      threeDigits(first?.ours ?? Number.NaN),
      ratio(own.find(({ against }) => against === "onnxruntime-node")),
      ratio(fastest(own.filter(isTrainer))),
      ratio(theirs),
      theirs?.against.slice(hummingbird.length + 1) ?? "",
    ];
  });
  return tableLines(columns, rows);
}

const keyOf = ({ model, batch }: GoalCell): string => `${model} ${batch}`;

const isTrainer = ({ against }: GoalCell): boolean =>
  against !== "onnxruntime-node" && !against.startsWith(hummingbird);

function fastest(cells: readonly GoalCell[]): GoalCell | undefined {
  return [...cells].sort((a, b) => a.ratio.median - b.ratio.median)[0];
}

/** Geometric means over the models, by batch size. */
function meanLines(cells: readonly GoalCell[]): readonly string[] {
  const sides = [
    ["onnxruntime-node", ({ against }: GoalCell) => against === "onnxruntime-node"],
    ["the trainer", isTrainer],
    ["Hummingbird's fastest way", ({ against }: GoalCell) => against.startsWith(hummingbird)],
  ] as const;
  return [...new Set(cells.map((c) => c.batch))].flatMap((batch) =>
    sides.flatMap(([side, holds]) => {
      const own = cells.filter((c) => c.batch === batch && holds(c));
      const best = [...new Set(own.map(keyOf))].map(
        (key) => fastest(own.filter((c) => keyOf(c) === key))!.ratio.median,
      );
      if (best.length === 0) return [];
      return [
        `geometric mean of ${best.length} models, ${batch} rows, against ${side}: ${formatRatio(geometricMean(best))}`,
      ];
    }),
  );
}
