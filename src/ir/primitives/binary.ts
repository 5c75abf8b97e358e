/**
 * Elementwise primitives of two arguments of one element type, and select. Each kernel is a loop of its own, so that the
 * engine compiles it for itself. Float results are computed in double and rounded once; integers wrap.
 */

import { broadcastDims } from "../dims.js";
import { allocate, type BigIntData, type DType, type NumberData } from "../dtype.js";
import type { Accuracy, Primitive, PrimitiveAttrs, PrimitiveName } from "../primitive.js";
import { isBigIntData, isStringData, sizeOf, type Tensor } from "../tensor.js";
import { formatType, sameDictionary, type TensorType, typeOf } from "../types.js";
import { broadcastShapes, broadcastStrides, type Cells, forEachRun } from "./broadcast.js";
import {
  anything,
  booleans,
  checkDType,
  checkPlain,
  checkSameDType,
  type DTypeClass,
  numbers,
  ordered,
  type PlainRow,
  refuse,
  sharedDictionary,
  three,
  two,
} from "./checks.js";
import { allocateWide, narrow } from "./rounding.js";

/** x from i on in steps of p, y from j on in steps of q, into r from k to end. */
type Kernel<X, R> = (x: X, i: number, p: number, y: X, j: number, q: number, r: R, k: number, end: number) => void;
type NumberKernel = Kernel<NumberData, NumberData>;

export function inferBroadcast(op: PrimitiveName, x: TensorType, y: TensorType): TensorType["shape"] {
  const shape = broadcastDims(x.shape, y.shape);
  return shape ?? refuse(op, `${formatType(x)} and ${formatType(y)} do not broadcast`);
}

function runPairs<X, R>(
  op: PrimitiveName,
  x: Tensor,
  y: Tensor,
  xs: X,
  ys: X,
  result: (size: number) => R,
  f: Kernel<X, R>,
) {
  const shape = broadcastShapes(op, [x.shape, y.shape]);
  const data = result(sizeOf(shape));
  const strides = [broadcastStrides(x.shape, shape), broadcastStrides(y.shape, shape)];
  forEachRun(shape, strides, [0, 0], (at, offsets, steps, length) => {
    f(xs, offsets[0]!, steps[0]!, ys, offsets[1]!, steps[1]!, data, at, at + length);
  });
  return { shape, data };
}

/** A NumberKernel from a function, for primitives whose work outweighs the call. */
const each =
  (f: (x: number, y: number) => number): NumberKernel =>
  (x, i, p, y, j, q, r, k, end) => {
    for (; k < end; k++, i += p, j += q) r[k] = f(x[i]!, y[j]!);
  };

interface Arithmetic {
  readonly accuracy: Accuracy;
  /** Floats, and integers where `integers` is left out. */
  readonly numbers: NumberKernel;
  /** Integers of up to 32 bits; the result is wrapped when it is stored. */
  readonly integers?: NumberKernel;
  /** 64-bit integers; the result is wrapped when it is stored. */
  readonly bigs: (x: bigint, y: bigint) => bigint;
}

function arithmetic(op: PrimitiveName, { accuracy, numbers: plain, integers = plain, bigs }: Arithmetic): PlainRow {
  return {
    infer(args) {
      const [x, y] = two(op, args);
      checkSameDType(op, [x, y]);
      for (const t of [x, y]) {
        checkPlain(op, t);
        checkDType(op, t, numbers);
      }
      return [typeOf(x.dtype, inferBroadcast(op, x, y))];
    },
    evaluate(args) {
      const [x, y] = two(op, args);
      const { dtype } = x;
      if (dtype === "string" || isStringData(x.data) || isStringData(y.data)) return refuse(op, "got strings");
      if (isBigIntData(x.data) && isBigIntData(y.data)) {
        const f: Kernel<BigIntData, BigIntData> = (a, i, p, b, j, q, r, k, end) => {
          for (; k < end; k++, i += p, j += q) r[k] = BigInt.asIntN(64, bigs(a[i]!, b[j]!));
        };
        const storage = dtype === "uint64" ? "uint64" : "int64";
        const { shape, data } = runPairs<BigIntData, BigIntData>(
          op,
          x,
          y,
          x.data,
          y.data,
          (n) => allocate(storage, n),
          f,
        );
        return [{ dtype, shape, data }];
      }
      if (isBigIntData(x.data) || isBigIntData(y.data)) return refuse(op, "arguments differ in type");
      const f = dtype.startsWith("float") || dtype === "bfloat16" ? plain : integers;
      const { shape, data } = runPairs(op, x, y, x.data, y.data, (n) => allocateWide(dtype, n), f);
      return [{ dtype, shape, data: narrow(dtype, data) }];
    },
    accuracy,
  };
}

/** x^y in the ring of 64-bit integers; a negative exponent truncates 1 / x^|y| (0 for x = 0). */
function bigPower(x: bigint, y: bigint): bigint {
  if (y < 0n) return x === 1n ? 1n : x === -1n ? (y % 2n === 0n ? 1n : -1n) : 0n;
  let [result, base] = [1n, x];
  for (let left = y; left > 0n; left >>= 1n) {
    if (left & 1n) result = BigInt.asIntN(64, result * base);
    base = BigInt.asIntN(64, base * base);
  }
  return result;
}

