/** Targets for tests of strategies: every layout that there is, without a backend. Test code. */

import type { PrimitiveName } from "../../src/ir/primitive.js";
import { primitives } from "../../src/ir/primitives.js";
import type { Target } from "../../src/ir/target.js";

/** A target with all primitives but those left out. */
export function testTarget(
  backend: string,
  device: string,
  batchHint = 100,
  without: readonly PrimitiveName[] = [],
): Target {
  const names = (Object.keys(primitives) as PrimitiveName[]).filter((p) => !without.includes(p));
  return {
    backend,
    device,
    batchHint,
    dtypes: new Set(["float32", "int32", "bool"]),
    primitives: new Set(names),
    maxElements: 2 ** 26,
  };
}

/** One target for each layout, and a batch so large that trees are taken in groups. */
export const layoutTargets: readonly Target[] = [
  testTarget("reference", "cpu"),
  testTarget("tfjs", "cpu", 1),
  testTarget("tfjs", "wasm"),
  testTarget("tfjs", "wasm", 1_000_000),
  testTarget("tfjs", "tensorflow", 1_000_000),
  testTarget("tfjs", "portable", 1_000_000),
];
