/**
 * Reductions (ONNX ReduceSum, ReduceProd, ReduceMax, ReduceMin) and cumSum (CumSum-14). Elements are taken in row-major
 * order; float32 and float64 sums are rounded after each step, as the trainers' own sums are; float16 and bfloat16 are
 * accumulated in double and rounded once. An empty reduction gives 0, 1, -Infinity (or the least integer), Infinity.
 */

import { type BigIntData, type DType, isFloat, type NumberData } from "../dtype.js";
import type { Accuracy, Primitive } from "../primitive.js";
import { isBigIntData, isStringData, sizeOf, type Tensor } from "../tensor.js";
import { rowAxis, typeOf } from "../types.js";
import { larger, lesser } from "./binary.js";
import { checkAxis, checkDType, checkPlain, type DTypeClass, numbers, one, ordered, refuse } from "./checks.js";
import { transpose } from "./movement.js";
import { allocateWide, narrow } from "./rounding.js";

type ReductionName = "reduceSum" | "reduceProd" | "reduceMax" | "reduceMin";

interface Reduction {
  readonly allowed: DTypeClass;
  readonly accuracy: Accuracy;
  readonly empty: (dtype: DType) => number | bigint;
  readonly step: (sum: number, x: number) => number;
  readonly integers?: (sum: number, x: number) => number;
  readonly bigs: (sum: bigint, x: bigint) => bigint;
}

/** Smallest and largest value of each type without infinities. */
const ends: { readonly [D in DType]?: readonly [number | bigint, number | bigint] } = {
  int8: [-128, 127],
  int16: [-32768, 32767],
  int32: [-2147483648, 2147483647],
  int64: [-(2n ** 63n), 2n ** 63n - 1n],
  uint8: [0, 255],
  uint16: [0, 65535],
  uint32: [0, 4294967295],
  uint64: [0n, 2n ** 64n - 1n],
  bool: [0, 1],
};

/** The reduced axes moved to one place: x seen as [outer, length, inner]. */
function gatherAxes(x: Tensor, axes: readonly number[]): { x: Tensor; outer: number; length: number; inner: number } {
  const sorted = [...axes].sort((a, b) => a - b);
  const [first = 0] = sorted;
  const contiguous = sorted.every((axis, i) => axis === first + i);
  if (!contiguous) {
    const kept = x.shape.map((_, i) => i).filter((i) => !axes.includes(i));
    const [moved] = transpose.evaluate([x], { perm: [...kept, ...sorted] }, 0);
    if (moved === undefined) return refuse("transpose", "gave no result");
    return {
      x: moved,
      outer: sizeOf(kept.map((i) => x.shape[i]!)),
      length: sizeOf(sorted.map((i) => x.shape[i]!)),
      inner: 1,
    };
  }
  const end = first + sorted.length;
  return {
    x,
    outer: sizeOf(x.shape.slice(0, first)),
    length: sizeOf(x.shape.slice(first, end)),
    inner: sizeOf(x.shape.slice(end)),
  };
}

function reduceNumbers(
  x: NumberData,
  outer: number,
  length: number,
  inner: number,
  r: NumberData,
  f: (sum: number, x: number) => number,
): void {
  for (let o = 0, i = 0; o < outer; o++) {
    const base = o * inner;
    for (let k = 0; k < length; k++) {
      // Storing rounds to the element type: that is the rounding after each step.
      for (let j = 0; j < inner; j++, i++) r[base + j] = f(r[base + j]!, x[i]!);
    }
  }
}

function reduceBigs(
  x: BigIntData,
  outer: number,
  length: number,
  inner: number,
  r: BigIntData,
  f: (sum: bigint, x: bigint) => bigint,
): void {
  for (let o = 0, i = 0; o < outer; o++) {
    for (let k = 0; k < length; k++) {
      for (let j = 0; j < inner; j++, i++) r[o * inner + j] = BigInt.asIntN(64, f(r[o * inner + j]!, x[i]!));
    }
  }
}

