/** calypte itself, one engine for each backend, device and strategy. */

import { compile } from "../../src/compile.js";
import { OptionError, UnsupportedError } from "../../src/errors.js";
import { load } from "../../src/load.js";
import type { ForestChoice } from "../../src/passes/lower-forests.js";
import { strategies } from "../../strategies/index.js";
import type { Engine } from "./engine.js";
import { prepareOnnxTarget } from "./onnx-target.js";

export interface CalypteDevice {
  /** "onnx" stands for emitted plain ONNX in onnxruntime-node. */
  readonly backend: "reference" | "tfjs" | "onnx";
  readonly device: string;
}

/** Every backend and device that Node runs without further packages. */
export const calypteDevices: readonly CalypteDevice[] = [
  { backend: "reference", device: "cpu" },
  { backend: "tfjs", device: "cpu" },
  { backend: "tfjs", device: "wasm" },
  { backend: "onnx", device: "portable" },
];

/** The default backend, whose costs are calibrated by its kernels (scripts/calibrate-kernels.ts). */
export interface WasmDevice {
  readonly backend: "wasm";
  readonly device: "cpu";
}

/** How the harness writes a device: "reference", "tfjs-cpu", "tfjs-wasm", "onnx". */
export function deviceName({ backend, device }: CalypteDevice | WasmDevice): string {
  return backend === "tfjs" ? `${backend}-${device}` : backend;
}

/** `strategy` is the name of one, or "auto". */
export function calypteEngine(on: CalypteDevice | WasmDevice, strategy: string): Engine {
  return {
    name: `${deviceName(on)}/${strategy}`,
    async prepare(bytes, batch) {
      const isAuto = (forests: readonly ForestChoice[]) =>
        forests.length > 0 && forests.every((choice) => cheapest(choice) === choice.strategy);
      try {
        if (on.backend === "onnx") {
          const prepared = await prepareOnnxTarget(bytes, strategy, batch);
          return "refused" in prepared ? prepared : { ...prepared, auto: isAuto(prepared.choices) };
        }
        const scorer = await compile(await load(bytes), {
          backend: on.backend,
          ...(on.backend === "wasm" ? {} : { device: on.device }),
          strategy,
          batchHint: batch,
        });
        return {
          auto: isAuto(scorer.plan.forests),
          run: async (inputs) => new Map(Object.entries(await scorer.run(Object.fromEntries(inputs)))),
          dispose: async () => scorer.dispose(),
        };
      } catch (error) {
        // A strategy may refuse a forest, and a device an operator or a dtype.
        if (error instanceof UnsupportedError || (error instanceof OptionError && error.option === "strategy")) {
          return { refused: error.message };
        }
        throw error;
      }
    },
  };
}

/** What `auto` takes: the least estimate. */
export function cheapest(choice: ForestChoice): string {
  return choice.verdicts
    .filter((v) => v.refused === undefined)
    .reduce((a, b) => ((a.seconds ?? 0) <= (b.seconds ?? 0) ? a : b)).strategy;
}

/** Each device with each strategy, auto left out: it is one of the others. */
export const calypteEngines: readonly Engine[] = calypteDevices.flatMap((on) =>
  strategies.map((s) => calypteEngine(on, s.name)),
);
