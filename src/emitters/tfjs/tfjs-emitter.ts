/**
 * The emitter of TF.js GraphModels: `model.json` (topology, signature, weights manifest, metadata) and its weight shards, as
 * `@tensorflow/tfjs-converter` 4.22 loads them. The backend runs the same graph.
 */

import type { Program } from "../../ir/program.js";
import type { EmitOptions, EmittedFiles, Emitter, Provenance, Target } from "../../ir/target.js";
import { emitGraph } from "./emit.js";
import { graphVersions } from "./graph-def.js";
import { quantizedWeight } from "./quantized-weight.js";
import { metadataOf, signatureOf } from "./signature.js";
import { deviceOf, tfjsTarget } from "./target.js";
import { shardWeights } from "./weights.js";

export function emitTfjs(
  program: Program,
  target: Target,
  provenance: Provenance,
  { quantized = false }: EmitOptions = {},
): EmittedFiles {
  const device = deviceOf(target.device);
  const emitted = emitGraph(program, device, { fused: target.primitives.has("forest") });
  const signature = signatureOf(program, emitted);
  const { manifest, files } = shardWeights(
    quantized ? emitted.graph.weights.map(quantizedWeight) : emitted.graph.weights,
  );
  const model = {
    format: "graph-model",
    generatedBy: `calypte ${provenance.calypte}`,
    convertedBy: `calypte ${provenance.calypte}`,
    modelTopology: { node: emitted.graph.nodes, library: {}, versions: graphVersions },
    ...(emitted.graph.initializer.length === 0
      ? {}
      : { modelInitializer: { node: emitted.graph.initializer, library: {}, versions: graphVersions } }),
    signature,
    weightsManifest: manifest,
    userDefinedMetadata: metadataOf(program, emitted, signature, provenance, device),
  };
  return new Map([["model.json", new TextEncoder().encode(JSON.stringify(model))], ...files]);
}

export const tfjsEmitter: Emitter = {
  name: "tfjs",
  target: ({ device = "portable", batchHint, fused }) => tfjsTarget(deviceOf(device), batchHint, fused),
  emit: emitTfjs,
};
