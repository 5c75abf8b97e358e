/**
 * The boosters' test models, damaged at random by a seeded generator: what scripts/mutants.ts reads in great numbers, and
 * mutants.test.ts in small ones. A reader must take a mutant or refuse it with a typed error; what it takes must give the same numbers
 * on `reference` and `wasm`.
 */

import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { compile } from "../src/compile.js";
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
  /** Words are replaced instead of numbers in digits. */
  readonly binary: boolean;
}

const formats = {
  lightgbm: { folder: "lightgbm", read: readLightgbm, file: "model.txt", binary: false },
  "xgboost-json": { folder: "xgboost", read: readXgboost, file: "model.json", binary: false },
  "xgboost-ubj": { folder: "xgboost", read: readXgboost, file: "model.ubj", binary: true },
  "catboost-json": { folder: "catboost", read: readCatboost, file: "model.json", binary: false },
  "catboost-cbm": { folder: "catboost", read: readCatboost, file: "model.cbm", binary: true },
} as const satisfies Record<string, Format>;

export type MutantFormat = keyof typeof formats;
export const mutantFormats = Object.keys(formats) as readonly MutantFormat[];

/** The format's test models of at most so many bytes, by name. */
export function modelsOf(name: MutantFormat, largest: number): readonly Uint8Array[] {
  const { folder, file } = formats[name];
  const root = fileURLToPath(new URL(`./${folder}/`, import.meta.url));
  return readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && readdirSync(root + entry.name).includes(file))
    .map((entry) => entry.name)
    .sort()
    .map((model) => new Uint8Array(readFileSync(`${root}${model}/${file}`)))
    .filter((bytes) => bytes.length <= largest);
}

/** Whole numbers in [0, below). */
export type Random = (below: number) => number;

/** A linear congruential generator (Numerical Recipes). */
export function seeded(seed: number): Random {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const numbers = "-1 0 1 7 255 2147483647 2147483648 4294967295 9007199254740993 1e308 1e999".split(" ");
const others = ["NaN", "null", "true", '""', "[]", "{}", "-0", "0.1", "inf", '"__proto__"'];
const words = [0, 1, 4, 0xff, 0xffff, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff];

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

function changed(bytes: Uint8Array, binary: boolean, random: Random): Uint8Array {
  const at = random(bytes.length);
  const near = Math.min(bytes.length, at + 1 + random(random(4) === 0 ? bytes.length : 16));
  const copy = bytes.slice();
  switch (random(7)) {
    case 0:
      copy[at]! ^= 1 << random(8);
      return copy;
    case 1:
      copy[at] = binary ? random(256) : ' 0123456789-.eE[]{},:="\n'.charCodeAt(random(24));
      return copy;
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
      if (copy.length < 8) return copy;
      const place = random(4) === 0 ? random(copy.length - 4) : 4 * random(Math.floor(copy.length / 4) - 1);
      new DataView(copy.buffer).setUint32(place, words[random(words.length)]!, random(2) === 0);
      return copy;
    }
  }
}

/** One of the models after one to three changes. */
export function mutantOf(name: MutantFormat, models: readonly Uint8Array[], random: Random): Uint8Array {
  let mutant = models[random(models.length)]!;
  for (let changes = 1 + random(3); changes > 0 && mutant.length > 0; changes--) {
    mutant = changed(mutant, formats[name].binary, random);
  }
  // What says how long the core of a cbm is agrees with the file half of the time, so that more than that is looked at.
  if (name === "catboost-cbm" && mutant.length >= 8 && random(2) === 0) {
    mutant = mutant.slice();
    new DataView(mutant.buffer).setUint32(4, mutant.length - 8, true);
  }
  return mutant;
}

/** The model that the bytes are read as, lowered once; the code of the typed error where they are refused. Any other error escapes. */
export function readMutant(name: MutantFormat, bytes: Uint8Array): Model | string {
  try {
    const model = formats[name].read(bytes);
    lowerModel(model);
    return model;
  } catch (error) {
    if (error instanceof CalypteError && error.code !== "INTERNAL") return error.code;
    throw error;
  }
}

/** Changed counts make models of a million columns; so many are compared. */
const widest = 4096;
const rows = 16;
const values = [0, -0, 0.5, 1, 2, 5, 31, -1, 1e-40, 1e30, -1e300, Number.NaN, Infinity, -Infinity];
const texts = ["", "a", "0", "1", "nan"];

type Given = Parameters<Awaited<ReturnType<typeof compile>>["rawScore"]>[0];

/** Rows of special values; undefined where the model is too wide. */
function rowsFor(model: Model, random: Random): Given | undefined {
  const pick = <T>(list: readonly T[]): T => list[random(list.length)]!;
  const [first] = model.inputs;
  if (first?.shape.length === 2) {
    const width = Number(first.shape[1]);
    if (!(width <= widest)) return undefined;
    return Array.from({ length: rows }, () => Array.from({ length: width }, () => pick(values)));
  }
  if (model.inputs.length > widest) return undefined;
  return Object.fromEntries(
    model.inputs.map(({ name, dtype }) => [
      name,
      Array.from({ length: rows }, () => (dtype === "string" ? pick(texts) : pick(values))),
    ]),
  );
}

/**
 * Raw scores and leaves of an accepted mutant on `reference` and on `wasm`: equal where the model is right. Undefined where there are
 * none to compare: models without trees, too wide, or refused when compiled.
 */
export async function answersOf(
  model: Model,
  random: Random,
): Promise<readonly [reference: readonly number[], wasm: readonly number[]] | undefined> {
  const given = rowsFor(model, random);
  if (given === undefined) return undefined;
  const on = async (backend: "reference" | "wasm"): Promise<readonly number[] | undefined> => {
    try {
      const scorer = await compile(model, { backend });
      const answers = [await scorer.leafIndices(given), await scorer.rawScore(given)];
      scorer.dispose();
      return answers.flatMap((t) => Array.from(t.data, Number));
    } catch (error) {
      if (error instanceof CalypteError && error.code !== "INTERNAL") return undefined;
      throw error;
    }
  };
  const [reference, wasm] = [await on("reference"), await on("wasm")];
  return reference === undefined || wasm === undefined ? undefined : [reference, wasm];
}
