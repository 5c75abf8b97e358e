/** What `convert(model, { target: "onnx" })` writes, run by onnxruntime-node: for the calibration of its strategies and beside the others. */

import { lowerFor, optimize } from "../../src/compile.js";
import { emitOnnx, onnxTarget } from "../../src/emitters/onnx/onnx-emitter.js";
import type { Program } from "../../src/ir/program.js";
import type { Backend, Target } from "../../src/ir/target.js";
import { type Tensor, tensor } from "../../src/ir/tensor.js";
import { load } from "../../src/load.js";
import { lowerModel } from "../../src/lower.js";
import { selectOutputs } from "../../src/passes/dead-code.js";
import type { ForestChoice } from "../../src/passes/lower-forests.js";
import type { Prepared, Refusal } from "./engine.js";
import { onnxruntimeNode } from "./onnxruntime-node.js";

const provenance = { format: "bench", producer: "", strategy: "", calypte: "" };

function bytesOf(program: Program, target: Target): Uint8Array {
  const bytes = emitOnnx(program, target, provenance).get("model.onnx");
  if (bytes === undefined) throw new Error("the emitter wrote no model.onnx");
  return bytes;
}

async function sessionOf(bytes: Uint8Array, batch: number): Promise<Prepared> {
  const prepared = await onnxruntimeNode.prepare(bytes, batch);
  if ("refused" in prepared) throw new Error(`onnxruntime refuses what was emitted: ${prepared.refused}`);
  return prepared;
}

/** The model in plain operators, with the choices that led to them. */
export async function prepareOnnxTarget(
  bytes: Uint8Array,
  strategy: string,
  batch: number,
): Promise<(Prepared & { readonly choices: readonly ForestChoice[] }) | Refusal> {
  const target = onnxTarget(batch);
  const program = optimize(selectOutputs(lowerModel(await load(bytes)), (o) => o.extra !== true));
  const lowered = await lowerFor(program, target, strategy);
  return { ...(await sessionOf(bytesOf(lowered.program, target), batch)), choices: lowered.choices };
}

/** A backend in the harness's sense only: the graph is run by onnxruntime. */
export const onnxTargetBackend: Backend = {
  name: "onnx",
  probe: async ({ batchHint }) => onnxTarget(batchHint),
  async compile(program, target) {
    const prepared = await sessionOf(bytesOf(program, target), target.batchHint);
    return {
      async run(inputs, _n, outputs) {
        const results = await prepared.run(inputs);
        return new Map<string, Tensor>(
          outputs.map((name) => {
            const found = results.get(name);
            if (!(found?.data instanceof Float32Array)) throw new Error(`onnxruntime gave no float32 ${name}`);
            return [name, tensor("float32", found.shape, found.data)];
          }),
        );
      },
      runSync: () => {
        throw new Error("onnxruntime-node runs asynchronously only");
      },
      dispose: () => void prepared.dispose(),
    };
  },
};
