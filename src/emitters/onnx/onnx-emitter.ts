/**
 * The emitter of plain-operator ONNX: one `model.onnx` of the default domain (opset 19), without ai.onnx.ml, for runtimes and
 * accelerators that have tensor operators but no tree kernels. Labels leave it as the model's own labels.
 */

import { LimitError, OptionError } from "../../errors.js";
import { dtypes } from "../../ir/dtype.js";
import type { PrimitiveName } from "../../ir/primitive.js";
import type { Program } from "../../ir/program.js";
import type { Emitter, Provenance, Target } from "../../ir/target.js";
import { isStringData } from "../../ir/tensor.js";
import { mostMessageBytes } from "../protobuf.js";
import { emitGraph } from "./emit.js";
import { encodeModel } from "./encode.js";
import { isRefusal } from "./formulation.js";
import { formulations } from "./formulations.js";

/** 256 MB of float32. */
const maxElements = 2 ** 26;

const primitives: ReadonlySet<PrimitiveName> = new Set(
  (Object.keys(formulations) as PrimitiveName[]).filter((name) => !isRefusal(formulations[name])),
);

export function onnxTarget(batchHint: number): Target {
  return { backend: "onnx", device: "portable", batchHint, dtypes: new Set(dtypes), primitives, maxElements };
}

/** Throws UnsupportedError where plain operators cannot express the Program, LimitError where a file cannot hold it. */
export function emitOnnx(program: Program, _target: Target, provenance: Provenance): ReadonlyMap<string, Uint8Array> {
  const { graph, inputs, outputs } = emitGraph(program);
  const size = graph.initializers.reduce(
    (sum, { tensor: { data } }) => sum + (isStringData(data) ? data.length : data.byteLength),
    0,
  );
  if (size > mostMessageBytes) {
    throw new LimitError(
      `the tables of the model take ${size} bytes, and an ONNX file holds ${mostMessageBytes}; convert to wasm, or use another strategy`,
    );
  }
  const roles = program.outputs.flatMap((o) => (o.role === undefined ? [] : [[o.name, o.role] as const]));
  const bytes = encodeModel({
    graph,
    inputs,
    outputs,
    producerVersion: provenance.calypte,
    metadata: {
      source: provenance.format,
      producer: provenance.producer,
      strategy: provenance.strategy,
      roles: JSON.stringify(Object.fromEntries(roles)),
    },
  });
  return new Map([["model.onnx", bytes]]);
}

export const onnxEmitter: Emitter = {
  name: "onnx",
  target({ device, batchHint }) {
    if (device !== undefined && device !== "portable") {
      throw new OptionError("device", `an ONNX file has no device "${device}"; leave it out`);
    }
    return onnxTarget(batchHint);
  },
  emit: emitOnnx,
};
