/** Lowerings of the primitives that work along axes (kernels/machine/lines.ts). */

import { type Dim, evaluateDim, productOf } from "../../../ir/dims.js";
import { bytesPerElement } from "../../../ir/dtype.js";
import type { PrimitiveName } from "../../../ir/primitive.js";
import type { TensorType } from "../../../ir/types.js";
import { Family, Op, Type } from "../codes.js";
import type { Buffer } from "../image-writer.js";
import {
  alongAxis,
  at,
  broadcastView,
  bytesBetween,
  elements,
  type Lowering,
  only,
  type Site,
  typeCode,
} from "./lowering.js";

type Reduction = "reduceSum" | "reduceProd" | "reduceMax" | "reduceMin";

const bytesOf = (type: TensorType, rows: number): number =>
  evaluateDim(productOf(type.shape), rows) * bytesPerElement[type.dtype];

/** x with the reduced axes last, where they are apart. */
function gatherAxes<P extends Reduction>(
  site: Site<P>,
  sorted: readonly number[],
): { x: Buffer; shape: readonly Dim[]; first: number } {
  const x = site.args[0]!;
  const first = sorted[0]!;
  if (sorted.every((axis, i) => axis === first + i)) return { x: site.arg(0), shape: x.shape, first };
  const perm = [...x.shape.keys()].filter((i) => !sorted.includes(i)).concat(sorted);
  const shape = perm.map((axis) => x.shape[axis]!);
  const own = bytesBetween(x.shape, x.dtype);
  const moved = site.scratch((rows) => bytesOf(x, rows));
  const from = { address: at(site.arg(0)), steps: perm.map((axis) => own[axis]!) };
  elements(site, Op.COPY, typeCode(x.dtype), shape, [from], broadcastView(moved, { dtype: x.dtype, shape }, shape));
  return { x: moved, shape, first: perm.length - sorted.length };
}

export const reduction = <P extends Reduction>(op: number): Lowering<P> => ({
  refuse({ args, attrs }) {
    const empty = attrs.axes.some((axis) => args[0]!.shape[axis] === 0);
    return empty && args[0]!.dtype === "bool" ? "an empty axis of bool" : undefined;
  },
  lower(site) {
    const { dtype } = site.args[0]!;
    const sorted = [...site.attrs.axes].sort((a, b) => a - b);
    if (sorted.length === 0) {
      const type = site.args[0]!;
      const from = broadcastView(site.arg(0), type, type.shape);
      elements(site, Op.COPY, typeCode(dtype), type.shape, [from], broadcastView(site.result(0), type, type.shape));
      return;
    }
    const { x, shape, first } = gatherAxes(site, sorted);
    const end = first + sorted.length;
    site.call(Family.REDUCE, [
      16 * op + (dtype === "bool" ? Type.U8 : typeCode(dtype)),
      at(x),
      at(site.result(0)),
      productOf(shape.slice(0, first)),
      productOf(shape.slice(first, end)),
      productOf(shape.slice(end)),
    ]);
  },
});

const ordered = only("float32", "float64", "int32", "int64");

const line = <P extends PrimitiveName>(site: Site<P>, axis: number): readonly Dim[] =>
  alongAxis(site.args[0]!.shape, axis);

export const arg = <P extends "argMax" | "argMin">(largest: boolean): Lowering<P> => ({
  refuse: ordered,
  lower(site) {
    const { axis, last } = site.attrs;
    const type = typeCode(site.args[0]!.dtype);
    site.call(Family.ARG, [
      type,
      largest ? 1 : 0,
      last ? 1 : 0,
      at(site.arg(0)),
      at(site.result(0)),
      ...line(site, axis),
    ]);
  },
});

export const topK: Lowering<"topK"> = {
  refuse: ordered,
  lower(site) {
    const { axis, k, largest } = site.attrs;
    if (k === 0) return;
    site.call(Family.TOP_K, [
      typeCode(site.args[0]!.dtype),
      largest ? 1 : 0,
      at(site.arg(0)),
      at(site.result(0)),
      at(site.result(1)),
      ...line(site, axis),
      k,
    ]);
  },
};

export const cumSum: Lowering<"cumSum"> = {
  refuse: ordered,
  lower(site) {
    const { axis, exclusive, reverse } = site.attrs;
    site.call(Family.CUM_SUM, [
      typeCode(site.args[0]!.dtype),
      exclusive ? 1 : 0,
      reverse ? 1 : 0,
      at(site.arg(0)),
      at(site.result(0)),
      ...line(site, axis),
    ]);
  },
};

export const softmax = <P extends "softmax" | "logSoftmax">(logarithm: boolean): Lowering<P> => ({
  lower(site) {
    const x = site.args[0]!;
    const length = evaluateDim(x.shape[site.attrs.axis]!, 0);
    site.call(Family.SOFTMAX, [
      typeCode(x.dtype),
      logarithm ? 1 : 0,
      at(site.arg(0)),
      at(site.result(0)),
      ...line(site, site.attrs.axis),
      at(site.scratch(() => 16 * length)),
    ]);
  },
});
