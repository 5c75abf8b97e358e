/** What the kernel module offers to passes and strategies. */

import { dtypes } from "../../ir/dtype.js";
import type { PrimitiveName } from "../../ir/primitive.js";
import type { Target } from "../../ir/target.js";
import { gatherOneHotProducts } from "../../passes/one-hot-products.js";
import { sumScattered } from "../../passes/summed-scatters.js";
import { gatherTransposed } from "../../passes/transposed-gathers.js";
import { kernelTable } from "./kernel-table.js";

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
    passes: [gatherOneHotProducts, gatherTransposed, sumScattered],
  };
}
