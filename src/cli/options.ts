/** Options that several commands share, in yargs' terms. Values are checked by the library, which names what would work. */

import type { Options } from "yargs";
import { type DataForm, dataForms } from "../data/data-forms.js";
import { OptionError } from "../errors.js";
import type { CompileOptions, Model } from "../index.js";
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

/** Options that several commands take: one name and one meaning everywhere. */
const shared = {
  backend: {
    describe: "What computes: auto, wasm, reference, tfjs",
    type: "string",
    default: "auto",
    requiresArg: true,
  },
  strategy: {
    describe: "How forests are lowered: auto, walk, gemm, …",
    type: "string",
    default: "auto",
    requiresArg: true,
  },
  device: {
    describe: "Device of the tfjs backend: cpu, wasm, …",
    type: "string",
    requiresArg: true,
  },
  fused: {
    describe: "TF.js: forests as nodes of calypte's own (--no-fused: standard operators alone)",
    type: "boolean",
    defaultDescription: "where the device has a kernel",
  },
  "batch-hint": {
    describe: "Rows per call to be fast for",
    type: "number",
    default: 1000,
    requiresArg: true,
  },
  iterations: {
    describe: "Boosting rounds to sum, FIRST:END",
    type: "string",
    requiresArg: true,
  },
  missing: {
    describe: "XGBoost: a number that means missing",
    type: "number",
    requiresArg: true,
  },
  threads: {
    describe: "Threads of the wasm backend: a number, or auto",
    type: "string",
    requiresArg: true,
  },
  force: {
    describe: "Replace files that exist",
    type: "boolean",
    default: false,
  },
  quiet: {
    describe: "No progress on stderr",
    type: "boolean",
    default: false,
  },
  from: {
    describe: "Form of the data: csv, json, jsonl, npy (else told from the content)",
    type: "string",
    requiresArg: true,
  },
  columns: {
    describe: "Columns that the model takes, in its order: a,b,c",
    type: "string",
    requiresArg: true,
  },
  header: {
    describe: "CSV: the first line names the columns (--no-header: it is data)",
    type: "boolean",
    default: true,
  },
  delimiter: { describe: 'CSV: what separates cells: ";", tab, …', type: "string", requiresArg: true },
  "missing-values": {
    describe: "CSV: cells that mean missing beside the empty one: NA,null,-999",
    type: "string",
    requiresArg: true,
  },
  "json-special": {
    describe: 'JSON: read and write "NaN" and "Infinity" (else null)',
    type: "boolean",
    default: false,
  },
} as const satisfies Readonly<Record<string, Options>>;

/** Some of the shared options, for `yargs.options`. */
export function sharedOptions<K extends keyof typeof shared>(...names: readonly K[]): Pick<typeof shared, K> {
  return Object.fromEntries(names.map((name) => [name, shared[name]])) as Pick<typeof shared, K>;
}

/** Which of the trainer's options the model is to answer under. */
export interface ModelArguments {
  readonly model: string;
  readonly iterations: string | undefined;
  readonly missing: number | undefined;
}

export const modelOptions = sharedOptions("iterations", "missing");

/** What is to compute. */
export interface EngineArguments extends ModelArguments {
  readonly backend: string;
  readonly strategy: string;
  readonly device: string | undefined;
  readonly fused: boolean | undefined;
  readonly threads: string | undefined;
}

export const engineOptions = {
  ...sharedOptions("backend", "strategy", "device", "fused", "threads"),
  ...modelOptions,
} as const;

/** How data is to be read. */
export interface DataArguments {
  readonly from: string | undefined;
  readonly header: boolean;
  readonly delimiter: string | undefined;
  readonly columns: string | undefined;
  readonly "missing-values": string | undefined;
  readonly "json-special": boolean;
}

export const dataOptions = sharedOptions("from", "columns", "header", "delimiter", "missing-values", "json-special");

/** The model of the file, under the prediction options given. Throws OptionError where it has none of them to choose. */
export async function openModel({ model: path, iterations, missing }: ModelArguments): Promise<Model> {
  const range = iterations === undefined ? undefined : rangeOf(iterations);
  const { load } = await import("../index.js");
  const model = await load(path);
  if (range === undefined && missing === undefined) return model;
  if (model.configure === undefined) {
    const [name, what] =
      range === undefined ? ["missing", "value that means missing"] : ["iterations", "boosting rounds"];
    throw new OptionError(name, `an ${model.format} model has no ${what} to choose; leave --${name} out`);
  }
  return model.configure({
    ...(range === undefined ? {} : { iterationRange: range }),
    ...(missing === undefined ? {} : { missing }),
  });
}

/** The number of threads as `compile` takes it, which says how many there may be. */
export function threadsOf(text: string | undefined): { readonly threads?: number | "auto" } {
  if (text === undefined) return {};
  if (text === "auto") return { threads: text };
  if (!/^\d{1,9}$/.test(text)) throw new OptionError("threads", `--threads is a whole number or auto, got "${text}"`);
  return { threads: Number(text) };
}

const backends = ["auto", "wasm", "reference", "tfjs"] as const;

/** The options of `compile`. Throws OptionError for a backend that is none. The model has the prediction options already. */
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
    ...(args.fused === undefined ? {} : { fused: args.fused }),
    ...threadsOf(args.threads),
  };
}

function rangeOf(text: string): readonly [number, number] {
  const parts = /^(\d{1,9}):(\d{1,9})$/.exec(text);
  if (parts === null) throw new OptionError("iterations", `expected --iterations FIRST:END, like 0:100, got "${text}"`);
  return [Number(parts[1]), Number(parts[2])];
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

/** The foot of a command's help: what to type, each on a line of its own, and what it does. yargs' own columns break commands. */
export function examples(...shown: readonly (readonly [command: string, does: string])[]): string {
  return ["Examples:", ...shown.map(([command, does]) => `  ${command}\n      ${does}`)].join("\n");
}
