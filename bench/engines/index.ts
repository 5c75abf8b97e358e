/** All engines of the harness. */

import { strategies } from "../../strategies/index.js";
import { calypteDevices, calypteEngine, calypteEngines } from "./calypte.js";
import type { Engine } from "./engine.js";
import { onnxruntimeNode } from "./onnxruntime-node.js";
import { onnxruntimeWeb } from "./onnxruntime-web.js";

/** What a run measures where nothing else is asked for. */
export const defaultEngines: readonly Engine[] = [onnxruntimeNode, onnxruntimeWeb, ...calypteEngines];

/**
 * Those, tfjs-node (npm run setup:tfjs-node) and, for each device, `auto`; on wasm, whose kernels have a bench of their own, `auto` alone.
 */
export const allEngines: readonly Engine[] = [
  ...defaultEngines,
  ...strategies.map(({ name }) => calypteEngine({ backend: "tfjs", device: "tensorflow" }, name)),
  ...calypteDevices.map((on) => calypteEngine(on, "auto")),
  calypteEngine({ backend: "wasm", device: "cpu" }, "auto"),
];

/** Engines whose name is one of `wanted`, or starts with one of them up to a slash. Throws for a name that fits none. */
export function enginesNamed(wanted: readonly string[]): readonly Engine[] {
  const fits = (engine: Engine, name: string) => engine.name === name || engine.name.startsWith(`${name}/`);
  for (const name of wanted) {
    if (!allEngines.some((engine) => fits(engine, name))) {
      throw new Error(`there is no engine ${name}; there are ${allEngines.map((e) => e.name).join(", ")}`);
    }
  }
  return allEngines.filter((engine) => wanted.some((name) => fits(engine, name)));
}
