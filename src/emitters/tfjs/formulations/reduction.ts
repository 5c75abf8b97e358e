/** Formulations of the primitives along axes: reductions, running sums, and what compares along an axis. */

import { UnsupportedError } from "../../../errors.js";
import { type Dim, productOf } from "../../../ir/dims.js";
import { need } from "../../../ir/need.js";
import type { PrimitiveAttrs } from "../../../ir/primitive.js";
import type { Range } from "../../ranges.js";
import type { Formulation, FormulationOf, Scope, Site } from "../formulation.js";
import type { Ref } from "../graph-def.js";
import * as ops from "../ops.js";
import {
  and,
  binary,
  cast,
  compare,
  isMissing,
  not,
  number,
  reduce,
  reshape,
  select,
  sub,
  transpose,
  unary,
} from "../ops.js";
import { multiply } from "./binary.js";
import { gatherByRow } from "./movement.js";

type Reduction = FormulationOf<PrimitiveAttrs["reduceSum"]>;

/** Over an axis without elements a reduction gives its neutral element. */
function reduction(op: ops.ReduceOp, neutral: number, onBool?: ops.ReduceOp): Reduction {
  return (s, { args, attrs, results }) => {
    const x = need(args[0]);
    if (attrs.axes.some((axis) => x.shape[axis] === 0)) {
      const value = x.dtype === "int32" ? Math.max(-(2 ** 31), Math.min(2 ** 31 - 1, neutral)) : neutral;
      const element = number(s, x.dtype, x.dtype === "bool" ? Number(neutral > 0) : value);
      return [ops.broadcastTo(s, element, results[0]?.shape ?? [])];
    }
    return [reduce(s, x.dtype === "bool" && onBool !== undefined ? onBool : op, x, attrs.axes)];
  };
}
export const reduceSum = reduction("Sum", 0);
export const reduceMax = reduction("Max", Number.NEGATIVE_INFINITY, "Any");
export const reduceMin = reduction("Min", Number.POSITIVE_INFINITY, "All");

const product = reduction("Prod", 1);
export const reduceProd: Reduction = (s, site) => {
  if (need(site.args[0]).dtype === "int32" && !productFits(site)) {
    throw new UnsupportedError(
      site.origin ?? "",
      "TF.js multiplies integers along an axis in floats, and these products may be too large for it",
      "cast to float32 before, or run it on the backend reference",
    );
  }
  return product(s, site);
};

function productFits({
  args,
  attrs,
  ranges,
}: Pick<Site<PrimitiveAttrs["reduceProd"]>, "args" | "attrs" | "ranges">): boolean {
  const [range] = ranges;
  const count = productOf(attrs.axes.map((axis) => args[0]?.shape[axis] ?? 1));
  if (range === undefined || typeof count !== "number") return false;
  return Math.max(1, Math.abs(range[0]), Math.abs(range[1])) ** count <= 2 ** 24;
}

export const cumSum: Formulation<"cumSum"> = (s, { args, attrs }) => [
  ops.cumSum(s, need(args[0]), attrs.axis, attrs.exclusive, attrs.reverse),
];

/**
 * First index of the largest (smallest) element. TF.js keeps a leading NaN, which must not win; so the elements equal to the
 * extremum of the numbers are marked, and the first mark is looked for.
 */
function firstExtremum(s: Scope, x: Ref, axis: number, largest: boolean, range: Range | undefined): Ref {
  const op = largest ? "ArgMax" : "ArgMin";
  const arg = (name: "ArgMax" | "ArgMin", of: Ref): Ref =>
    s.graph.op(
      name,
      [of, ops.parameter(s, axis)],
      {},
      "int32",
      of.shape.filter((_, i) => i !== axis),
    );
  if (x.dtype === "int32" || range !== undefined) {
    return arg(op, s.device === "webgpu" ? cast(s, x, "float32") : x);
  }
  const missing = isMissing(s, x);
  const last = largest ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  const values = select(s, missing, number(s, "float32", last), x);
  const best = reduce(s, largest ? "Max" : "Min", values, [axis], true);
  const hits = and(s, compare(s, "Equal", values, best), not(s, missing));
  return arg("ArgMax", ops.indicator(s, hits));
}

const extremum =
  (largest: boolean): FormulationOf<PrimitiveAttrs["argMax"]> =>
  (s, { args, attrs, ranges }) => {
    const x = need(args[0]);
    if (!attrs.last) return [firstExtremum(s, x, attrs.axis, largest, ranges[0])];
    const reversed = s.graph.op("ReverseV2", [x, ops.parameter(s, [attrs.axis])], {}, x.dtype, x.shape);
    const fromEnd = firstExtremum(s, reversed, attrs.axis, largest, ranges[0]);
    const end = reshape(s, ops.dimsVector(s, [x.shape[attrs.axis] ?? 1]), []);
    return [sub(s, sub(s, end, number(s, "int32", 1)), fromEnd)];
  };
export const argMax = extremum(true);
export const argMin = extremum(false);

/**
 * TopKV2 sorts stably from the largest down, and puts NaN anywhere. So -x is sorted for the smallest (-1 - x for integers,
 * which cannot overflow), and where NaN may occur, a second stable sort moves it behind all numbers.
 */