// Math.min and Math.max do not take 64-bit integers.
export function lesser(x: bigint, y: bigint): bigint {
  if (x < y) return x;
  return y;
}
export function larger(x: bigint, y: bigint): bigint {
  if (x > y) return x;
  return y;
}

/** C's pow, which differs from JavaScript's where the base is ±1 (IEEE 754-2019, 9.2.1). */
function power(x: number, y: number): number {
  if (x === 1 || (x === -1 && (y === Number.POSITIVE_INFINITY || y === Number.NEGATIVE_INFINITY))) return 1;
  return x ** y;
}

export const add = arithmetic("add", {
  accuracy: "exact",
  numbers(x, i, p, y, j, q, r, k, end) {
    for (; k < end; k++, i += p, j += q) r[k] = x[i]! + y[j]!;
  },
  bigs: (x, y) => x + y,
});
export const sub = arithmetic("sub", {
  accuracy: "exact",
  numbers(x, i, p, y, j, q, r, k, end) {
    for (; k < end; k++, i += p, j += q) r[k] = x[i]! - y[j]!;
  },
  bigs: (x, y) => x - y,
});
export const mul = arithmetic("mul", {
  accuracy: "exact",
  numbers(x, i, p, y, j, q, r, k, end) {
    for (; k < end; k++, i += p, j += q) r[k] = x[i]! * y[j]!;
  },
  // A product of 32-bit integers does not fit a double.
  integers(x, i, p, y, j, q, r, k, end) {
    for (; k < end; k++, i += p, j += q) r[k] = Math.imul(x[i]!, y[j]!);
  },
  bigs: (x, y) => x * y,
});
export const div = arithmetic("div", {
  accuracy: { ulps: 3 },
  numbers(x, i, p, y, j, q, r, k, end) {
    for (; k < end; k++, i += p, j += q) r[k] = x[i]! / y[j]!;
  },
  integers: each((x, y) => (y === 0 ? 0 : Math.trunc(x / y))),
  bigs: (x, y) => (y === 0n ? 0n : x / y),
});
export const pow = arithmetic("pow", {
  accuracy: { ulps: 16 },
  numbers: each(power),
  integers: each((x, y) => Number(BigInt.asIntN(32, bigPower(BigInt(x), BigInt(y))))),
  bigs: bigPower,
});
export const min = arithmetic("min", {
  accuracy: "exact",
  numbers: each(Math.min),
  bigs: lesser,
});
export const max = arithmetic("max", {
  accuracy: "exact",
  numbers: each(Math.max),
  bigs: larger,
});

/** The remainder of the division rounded down: it has the divisor's sign, and so has a zero. */
function floorMod(x: number, y: number): number {
  const r = x % y;
  if (r === 0) return y < 0 ? -0 : 0;
  return r < 0 !== y < 0 ? r + y : r;
}
const truncated = arithmetic("mod", {
  accuracy: "exact",
  numbers: each((x, y) => x % y),
  integers: each((x, y) => (y === 0 ? 0 : x % y)),
  bigs: (x, y) => (y === 0n ? 0n : x % y),
});
const floored = arithmetic("mod", {
  accuracy: "exact",
  numbers: each(floorMod),
  integers: each((x, y) => (y === 0 ? 0 : floorMod(x, y))),
  bigs(x, y) {
    if (y === 0n) return 0n;
    const r = x % y;
    return r !== 0n && r < 0n !== y < 0n ? r + y : r;
  },
});
export const mod: Primitive<"mod"> = {
  infer: (args) => truncated.infer(args),
  evaluate: (args, { fmod }) => (fmod ? truncated : floored).evaluate(args),
  accuracy: "exact",
};

type Bitwise = PrimitiveAttrs["bitwise"]["operation"];

/** Bits of the integer types. */
const widths: { readonly [D in DType]?: number } = {
  ...{ int8: 8, int16: 16, int32: 32, int64: 64 },
  ...{ uint8: 8, uint16: 16, uint32: 32, uint64: 64 },
};

const bitOperations: { readonly [O in Bitwise]: Arithmetic } = {
  and: { accuracy: "exact", numbers: each((x, y) => x & y), bigs: (x, y) => x & y },
  or: { accuracy: "exact", numbers: each((x, y) => x | y), bigs: (x, y) => x | y },
  xor: { accuracy: "exact", numbers: each((x, y) => x ^ y), bigs: (x, y) => x ^ y },
  shiftLeft: {
    accuracy: "exact",
    numbers: each((x, y) => (y >= 32 ? 0 : x << y)),
    bigs: (x, y) => (y >= 64n ? 0n : x << y),
  },
  shiftRight: {
    accuracy: "exact",
    numbers: each((x, y) => (y >= 32 ? 0 : x >>> y)),
    bigs: (x, y) => (y >= 64n ? 0n : x >> y),
  },
};
const bitRows = Object.fromEntries(
  Object.entries(bitOperations).map(([name, row]) => [name, arithmetic("bitwise", row)]),
) as { readonly [O in Bitwise]: PlainRow };

