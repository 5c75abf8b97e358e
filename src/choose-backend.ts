/** Which backend a model is compiled for: the one asked for, or by what is there and worth it. */

import { referenceBackend } from "./backends/reference/reference-backend.js";
import type { GpuFailure } from "./backends/tfjs/gpu-speed.js";
import { wasmBackend } from "./backends/wasm/wasm-backend.js";
import { BackendUnavailableError, OptionError } from "./errors.js";
import { wasmBackendOn } from "./given-kernels.js";
import { forestShape } from "./ir/forest.js";
import type { Program } from "./ir/program.js";
import type { Backend, BackendOptions, Target } from "./ir/target.js";

export interface BackendChoice {
  readonly backend: Backend;
  readonly target: Target;
  /** Why it is not the one that "auto" stands for. */
  readonly notes: readonly string[];
}

/** Backends that few programs use are loaded when first asked for. */
const backends: Readonly<Record<string, () => Promise<Backend>>> = {
  wasm: async () => wasmBackend,
  reference: async () => referenceBackend,
  tfjs: async () => (await import("./backends/tfjs/tfjs-backend.js")).tfjsBackend,
};

/** The backend of that name, what it offers, and why it is not the one that "auto" stands for. A device is a TF.js device. */
export async function chooseBackend(
  name: string,
  options: BackendOptions,
  kernels: WebAssembly.Module | undefined,
): Promise<BackendChoice> {
  const wanted = name !== "auto" ? name : options.device === undefined ? "wasm" : "tfjs";
  if (kernels !== undefined) {
    if (wanted !== "wasm")
      throw new OptionError("kernels", `kernels are for the wasm backend, not ${wanted}; leave them out`);
    // Whoever brings kernels wants them used: no falling back.
    const backend = wasmBackendOn(kernels);
    return { backend, target: await backend.probe(options), notes: [] };
  }
  const loadBackend = Object.hasOwn(backends, wanted) ? backends[wanted] : undefined;
  if (loadBackend === undefined) {
    throw new OptionError("backend", `unknown backend "${name}"; use auto, ${Object.keys(backends).join(", ")}`);
  }
  const backend = await loadBackend();
  try {
    return { backend, target: await backend.probe(options), notes: [] };
  } catch (error) {
    if (name !== "auto" || wanted !== "wasm" || !(error instanceof BackendUnavailableError)) throw error;
    const target = await referenceBackend.probe(options);
    return { backend: referenceBackend, target, notes: [`runs on reference: ${error.message}`] };
  }
}

/** Below it the way to a GPU and back, some milliseconds, is longer than the work. */
const leastGpuRows = 10_000;

/**
 * The GPU, where "auto" prefers it: for calls of many rows, where it was measured to be faster, and only for Programs that give the
 * same answers there, whose numbers are float32 throughout. Nothing of TF.js is loaded to find out that it does not. Or that the GPU
 * failed.
 */
export async function worthwhileGpu(
  source: Program,
  batchHint: number,
): Promise<BackendChoice | GpuFailure | undefined> {
  if (batchHint < leastGpuRows) return undefined;
  const forests = source.instructions.flatMap((i) => (i.op === "forest" ? [i.attrs.forest] : []));
  const needsMore = ({ dtype, dictionary }: Program["types"][number]): boolean =>
    dtype === "float64" || dtype === "string" || (dtype === "int64" && dictionary === undefined);
  if (forests.length === 0 || source.types.some(needsMore)) return undefined;
  const { gpuIsFaster, gpuSpeed } = await import("./backends/tfjs/gpu-speed.js");
  const speed = await gpuSpeed();
  const steps = forests.map(forestShape).reduce((sum, s) => sum + s.trees * s.meanDepth, 0);
  if (speed === undefined || "failed" in speed) return speed;
  if (!gpuIsFaster(speed, batchHint, steps)) return undefined;
  const { tfjsBackend } = await import("./backends/tfjs/tfjs-backend.js");
  try {
    const target = await tfjsBackend.probe({ device: "webgpu", batchHint });
    return { backend: tfjsBackend, target, notes: ["runs on the GPU, measured to be faster for so many rows"] };
  } catch (error) {
    // It was there when it was measured.
    if (error instanceof BackendUnavailableError) return { failed: error.message };
    throw error;
  }
}
