/**
 * Registers the forest nodes of fused graphs: the operators with tfjs-converter, and a kernel for each backend with tfjs-core. Both
 * are optional peers, so whoever needs the nodes imports this file when it does.
 */

import { registerOp } from "@tensorflow/tfjs-converter";
import { engine, registerKernel, type Tensor } from "@tensorflow/tfjs-core";
import { forestNodes, imageDevices } from "../../../emitters/tfjs/fused-nodes.js";
import { ShapeError } from "../../../errors.js";
import { compileKernels, imageKernel } from "./image-kernel.js";
import { webgpuKernel } from "./webgpu-kernel.js";

let registered: Promise<void> | undefined;

/** Registers once. Resolves when forests can run on all backends; rejects where WebAssembly is absent, which webgpu does without. */
export function registerForests(): Promise<void> {
  if (registered !== undefined) return registered;
  for (const node of Object.values(forestNodes)) {
    registerOp(node.op, ({ inputs }) => {
      const [x, image, tables] = inputs;
      if (x === undefined || image === undefined || tables === undefined) {
        throw new ShapeError(`${node.op}: expected rows and the forest in two forms`);
      }
      return engine().runKernel(node.op, { x, image, tables }) as Tensor;
    });
    for (const backendName of imageDevices) {
      registerKernel({ kernelName: node.op, backendName, kernelFunc: imageKernel(node) });
    }
    registerKernel({ kernelName: node.op, backendName: "webgpu", kernelFunc: webgpuKernel(node) });
  }
  registered = compileKernels();
  registered.catch(() => undefined);
  return registered;
}
