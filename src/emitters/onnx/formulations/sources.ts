/** Formulations of the primitives that make values out of nothing: constants, dimensions, counting. */

import type { Dim } from "../../../ir/dims.js";
import type { Formulation } from "../formulation.js";
import { cast, dimsVector, node, number, reshape } from "../ops.js";

/** 16-bit floats are stored as float32, which holds them exactly. */
export const constant: Formulation<"constant"> = (s, { attrs: { tensor } }) => {
  if (tensor.dtype !== "float16" && tensor.dtype !== "bfloat16") return [s.graph.constant(tensor)];
  const data = Float32Array.from(tensor.data as Float32Array);
  return [cast(s, s.graph.constant({ dtype: "float32", shape: tensor.shape, data }), tensor.dtype)];
};

export const dims: Formulation<"dims"> = (s, { attrs, origin }) => [dimsVector(s, attrs.dims, origin)];

export const iota: Formulation<"iota"> = (s, { attrs: { axis, shape, dtype }, origin }) => {
  const length = reshape(s, dimsVector(s, [shape[axis] ?? 1], origin), [], origin);
  const line = node(s, "Range", [number(s, "int64", 0), length, number(s, "int64", 1)], "int64");
  const along = reshape(
    s,
    line,
    shape.map((d, i): Dim => (i === axis ? d : 1)),
    origin,
  );
  return [node(s, "Expand", [cast(s, along, dtype), dimsVector(s, shape, origin)], dtype)];
};
