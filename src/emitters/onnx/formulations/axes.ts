/** Formulations of the primitives along axes: reductions, extrema, sorting, softmax, and the matrix product. */

import { isFloat } from "../../../ir/dtype.js";
import { need } from "../../../ir/need.js";
import type { PrimitiveAttrs } from "../../../ir/primitive.js";
import type { Formulation, FormulationOf, Scope } from "../formulation.js";
import type { Ref } from "../graph.js";
import * as ops from "../ops.js";
import { compare, lifted, liftedPair, node, number, where } from "../ops.js";

type Reduction = FormulationOf<PrimitiveAttrs["reduceSum"]>;

const sum =
  (op: string): Reduction =>
  (s, { args, attrs }) => {
    const x = need(args[0]);
    if (attrs.axes.length === 0) return [x];
    return [lifted(s, x, (y) => ops.reduce(s, op, y, attrs.axes))];
  };
export const reduceSum = sum("ReduceSum");
export const reduceProd = sum("ReduceProd");

/** Runtimes skip or keep NaN as their loops happen to; where it cannot be excluded it is looked for. */
const extremum =
  (op: "ReduceMax" | "ReduceMin"): Reduction =>
  (s, { args, attrs, ranges }) => {
    const x = need(args[0]);
    if (attrs.axes.length === 0) return [x];
    if (x.dtype === "bool") return [ops.cast(s, ops.reduce(s, op, ops.cast(s, x, "int32"), attrs.axes), "bool")];
    return [
      lifted(s, x, (y) => {
        const found = ops.reduce(s, op, y, attrs.axes);
        if (!isFloat(y.dtype) || ranges[0] !== undefined) return found;
        const missing = ops.cast(s, ops.isMissing(s, y), "int32");
        const any = ops.cast(s, ops.reduce(s, "ReduceSum", missing, attrs.axes), "bool");
        return where(s, any, number(s, y.dtype, Number.NaN), found);
      }),
    ];
  };
export const reduceMax = extremum("ReduceMax");
export const reduceMin = extremum("ReduceMin");

/** Floats with NaN pushed behind every number. */
const withoutNaN = (s: Scope, x: Ref, last: number): Ref =>
  isFloat(x.dtype) ? where(s, ops.isMissing(s, x), number(s, x.dtype, last), x) : x;

/** The place of the first (last) element that equals the extremum: right for ties, infinities and NaN in any runtime. */
const place =
  (op: "ReduceMax" | "ReduceMin", worst: number): FormulationOf<PrimitiveAttrs["argMax"]> =>
  (s, { args, attrs }) => {
    const given = need(args[0]);
    const x = ops.cast(s, given, ops.arithmeticType(given.dtype));
    const best = ops.reduce(s, op, withoutNaN(s, x, worst), [attrs.axis], true);
    const hits = ops.cast(s, compare(s, "Equal", x, best), "int32");
    const at = node(s, "ArgMax", [hits], "int64", {
      axis: { int: attrs.axis },
      keepdims: { int: 0 },
      select_last_index: { int: attrs.last ? 1 : 0 },
    });
    return [ops.cast(s, at, "int32")];
  };
export const argMax = place("ReduceMax", Number.NEGATIVE_INFINITY);
export const argMin = place("ReduceMin", Number.POSITIVE_INFINITY);

export const cumSum: Formulation<"cumSum"> = (s, { args, attrs }) => [
  lifted(s, need(args[0]), (x) =>
    node(s, "CumSum", [x, number(s, "int64", attrs.axis)], x.dtype, {
      exclusive: { int: attrs.exclusive ? 1 : 0 },
      reverse: { int: attrs.reverse ? 1 : 0 },
    }),
  ),
];

const sorted = (s: Scope, x: Ref, k: Ref, axis: number, largest: boolean): readonly [Ref, Ref] => {
  const [values, places] = s.graph.op(
    "TopK",
    [x, k],
    { axis: { int: axis }, largest: { int: largest ? 1 : 0 }, sorted: { int: 1 } },
    [x.dtype, "int64"],
  );
  return [need(values), need(places)];
};

/**
 * NaN comes after every number. Where it may occur the whole axis is sorted by value, then stably by whether it is NaN, for a
 * runtime's own order of NaN is anything.
 */
export const topK: Formulation<"topK"> = (s, { args, attrs: { axis, k, largest }, ranges, types }) => {
  const given = need(args[0]);
  const x = ops.cast(s, given, ops.arithmeticType(given.dtype));
  const wanted = ops.longs(s, [k]);
  const back = (values: Ref, places: Ref): readonly Ref[] => [
    ops.cast(s, values, given.dtype),
    ops.cast(s, places, "int32"),
  ];
  if (!isFloat(x.dtype) || ranges[0] !== undefined) return back(...sorted(s, x, wanted, axis, largest));
  const length = types[0]?.shape[axis];
  const all =
    typeof length === "number"
      ? ops.longs(s, [length])
      : node(s, "Shape", [x], "int64", { start: { int: axis }, end: { int: axis + 1 } });
  const worst = largest ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  const [, order] = sorted(s, withoutNaN(s, x, worst), all, axis, largest);
  const missing = ops.gatherElements(s, ops.cast(s, ops.isMissing(s, x), "int32"), order, axis);
  const [, first] = sorted(s, missing, wanted, axis, false);
  const places = ops.gatherElements(s, order, first, axis);
  return back(ops.gatherElements(s, x, places, axis), places);
};

export const softmax: Formulation<"softmax"> = (s, { args, attrs }) => [
  lifted(s, need(args[0]), (x) => node(s, "Softmax", [x], x.dtype, { axis: { int: attrs.axis } })),
];

/** x - max - log Σ e^(x - max), which is NaN where NaN or +Inf occurs; onnxruntime's own LogSoftmax of doubles is not. */
export const logSoftmax: Formulation<"logSoftmax"> = (s, { args, attrs }) => [
  lifted(s, need(args[0]), (x) => {
    const below = ops.binary(s, "Sub", x, ops.reduce(s, "ReduceMax", x, [attrs.axis], true));
    const total = ops.reduce(s, "ReduceSum", ops.unary(s, "Exp", below), [attrs.axis], true);
    return ops.binary(s, "Sub", below, ops.unary(s, "Log", total));
  }),
];

export const matMul: Formulation<"matMul"> = (s, { args }) => [
  liftedPair(s, need(args[0]), need(args[1]), (a, b) => ops.binary(s, "MatMul", a, b)),
];

/** As sums of squared differences: expanding the square loses the digits of near points. */
export const squaredDistances: Formulation<"squaredDistances"> = (s, { args }) => [
  liftedPair(s, need(args[0]), need(args[1]), (a, b) => {
    const difference = ops.binary(s, "Sub", ops.unsqueeze(s, a, [1]), ops.unsqueeze(s, b, [0]));
    return ops.reduce(s, "ReduceSum", ops.binary(s, "Mul", difference, difference), [2]);
  }),
];
