/**
 * onnxruntime-node, on one thread and one node at a time, as every other engine here runs. The yardstick of the harness: its
 * answers are what the others are compared with, and its time is the unit of the ratios.
 */

import type { InferenceSession, Tensor as OrtTensor } from "onnxruntime-node";
import * as ort from "onnxruntime-node";
import type { TensorData } from "../../src/ir/dtype.js";
import type { Tensor } from "../../src/ir/tensor.js";
import type { Engine, Prepared } from "./engine.js";

/** Those of onnxruntime-web, too. */
export const sessionOptions: InferenceSession.SessionOptions = {
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  executionMode: "sequential",
  logSeverityLevel: 3,
};

export const onnxruntimeNode: Engine = {
  name: "onnxruntime-node",
  async prepare(model) {
    return preparedOf(await ort.InferenceSession.create(model, sessionOptions));
  },
};

/** A session of either package. */
export function preparedOf(session: Pick<InferenceSession, "outputMetadata" | "run" | "release">): Prepared {
  // ZipMap's sequences of maps do not come out of onnxruntime; the tensors before it are computed all the same.
  const names = session.outputMetadata.filter((o) => o.isTensor).map((o) => o.name);
  return {
    async run(inputs) {
      const feeds = Object.fromEntries([...inputs].map(([name, t]) => [name, toOrt(t)]));
      const results = await session.run(feeds, names);
      return new Map(names.map((name) => [name, fromOrt(results[name]!)]));
    },
    dispose: () => session.release(),
  };
}

function toOrt({ dtype, data, shape }: Tensor): OrtTensor {
  if (dtype === "string") return new ort.Tensor("string", data as string[], shape);
  if (dtype === "float32") return new ort.Tensor("float32", data as Float32Array, shape);
  if (dtype === "float64") return new ort.Tensor("float64", data as Float64Array, shape);
  if (dtype === "int64") return new ort.Tensor("int64", data as BigInt64Array, shape);
  if (dtype === "int32") return new ort.Tensor("int32", data as Int32Array, shape);
  throw new Error(`the bench feeds no ${dtype} to onnxruntime-node`);
}

function fromOrt(tensor: OrtTensor): { readonly data: TensorData; readonly shape: readonly number[] } {
  return { data: tensor.data as TensorData, shape: tensor.dims };
}
