/**
 * The families of models beside the forests: `npm run bench -- families` times one or two fixtures of each on the default backend
 * against onnxruntime-node, a thousand rows a call, and says which are slower than they should be. Outputs are compared before
 * anything is timed; a fixture whose answers differ (onnxruntime departs from ONNX in places) has the difference in place of a time.
 */

import { writeFileSync } from "node:fs";
import type { Clock } from "../src/timing/time-interleaved.js";
import { loadFixture } from "../test-models/fixtures.js";
import { type Cell, compareOn } from "./compare-engines.js";
import { enginesNamed } from "./engines/index.js";
import { circumstances, circumstancesLine, resultPath, writeResult } from "./results.js";
import { type Column, formatRatio, formatSeconds, tableLines } from "./table.js";

/** Most times onnxruntime-node's time that a family should take. */
export const familyLimit = 1.5;

/** Fixtures of each family, the plain case first. */
export const families: Readonly<Record<string, readonly string[]>> = {
  scalers: ["standard-scaler", "robust-scaler", "normalizer-logistic", "power-yeo-johnson"],
  encoders: ["columns-logistic", "onehot-int-logistic", "k-bins-onehot", "table-pca-logistic"],
  linear: ["linear-regression", "logistic-binary", "logistic-three-classes", "polynomial-linear"],
  SVM: ["svc-rbf", "svc-poly", "svc-ten-classes", "svc-probability", "svr-rbf", "svr-poly", "one-class-svm"],
  KNN: ["neighbors-classifier", "neighbors-classifier-cdist", "neighbors-regressor", "neighbors-regressor-minkowski"],
  "naive Bayes": ["gaussian-bayes", "multinomial-bayes", "bernoulli-bayes", "categorical-bayes"],
  mixtures: ["gaussian-mixture", "gaussian-mixture-diag", "kmeans"],
  "Gaussian process": ["process-regressor", "process-regressor-cdist"],
  MLP: ["mlp-classifier", "mlp-regressor", "mlp-tanh"],
  decomposition: ["pca-linear", "kernel-pca-rbf", "linear-discriminant"],
  text: ["text-tfidf-logistic", "text-tfidf-pairs-logistic", "text-characters-logistic", "text-hasher-logistic"],
};

export interface FamilyRow {
  readonly family: string;
  readonly fixture: string;
  /** Where there is no time: why. */
  readonly skipped?: string;
  readonly cells: readonly Cell[];
}

export interface FamilyOptions {
  /** Families or fixtures; all where there is none. */
  readonly names: readonly string[];
  readonly batch: number;
  readonly seconds: number;
  readonly seed: number;
  readonly clock: Clock;
  readonly json?: string;
  log(line: string): void;
}

/** The cell of this project's engine, where it was timed. */
const ours = (row: FamilyRow): Cell | undefined => row.cells.find((c) => c.engine.startsWith("wasm"));

/** The table: a line for each fixture, then how many keep the limit and which do not. */
export function familyLines(rows: readonly FamilyRow[]): readonly string[] {
  const columns: Column[] = [
    { title: "family", align: "left" },
    { title: "fixture", align: "left" },
    { title: "onnxruntime", align: "right" },
    { title: "wasm", align: "right" },
    { title: "ratio", align: "right" },
    { title: "", align: "left" },
  ];
  const time = (cell: Cell | undefined) =>
    cell?.nsPerRow === undefined ? "–" : formatSeconds(cell.nsPerRow.median / 1e9);
  const slow = rows.filter((row) => (ours(row)?.ratio ?? 0) > familyLimit);
  const timed = rows.filter((row) => ours(row)?.ratio !== undefined);
  const notes = rows.flatMap((row) => {
    const reason = row.skipped ?? ours(row)?.skipped;
    return reason === undefined ? [] : [`  – ${row.fixture}: ${reason}`];
  });
  return [
    ...tableLines(
      columns,
      rows.map((row) => [
        row.family,
        row.fixture,
        time(row.cells.find((c) => c.engine === "onnxruntime-node")),
        time(ours(row)),
        formatRatio(ours(row)?.ratio ?? Number.NaN),
        slow.includes(row) ? "slow" : "",
      ]),
    ),
    ...notes,
    "",
    `${timed.length - slow.length} of ${timed.length} take at most ${familyLimit} times onnxruntime-node's time${
      slow.length === 0 ? "" : `; more: ${slow.map((row) => row.fixture).join(", ")}`
    }`,
  ];
}

/** Measures, prints and keeps the table in bench/results/. Throws for a name that is neither a family nor a fixture of one. */
export async function runFamilies(options: FamilyOptions): Promise<void> {
  const { batch, seconds, seed, clock, names, log } = options;
  const all = Object.entries(families).flatMap(([family, fixtures]) =>
    fixtures.map((fixture) => ({ family, fixture })),
  );
  for (const name of names) {
    if (!all.some((c) => c.family === name || c.fixture === name)) {
      throw new Error(`there is no family ${name}; there are ${Object.keys(families).join(", ")}`);
    }
  }
  const wanted = all.filter((c) => names.length === 0 || names.includes(c.family) || names.includes(c.fixture));
  const engines = enginesNamed(["onnxruntime-node", "wasm/auto"]);
  const before = circumstances(seed);
  const rows: FamilyRow[] = [];
  for (const { family, fixture } of wanted) {
    try {
      const cells = await compareOn(loadFixture(fixture), { engines, batches: [batch], seconds, seed, clock }, log);
      rows.push({ family, fixture, cells });
    } catch (error) {
      // One fixture that cannot be compared does not cost the others their times; the reason stands in the table.
      rows.push({ family, fixture, cells: [], skipped: error instanceof Error ? error.message : String(error) });
    }
  }
  log("");
  const lines = [
    circumstancesLine(before),
    `${batch} rows a call, time per row, ${clock === "wall" ? "wall clock" : "processor time"}, medians`,
    "",
    ...familyLines(rows),
  ];
  console.log(lines.join("\n"));
  const path = options.json ?? resultPath("families");
  writeResult(path, { circumstances: before, loadAfter: circumstances(seed).load, clock, rows });
  writeFileSync(path.replace(/(\.json)?$/, ".txt"), `${lines.join("\n")}\n`);
}