export const topK: Formulation<"topK"> = (s, { args, attrs, ranges, origin }) => {
  const given = need(args[0]);
  const { axis, k, largest } = attrs;
  const rank = given.shape.length;
  const perm = Array.from({ length: rank }, (_, i) => (i === axis ? rank - 1 : i === rank - 1 ? axis : i));
  const x = transpose(s, given, perm);
  const keys = largest ? x : x.dtype === "int32" ? sub(s, number(s, "int32", -1), x) : unary(s, "Neg", x);
  const back = (sorted: Ref): Ref => transpose(s, sorted, perm);
  const length = x.shape[rank - 1];
  if (x.dtype === "int32" || ranges[0] !== undefined) {
    const { values, indices } = sortedTop(s, keys, k);
    const original = largest
      ? values
      : x.dtype === "int32"
        ? sub(s, number(s, "int32", -1), values)
        : unary(s, "Neg", values);
    return [back(original), back(indices)];
  }
  if (typeof length !== "number") {
    throw new UnsupportedError(
      origin ?? "",
      "TF.js cannot sort a whole batch that may hold NaN",
      "run it on the backend reference",
    );
  }
  const rows: readonly Dim[] = [productOf(x.shape.slice(0, -1)), length];
  const pick = (from: Ref, by: Ref): Ref =>
    need(
      gatherByRow(s, {
        args: [from, by],
        attrs: {},
        ranges: [undefined, [0, length - 1]],
        types: [],
        results: [],
        origin,
      })[0],
    );
  const flatKeys = reshape(s, keys, rows);
  const missing = isMissing(s, flatKeys);
  const byValue = sortedTop(
    s,
    select(s, missing, number(s, "float32", Number.NEGATIVE_INFINITY), flatKeys),
    length,
  ).indices;
  const present = ops.indicator(s, not(s, missing));
  const numbersFirst = sortedTop(s, pick(present, byValue), k).indices;
  const indices = pick(byValue, numbersFirst);
  const shape = [...x.shape.slice(0, -1), k];
  return [back(reshape(s, pick(reshape(s, x, rows), indices), shape)), back(reshape(s, indices, shape))];
};

function sortedTop(s: Scope, x: Ref, k: number): { readonly values: Ref; readonly indices: Ref } {
  const shape = [...x.shape.slice(0, -1), k];
  const values = s.graph.op("TopKV2", [x, ops.parameter(s, k)], { sorted: { b: true } }, x.dtype, shape);
  return { values, indices: s.graph.output(values, 1, "int32", shape) };
}

/** NaN for the lines in which x - max is NaN somewhere, which shaders lose. */
function undefinedWhere(s: Scope, shifted: Ref, axis: number, range: Range | undefined, result: Ref): Ref {
  if (!ops.isShader(s.device) || range !== undefined) return result;
  const some = reduce(s, "Max", ops.indicator(s, isMissing(s, shifted)), [axis], true);
  return select(s, compare(s, "Greater", some, number(s, "float32", 0)), number(s, "float32", Number.NaN), result);
}

/** Written out, because TF.js's Softmax knows only the last axis. */
export const softmax: Formulation<"softmax"> = (s, { args, attrs, ranges }) => {
  const x = need(args[0]);
  const shifted = sub(s, x, reduce(s, "Max", x, [attrs.axis], true));
  const powers = unary(s, "Exp", shifted);
  const result = binary(s, "RealDiv", powers, reduce(s, "Sum", powers, [attrs.axis], true));
  return [undefinedWhere(s, shifted, attrs.axis, ranges[0], result)];
};

export const logSoftmax: Formulation<"logSoftmax"> = (s, { args, attrs, ranges }) => {
  const x = need(args[0]);
  const shifted = sub(s, x, reduce(s, "Max", x, [attrs.axis], true));
  const sum = reduce(s, "Sum", unary(s, "Exp", shifted), [attrs.axis], true);
  const result = sub(s, shifted, unary(s, "Log", sum));
  return [undefinedWhere(s, shifted, attrs.axis, ranges[0], result)];
};

/** Integers as a sum of products, since wasm multiplies no integer matrices and the others do it in floats. */
export const matMul: Formulation<"matMul"> = (s, { args, ranges, results, origin }) => {
  const [a, b] = [need(args[0]), need(args[1])];
  const shape = results[0]?.shape ?? [];
  const inner = a.shape[a.shape.length - 1];
  if (inner === 0) return [ops.broadcastTo(s, number(s, a.dtype, 0), shape)];
  if (a.dtype === "int32" && s.device === "webgpu") {
    throw new UnsupportedError(
      origin ?? "",
      "TF.js on WebGPU multiplies matrices of floats only",
      "choose another device, such as wasm",
    );
  }
  if (a.dtype === "int32") {
    const left = reshape(s, a, [...a.shape, 1]);
    const right = reshape(s, b, [...b.shape.slice(0, -2), 1, ...b.shape.slice(-2)]);
    const products = multiply(s, left, right, ranges);
    return [reduce(s, "Sum", products, [products.shape.length - 2])];
  }
  const flat = a.shape.length === 2 && b.shape.length === 2;
  const attrs = flat
    ? { transpose_a: { b: false }, transpose_b: { b: false } }
    : { adj_x: { b: false }, adj_y: { b: false } };
  return [s.graph.op(flat ? "MatMul" : "BatchMatMulV2", [a, b], attrs, a.dtype, shape)];
};

/** Differences of all pairs [N, M, F], squared and summed: no cancellation, as |x|² + |y|² - 2 x·y would have. */
export const squaredDistances: Formulation<"squaredDistances"> = (s, { args, results }) => {
  const [x, y] = [need(args[0]), need(args[1])];
  const [n = 1, f = 1] = x.shape;
  const [m = 1] = y.shape;
  if (f === 0) return [ops.broadcastTo(s, number(s, x.dtype, 0), results[0]?.shape ?? [])];
  const differences = sub(s, reshape(s, x, [n, 1, f]), reshape(s, y, [1, m, f]));
  return [reduce(s, "Sum", ops.mul(s, differences, differences), [2])];
};
