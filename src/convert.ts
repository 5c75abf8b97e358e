/** Writes a model out as files for others: a TF.js GraphModel, a self-contained WebAssembly module, plain-operator ONNX. */

import type { Model, PredictionOptions } from "./ir/model.js";

export interface ConvertOptions extends PredictionOptions {
  /** Kind of artefact: "tfjs", "wasm" (one module that imports nothing, with a loader), "onnx" (plain operators only), or "savedmodel". */
  readonly target: string;
  /** How forests are lowered: "auto", or the name of a strategy. */
  readonly strategy?: string;
  /** Rows per call to be fast for; 1000 by default. */
  readonly batchHint?: number;
  /** For tfjs: where the artefact is to run; "portable" (right everywhere) by default. */
  readonly device?: string;
  /** For tfjs: keep each forest as one fast node, which needs `import "calypte/tfjs"` where it runs (cpu, wasm, tensorflow, webgpu). */
  readonly fused?: boolean;
  /**
   * For tfjs: write each weight as 8-bit or 16-bit numbers where these give back the same bits. The files get smaller, the answers stay
   * the same; thresholds that need all of float32 stay as they are.
   */
  readonly quantized?: boolean;
  /** Names of the file's outputs to keep; all by default. */
  readonly outputs?: readonly string[];
}

/** Files by relative path, to be written with `save`. */
export async function convert(model: Model, options: ConvertOptions): Promise<Map<string, Uint8Array>> {
  const { convertModel } = await import("./convert-model.js");
  return convertModel(model, options);
}
