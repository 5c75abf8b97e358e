/**
 * A file's graph computed in float64 throughout: which of two float32 answers is right, and how far off float32 is where the graph is
 * ill-conditioned. A probability that is e^(score - log Σ e^score), for one, has |score| times the relative error of its scores; of rows
 * mixed from several others scores may be -1000.
 */

import { createReferenceExecutable, referenceTarget } from "../src/backends/reference/reference-backend.js";
import { optimize } from "../src/compile.js";
import type { Program } from "../src/ir/program.js";
import { float64, numbersOf, type Tensor } from "../src/ir/tensor.js";
import type { TensorType } from "../src/ir/types.js";
import { load } from "../src/load.js";
import { lowerModel } from "../src/lower.js";
import { rewrite } from "../src/passes/rewrite.js";

const widened = (tensor: Tensor): Tensor =>
  tensor.dtype === "float32" ? float64(numbersOf(tensor.data), tensor.shape) : tensor;

/** float64 in the place of float32: in inputs, constants and casts; all else follows from them. */
export function programInDoubles(program: Program): Program {
  return rewrite(
    program,
    (build, instruction, args) => {
      if (instruction.op === "constant") {
        const { tensor, dictionary } = instruction.attrs;
        return [build.constant(widened(tensor), dictionary)];
      }
      if (instruction.op === "cast" && instruction.attrs.to === "float32") {
        return build.emit("cast", args, { to: "float64" });
      }
      return undefined;
    },
    (type): TensorType => (type.dtype === "float32" ? { ...type, dtype: "float64" } : type),
  );
}

/** The outputs of the ONNX file for `inputs`, all of one count of rows. Throws where the graph does not allow float64. */
export async function answersInDoubles(
  bytes: Uint8Array,
  inputs: ReadonlyMap<string, Tensor>,
): Promise<ReadonlyMap<string, Tensor>> {
  const program = programInDoubles(optimize(lowerModel(await load(bytes))));
  const [first] = inputs.values();
  const rows = first?.shape[0] ?? 0;
  const names = program.outputs.filter((o) => o.extra !== true).map((o) => o.name);
  const given = new Map([...inputs].map(([name, tensor]) => [name, widened(tensor)]));
  return createReferenceExecutable(program, referenceTarget(rows)).runSync(given, rows, names);
}
