/**
 * The models of the performance table, as bench/python/train.py left them in bench/.models/: an index, files in the formats that
 * the engines read, and a pool of rows for each.
 */

import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { readNpy } from "../../src/data/npy.js";

export const modelsFolder = fileURLToPath(new URL("../.models/", import.meta.url));

/** What differs from the plain model of the same base. */
export type Variant = "plain" | "missing" | "codes" | "categories";

export interface GoalModel {
  readonly name: string;
  /** The plain model that a variant is compared with. */
  readonly base: string;
  readonly variant: Variant;
  /** The library that trained it. */
  readonly kind: "lightgbm" | "xgboost" | "sklearn";
  readonly classes: number;
  readonly trees?: number;
  readonly nodes?: number;
  /** File names in the folder. */
  readonly rows: string;
  readonly native: string;
  /** Absent where ONNX has no such forest. */
  readonly onnx?: string;
  /** What Hummingbird is given in place of `native`. */
  readonly estimator?: string;
  /** The same forest with float64 rows and thresholds. */
  readonly doubleOnnx?: string;
}

export interface ModelIndex {
  readonly versions: Readonly<Record<string, string>>;
  readonly seed: number;
  readonly models: readonly GoalModel[];
}

/** The models of an index, which the script wrote. Throws where they have not been trained. */
export function readModels(index = "models.json", script = "train.py"): ModelIndex {
  const path = modelsFolder + index;
  if (!existsSync(path)) {
    throw new Error(
      `${path} is missing; run bench/python/setup.sh, then bench/python/.venv/bin/python bench/python/${script}`,
    );
  }
  return JSON.parse(readFileSync(path, "utf8")) as ModelIndex;
}

export function modelBytes(file: string): Uint8Array {
  return readFileSync(modelsFolder + file);
}

/** Rows [N, width] of a model, in one piece. */
export interface Pool {
  readonly data: Float32Array | Float64Array;
  readonly count: number;
  readonly width: number;
}

export function readPool(model: GoalModel): Pool {
  const { data, shape } = readNpy(readFileSync(modelsFolder + model.rows), model.rows);
  if (!(data instanceof Float32Array)) throw new Error(`${model.rows} is not float32`);
  return { data, count: shape[0] ?? 0, width: shape[1] ?? 0 };
}

export function inFloat64({ data, count, width }: Pool): Pool {
  return { data: Float64Array.from(data), count, width };
}

/** Batches of `rows` rows, next to each other in the pool, without a copy; calls take them in turn. */
export function batchesOf({ data, count, width }: Pool, rows: number): readonly (Float32Array | Float64Array)[] {
  const most = Math.min(Math.floor(count / rows), 4096);
  if (most < 1) throw new Error(`the pool of ${count} rows has no batch of ${rows}`);
  return Array.from({ length: most }, (_, b) => data.subarray(b * rows * width, (b + 1) * rows * width));
}
