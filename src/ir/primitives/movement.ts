/** Primitives that only move elements: reshape, transpose, broadcastTo, concat, slice. They keep dictionaries. */

import {
  addDims,
  type Dim,
  dependsOnN,
  divideDims,
  evaluateDim,
  formatDims,
  mulDims,
  productOf,
  sameDim,
} from "../dims.js";
import { allocate } from "../dtype.js";
import type { Primitive } from "../primitive.js";
import { sizeOf, stridesOf } from "../tensor.js";
import { formatType, rowAxis, typeOf } from "../types.js";
import { broadcastStrides, copyRange, copyView } from "./broadcast.js";
import { checkAxis, checkDims, checkSameDType, one, refuse, sharedDictionary, sharedDim } from "./checks.js";

export const reshape: Primitive<"reshape"> = {
  infer(args, { shape }) {
    const x = one("reshape", args);
    checkDims("reshape", shape, 1);
    const from = productOf(x.shape);
    const open = shape.indexOf("?");
    if (open === -1) {
      const to = productOf(shape);
      if (from !== "?" && to !== "?" && !sameDim(from, to)) {
        refuse("reshape", `${formatType(x)} has another number of elements than ${formatDims(shape)}`);
      }
      return [typeOf(x.dtype, shape, x.dictionary)];
    }
    const rest = divideDims(from, productOf(shape.filter((_, i) => i !== open)));
    if (rest === undefined) refuse("reshape", `${formatType(x)} cannot be divided into ${formatDims(shape)}`);
    return [typeOf(x.dtype, shape.with(open, rest ?? "?"), x.dictionary)];
  },
  evaluate(args, attrs, n) {
    const x = one("reshape", args);
    const open = attrs.shape.indexOf("?");
    const known = sizeOf(attrs.shape.map((d) => (d === "?" ? 1 : evaluateDim(d, n))));
    const shape = attrs.shape.map((d) => (d === "?" ? x.data.length / known : evaluateDim(d, n)));
    if ((open !== -1 && !Number.isInteger(shape[open])) || sizeOf(shape) !== x.data.length) {
      refuse("reshape", `[${x.shape}] has another number of elements than ${formatDims(attrs.shape)} at ${n} rows`);
    }
    return [{ dtype: x.dtype, shape, data: x.data }];
  },
  // Rows stay whole where as many elements stand before the row axis as did, and it is as long.
  mixesRows(args, _attrs, results) {
    const [x, result] = [one("reshape", args), one("reshape", results)];
    const [from, to] = [rowAxis(x), rowAxis(result)];
    if (from === -1 && to === -1) return false;
    if (typeof from !== "number" || typeof to !== "number" || from === -1 || to === -1) return true;
    return !sameDim(productOf(x.shape.slice(0, from)), productOf(result.shape.slice(0, to)));
  },
  accuracy: "exact",
};

export const transpose: Primitive<"transpose"> = {
  infer(args, { perm }) {
    const x = one("transpose", args);
    const sorted = [...perm].sort((a, b) => a - b);
    if (perm.length !== x.shape.length || sorted.some((axis, i) => axis !== i)) {
      refuse("transpose", `[${perm}] is no permutation of the axes of ${formatType(x)}`);
    }
    return [
      typeOf(
        x.dtype,
        perm.map((axis) => x.shape[axis]!),
        x.dictionary,
      ),
    ];
  },
  evaluate(args, { perm }) {
    const x = one("transpose", args);
    const strides = stridesOf(x.shape);
    const shape = perm.map((axis) => x.shape[axis]!);
    const data = allocate(x.dtype, x.data.length);
    copyView(
      x.data,
      0,
      shape,
      perm.map((axis) => strides[axis]!),
      data,
    );
    return [{ dtype: x.dtype, shape, data }];
  },
  accuracy: "exact",
};

export const broadcastTo: Primitive<"broadcastTo"> = {
  infer(args, { shape }) {
    const x = one("broadcastTo", args);
    checkDims("broadcastTo", shape, 0);
    const skip = shape.length - x.shape.length;
    const fits = skip >= 0 && x.shape.every((d, i) => d === 1 || d === "?" || sameDim(d, shape[skip + i]!));
    if (!fits) refuse("broadcastTo", `${formatType(x)} does not broadcast to ${formatDims(shape)}`);
    return [typeOf(x.dtype, shape, x.dictionary)];
  },
  evaluate(args, attrs, n) {
    const x = one("broadcastTo", args);
    const shape = attrs.shape.map((d) => evaluateDim(d, n));
    const skip = shape.length - x.shape.length;
    if (x.shape.some((d, i) => d !== 1 && d !== shape[skip + i])) {
      refuse("broadcastTo", `[${x.shape}] does not broadcast to [${shape}]`);
    }
    const data = allocate(x.dtype, sizeOf(shape));
    copyView(x.data, 0, shape, broadcastStrides(x.shape, shape), data);
    return [{ dtype: x.dtype, shape, data }];
  },
  accuracy: "exact",
};

