/** Results on disk: what was measured, on what, with which versions and seed; one JSON file per run, kept in bench/results/. */

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, loadavg, totalmem } from "node:os";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import type { Clock } from "../src/timing/time-interleaved.js";

export interface Circumstances {
  readonly date: string;
  readonly machine: {
    readonly cpu: string;
    readonly cores: number;
    readonly memoryGb: number;
    readonly platform: string;
  };
  /** Averages over 1, 5 and 15 minutes; above the number of cores the wall clock tells of others' work, too. */
  readonly load: readonly number[];
  readonly versions: Readonly<Record<string, string>>;
  readonly seed: number;
}

export function circumstances(seed: number): Circumstances {
  const packages = ["onnxruntime-node", "onnxruntime-web", "@tensorflow/tfjs-core", "@tensorflow/tfjs-backend-wasm"];
  return {
    date: new Date().toISOString(),
    machine: {
      cpu: cpus()[0]?.model ?? "unknown",
      cores: cpus().length,
      memoryGb: Math.round(totalmem() / 2 ** 30),
      platform: `${process.platform} ${process.arch}`,
    },
    load: loadavg().map((l) => Math.round(l * 100) / 100),
    versions: {
      node: process.versions.node,
      calypte: versionOf("../package.json"),
      ...Object.fromEntries(packages.map((name) => [name, versionOf(`../node_modules/${name}/package.json`)])),
    },
    seed,
  };
}

function versionOf(path: string): string {
  const description = JSON.parse(readFileSync(new URL(path, import.meta.url), "utf8")) as { readonly version: string };
  return description.version;
}

/** One line for the top of a table. */
export function circumstancesLine({ machine, load, versions }: Circumstances): string {
  return `${machine.cpu}, ${machine.cores} cores, load ${load[0]}; Node ${versions["node"]}, onnxruntime-node ${versions["onnxruntime-node"]}`;
}

/** bench/results/<date>-<name>.json. */
export function resultPath(name: string, extension = "json"): string {
  const day = new Date().toISOString().slice(0, 10);
  return fileURLToPath(new URL(`./results/${day}-${name}.${extension}`, import.meta.url));
}

/** Numbers are kept to four digits: more would be noise, and the files are committed. */
export function writeResult(path: string, value: unknown): void {
  const short = (_: string, v: unknown) =>
    typeof v === "number" && !Number.isInteger(v) ? Number(v.toPrecision(4)) : v;
  mkdirSync(dirname(path), { recursive: true });
  const text = JSON.stringify(value, short, 1)
    // Lists of numbers on one line.
    .replace(/\[\s+((?:-?[\d.e+-]+,\s+)*-?[\d.e+-]+)\s+\]/g, (_, list: string) => `[${list.replace(/\s+/g, " ")}]`);
  writeFileSync(path, `${text}\n`);
}

/** A result, and beside it, ending in .txt, the lines that were printed of it. */
export function writeReport(path: string, value: unknown, lines: readonly string[]): void {
  writeResult(path, value);
  writeFileSync(path.replace(/\.json$/, ".txt"), `${lines.join("\n")}\n`);
}

/** What several runs of one bench, each of some models, have measured. */
export interface JoinedRuns<Run, Cell> {
  readonly runs: readonly Run[];
  readonly clock: Clock;
  readonly cells: readonly Cell[];
  /** What was not timed, with the reason. */
  readonly refused: Readonly<Record<string, string>>;
}

/** Results on disk as one: all models together may take longer than one likes to wait. Throws where their clocks differ. */
export function joinRuns<Run, Cell>(paths: readonly string[]): JoinedRuns<Run, Cell> {
  const parts = paths.map((path) => JSON.parse(readFileSync(path, "utf8")) as JoinedRuns<Run, Cell>);
  const [clock, other] = [...new Set(parts.map((part) => part.clock))];
  if (clock === undefined || other !== undefined) throw new Error("the runs were timed by different clocks");
  return {
    runs: parts.flatMap((part) => part.runs),
    clock,
    cells: parts.flatMap((part) => part.cells),
    refused: Object.assign({}, ...parts.map((part) => part.refused)),
  };
}
