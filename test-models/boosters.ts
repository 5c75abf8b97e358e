/**
 * Fixtures of the boosters' own files (test-models/<format>/<name>/) and the suite that they pass: the trainer's predictions, raw
 * scores and leaves on its data and on rows at thresholds, beside them, and with special values.
 */

import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { unzipSync } from "fflate";
import { describe, expect, test } from "vitest";
import { compile } from "../src/compile.js";
import { readNpy } from "../src/data/npy.js";
import { OptionError } from "../src/errors.js";
import { type Tensor, tensor } from "../src/ir/tensor.js";
import { load } from "../src/load.js";
import type { Scorer } from "../src/scorer.js";
import { strategies } from "../strategies/index.js";
import { compareNumbers, rtol } from "./compare.js";
import { outcomeOf } from "./coverage.js";

export type BoosterFormat = "xgboost" | "lightgbm" | "catboost";

/** Keys of `answers.npz` for one set of rows. */
export interface BoosterSet {
  readonly name: string;
  readonly rows: number;
  /** [rows, columns], float32 for XGBoost and CatBoost, float64 for LightGBM. */
  readonly X: string;
  /** A JSON file of the same rows as columns by name, categories as the trainer's data frame had them; its X holds their codes. */
  readonly frame?: string;
  /** The trainer's `predict` after the link, or its labels (numbers or texts). */
  readonly predict: string;
  /** [rows, K], where the model is a classifier. */
  readonly predictProba?: string;
  /** Scores before the link, base score included. */
  readonly raw?: string;
  /** int32 [rows, trees], as the trainer names leaves. */
  readonly leaves?: string;
}

/** `fixture.json`. */
export interface BoosterFixture {
  readonly name: string;
  readonly title: string;
  readonly library: string;
  readonly version: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly data: string;
  readonly seed: number;
  /** The model's file in the folder. */
  readonly file: string;
  /** Precision of the trainer's sums. */
  readonly sums: "float32" | "float64";
  /** s of the tolerance: the largest Σ|leaf values| + |base score| over the rows. */
  readonly scale: number;
  /** How `predict` follows from the raw score: for the tolerance. */
  readonly link: "identity" | "exponential" | "probability" | "other";
  /** Options of `compile` that the answers were made under. */
  readonly options?: { readonly iterationRange?: readonly [number, number]; readonly missing?: number };
  readonly stats: {
    readonly trees: number;
    readonly nodes: number;
    readonly maxDepth: number;
    readonly maxLeaves: number;
  };
  readonly sets: readonly BoosterSet[];
  readonly notes: string | null;
}

export interface LoadedBooster extends BoosterFixture {
  readonly path: string;
  readonly bytes: Uint8Array;
  answer(key: string): Tensor;
  /** The columns of a set's `frame`. */
  frame(file: string): Columns;
}

type Columns = Readonly<Record<string, readonly (number | string | boolean | null)[]>>;

const folderOf = (format: BoosterFormat) => new URL(`./${format}/`, import.meta.url);

export function boosterNames(format: BoosterFormat): readonly string[] {
  return readdirSync(folderOf(format), { withFileTypes: true })
    .filter((e) => e.isDirectory())
    .map((e) => e.name)
    .sort();
}

export function loadBooster(format: BoosterFormat, name: string): LoadedBooster {
  const at = new URL(`${name}/`, folderOf(format));
  const description = JSON.parse(readFileSync(new URL("fixture.json", at), "utf8")) as BoosterFixture;
  const archive = unzipSync(readFileSync(new URL("answers.npz", at)));
  const file = new URL(description.file, at);
  return {
    ...description,
    path: fileURLToPath(file),
    bytes: new Uint8Array(readFileSync(file)),
    answer(key) {
      const bytes = archive[`${key}.npy`];
      if (bytes === undefined) throw new Error(`${name}: answers.npz holds no ${key}`);
      return readNpy(bytes, `${name}/${key}`);
    },
    frame: (file) => JSON.parse(readFileSync(new URL(file, at), "utf8")) as Columns,
  };
}

export interface BoosterSuiteOptions {
  readonly backend: "reference" | "wasm" | "tfjs" | "auto";
  readonly device?: string;
  /** Strategies to try; all by default. */
  readonly strategies?: readonly string[];
}

/** Rows that float32 holds exactly. */
function float32Rows(X: Tensor): readonly number[] {
  const width = X.shape[1]!;
  return Array.from({ length: X.shape[0]! }, (_, r) => r).filter((r) => {
    for (let c = 0; c < width; c++) {
      const v = Number(X.data[r * width + c]);
      if (!Object.is(Math.fround(v), v)) return false;
    }
    return true;
  });
}

