/**
 * Elementwise primitives of one argument. Floats are computed in double and rounded once to the element type; integers wrap.
 */

import { allocate } from "../dtype.js";
import type { Accuracy, Primitive, PrimitiveName } from "../primitive.js";
import { isBigIntData, isStringData, numbersOf } from "../tensor.js";
import { typeOf } from "../types.js";
import {
  booleans,
  checkDType,
  checkPlain,
  type DTypeClass,
  floats,
  numbers,
  one,
  type PlainRow,
  refuse,
  signed,
} from "./checks.js";
import { erf as erfOf, probit as probitOf } from "./normal.js";
import { allocateWide, narrow, roundHalfEven } from "./rounding.js";

/** Libraries differ by a few units in the last place. */
const transcendental: Accuracy = { ulps: 8 };

/** `big` is the same function of 64-bit integers, where the primitive takes them. */
function unary(
  op: PrimitiveName,
  allowed: DTypeClass,
  accuracy: Accuracy,
  f: (x: number) => number,
  big?: (x: bigint) => bigint,
): PlainRow {
  return {
    infer(args) {
      const x = one(op, args);
      checkPlain(op, x);
      checkDType(op, x, allowed);
      return [typeOf(x.dtype, x.shape)];
    },
    evaluate(args) {
      const { dtype, shape, data } = one(op, args);
      if (isStringData(data)) return refuse(op, "got a string tensor");
      if (isBigIntData(data)) {
        if (big === undefined) return refuse(op, `got a tensor of ${dtype}`);
        const result = data.slice();
        for (let i = 0; i < data.length; i++) result[i] = big(data[i]!);
        return [{ dtype, shape, data: result }];
      }
      const wide = allocateWide(dtype, data.length);
      for (let i = 0; i < data.length; i++) wide[i] = f(data[i]!);
      return [{ dtype, shape, data: narrow(dtype, wide) }];
    },
    accuracy,
  };
}

const float = (op: PrimitiveName, f: (x: number) => number, accuracy: Accuracy = transcendental) =>
  unary(op, floats, accuracy, f);

export const neg = unary(
  "neg",
  signed,
  "exact",
  (x) => -x,
  (x) => -x,
);
export const abs = unary("abs", numbers, "exact", Math.abs, (x) => (x < 0n ? -x : x));
export const sign = unary("sign", numbers, "exact", Math.sign, (x) => (x > 0n ? 1n : x < 0n ? -1n : 0n));
export const sqrt = float("sqrt", Math.sqrt, { ulps: 3 });
export const reciprocal = float("reciprocal", (x) => 1 / x, { ulps: 3 });
export const exp = float("exp", Math.exp);
export const expm1 = float("expm1", Math.expm1);
export const log = float("log", Math.log);
export const log1p = float("log1p", Math.log1p);
export const floor = float("floor", Math.floor, "exact");
export const ceil = float("ceil", Math.ceil, "exact");
export const round = float("round", roundHalfEven, "exact");
export const sin = float("sin", Math.sin);
export const cos = float("cos", Math.cos);
export const tan = float("tan", Math.tan);
export const asin = float("asin", Math.asin);
export const acos = float("acos", Math.acos);
export const atan = float("atan", Math.atan);
export const sinh = float("sinh", Math.sinh);
export const cosh = float("cosh", Math.cosh);
export const asinh = float("asinh", Math.asinh);
export const acosh = float("acosh", Math.acosh);
export const atanh = float("atanh", Math.atanh);
export const tanh = float("tanh", Math.tanh);
export const erf = float("erf", erfOf);
export const probit = float("probit", probitOf, { ulps: 16 });

/** Both forms avoid an overflow of e^|x|, so that the far tail keeps its digits. */
export const sigmoid = float("sigmoid", (x) => {
  if (x >= 0) return 1 / (1 + Math.exp(-x));
  const e = Math.exp(x);
  return e / (1 + e);
});

export const nanTest: Primitive<"isNaN"> = {
  infer(args) {
    const x = one("isNaN", args);
    checkDType("isNaN", x, floats);
    return [typeOf("bool", x.shape)];
  },
  evaluate(args) {
    const { shape, data: given } = one("isNaN", args);
    const x = numbersOf(given);
    const data = allocate("bool", x.length);
    for (let i = 0; i < data.length; i++) data[i] = Number(Number.isNaN(x[i]));
    return [{ dtype: "bool", shape, data }];
  },
  accuracy: "exact",
};

export const infTest: Primitive<"isInf"> = {
  infer(args) {
    const x = one("isInf", args);
    checkDType("isInf", x, floats);
    return [typeOf("bool", x.shape)];
  },
  evaluate(args, { negative, positive }) {
    const { shape, data: given } = one("isInf", args);
    const x = numbersOf(given);
    const data = allocate("bool", x.length);
    for (let i = 0; i < data.length; i++) {
      data[i] = Number(
        (positive && x[i] === Number.POSITIVE_INFINITY) || (negative && x[i] === Number.NEGATIVE_INFINITY),
      );
    }
    return [{ dtype: "bool", shape, data }];
  },
  accuracy: "exact",
};

export const not: PlainRow = unary("not", booleans, "exact", (x) => 1 - x);
