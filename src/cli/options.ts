/** Options that several commands share, in yargs' terms. Values are checked by the library, which names what would work. */

import { UsageError } from "./exit-code.js";

export const modelArgument = {
  describe: "Model file (ONNX)",
  type: "string",
  demandOption: true,
  // yargs makes an empty string of a positional "-".
  coerce: (path: string): string => {
    if (path === "") throw new UsageError("the model is read from a file, not from stdin");
    return path;
  },
} as const;

export const strategyOption = {
  describe: "How forests are lowered: auto, gemm, tree-traversal, …",
  type: "string",
  default: "auto",
  requiresArg: true,
} as const;

export const backendOption = {
  describe: "What computes: auto, wasm, reference, tfjs",
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

export const deviceOption = {
  describe: "Device of the tfjs backend: cpu, wasm, …",
  type: "string",
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

const backends = ["auto", "wasm", "reference", "tfjs"] as const;
export type BackendName = (typeof backends)[number];

/** The backend by its name; undefined for a name that the library does not have. */
export function backendName(name: string): BackendName | undefined {
  return backends.find((b) => b === name);
}
