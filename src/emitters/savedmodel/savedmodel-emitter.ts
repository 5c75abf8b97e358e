/**
 * The emitter of TensorFlow SavedModels: saved_model.pb (the graph that the tfjs emitter writes for the device "tensorflow", with its
 * constants inside) and calypte.json, which says what the outputs mean. Python TensorFlow, TF Serving and tfjs-node load the folder.
 */

import { LimitError, OptionError, UnsupportedError } from "../../errors.js";
import type { Program } from "../../ir/program.js";
import type { Emitter, Provenance, Target } from "../../ir/target.js";
import { mostMessageBytes } from "../protobuf.js";
import { emitGraph } from "../tfjs/emit.js";
import { metadataOf, signatureOf } from "../tfjs/signature.js";
import { tfjsTarget } from "../tfjs/target.js";
import { encodeSavedModel } from "./encode.js";
import { withTypes } from "./node-attributes.js";

export function emitSavedModel(
  program: Program,
  _target: Target,
  provenance: Provenance,
): ReadonlyMap<string, Uint8Array> {
  const text = program.inputs.find((i) => program.types[i.value]?.dtype === "string");
  if (text !== undefined) {
    throw new UnsupportedError(
      `input "${text.name}"`,
      "a SavedModel of calypte takes numbers, not text",
      "encode the text before the model, or convert to tfjs, whose graphs look it up",
    );
  }
  const emitted = emitGraph(program, "tensorflow", { native: true });
  const signature = signatureOf(program, emitted);
  const { nodes, weights } = emitted.graph;
  const size = weights.reduce((sum, w) => sum + w.data.length, 0);
  if (size > mostMessageBytes) {
    throw new LimitError(
      `the tables of the model take ${size} bytes, and a SavedModel without variables holds ${mostMessageBytes}; use another strategy, or convert to tfjs`,
    );
  }
  const metadata = metadataOf(program, emitted, signature, provenance, "tensorflow");
  return new Map([
    ["saved_model.pb", encodeSavedModel(withTypes(nodes), weights, signature)],
    ["calypte.json", new TextEncoder().encode(`${JSON.stringify(metadata.calypte, null, 2)}\n`)],
  ]);
}

export const savedModelEmitter: Emitter = {
  name: "savedmodel",
  target({ device, batchHint }) {
    if (device !== undefined && device !== "tensorflow" && device !== "portable") {
      throw new OptionError("device", `a SavedModel has no device "${device}"; leave it out`);
    }
    return tfjsTarget("tensorflow", batchHint);
  },
  emit: emitSavedModel,
};