export const bitwise: Primitive<"bitwise"> = {
  infer(args, { operation }) {
    const types = bitRows[operation].infer(args);
    const shift = operation === "shiftLeft" || operation === "shiftRight";
    for (const t of args) {
      if (widths[t.dtype] === undefined || (shift && !t.dtype.startsWith("uint"))) {
        refuse("bitwise", `expects ${shift ? "unsigned integers" : "integers"}, got ${formatType(t)}`);
      }
    }
    return types;
  },
  evaluate: (args, { operation }) => bitRows[operation].evaluate(args),
  accuracy: "exact",
};

function comparison(op: PrimitiveName, allowed: DTypeClass, kernel: Kernel<Cells, Uint8Array>): PlainRow {
  return {
    infer(args) {
      const [x, y] = two(op, args);
      checkSameDType(op, [x, y]);
      checkDType(op, x, allowed);
      // Codes compare with plain int32 codes, and with codes of the same dictionary.
      if (x.dictionary !== undefined && y.dictionary !== undefined && !sameDictionary(x.dictionary, y.dictionary)) {
        sharedDictionary(op, [x, y]);
      }
      return [typeOf("bool", inferBroadcast(op, x, y))];
    },
    evaluate(args) {
      const [x, y] = two(op, args);
      const { shape, data } = runPairs<Cells, Uint8Array>(op, x, y, x.data, y.data, (n) => new Uint8Array(n), kernel);
      return [{ dtype: "bool", shape, data }];
    },
    accuracy: "exact",
  };
}

export const less = comparison("less", ordered, (x, i, p, y, j, q, r, k, end) => {
  for (; k < end; k++, i += p, j += q) r[k] = x[i]! < y[j]! ? 1 : 0;
});
export const lessEqual = comparison("lessEqual", ordered, (x, i, p, y, j, q, r, k, end) => {
  for (; k < end; k++, i += p, j += q) r[k] = x[i]! <= y[j]! ? 1 : 0;
});
export const greater = comparison("greater", ordered, (x, i, p, y, j, q, r, k, end) => {
  for (; k < end; k++, i += p, j += q) r[k] = x[i]! > y[j]! ? 1 : 0;
});
export const greaterEqual = comparison("greaterEqual", ordered, (x, i, p, y, j, q, r, k, end) => {
  for (; k < end; k++, i += p, j += q) r[k] = x[i]! >= y[j]! ? 1 : 0;
});
export const equal = comparison("equal", anything, (x, i, p, y, j, q, r, k, end) => {
  for (; k < end; k++, i += p, j += q) r[k] = x[i] === y[j] ? 1 : 0;
});
export const notEqual = comparison("notEqual", anything, (x, i, p, y, j, q, r, k, end) => {
  for (; k < end; k++, i += p, j += q) r[k] = x[i] !== y[j] ? 1 : 0;
});
export const xor = comparison("xor", booleans, (x, i, p, y, j, q, r, k, end) => {
  for (; k < end; k++, i += p, j += q) r[k] = x[i] !== y[j] ? 1 : 0;
});
export const and = comparison("and", booleans, (x, i, p, y, j, q, r, k, end) => {
  for (; k < end; k++, i += p, j += q) r[k] = x[i] === 1 && y[j] === 1 ? 1 : 0;
});
export const or = comparison("or", booleans, (x, i, p, y, j, q, r, k, end) => {
  for (; k < end; k++, i += p, j += q) r[k] = x[i] === 1 || y[j] === 1 ? 1 : 0;
});

export const select: Primitive<"select"> = {
  infer(args) {
    const [condition, x, y] = three("select", args);
    checkDType("select", condition, booleans);
    checkSameDType("select", [x, y]);
    const dictionary = sharedDictionary("select", [x, y]);
    const branches = typeOf(x.dtype, inferBroadcast("select", x, y));
    return [typeOf(x.dtype, inferBroadcast("select", condition, branches), dictionary)];
  },
  evaluate(args) {
    const [condition, x, y] = three("select", args);
    const shape = broadcastShapes("select", [condition.shape, x.shape, y.shape]);
    const data = allocate(x.dtype, sizeOf(shape));
    const [c, a, b, r]: [Cells, Cells, Cells, Cells] = [condition.data, x.data, y.data, data];
    const strides = [condition, x, y].map((t) => broadcastStrides(t.shape, shape));
    forEachRun(shape, strides, [0, 0, 0], (at, offsets, steps, length) => {
      let [h, i, j] = [offsets[0]!, offsets[1]!, offsets[2]!];
      const [o, p, q] = [steps[0]!, steps[1]!, steps[2]!];
      for (let k = at; k < at + length; k++, h += o, i += p, j += q) r[k] = c[h] === 1 ? a[i]! : b[j]!;
    });
    return [{ dtype: x.dtype, shape, data }];
  },
  accuracy: "exact",
};
