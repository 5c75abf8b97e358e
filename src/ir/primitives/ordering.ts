/**
 * Primitives that compare along an axis: argMax, argMin (ONNX ArgMax-13), topK (TopK-11, sorted), softmax and logSoftmax
 * (Softmax-13, computed in double from the largest element down).
 */

import { allocate } from "../dtype.js";
import type { Primitive, PrimitiveName } from "../primitive.js";
import { isStringData, numbersOf, sizeOf, type Tensor } from "../tensor.js";
import { rowAxis, type TensorType, typeOf } from "../types.js";
import type { Cells } from "./broadcast.js";
import { checkAxis, checkDType, checkPlain, floats, numbers, one, refuse } from "./checks.js";
import { allocateWide, narrow } from "./rounding.js";

/** x as lines along an axis: `start(line)` is the first element of a line, `inner` the step, `length` their number. */
function linesOf(
  x: Tensor,
  axis: number,
): { lines: number; length: number; inner: number; start(line: number): number } {
  const inner = sizeOf(x.shape.slice(axis + 1));
  const length = x.shape[axis]!;
  const lines = sizeOf(x.shape.slice(0, axis)) * inner;
  return { lines, length, inner, start: (line) => Math.floor(line / inner) * length * inner + (line % inner) };
}

/** Whether a stands before b; NaN comes after every number, in both directions. */
function better(a: number | bigint, b: number | bigint, largest: boolean): boolean {
  if (Number.isNaN(a)) return false;
  return Number.isNaN(b) || (largest ? a > b : a < b);
}

function arg(op: "argMax" | "argMin", largest: boolean): Primitive<"argMax" | "argMin"> {
  return {
    infer(args, { axis }) {
      const x = one(op, args);
      checkPlain(op, x);
      checkDType(op, x, numbers);
      checkAxis(op, axis, x.shape.length);
      if (x.shape[axis] === 0) refuse(op, `axis ${axis} is empty`);
      return [
        typeOf(
          "int32",
          x.shape.filter((_, i) => i !== axis),
        ),
      ];
    },
    evaluate(args, { axis, last }) {
      const x = one(op, args);
      if (isStringData(x.data)) return refuse(op, "got a string tensor");
      const { lines, length, inner, start } = linesOf(x, axis);
      if (length === 0 && lines > 0) refuse(op, `axis ${axis} of [${x.shape}] is empty`);
      const data = new Int32Array(lines);
      for (let line = 0; line < lines; line++) {
        const from = start(line);
        let index = 0;
        let best: number | bigint = x.data[from]!;
        for (let k = 1; k < length; k++) {
          const value = x.data[from + k * inner]!;
          if (better(value, best, largest) || (last && !better(best, value, largest))) {
            best = value;
            index = k;
          }
        }
        data[line] = index;
      }
      return [{ dtype: "int32", shape: x.shape.filter((_, i) => i !== axis), data }];
    },
    mixesRows: (args, { axis }) => rowAxis(one(op, args)) === axis,
    accuracy: "exact",
  };
}

export const argMax = arg("argMax", true);
export const argMin = arg("argMin", false);

export const topK: Primitive<"topK"> = {
  infer(args, { axis, k }) {
    const x = one("topK", args);
    checkPlain("topK", x);
    checkDType("topK", x, numbers);
    checkAxis("topK", axis, x.shape.length);
    const d = x.shape[axis]!;
    if (!Number.isInteger(k) || k < 0 || (typeof d === "number" && k > d)) {
      refuse("topK", `k = ${k} is not in [0, ${typeof d === "number" ? d : "the length of the axis"}]`);
    }
    const shape = x.shape.with(axis, k);
    return [typeOf(x.dtype, shape), typeOf("int32", shape)];
  },
  evaluate(args, { axis, k, largest }) {
    const x = one("topK", args);
    if (isStringData(x.data)) return refuse("topK", "got a string tensor");
    const source = x.data;
    const { lines, length, inner, start } = linesOf(x, axis);
    if (k > length) refuse("topK", `k = ${k} is over the length ${length} of axis ${axis}`);
    const shape = x.shape.with(axis, k);
    const values = allocate(x.dtype, lines * k);
    const target: Cells = values;
    const indices = new Int32Array(lines * k);
    const order = new Int32Array(length);
    for (let line = 0; line < lines; line++) {
      const from = start(line);
      const to = Math.floor(line / inner) * k * inner + (line % inner);
      for (let i = 0; i < length; i++) order[i] = i;
      order.sort((a, b) => {
        const [v, w] = [source[from + a * inner]!, source[from + b * inner]!];
        return better(v, w, largest) ? -1 : better(w, v, largest) ? 1 : a - b;
      });
      for (let i = 0; i < k; i++) {
        target[to + i * inner] = source[from + order[i]! * inner]!;
        indices[to + i * inner] = order[i]!;
      }
    }
    return [
      { dtype: x.dtype, shape, data: values },
      { dtype: "int32", shape, data: indices },
    ];
  },
  mixesRows: (args, { axis }) => rowAxis(one("topK", args)) === axis,
  accuracy: "exact",
};

function inferSoftmax(op: PrimitiveName, args: readonly TensorType[], axis: number): readonly TensorType[] {
  const x = one(op, args);
  checkDType(op, x, floats);
  checkAxis(op, axis, x.shape.length);
  return [typeOf(x.dtype, x.shape)];
}

function evaluateSoftmax(
  op: PrimitiveName,
  args: readonly Tensor[],
  axis: number,
  logarithm: boolean,
): readonly Tensor[] {
  const x = one(op, args);
  const source = numbersOf(x.data);
  const data = allocateWide(x.dtype, source.length);
  const { lines, length, inner, start } = linesOf(x, axis);
  const terms = new Float64Array(length);
  for (let line = 0; line < lines; line++) {
    const from = start(line);
    let highest = Number.NEGATIVE_INFINITY;
    for (let k = 0; k < length; k++) highest = Math.max(highest, source[from + k * inner]!);
    let sum = 0;
    for (let k = 0; k < length; k++) {
      terms[k] = Math.exp(source[from + k * inner]! - highest);
      sum += terms[k]!;
    }
    const shift = Math.log(sum);
    for (let k = 0; k < length; k++) {
      const at = from + k * inner;
      data[at] = logarithm ? source[at]! - highest - shift : terms[k]! / sum;
    }
  }
  return [{ dtype: x.dtype, shape: x.shape, data: narrow(x.dtype, data) }];
}

export const softmax: Primitive<"softmax"> = {
  infer: (args, { axis }) => inferSoftmax("softmax", args, axis),
  evaluate: (args, { axis }) => evaluateSoftmax("softmax", args, axis, false),
  mixesRows: (args, { axis }) => rowAxis(one("softmax", args)) === axis,
  accuracy: { dot: 4 },
};

export const logSoftmax: Primitive<"logSoftmax"> = {
  infer: (args, { axis }) => inferSoftmax("logSoftmax", args, axis),
  evaluate: (args, { axis }) => evaluateSoftmax("logSoftmax", args, axis, true),
  mixesRows: (args, { axis }) => rowAxis(one("logSoftmax", args)) === axis,
  accuracy: { dot: 4 },
};
