/**
 * Bytes of a model file of any format → Model: asks the table of readers whose file it is, and loads that reader only. A further
 * format is one row here.
 */

import { ModelParseError } from "../errors.js";
import type { Model } from "../ir/model.js";
import type { RegisteredOperator } from "../ir/operator.js";
import { looksLikeCatboost } from "./catboost/looks-like-catboost.js";
import { refusalOfForeign } from "./foreign-formats.js";
import { looksLikeLightgbm } from "./lightgbm/looks-like-lightgbm.js";
import type { ExternalFiles } from "./onnx/external-data.js";
import { looksLikeOnnx } from "./onnx/looks-like-onnx.js";
import { looksLikeXgboost } from "./xgboost/looks-like-xgboost.js";

/** The registered operators, which only the formats that name operators load. */
export interface Operators {
  /** Those that most models make do with. */
  common(): Promise<readonly RegisteredOperator[]>;
  all(): Promise<readonly RegisteredOperator[]>;
}

/** The files beside a model, asked for by the models that have some. */
export type OpenFiles = () => Promise<ExternalFiles>;

/** A format that calypte reads. */
export interface Reader {
  readonly format: string;
  /** Whether the content is plausibly of this format; a damaged file still is. */
  detect(bytes: Uint8Array): boolean;
  /** What the names of such files end in, and what `read` imports: to be loaded while the file itself is. */
  readonly expected?: { readonly ending: RegExp; load(operators: Operators): Promise<unknown> };
  /** `detect` also takes other content for its own, so that files known to be foreign are refused before it is asked. */
  readonly loose?: true;
  read(bytes: Uint8Array, operators: Operators, files?: OpenFiles): Promise<Model>;
}

const onnxParts = (operators: Operators) => Promise.all([import("./onnx/read-decoded.js"), operators.common()]);

export const readers: readonly Reader[] = [
  {
    format: "lightgbm",
    detect: looksLikeLightgbm,
    read: async (bytes) => (await import("./lightgbm/read-lightgbm.js")).readLightgbm(bytes),
  },
  {
    format: "catboost",
    detect: looksLikeCatboost,
    read: async (bytes) => (await import("./catboost/read-catboost.js")).readCatboost(bytes),
  },
  {
    format: "xgboost",
    detect: looksLikeXgboost,
    read: async (bytes) => (await import("./xgboost/read-xgboost.js")).readXgboost(bytes),
  },
  {
    format: "onnx",
    detect: looksLikeOnnx,
    loose: true,
    expected: { ending: /\.onnx$/i, load: onnxParts },
    read: async (bytes, operators, files) => {
      const [{ decodeModel, hasOnly, readDecoded, standsAlone }, common] = await onnxParts(operators);
      const decoded = decodeModel(bytes);
      const known = hasOnly(decoded, common) ? common : await operators.all();
      if (standsAlone(decoded)) return readDecoded(decoded, known);
      const { inOneGraph } = await import("./onnx/in-one-graph.js");
      return readDecoded(inOneGraph(decoded, await files?.()), known);
    },
  },
];

/** Starts to load what reading a file of this name will take, most likely; the content decides, and `readModel` tells what fails. */
export function expectModel(name: string, operators: Operators): void {
  const reader = readers.find(({ expected }) => expected?.ending.test(name) === true);
  reader?.expected?.load(operators).catch(() => undefined);
}

/** The name of the format that the content is in. Throws as `readModel` does where calypte does not read it. */
export function detectFormat(bytes: Uint8Array, name = ""): string {
  return readerOf(bytes, name).format;
}

/**
 * Reads a model. `name` (a path or URL) only serves messages. Throws UnsupportedError for a file of another format, naming it and
 * what to do; ModelParseError for an empty, unknown or damaged file; and what the format's reader throws. `files` opens the files beside it.
 */
export async function readModel(bytes: Uint8Array, operators: Operators, name = "", files?: OpenFiles): Promise<Model> {
  return readerOf(bytes, name).read(bytes, operators, files);
}

function readerOf(bytes: Uint8Array, name: string): Reader {
  if (bytes.length === 0)
    throw new ModelParseError("file", name, "it is empty, expected an ONNX, LightGBM, XGBoost or CatBoost model");
  const sure = readers.find((reader) => reader.loose !== true && reader.detect(bytes));
  if (sure !== undefined) return sure;
  const foreign = refusalOfForeign(bytes, name);
  if (foreign !== undefined) throw foreign;
  const reader = readers.find(({ detect }) => detect(bytes));
  if (reader === undefined) {
    const start = Array.from(bytes.subarray(0, 8), (byte) => byte.toString(16).padStart(2, "0")).join(" ");
    throw new ModelParseError(
      "file",
      name,
      `its format is not known (it starts with ${start}), expected an ONNX, LightGBM, XGBoost or CatBoost model`,
    );
  }
  return reader;
}
