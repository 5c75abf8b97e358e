/**
 * `calypte/tfjs`: teaches TF.js the forest node of fused graphs (`convert(model, { target: "tfjs", fused: true })`). Importing it
 * registers the operator with tfjs-converter and, for the backends cpu, wasm, tensorflow and webgpu, a kernel with tfjs-core; both are
 * optional peers.
 */

import { registerOp } from "@tensorflow/tfjs-converter";
import { engine, env, registerKernel } from "@tensorflow/tfjs-core";
import { registerForests } from "./backends/tfjs/fused/register.js";

/**
 * Resolves when forests can run; await it before the first one. Rejects with BackendUnavailableError where WebAssembly is absent or
 * forbidden; graphs on webgpu run all the same.
 */
export const ready: Promise<void> = registerForests({
  core: { engine, env, registerKernel },
  converter: { registerOp },
});
