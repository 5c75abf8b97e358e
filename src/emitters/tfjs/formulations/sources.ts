/** Formulations of the primitives that make values out of nothing: constants, dimensions, counting. */

import type { Dim } from "../../../ir/dims.js";
import type { Formulation } from "../formulation.js";
import { broadcastTo, cast, counting, dimsVector, reshape } from "../ops.js";

export const constant: Formulation<"constant"> = (s, { attrs }) => [s.graph.constant(attrs.tensor)];

/** int64 in the Program; int32 on the device, where no tensor is longer than that counts. */
export const dims: Formulation<"dims"> = (s, { attrs }) => [dimsVector(s, attrs.dims)];

export const iota: Formulation<"iota"> = (s, { attrs }) => {
  const { axis, shape, dtype } = attrs;
  const line = reshape(
    s,
    counting(s, shape[axis] ?? 1),
    shape.map((d, i): Dim => (i === axis ? d : 1)),
  );
  const numbers = dtype === "float32" || dtype === "float64" ? cast(s, line, "float32") : line;
  return [broadcastTo(s, numbers, shape)];
};
