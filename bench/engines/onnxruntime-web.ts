/**
 * onnxruntime-web: onnxruntime built for WebAssembly, as pages without a GPU run it, here in Node and on one thread. It shares its classes
 * of tensors with onnxruntime-node.
 */

import type { Engine } from "./engine.js";
import { preparedOf, sessionOptions } from "./onnxruntime-node.js";

export const onnxruntimeWeb: Engine = {
  name: "onnxruntime-web",
  async prepare(model) {
    const ort = await import("onnxruntime-web");
    ort.env.wasm.numThreads = 1;
    const session = await ort.InferenceSession.create(model, { ...sessionOptions, executionProviders: ["wasm"] });
    return preparedOf(session);
  },
};
