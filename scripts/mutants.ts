/**
 * Damages the boosters' test models at random (test-models/mutants.ts) and reads what comes out: only typed errors may escape, quickly,
 * in bounded memory, and what is read gives the same numbers on `reference` and `wasm`.
 *
 *     npx tsx scripts/mutants.ts FORMAT [COUNT] [SEED]      FORMAT: lightgbm, xgboost-json, xgboost-ubj, catboost-json, catboost-cbm
 *
 * Prints how many mutants ended how, the slowest, and the furthest that memory grew over what it was before the first one; garbage counts
 * until it is collected. A mutant after which more stands than its limit, 64 MB + 20 × the file, is read again in a process of its own,
 * which has the last word. Exit code 1 where an untyped error escapes, a mutant takes over two seconds of processor time, is over its
 * limit of memory, or gives two answers. Linux alone tells the peak of memory for a stretch of time.
 */

import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import {
  answersOf,
  type MutantFormat,
  modelsOf,
  mutantFormats,
  mutantOf,
  readMutant,
  seeded,
} from "../test-models/mutants.js";

/** Models beyond it would make each mutant a matter of milliseconds. */
const largestModel = 68_000;
const slowestAllowed = 2;
const allowed = (bytes: number): number => 64 * 2 ** 20 + 20 * bytes;
const wanted = 200;

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** Bytes that stand in memory, and the most that stood there since the last `forgetPeak`. */
function memory(): { readonly now: number; readonly peak: number } {
  const status = readFileSync("/proc/self/status", "utf8");
  const kilobytes = (field: string): number => Number(new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(status)?.[1]);
  return { now: kilobytes("VmRSS") * 1024, peak: kilobytes("VmHWM") * 1024 };
}
const forgetPeak = (): void => writeFileSync("/proc/self/clear_refs", "5");

function formatOf(name: string): MutantFormat {
  const format = mutantFormats.find((f) => f === name);
  if (format === undefined) throw new Error(`use one of ${mutantFormats.join(", ")}`);
  return format;
}

/** Reads one mutant from stdin in this process and prints how far memory grew. */
function readAlone(format: MutantFormat): void {
  const bytes = new Uint8Array(readFileSync(0));
  // As the others had: the reader's code is there, and has run.
  readMutant(format, modelsOf(format, largestModel)[0]!);
  collect();
  forgetPeak();
  const before = memory().now;
  readMutant(format, bytes);
  console.log(memory().peak - before);
}

function grownAlone(format: MutantFormat, mutant: Uint8Array): number {
  const given = [...process.execArgv, process.argv[1]!, format, "alone"];
  return Number(execFileSync(process.execPath, given, { input: mutant, encoding: "utf8" }));
}

const megabytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(0)} MB`;

async function run(format: MutantFormat, count: number, seed: number): Promise<void> {
  const models = modelsOf(format, largestModel);
  for (const model of models) {
    if (typeof readMutant(format, model) === "string") throw new Error("a model that is not damaged is refused");
  }
  const [random, ofRows] = [seeded(seed), seeded(seed + 1)];
  const counts = new Map<string, number>();
  collect();
  const before = memory().now;
  let [slowest, escaped, grown, alone, over, same, different] = [0, 0, 0, 0, 0, 0, 0];
  for (let i = 0; i < count; i++) {
    const mutant = mutantOf(format, models, random);
    forgetPeak();
    const start = process.cpuUsage();
    let result: ReturnType<typeof readMutant>;
    try {
      result = readMutant(format, mutant);
    } catch (error) {
      result = `ESCAPED ${String(error).slice(0, 200)}`;
      if (escaped++ < 5) console.error(`mutant ${i}:`, error);
    }
    const { user, system } = process.cpuUsage(start);
    slowest = Math.max(slowest, (user + system) / 1e6);
    const { now, peak } = memory();
    let own = peak - before;
    if (own > allowed(mutant.length)) {
      own = grownAlone(format, mutant);
      alone++;
      if (own > allowed(mutant.length) && over++ < 5) console.error(`mutant ${i} takes ${megabytes(own)}`);
    }
    grown = Math.max(grown, own);
    const code = typeof result === "string" ? result : "read";
    counts.set(code, (counts.get(code) ?? 0) + 1);
    if (typeof result !== "string" && same + different < wanted) {
      const answers = await answersOf(result, ofRows);
      if (answers === undefined) continue;
      if (answers[0].length === answers[1].length && answers[0].every((v, k) => Object.is(v, answers[1][k]))) same++;
      else if (different++ < 5) console.error(`mutant ${i} gives other numbers on wasm than on reference`);
      collect();
    } else if (now - before > 32 * 2 ** 20) collect();
  }
  const ends = [...counts].sort(([, a], [, b]) => b - a).map(([code, n]) => `${code} ${n}`);
  console.log(
    [
      `${format}: ${count} mutants of ${models.length} models, seed ${seed}: ${ends.join(", ")}`,
      `slowest ${(slowest * 1e3).toFixed(0)} ms`,
      `memory grew by at most ${megabytes(grown)} (${alone} read again alone, ${over} over their limit)`,
      `${same} of ${same + different} read ones give the same numbers on reference and wasm`,
    ].join("; "),
  );
  if (escaped + over + different > 0 || slowest > slowestAllowed) process.exitCode = 1;
}

const [name = "", count = "100000", seed = "20261124"] = process.argv.slice(2);
if (count === "alone") readAlone(formatOf(name));
else await run(formatOf(name), Number(count), Number(seed));
