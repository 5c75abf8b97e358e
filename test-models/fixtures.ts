/**
 * Loads the test models: for each folder of test-models/onnx/ the model file, what `fixture.json` says of it, and the answers of
 * its trainer and of its file (`answers.npz`), as the recipes in test-models/recipes/ wrote them. For tests, bench/ and the demo.
 */

import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { unzipSync } from "fflate";
import { readNpy } from "../src/data/npy.js";
import type { DType } from "../src/ir/dtype.js";
import type { Tensor } from "../src/ir/tensor.js";

/** Names of arrays in `answers.npz` for one set of rows. */
export interface FixtureSet {
  /** "trainer": held-out rows with the trainer's answers. "edges": rows at thresholds, beside them, and with special values. */
  readonly name: string;
  readonly rows: number;
  /** By input name. */
  readonly inputs: Readonly<Record<string, string>>;
  /** The file's own answers (onnxruntime's, or a plain walk's: `Fixture.oracle`), by output name. */
  readonly file: Readonly<Record<string, string>>;
  /** The trainer's answers, by verb: predict, predictProba, decisionFunction, scoreSamples, transform, leaves. */
  readonly trainer?: Readonly<Record<string, string>>;
  /** Node id of the leaf per row and tree, int32 [rows, trees], where the file has one ensemble. */
  readonly leaves?: string;
}

export interface FixtureStats {
  readonly trees: number;
  readonly nodes: number;
  readonly maxDepth: number;
  readonly maxLeaves: number;
  readonly outputs: number;
  readonly maxDistinctThresholds: number;
}

/** `fixture.json`; written by `save_fixture` in recipes/common.py. */
export interface FixtureDescription {
  readonly name: string;
  readonly title: string;
  readonly family: string;
  readonly source: {
    readonly library: string;
    readonly version: string;
    readonly class: string;
    readonly params: Readonly<Record<string, unknown>>;
  };
  readonly exporter: { readonly name: string; readonly version: string };
  readonly data: string;
  readonly seed: number;
  /** As the file declares them; null for an open dimension. */
  readonly inputs: readonly {
    readonly name: string;
    readonly dtype: DType;
    readonly shape: readonly (number | null)[];
  }[];
  readonly outputs: readonly {
    readonly name: string;
    readonly dtype: DType;
    readonly role: "label" | "probabilities" | "scores" | "values";
  }[];
  readonly classes: readonly (string | number | boolean | readonly (string | number)[])[] | null;
  /** Precision of the file's sums: 1e-12 or 1e-6 of `scale` is what they may differ. */
  readonly sums: "float32" | "float64";
  /** s of the tolerance rtol · max(|want|, s). */
  readonly scale: number;
  readonly stats: FixtureStats;
  readonly sets: readonly FixtureSet[];
  /** On how many rows of the trainer's set file and trainer disagree, and in what; null where nowhere. */
  readonly trainerDiffers: { readonly what: string; readonly rows: number } | null;
  readonly oracle: "onnxruntime" | "walk";
  readonly notes: string | null;
}

export interface Fixture extends FixtureDescription {
  /** The ONNX file. */
  readonly model: Uint8Array;
  /** Path of the ONNX file. */
  readonly modelPath: string;
  /** An array of `answers.npz` by its name. Strings are dtype "string". Throws where there is none. */
  answer(name: string): Tensor;
}

const folder = new URL("./onnx/", import.meta.url);
const cache = new Map<string, Fixture>();

/** Names of all fixtures, sorted. */
export function fixtureNames(): readonly string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
}

/** One fixture, read once per process; its arrays are decoded when asked for. */
export function loadFixture(name: string): Fixture {
  const known = cache.get(name);
  if (known !== undefined) return known;
  const at = new URL(`./${name}/`, folder);
  const description = JSON.parse(readFileSync(new URL("fixture.json", at), "utf8")) as FixtureDescription;
  const modelUrl = new URL("model.onnx", at);
  let archive: Readonly<Record<string, Uint8Array>> | undefined;
  const answers = new Map<string, Tensor>();
  const fixture: Fixture = {
    ...description,
    model: new Uint8Array(readFileSync(modelUrl)),
    modelPath: fileURLToPath(modelUrl),
    answer(key) {
      const found = answers.get(key);
      if (found !== undefined) return found;
      archive ??= unzipSync(readFileSync(new URL("answers.npz", at)));
      const file = archive[`${key}.npy`];
      if (file === undefined)
        throw new Error(`${name}: answers.npz holds no ${key}; it holds ${Object.keys(archive).join(", ")}`);
      const tensor = readNpy(file, `${name}/answers.npz/${key}.npy`);
      answers.set(key, tensor);
      return tensor;
    },
  };
  cache.set(name, fixture);
  return fixture;
}

/** The input tensors of a set of rows, by input name. */
export function fixtureInputs(fixture: Fixture, set: FixtureSet): ReadonlyMap<string, Tensor> {
  return new Map(Object.entries(set.inputs).map(([input, key]) => [input, fixture.answer(key)]));
}