export const concat: Primitive<"concat"> = {
  infer(args, { axis }) {
    const [first, ...others] = args;
    if (first === undefined) return refuse("concat", "takes at least 1 argument, got 0");
    checkAxis("concat", axis, first.shape.length);
    checkSameDType("concat", args);
    const dictionary = sharedDictionary("concat", args);
    let shape = first.shape;
    for (const other of others) {
      if (other.shape.length !== shape.length) {
        refuse("concat", `arguments differ in rank: ${formatType(first)} and ${formatType(other)}`);
      }
      shape = shape.map((d, i) =>
        i === axis ? addDims(d, other.shape[i]!) : sharedDim("concat", d, other.shape[i]!, `dimensions of axis ${i}`),
      );
    }
    return [typeOf(first.dtype, shape, dictionary)];
  },
  evaluate(args, { axis }) {
    const [first] = args;
    if (first === undefined) return refuse("concat", "takes at least 1 argument, got 0");
    for (const other of args) {
      if (other.shape.some((d, i) => i !== axis && d !== first.shape[i])) {
        refuse("concat", `[${first.shape}] and [${other.shape}] differ off axis ${axis}`);
      }
    }
    const shape = first.shape.with(
      axis,
      args.reduce((sum, t) => sum + t.shape[axis]!, 0),
    );
    const data = allocate(first.dtype, sizeOf(shape));
    const outer = sizeOf(shape.slice(0, axis));
    const inner = sizeOf(shape.slice(axis + 1));
    let at = 0;
    for (let o = 0; o < outer; o++) {
      for (const t of args) {
        const length = t.shape[axis]! * inner;
        copyRange(t.data, o * length, length, data, at);
        at += length;
      }
    }
    return [{ dtype: first.dtype, shape, data }];
  },
  mixesRows: (args, { axis }) => args.length > 1 && args.some((a) => rowAxis(a) === axis),
  accuracy: "exact",
};

/** Number of elements start, start + step, … strictly before (after) end. */
const sliceLength = (start: number, end: number, step: number): number => Math.max(0, Math.ceil((end - start) / step));

export const slice: Primitive<"slice"> = {
  infer(args, { axis, start, end, step }) {
    const x = one("slice", args);
    checkAxis("slice", axis, x.shape.length);
    if (!Number.isInteger(step) || step === 0) refuse("slice", `step ${step} is not a whole number other than 0`);
    const d = x.shape[axis]!;
    const length = sliceDim(d, start, end, step);
    return [typeOf(x.dtype, x.shape.with(axis, length), x.dictionary)];
  },
  evaluate(args, { axis, start, end, step }, n) {
    const x = one("slice", args);
    const d = x.shape[axis]!;
    const [from, to] = [evaluateDim(start, n), evaluateDim(end, n)];
    // Bounds that depend on N may leave a small batch; they are cut to it, as ONNX does.
    const clamp = (v: number) => (step > 0 ? Math.min(Math.max(v, 0), d) : Math.min(Math.max(v, -1), d - 1));
    const length = sliceLength(clamp(from), clamp(to), step);
    const shape = x.shape.with(axis, length);
    const strides = stridesOf(x.shape);
    const data = allocate(x.dtype, sizeOf(shape));
    const first = length === 0 ? 0 : clamp(from) * strides[axis]!;
    copyView(x.data, first, shape, strides.with(axis, strides[axis]! * step), data);
    return [{ dtype: x.dtype, shape, data }];
  },
  mixesRows(args, { axis, start, end, step }) {
    const x = one("slice", args);
    if (rowAxis(x) !== axis) return dependsOnN(start) || dependsOnN(end);
    return !(start === 0 && step === 1 && sameDim(end, x.shape[axis]!));
  },
  accuracy: "exact",
};

function sliceDim(d: Dim, start: Dim, end: Dim, step: number): Dim {
  if (start === "?" || end === "?") return refuse("slice", "start and end must be known in terms of N");
  if (typeof d === "number" && typeof start === "number" && typeof end === "number") {
    const [low, high] = step > 0 ? [0, d] : [-1, Math.max(d - 1, -1)];
    for (const bound of [start, end]) {
      if (!Number.isInteger(bound) || bound < low || bound > high) {
        refuse("slice", `bound ${bound} is not in [${low}, ${high}] for a dimension of ${d} and step ${step}`);
      }
    }
    return sliceLength(start, end, step);
  }
  if (typeof start === "number" && typeof end === "number") {
    // The axis is as long as the batch (or unknown), and the bounds may lie beyond its end.
    const count = sliceLength(start, end, step);
    return count === 0 ? 0 : "?";
  }
  // Bounds in N are trusted where they end with the axis or before it; anything else is cut at run time.
  const within = (bound: Dim): boolean =>
    typeof bound !== "object" || (typeof d === "object" && bound.N === d.N && bound.plus <= d.plus);
  if (typeof d !== "object" || !within(start) || !within(end)) return "?";
  const length = divideDims(addDims(end, mulDims(start, -1)), step) ?? "?";
  // Adding 0 turns a -0, left by a negative step, into 0.
  return addDims(length, 0);
}
