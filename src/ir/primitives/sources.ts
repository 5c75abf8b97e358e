/** Primitives that make values from their attributes alone: constant, dims, iota. Part of the primitive table. */

import { dependsOnN, evaluateDims } from "../dims.js";
import { allocate } from "../dtype.js";
import type { Primitive } from "../primitive.js";
import { int64, isStringData, setNumber, sizeOf } from "../tensor.js";
import { rowAxis, typeOf } from "../types.js";
import { checkAxis, checkDims, none, refuse } from "./checks.js";

export const constant: Primitive<"constant"> = {
  infer(args, { tensor, dictionary }) {
    none("constant", args);
    checkDims("constant", tensor.shape, 0);
    if (tensor.data.length !== sizeOf(tensor.shape)) {
      refuse("constant", `shape [${tensor.shape}] needs ${sizeOf(tensor.shape)} elements, got ${tensor.data.length}`);
    }
    if (dictionary !== undefined) {
      if (tensor.dtype !== "int32") refuse("constant", `codes of a dictionary are int32, got ${tensor.dtype}`);
      for (const code of tensor.data) {
        if (Number(code) < -1 || Number(code) >= dictionary.values.length) {
          refuse("constant", `code ${code} is not in [-1, ${dictionary.values.length}), the range of its dictionary`);
        }
      }
    }
    return [typeOf(tensor.dtype, tensor.shape, dictionary)];
  },
  evaluate: (_args, { tensor }) => [tensor],
  accuracy: "exact",
};

export const dims: Primitive<"dims"> = {
  infer(args, attrs) {
    none("dims", args);
    checkDims("dims", attrs.dims, 0);
    return [typeOf("int64", [attrs.dims.length])];
  },
  evaluate: (_args, attrs, n) => [int64(evaluateDims(attrs.dims, n))],
  // The result has no row axis, but its value is about the whole batch.
  mixesRows: (_args, attrs) => attrs.dims.some(dependsOnN),
  accuracy: "exact",
};

export const iota: Primitive<"iota"> = {
  infer(args, { axis, shape, dtype }) {
    none("iota", args);
    checkDims("iota", shape, 0);
    checkAxis("iota", axis, shape.length);
    return [typeOf(dtype, shape)];
  },
  evaluate(_args, { axis, shape: dimensions, dtype }, n) {
    const shape = evaluateDims(dimensions, n);
    const data = allocate(dtype, sizeOf(shape));
    const inner = sizeOf(shape.slice(axis + 1));
    const length = shape[axis] ?? 1;
    if (!isStringData(data)) for (let i = 0; i < data.length; i++) setNumber(data, i, Math.floor(i / inner) % length);
    return [{ dtype, shape, data }];
  },
  mixesRows: (_args, { axis }, results) => results.some((r) => rowAxis(r) === axis),
  accuracy: "exact",
};
