/**
 * Registers the forest nodes of fused graphs: the operators with tfjs-converter, and a kernel for each backend with tfjs-core. Both
 * are optional peers and given, not imported: an application without them is bundled, too.
 */

import type * as Converter from "@tensorflow/tfjs-converter";
import type * as Core from "@tensorflow/tfjs-core";
import type { Tensor } from "@tensorflow/tfjs-core";
import { forestNodes, imageDevices } from "../../../emitters/tfjs/fused-nodes.js";
import { OptionError, ShapeError } from "../../../errors.js";
import { compileKernels, imageKernel } from "./image-kernel.js";
import { type TreeTiles, treeTiles, webgpuKernel } from "./webgpu-kernel.js";

/** What is used of TF.js, so that a bundle need hold no more. */
export interface Registries {
  readonly core: Pick<typeof Core, "engine" | "env" | "registerKernel">;
  readonly converter: Pick<typeof Converter, "registerOp">;
}

let registered: Promise<void> | undefined;

/** Registers once. Resolves when forests can run on all backends; rejects where WebAssembly is absent, which webgpu does without. */
export function registerForests({ core, converter }: Registries): Promise<void> {
  if (registered !== undefined) return registered;
  core.env().registerFlag(treeTiles, () => "auto");
  const tiles = (): TreeTiles => tilesOf(core.env().get(treeTiles));
  for (const node of Object.values(forestNodes)) {
    converter.registerOp(node.op, ({ inputs }) => {
      const [x, image, tables] = inputs;
      if (x === undefined || image === undefined || tables === undefined) {
        throw new ShapeError(`${node.op}: expected rows and the forest in two forms`);
      }
      return core.engine().runKernel(node.op, { x, image, tables }) as Tensor;
    });
    for (const backendName of imageDevices) {
      core.registerKernel({ kernelName: node.op, backendName, kernelFunc: imageKernel(node) });
    }
    core.registerKernel({ kernelName: node.op, backendName: "webgpu", kernelFunc: webgpuKernel(node, tiles) });
  }
  registered = compileKernels();
  registered.catch(() => undefined);
  return registered;
}

/** The flag's value, which anybody may set. */
function tilesOf(value: unknown): TreeTiles {
  if (value === "auto" || value === "always" || value === "never") return value;
  throw new OptionError(treeTiles, `got ${JSON.stringify(value)}; use auto, always or never`);
}
