/** Which backends and devices work on this machine, found by starting each: for `calypte doctor`. */

import { referenceBackend } from "./backends/reference/reference-backend.js";
import { wasmBackend } from "./backends/wasm/wasm-backend.js";
import { BackendUnavailableError } from "./errors.js";
import type { Backend } from "./ir/target.js";

export interface BackendDiagnosis {
  readonly backend: string;
  readonly device: string;
  readonly works: boolean;
  /** What it is, or why it does not work. */
  readonly says: string;
  /** How to get it; absent where it works. */
  readonly next?: string;
}

/** Backends and devices of Node, the default first. */
export async function diagnose(): Promise<readonly BackendDiagnosis[]> {
  const { tfjsBackend } = await import("./backends/tfjs/tfjs-backend.js");
  const { version_core } = await import("@tensorflow/tfjs-core").catch(() => ({ version_core: "" }));
  const tfjs = version_core === "" ? "" : `TF.js ${version_core}`;
  return [
    await start(wasmBackend, "cpu", "SIMD kernels"),
    await start(referenceBackend, "cpu", "plain TypeScript, everywhere"),
    await start(tfjsBackend, "wasm", tfjs),
    await start(tfjsBackend, "cpu", tfjs),
    await start(tfjsBackend, "tensorflow", tfjs),
    await start(tfjsBackend, "webgl", tfjs),
    await start(tfjsBackend, "webgpu", `${tfjs}${await adapterNote()}`),
  ];
}

/** What there is to say of WebGPU's adapter. */
async function adapterNote(): Promise<string> {
  const { provideGpu } = await import("./backends/tfjs/provide-gpu.js");
  try {
    return (await provideGpu()).software ? ', a software adapter, which the backend "auto" leaves alone' : "";
  } catch (error) {
    if (error instanceof BackendUnavailableError) return "";
    throw error;
  }
}

async function start(backend: Backend, device: string, says: string): Promise<BackendDiagnosis> {
  const place = { backend: backend.name, device };
  try {
    await backend.probe({ device, batchHint: 1 });
    return { ...place, works: true, says };
  } catch (error) {
    if (!(error instanceof BackendUnavailableError)) throw error;
    const reason = error.message
      .slice(0, error.message.length - error.hint.length - 2)
      .replace(`the TF.js device ${device} is not available: `, "");
    return { ...place, works: false, says: reason, next: error.hint };
  }
}
