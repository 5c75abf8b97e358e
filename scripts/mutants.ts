/**
 * Damages the boosters' test models at random and reads what comes out: only typed errors may escape, quickly, in bounded memory.
 *
 *     npx tsx scripts/mutants.ts FORMAT [COUNT] [SEED]      FORMAT: lightgbm, xgboost-json, xgboost-ubj, catboost-json, catboost-cbm
 *
 * Prints how many mutants ended how, the slowest, and how far memory grew over what reading the models themselves takes. Exit code 1
 * where an untyped error escapes, a mutant takes over two seconds of processor time, or memory grows beyond 64 MB + 20 × the file.
 */

import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { CalypteError } from "../src/errors.js";
import type { Model } from "../src/ir/model.js";
import { lowerModel } from "../src/lower.js";
import { readCatboost } from "../src/readers/catboost/read-catboost.js";
import { readLightgbm } from "../src/readers/lightgbm/read-lightgbm.js";
import { readXgboost } from "../src/readers/xgboost/read-xgboost.js";

interface Format {
  readonly folder: string;
  readonly file: string;
  read(bytes: Uint8Array): Model;
  /** Bytes from here on may be replaced by words; undefined for texts. */
  readonly binary?: true;
}

const formats: Readonly<Record<string, Format>> = {
  lightgbm: { folder: "lightgbm", read: readLightgbm, file: "model.txt" },
  "xgboost-json": { folder: "xgboost", read: readXgboost, file: "model.json" },
  "xgboost-ubj": { folder: "xgboost", read: readXgboost, file: "model.ubj", binary: true },
  "catboost-json": { folder: "catboost", read: readCatboost, file: "model.json" },
  "catboost-cbm": { folder: "catboost", read: readCatboost, file: "model.cbm", binary: true },
};

/** Models beyond it would make each mutant a matter of milliseconds. */
const largestModel = 68_000;
const slowestAllowed = 2;

function modelsOf({ folder, file }: Format): readonly Uint8Array[] {
  const root = fileURLToPath(new URL(`../test-models/${folder}/`, import.meta.url));
  return readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && readdirSync(root + entry.name).includes(file))
    .map((entry) => new Uint8Array(readFileSync(`${root}${entry.name}/${file}`)))
    .filter((bytes) => bytes.length <= largestModel);
}

/** Whole numbers in [0, below): a linear congruential generator (Numerical Recipes). */
function seeded(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const numbers = [
  "-1",
  "0",
  "1",
  "7",
  "255",
  "2147483647",
  "2147483648",
  "4294967295",
  "9007199254740993",
  "1e308",
  "1e999",
];
const others = ["NaN", "null", "true", '""', "[]", "{}", "-0", "0.1", "inf", '"__proto__"'];
const words = [0, 1, 4, 0xff, 0xffff, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff];

type Random = (below: number) => number;

function spliced(bytes: Uint8Array, from: number, to: number, between: Uint8Array): Uint8Array {
  const out = new Uint8Array(bytes.length - (to - from) + between.length);
  out.set(bytes.subarray(0, from));
  out.set(between, from);
  out.set(bytes.subarray(to), from + between.length);
  return out;
}

/** Every number of a text is a place where another may stand. */
function replaceNumber(bytes: Uint8Array, random: Random): Uint8Array {
  const isDigit = (i: number): boolean => bytes[i]! >= 0x30 && bytes[i]! <= 0x39;
  let from = random(bytes.length);
  while (from < bytes.length && !isDigit(from)) from++;
  let to = from;
  while (to < bytes.length && (isDigit(to) || bytes[to] === 0x2e)) to++;
  const list = random(4) === 0 ? others : numbers;
  return spliced(bytes, from, to, new TextEncoder().encode(list[random(list.length)]));
}

function mutate(bytes: Uint8Array, binary: boolean, random: Random): Uint8Array {
  const at = random(bytes.length);
  const near = Math.min(bytes.length, at + 1 + random(random(4) === 0 ? bytes.length : 16));
  switch (random(7)) {
    case 0: {
      const copy = bytes.slice();
      copy[at]! ^= 1 << random(8);
      return copy;
    }
    case 1: {
      const copy = bytes.slice();
      copy[at] = binary ? random(256) : ' 0123456789-.eE[]{},:="\n'.charCodeAt(random(24));
      return copy;
    }
    case 2:
      return spliced(bytes, at, near, new Uint8Array());
    case 3:
      return spliced(bytes, at, at, bytes.subarray(at, near));
    case 4:
      return spliced(bytes, at, near, bytes.slice(random(bytes.length)).subarray(0, near - at));
    case 5:
      return bytes.slice(0, at);
    default: {
      if (!binary) return replaceNumber(bytes, random);
      const copy = bytes.slice();
      if (copy.length < 8) return copy;
      const place = random(4) === 0 ? random(copy.length - 4) : 4 * random(Math.floor(copy.length / 4) - 1);
      new DataView(copy.buffer).setUint32(place, words[random(words.length)]!, random(2) === 0);
      return copy;
    }
  }
}

/** "read", or the code of the typed error; anything else escapes. */
function outcome({ read }: Format, bytes: Uint8Array): string {
  try {
    lowerModel(read(bytes));
    return "read";
  } catch (error) {
    if (error instanceof CalypteError && error.code !== "INTERNAL") return error.code;
    throw error;
  }
}

const [name = "", count = "100000", seed = "20261124"] = process.argv.slice(2);
const format = formats[name];
if (format === undefined) throw new Error(`use one of ${Object.keys(formats).join(", ")}`);
const binary = format.binary === true;
const models = modelsOf(format);
for (const model of models)
  if (outcome(format, model) !== "read") throw new Error("a model that is not damaged is refused");
const random = seeded(Number(seed));
const counts = new Map<string, number>();
const before = process.memoryUsage.rss();
let [slowest, escaped, peak] = [0, 0, before];
for (let i = 0; i < Number(count); i++) {
  let mutant = models[random(models.length)]!;
  for (let changes = 1 + random(3); changes > 0 && mutant.length > 0; changes--)
    mutant = mutate(mutant, binary, random);
  // What says how long the core of a cbm is agrees with the file half of the time, so that more than that is looked at.
  if (name === "catboost-cbm" && mutant.length >= 8 && random(2) === 0) {
    mutant = mutant.slice();
    new DataView(mutant.buffer).setUint32(4, mutant.length - 8, true);
  }
  const start = process.cpuUsage();
  let result: string;
  try {
    result = outcome(format, mutant);
  } catch (error) {
    result = `ESCAPED ${String(error).slice(0, 200)}`;
    if (escaped++ < 5) console.error(`mutant ${i}:`, error);
  }
  const { user, system } = process.cpuUsage(start);
  slowest = Math.max(slowest, (user + system) / 1e6);
  if (i % 64 === 0) peak = Math.max(peak, process.memoryUsage.rss());
  counts.set(result, (counts.get(result) ?? 0) + 1);
}
const largest = models.reduce((most, model) => Math.max(most, model.length), 0);
const grown = peak - before;
const allowed = 64 * 2 ** 20 + 20 * largest;
console.log(
  `${name}: ${count} mutants of ${models.length} models, seed ${seed}; ${[...counts].map(([code, n]) => `${code} ${n}`).join(", ")}; slowest ${(slowest * 1e3).toFixed(0)} ms; memory grew by ${(grown / 2 ** 20).toFixed(0)} MB`,
);
if (escaped > 0 || slowest > slowestAllowed || grown > allowed) process.exitCode = 1;
