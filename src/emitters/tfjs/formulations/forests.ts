/**
 * Formulations of whole forests, for fused graphs only (a target without `fused` has lowered them before): one node of calypte's
 * own, which `calypte/tfjs` runs. The forest is a weight of int32 words in the form that the graph's device takes, and in both for a
 * portable graph: an image of the wasm backend (src/backends/wasm/image-format.ts), little endian, the last word filled up with
 * zeros; and tables for the shaders of webgpu (forest-tables.ts). Each has a checksum.
 */

import { buildImage } from "../../../backends/wasm/image.js";
import { sealImage } from "../../../backends/wasm/image-format.js";
import { createBuilder } from "../../../ir/builder.js";
import { N } from "../../../ir/dims.js";
import { need } from "../../../ir/need.js";
import type { PrimitiveAttrs, PrimitiveName } from "../../../ir/primitive.js";
import { int32 } from "../../../ir/tensor.js";
import { type TensorType, typeOf } from "../../../ir/types.js";
import { forestTables } from "../forest-tables.js";
import type { Formulation, FormulationOf } from "../formulation.js";
import { absent, forestNodes } from "../fused-nodes.js";
import { slice } from "../ops.js";

type ForestName = "forest" | "forestLeaves";

function fused<P extends ForestName>(name: P): FormulationOf<PrimitiveAttrs[ForestName]> {
  const { op, dtype } = forestNodes[name];
  return (s, { args, attrs, types, results }) => {
    const type = need(types[0]);
    const { nFeatures } = attrs.forest;
    const open = typeof type.shape[1] !== "number";
    // A file may leave the number of columns open; the forest reads only so many.
    const x = open ? slice(s, need(args[0]), [0, 0], [-1, nFeatures], [type.shape[0] ?? N, nFeatures]) : need(args[0]);
    const width = typeof type.shape[1] === "number" ? type.shape[1] : nFeatures;
    const onGpu = s.device === "webgpu";
    const image = onGpu ? absent : imageWords(name, attrs, typeOf(type.dtype, [N, width]));
    const tables = onGpu || s.device === "portable" ? forestTables(attrs.forest) : absent;
    const weights = [image, tables].map((words) => s.graph.constant(int32(words)));
    return [s.graph.op(op, [x, ...weights], {}, dtype, need(results[0]).shape)];
  };
}

function imageWords(name: ForestName, attrs: PrimitiveAttrs[ForestName], rowsType: TensorType): Int32Array {
  const build = createBuilder();
  const program = build.finish([{ name: "y", value: build.op(name, [build.input("x", rowsType)], attrs) }]);
  const sealed = sealImage(buildImage(program).bytes);
  const padded = new Uint8Array(Math.ceil(sealed.length / 4) * 4);
  padded.set(sealed);
  const view = new DataView(padded.buffer);
  return Int32Array.from({ length: padded.length / 4 }, (_, i) => view.getInt32(4 * i, true));
}

/** By primitive, in place of the rows of the table in fused graphs. */
export const fusedFormulations: { readonly [P in PrimitiveName]?: Formulation<P> } = {
  forest: fused("forest"),
  forestLeaves: fused("forestLeaves"),
};
