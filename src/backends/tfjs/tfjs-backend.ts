/**
 * The tfjs backend: runs a Program through `@tensorflow/tfjs-converter`, as the very graph that the tfjs emitter writes to
 * files. What takes text runs on the host first; see `split-host.ts`.
 */

import { deviceOf, tfjsTarget } from "../../emitters/tfjs/target.js";
import { BackendUnavailableError, OptionError } from "../../errors.js";
import type { Backend } from "../../ir/target.js";
import { compileGraph } from "./compile-graph.js";
import { defaultDevices, loadTfjs, type TfjsDevice } from "./load-tfjs.js";

export const tfjsBackend: Backend = {
  name: "tfjs",
  async probe({ device, batchHint }) {
    if (device !== undefined) {
      const chosen = runnable(device);
      await loadTfjs(chosen);
      return tfjsTarget(chosen, batchHint);
    }
    let reason: unknown;
    for (const candidate of defaultDevices) {
      try {
        await loadTfjs(candidate);
        return tfjsTarget(candidate, batchHint);
      } catch (error) {
        if (!(error instanceof BackendUnavailableError)) throw error;
        reason ??= error;
      }
    }
    throw reason;
  },
  compile: (program, target) => compileGraph(program, target, runnable(target.device)),
};

/** A device that can run here, as opposed to being emitted for. */
function runnable(name: string): TfjsDevice {
  const device = deviceOf(name);
  if (device === "portable") {
    throw new OptionError("device", 'the TF.js device "portable" is for emitted files; run on cpu or wasm');
  }
  return device;
}
