/** Formulations of the primitives that move or pick elements without looking at them. */

import { UnsupportedError } from "../../../errors.js";
import type { Dim } from "../../../ir/dims.js";
import { need } from "../../../ir/need.js";
import { int32 } from "../../../ir/tensor.js";
import type { Formulation, Scope } from "../formulation.js";
import type { Ref } from "../graph.js";
import * as ops from "../ops.js";
import { node } from "../ops.js";

export const reshape: Formulation<"reshape"> = (s, { args, attrs, origin }) => [
  ops.reshape(s, need(args[0]), attrs.shape, origin),
];

export const transpose: Formulation<"transpose"> = (s, { args, attrs }) => {
  const x = need(args[0]);
  return [node(s, "Transpose", [x], x.dtype, { perm: { ints: attrs.perm } })];
};

export const broadcastTo: Formulation<"broadcastTo"> = (s, { args, attrs, origin }) => {
  const x = need(args[0]);
  return [node(s, "Expand", [x, ops.dimsVector(s, attrs.shape, origin)], x.dtype)];
};

export const concat: Formulation<"concat"> = (s, { args, attrs }) => [
  node(s, "Concat", args, need(args[0]).dtype, { axis: { int: attrs.axis } }),
];

const least = -(2n ** 63n);

/**
 * Bounds beyond the axis are cut by ONNX as by the primitive, but negative ones count from the end there: bounds that depend on N
 * are kept from 0 on, and an end before the first element (for a negative step) becomes the least integer.
 */
export const slice: Formulation<"slice"> = (s, { args, attrs, origin }) => {
  const x = need(args[0]);
  const { axis, start, end, step } = attrs;
  if (step < 0 && typeof start === "object" && start.plus < -1) {
    throw new UnsupportedError(
      origin,
      "a slice that runs backwards from before the last row has no form in plain ONNX",
      "run the model with compile()",
    );
  }
  const bound = (d: Dim, isEnd: boolean): Ref => {
    if (typeof d === "number") return ops.longs(s, [isEnd && step < 0 && d < 0 ? least : d]);
    const value = ops.dimsVector(s, [d], origin);
    const zero = ops.longs(s, [0]);
    if (isEnd && step < 0) return ops.where(s, ops.compare(s, "Less", value, zero), ops.longs(s, [least]), value);
    return ops.binary(s, "Max", value, zero);
  };
  const bounds = [bound(start, false), bound(end, true), ops.longs(s, [axis]), ops.longs(s, [step])];
  return [node(s, "Slice", [x, ...bounds], x.dtype)];
};

export const gather: Formulation<"gather"> = (s, { args, attrs }) => [
  ops.gather(s, need(args[0]), need(args[1]), attrs.axis),
];

export const gatherColumns: Formulation<"gatherColumns"> = (s, { args, attrs }) => [
  ops.gather(s, need(args[0]), s.graph.constant(int32(attrs.columns)), 1),
];

const paired =
  (axis: 0 | 1) =>
  (s: Scope, { args }: { readonly args: readonly Ref[] }): readonly Ref[] => [
    ops.gatherElements(s, need(args[0]), need(args[1]), axis),
  ];
export const gatherByRow: Formulation<"gatherByRow"> = paired(1);
export const gatherByColumn: Formulation<"gatherByColumn"> = paired(0);
