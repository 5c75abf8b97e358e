/**
 * The tfjs backend: runs a Program through `@tensorflow/tfjs-converter`, as the very graph that the tfjs emitter writes to
 * files. What takes text runs on the host first; see `split-host.ts`.
 */

import { fusedDevices } from "../../emitters/tfjs/fused-nodes.js";
import { deviceOf, tfjsTarget } from "../../emitters/tfjs/target.js";
import { BackendUnavailableError, OptionError } from "../../errors.js";
import type { Backend, Target } from "../../ir/target.js";
import { compileGraph } from "./compile-graph.js";
import { defaultDevices, loadTfjs, type TfjsDevice } from "./load-tfjs.js";

export const tfjsBackend: Backend = {
  name: "tfjs",
  async probe({ device, batchHint, fused }) {
    if (device !== undefined) return targetOn(runnable(device), batchHint, fused);
    let reason: unknown;
    for (const candidate of defaultDevices) {
      try {
        return await targetOn(candidate, batchHint, fused);
      } catch (error) {
        if (!(error instanceof BackendUnavailableError)) throw error;
        reason ??= error;
      }
    }
    throw reason;
  },
  compile: (program, target) => compileGraph(program, target, runnable(target.device)),
};

async function targetOn(device: TfjsDevice, batchHint: number, fused: boolean | undefined): Promise<Target> {
  // The option is checked before anything is loaded.
  const target = tfjsTarget(device, batchHint, fused ?? fusedDevices.some((d) => d === device));
  const tfjs = await loadTfjs(device);
  if (!target.primitives.has("forest") || device === "webgpu") return target;
  try {
    // The kernels are WebAssembly, which a page may forbid.
    await (await import("./fused/register.js")).registerForests(tfjs);
    return target;
  } catch (error) {
    if (fused === true || !(error instanceof BackendUnavailableError)) throw error;
    return tfjsTarget(device, batchHint, false);
  }
}

/** A device that can run here, as opposed to being emitted for. */
function runnable(name: string): TfjsDevice {
  const device = deviceOf(name);
  if (device === "portable") {
    throw new OptionError("device", 'the TF.js device "portable" is for emitted files; run on cpu or wasm');
  }
  return device;
}
