/** Runs one forest, without a model around it, on a backend under a strategy: what the calibration and the crossover of strategies time. */

import { referenceBackend } from "../src/backends/reference/reference-backend.js";
import { tfjsBackend } from "../src/backends/tfjs/tfjs-backend.js";
import { wasmBackend } from "../src/backends/wasm/wasm-backend.js";
import { optimize } from "../src/compile.js";
import { createBuilder } from "../src/ir/builder.js";
import { N } from "../src/ir/dims.js";
import type { Forest } from "../src/ir/forest.js";
import type { Program } from "../src/ir/program.js";
import type { Backend, Strategy, Target } from "../src/ir/target.js";
import type { Tensor } from "../src/ir/tensor.js";
import { typeOf } from "../src/ir/types.js";
import { lowerForests } from "../src/passes/lower-forests.js";
import { strategies } from "../strategies/index.js";
import type { CalypteDevice, WasmDevice } from "./engines/calypte.js";
import { onnxTargetBackend } from "./engines/onnx-target.js";

type Device = CalypteDevice | WasmDevice;

const backends: { readonly [B in Device["backend"]]: Backend } = {
  reference: referenceBackend,
  wasm: wasmBackend,
  tfjs: tfjsBackend,
  onnx: onnxTargetBackend,
};

/** What the device offers for batches of that size; on tfjs, `fused: false` is for standard operators alone. */
export function targetOf({ backend, device }: Device, batchHint: number, fused?: boolean): Promise<Target> {
  return backends[backend].probe({ device, batchHint, ...(fused === undefined ? {} : { fused }) });
}

/** Strategies that take this forest on this target. */
export function ableStrategies(forest: Forest, target: Target): readonly Strategy[] {
  return strategies.filter((s) => s.refuse(forest, target) === undefined);
}

function forestProgram(forest: Forest): Program {
  const build = createBuilder();
  const x = build.input("x", typeOf(forest.compare, [N, forest.nFeatures]));
  return build.finish([{ name: "raw", value: build.op("forest", [x], { forest }) }]);
}

export interface ForestRun {
  /** Raw scores of the rows. */
  run(x: Tensor): Promise<Tensor>;
  dispose(): void;
}

export async function prepareForest(
  forest: Forest,
  on: Device,
  target: Target,
  strategy: Strategy,
): Promise<ForestRun> {
  // Without the estimates of the others, which take longer than a run.
  const only = { ...strategy, cost: () => 0 };
  const program = optimize(lowerForests(forestProgram(forest), target, [only], strategy.name).program);
  const executable = await backends[on.backend].compile(program, target);
  return {
    async run(x) {
      const results = await executable.run(new Map([["x", x]]), x.shape[0] ?? 0, ["raw"]);
      const raw = results.get("raw");
      if (raw === undefined) throw new Error(`${strategy.name} gave no raw scores`);
      return raw;
    },
    dispose: () => executable.dispose(),
  };
}
