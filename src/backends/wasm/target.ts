/** What the kernel module offers to passes and strategies. */

import { dtypes } from "../../ir/dtype.js";
import type { PrimitiveName } from "../../ir/primitive.js";
import type { DevicePass, Target } from "../../ir/target.js";
import { kernelTable } from "./kernel-table.js";

const passes: readonly DevicePass[] = [
  {
    primitives: ["indexOf", "matMul"],
    load: async () => (await import("../../passes/one-hot-products.js")).gatherOneHotProducts,
  },
  {
    primitives: ["gather", "transpose"],
    load: async () => (await import("../../passes/transposed-gathers.js")).gatherTransposed,
  },
  {
    primitives: ["scatterByRow", "reduceSum"],
    load: async () => (await import("../../passes/summed-scatters.js")).sumScattered,
  },
];

/** Element types that the module lacks run on the host, so nothing is narrowed. */
export function wasmTarget(batchHint: number, threads = 1): Target {
  const names = Object.keys(kernelTable) as PrimitiveName[];
  return {
    backend: "wasm",
    device: "cpu",
    batchHint,
    threads,
    dtypes: new Set(dtypes),
    primitives: new Set(names.filter((name) => typeof kernelTable[name] !== "string")),
    maxElements: 2 ** 24,
    passes,
  };
}