function pickRows(t: Tensor, rows: readonly number[]): Tensor {
  const width = t.shape.slice(1).reduce((a, b) => a * b, 1);
  if (t.dtype === "string") {
    const texts = rows.flatMap((r) => Array.from({ length: width }, (_, c) => String(t.data[r * width + c])));
    return tensor("string", [rows.length, ...t.shape.slice(1)], texts);
  }
  const values = rows.flatMap((r) => Array.from({ length: width }, (_, c) => Number(t.data[r * width + c])));
  const shape = [rows.length, ...t.shape.slice(1)];
  return t.dtype === "float32"
    ? tensor("float32", shape, Float32Array.from(values))
    : t.dtype === "float64"
      ? tensor("float64", shape, Float64Array.from(values))
      : tensor("int32", shape, Int32Array.from(values));
}

async function checkSet(fixture: LoadedBooster, set: BoosterSet, scorer: Scorer, device: boolean): Promise<void> {
  const all = fixture.answer(set.X);
  const rows = device ? float32Rows(all) : Array.from({ length: set.rows }, (_, i) => i);
  const X = pickRows(all, rows);
  const relative = device ? rtol.tfjs : rtol[fixture.sums];
  const place = `${fixture.name}/${set.name}`;
  const tolerance = {
    rtol: relative,
    scale: fixture.link === "probability" ? 1 : fixture.scale,
    exponential: fixture.link === "exponential",
  };
  if (set.leaves !== undefined) {
    const [got, want] = [await scorer.leafIndices(X), pickRows(fixture.answer(set.leaves), rows)];
    const wrong = Array.from(want.data as Int32Array).filter((v, i) => v !== got.data[i]).length;
    expect(got.shape, `${place} leaves`).toEqual(want.shape);
    expect(wrong, `${place} leaves that differ`).toBe(0);
  }
  if (set.raw !== undefined) {
    const raw = { rtol: relative, scale: fixture.scale, exponential: false };
    const difference = compareNumbers(await scorer.rawScore(X), pickRows(fixture.answer(set.raw), rows), raw);
    expect(difference.first, `${place} raw, ${difference.wrong} wrong`).toBeUndefined();
  }
  const answer = pickRows(fixture.answer(set.predict), rows);
  if (answer.dtype === "string") {
    // Labels that are texts have no tolerance.
    expect(Array.from(await scorer.predict(X).then((t) => t.data as string[])), `${place} predict`).toEqual(
      answer.data,
    );
  } else {
    const predicted = compareNumbers(await scorer.predict(X), answer, tolerance);
    expect(predicted.first, `${place} predict, ${predicted.wrong} wrong`).toBeUndefined();
  }
  if (set.predictProba !== undefined) {
    const probabilities = { rtol: relative, scale: 1, exponential: false };
    const want = pickRows(fixture.answer(set.predictProba), rows);
    const difference = compareNumbers(await scorer.predictProba(X), want, probabilities);
    expect(difference.first, `${place} predictProba, ${difference.wrong} wrong`).toBeUndefined();
  }
  if (set.frame !== undefined) await checkFrame(place, scorer, fixture.frame(set.frame), all);
  const alone = await scorer.predict(pickRows(all, rows.slice(0, 1)));
  expect(Array.from(alone.data as Float64Array)[0], `${place} one row`).toBeDefined();
  expect((await scorer.predict(pickRows(all, []))).shape[0], `${place} no rows`).toBe(0);
}

/** Columns by name, and records, with categories in place of codes give what the codes give. */
async function checkFrame(place: string, scorer: Scorer, columns: Columns, codes: Tensor): Promise<void> {
  const want = Array.from((await scorer.rawScore(codes)).data as Float64Array);
  const records = Array.from({ length: codes.shape[0]! }, (_, i) =>
    Object.fromEntries(Object.entries(columns).map(([name, cells]) => [name, cells[i]])),
  );
  for (const given of [columns, records]) {
    expect(Array.from((await scorer.rawScore(given)).data as Float64Array), `${place} as a frame`).toEqual(want);
  }
}

/** Registers the suite of one format on one backend. */
export function describeBoosters(format: BoosterFormat, options: BoosterSuiteOptions): void {
  const { strategies: wanted, ...target } = options;
  const device = options.backend === "tfjs";
  describe.each(boosterNames(format))(`${format} ${options.backend} ${options.device ?? ""} %s`, (name) => {
    const fixture = loadBooster(format, name);
    const names = fixture.stats.trees === 0 ? ["auto"] : (wanted ?? strategies.map((s) => s.name));
    test.each(names)("%s", async (strategy) => {
      const model = await load(fixture.bytes);
      let scorer: Scorer;
      try {
        scorer = await compile(model, { ...target, ...fixture.options, strategy, batchHint: 100 } as Parameters<
          typeof compile
        >[1]);
      } catch (error) {
        // A strategy may refuse a forest, with its reason; tree-traversal never does.
        if (error instanceof OptionError && error.option === "strategy" && strategy !== "tree-traversal") return;
        throw error;
      }
      // docs/coverage.md says so of all of them.
      expect(outcomeOf(scorer.plan.notes), "parts on the host").toBeUndefined();
      try {
        for (const set of fixture.sets) await checkSet(fixture, set, scorer, device);
      } finally {
        scorer.dispose();
      }
    });
  });
}
