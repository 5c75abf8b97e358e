/** Emits a Program and loads the graph into TF.js: the artefact and what runs here are the same nodes and weights. */

import { graphVersions } from "../../emitters/tfjs/graph-def.js";
import { concatWeights, weightSpecs } from "../../emitters/tfjs/weights.js";
import type { Program } from "../../ir/program.js";
import type { Executable, Target } from "../../ir/target.js";
import { emitSplit } from "./emit-split.js";
import { createExecutable } from "./executable.js";
import { loadTfjs, type TfjsDevice } from "./load-tfjs.js";
import { withDevice } from "./with-device.js";

/**
 * The Program, narrowed and its forests lowered, ready to run on `device`; `target.device` is what it is written for, which is
 * the same or "portable". What takes text runs on the host. Throws UnsupportedError where TF.js cannot run an instruction.
 */
export async function compileGraph(program: Program, target: Target, device: TfjsDevice): Promise<Executable> {
  const tfjs = await loadTfjs(device);
  const { split, emitted, fused } = emitSplit(program, target);
  if (fused) {
    // On webgpu forests run without the WebAssembly whose absence this may say.
    const ready = (await import("./fused/register.js")).registerForests(tfjs);
    if (device !== "webgpu") await ready;
  }
  const { nodes, weights } = emitted.graph;
  const model = withDevice(tfjs.core, device, () =>
    tfjs.converter.loadGraphModelSync({
      format: "graph-model",
      modelTopology: { node: [...nodes], versions: graphVersions },
      weightSpecs: weightSpecs(weights),
      weightData: concatWeights(weights).buffer,
    }),
  );
  return createExecutable({ tfjs, device, model, program, split, emitted, target });
}
