/** Options that several commands share, in yargs' terms. Values are checked by the library, which names what would work. */

import type { Argv } from "yargs";
import { type DataForm, dataForms } from "../data/data-forms.js";
import { OptionError } from "../errors.js";
import type { CompileOptions } from "../index.js";
import { UsageError } from "./exit-code.js";

export const modelArgument = {
  describe: "Model file (ONNX, LightGBM, XGBoost, CatBoost)",
  type: "string",
  demandOption: true,
  // yargs makes an empty string of a positional "-".
  coerce: (path: string): string => {
    if (path === "") throw new UsageError("the model is read from a file, not from stdin");
    return path;
  },
} as const;

export const strategyOption = {
  describe: "How forests are lowered: auto, walk, gemm, …",
  type: "string",
  default: "auto",
  requiresArg: true,
} as const;

export const batchHintOption = {
  describe: "Rows per call to be fast for",
  type: "number",
  default: 1000,
  requiresArg: true,
} as const;

export const forceOption = {
  describe: "Replace files that exist",
  type: "boolean",
  default: false,
} as const;

export const quietOption = {
  describe: "No progress on stderr",
  type: "boolean",
  default: false,
} as const;

/** What is to compute, and under which of the trainer's options. */
export interface EngineArguments {
  readonly backend: string;
  readonly strategy: string;
  readonly device: string | undefined;
  readonly iterations: string | undefined;
  readonly missing: number | undefined;
  readonly threads: string | undefined;
}

export function engineOptions<T>(yargs: Argv<T>) {
  return yargs
    .option("backend", {
      describe: "What computes: auto, wasm, reference, tfjs",
      type: "string",
      default: "auto",
      requiresArg: true,
    })
    .option("strategy", strategyOption)
    .option("device", {
      describe: "Device of the tfjs backend: cpu, wasm, …",
      type: "string",
      requiresArg: true,
    })
    .option("iterations", {
      describe: "Boosting rounds to sum, FIRST:END",
      type: "string",
      requiresArg: true,
    })
    .option("missing", {
      describe: "XGBoost: number that means missing beside NaN",
      type: "number",
      requiresArg: true,
    })
    .option("threads", {
      describe: "Threads of the wasm backend: a number, or auto",
      type: "string",
      requiresArg: true,
    });
}

const backends = ["auto", "wasm", "reference", "tfjs"] as const;

/** The options of `compile`. Throws OptionError for a backend or a range that is none. */
export function compileOptionsOf(args: EngineArguments, batchHint: number): CompileOptions {
  const backend = backends.find((b) => b === args.backend);
  if (backend === undefined) {
    throw new OptionError("backend", `unknown backend "${args.backend}"; use ${orList(backends)}`);
  }
  return {
    backend,
    strategy: args.strategy,
    batchHint,
    ...(args.device === undefined ? {} : { device: args.device }),
    ...(args.iterations === undefined ? {} : { iterationRange: rangeOf(args.iterations) }),
    ...(args.missing === undefined ? {} : { missing: args.missing }),
    ...(args.threads === undefined ? {} : { threads: args.threads === "auto" ? "auto" : Number(args.threads) }),
  };
}

function rangeOf(text: string): readonly [number, number] {
  const parts = /^(\d{1,9}):(\d{1,9})$/.exec(text);
  if (parts === null) throw new OptionError("iterations", `expected --iterations FIRST:END, like 0:100, got "${text}"`);
  return [Number(parts[1]), Number(parts[2])];
}

/** How data is to be read. */
export interface DataArguments {
  readonly from: string | undefined;
  readonly header: boolean;
  readonly delimiter: string | undefined;
  readonly columns: string | undefined;
  readonly "missing-values": string | undefined;
  readonly "json-special": boolean;
}

export function dataOptions<T>(yargs: Argv<T>) {
  return yargs
    .option("from", {
      describe: "Form of the data: csv, json, jsonl, npy (else told from the content)",
      type: "string",
      requiresArg: true,
    })
    .option("columns", {
      describe: "Columns that the model takes, in its order: a,b,c",
      type: "string",
      requiresArg: true,
    })
    .option("header", {
      describe: "CSV: the first line names the columns (--no-header: it is data)",
      type: "boolean",
      default: true,
    })
    .option("delimiter", { describe: 'CSV: what separates cells: ";", tab, …', type: "string", requiresArg: true })
    .option("missing-values", {
      describe: "CSV: cells that mean missing beside the empty one: NA,null,-999",
      type: "string",
      requiresArg: true,
    })
    .option("json-special", {
      describe: 'JSON: read and write "NaN" and "Infinity" (else null)',
      type: "boolean",
      default: false,
    });
}

/** The form of that name; throws OptionError for another. */
export function dataFormNamed(option: string, name: string): DataForm {
  const form = dataForms.find((f) => f === name);
  if (form !== undefined) return form;
  throw new OptionError(option, `unknown form "${name}" for --${option}; use ${orList(dataForms)}`);
}

/** A list on the command line: a,b,c. */
export function listOf(text: string): readonly string[] {
  return text.split(",");
}

/** "a, b or c". */
export function orList(names: readonly string[]): string {
  return names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} or ${names.at(-1)}`;
}
