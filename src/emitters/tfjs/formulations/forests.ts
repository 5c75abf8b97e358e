/**
 * Formulations of whole forests, for fused graphs only (a target without `fused` has lowered them before): one node of calypte's
 * own, which `calypte/tfjs` (src/tfjs.ts) runs with the kernels of the wasm backend. The forest is an image of that backend
 * (src/backends/wasm/image-format.ts) with its checksum, kept as a weight: int32 words, little endian, the last one filled up with zeros.
 */

import { buildImage } from "../../../backends/wasm/image.js";
import { sealImage } from "../../../backends/wasm/image-format.js";
import { UnsupportedError } from "../../../errors.js";
import { createBuilder } from "../../../ir/builder.js";
import { N } from "../../../ir/dims.js";
import { need } from "../../../ir/need.js";
import type { PrimitiveAttrs, PrimitiveName } from "../../../ir/primitive.js";
import { int32 } from "../../../ir/tensor.js";
import { typeOf } from "../../../ir/types.js";
import type { Formulation, FormulationOf } from "../formulation.js";
import { forestNodes } from "../fused-nodes.js";

type ForestName = "forest" | "forestLeaves";

function fused<P extends ForestName>(name: P): FormulationOf<PrimitiveAttrs[ForestName]> {
  const { op, dtype } = forestNodes[name];
  return (s, { args, attrs, types, results, origin }) => {
    const [x, type] = [need(args[0]), need(types[0])];
    const width = type.shape[1];
    if (typeof width !== "number") {
      throw new UnsupportedError(
        origin ?? "",
        "a fused TF.js graph needs the number of columns, and the file leaves it open",
        "leave fused out, or declare the width of the model's input",
      );
    }
    const build = createBuilder();
    const rows = build.input("x", typeOf(type.dtype, [N, width]));
    const program = build.finish([{ name: "y", value: build.op(name, [rows], attrs) }]);
    const { bytes } = buildImage(program);
    const sealed = sealImage(bytes);
    const padded = new Uint8Array(Math.ceil(sealed.length / 4) * 4);
    padded.set(sealed);
    const view = new DataView(padded.buffer);
    const words = Int32Array.from({ length: padded.length / 4 }, (_, i) => view.getInt32(4 * i, true));
    return [s.graph.op(op, [x, s.graph.constant(int32(words))], {}, dtype, need(results[0]).shape)];
  };
}

/** By primitive, in place of the rows of the table in fused graphs. */
export const fusedFormulations: { readonly [P in PrimitiveName]?: Formulation<P> } = {
  forest: fused("forest"),
  forestLeaves: fused("forestLeaves"),
};