function reduction<P extends ReductionName>(op: P, spec: Reduction): Primitive<ReductionName> {
  return {
    infer(args, { axes }) {
      const x = one(op, args);
      checkPlain(op, x);
      checkDType(op, x, spec.allowed);
      for (const axis of axes) checkAxis(op, axis, x.shape.length);
      if (new Set(axes).size !== axes.length) refuse(op, `axes [${axes}] repeat`);
      return [
        typeOf(
          x.dtype,
          x.shape.filter((_, i) => !axes.includes(i)),
        ),
      ];
    },
    evaluate(args, { axes }) {
      const given = one(op, args);
      const { dtype } = given;
      const shape = given.shape.filter((_, i) => !axes.includes(i));
      if (axes.length === 0) return [given];
      const { x, outer, length, inner } = gatherAxes(given, axes);
      const empty = spec.empty(dtype);
      if (isStringData(x.data)) return refuse(op, "got a string tensor");
      if (isBigIntData(x.data)) {
        const data = dtype === "uint64" ? new BigUint64Array(outer * inner) : new BigInt64Array(outer * inner);
        data.fill(BigInt(empty));
        reduceBigs(x.data, outer, length, inner, data, spec.bigs);
        return [{ dtype, shape, data }];
      }
      const data = allocateWide(dtype, outer * inner);
      data.fill(Number(empty));
      reduceNumbers(x.data, outer, length, inner, data, isFloat(dtype) ? spec.step : (spec.integers ?? spec.step));
      return [{ dtype, shape, data: narrow(dtype, data) }];
    },
    mixesRows(args, { axes }) {
      const axis = rowAxis(one(op, args));
      return typeof axis === "number" && axes.includes(axis);
    },
    accuracy: spec.accuracy,
  };
}

export const reduceSum = reduction("reduceSum", {
  allowed: numbers,
  accuracy: { dot: 4 },
  empty: () => 0,
  step: (sum, x) => sum + x,
  bigs: (sum, x) => sum + x,
});
export const reduceProd = reduction("reduceProd", {
  allowed: numbers,
  accuracy: { ulps: 32 },
  empty: () => 1,
  step: (product, x) => product * x,
  integers: Math.imul,
  bigs: (product, x) => product * x,
});
export const reduceMax = reduction("reduceMax", {
  allowed: ordered,
  accuracy: "exact",
  empty: (dtype) => ends[dtype]?.[0] ?? Number.NEGATIVE_INFINITY,
  step: Math.max,
  bigs: larger,
});
export const reduceMin = reduction("reduceMin", {
  allowed: ordered,
  accuracy: "exact",
  empty: (dtype) => ends[dtype]?.[1] ?? Number.POSITIVE_INFINITY,
  step: Math.min,
  bigs: lesser,
});

export const cumSum: Primitive<"cumSum"> = {
  infer(args, { axis }) {
    const x = one("cumSum", args);
    checkPlain("cumSum", x);
    checkDType("cumSum", x, numbers);
    checkAxis("cumSum", axis, x.shape.length);
    return [typeOf(x.dtype, x.shape)];
  },
  evaluate(args, { axis, exclusive, reverse }) {
    const { dtype, shape, data: x } = one("cumSum", args);
    if (isStringData(x)) return refuse("cumSum", "got a string tensor");
    const inner = sizeOf(shape.slice(axis + 1));
    const length = shape[axis]!;
    const lines = length === 0 ? 0 : x.length / length;
    const visit = (line: number, step: number): number => {
      const start = Math.floor(line / inner) * length * inner + (line % inner);
      return start + (reverse ? length - 1 - step : step) * inner;
    };
    if (isBigIntData(x)) {
      const data = x.slice();
      for (let line = 0; line < lines; line++) {
        let sum = 0n;
        for (let k = 0; k < length; k++) {
          const at = visit(line, k);
          const next = sum + x[at]!;
          data[at] = exclusive ? sum : next;
          sum = BigInt.asIntN(64, next);
        }
      }
      return [{ dtype, shape, data }];
    }
    const data = allocateWide(dtype, x.length);
    // float32 sums are rounded after each step; integers are kept modulo 2^32, so that they stay exact until they wrap.
    const round = dtype === "float32" ? Math.fround : isFloat(dtype) ? (v: number) => v : (v: number) => v % 2 ** 32;
    for (let line = 0; line < lines; line++) {
      let sum = 0;
      for (let k = 0; k < length; k++) {
        const at = visit(line, k);
        const next = round(sum + x[at]!);
        data[at] = exclusive ? sum : next;
        sum = next;
      }
    }
    return [{ dtype, shape, data: narrow(dtype, data) }];
  },
  mixesRows: (args, { axis }) => rowAxis(one("cumSum", args)) === axis,
  accuracy: { dot: 4 },
};
