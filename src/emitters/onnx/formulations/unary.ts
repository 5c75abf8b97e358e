/** Formulations of the elementwise primitives of one argument. */

import { UnsupportedError } from "../../../errors.js";
import { need } from "../../../ir/need.js";
import { probitRatios, type Ratio } from "../../probit-ratios.js";
import type { Formulation, FormulationOf, Scope } from "../formulation.js";
import type { Ref } from "../graph.js";
import * as ops from "../ops.js";
import { binary, compare, isMissing, node, number, where } from "../ops.js";

type Elementwise = FormulationOf<Readonly<Record<never, never>>>;

function refuseDouble(x: Ref, name: string, origin: string): void {
  if (x.dtype !== "float64") return;
  throw new UnsupportedError(
    origin,
    `${name} in float64 has no kernel in onnxruntime`,
    "export the model in float32, or run it with compile()",
  );
}

const plain =
  (op: string): Elementwise =>
  (s, { args }) => [ops.lifted(s, need(args[0]), (x) => ops.unary(s, op, x))];

/** Operators that onnxruntime computes in float32 only. */
const single =
  (op: string): Elementwise =>
  (s, { args, origin }) => {
    const x = need(args[0]);
    refuseDouble(x, op, origin);
    return [ops.lifted(s, x, (y) => ops.unary(s, op, y))];
  };

export const neg = plain("Neg");
export const abs = plain("Abs");
export const sign = plain("Sign");
export const sqrt = plain("Sqrt");
export const reciprocal = plain("Reciprocal");
export const exp = plain("Exp");
export const log = plain("Log");
export const floor = plain("Floor");
export const ceil = plain("Ceil");
export const round = plain("Round");
export const sin = plain("Sin");
export const cos = plain("Cos");
export const tanh = plain("Tanh");
export const tan = single("Tan");
export const asin = single("Asin");
export const acos = single("Acos");
export const atan = single("Atan");
export const sinh = single("Sinh");
export const cosh = single("Cosh");
export const asinh = single("Asinh");
export const acosh = single("Acosh");
export const atanh = single("Atanh");
export const erf = single("Erf");

const one = (s: Scope, x: Ref): Ref => number(s, x.dtype, 1);

/** (e^x + 1)·tanh(x/2) is e^x - 1 without its cancellation. */
export const expm1: Elementwise = (s, { args }) => [
  ops.lifted(s, need(args[0]), (x) => {
    const half = ops.unary(s, "Tanh", binary(s, "Mul", x, number(s, x.dtype, 0.5)));
    const above = binary(s, "Add", ops.unary(s, "Exp", x), one(s, x));
    return binary(s, "Mul", above, half);
  }),
];

/** With u = 1 + x rounded, log(u)·x / (u - 1): the error of u cancels (W. Kahan). */
export const log1p: Elementwise = (s, { args }) => [
  ops.lifted(s, need(args[0]), (x) => {
    const u = binary(s, "Add", x, one(s, x));
    const beyond = binary(s, "Sub", u, one(s, x));
    const exact = binary(s, "Mul", ops.unary(s, "Log", u), binary(s, "Div", x, beyond));
    const tiny = compare(s, "Equal", beyond, number(s, x.dtype, 0));
    const infinite = compare(s, "Equal", u, number(s, x.dtype, Number.POSITIVE_INFINITY));
    return where(s, ops.or(s, tiny, infinite), x, exact);
  }),
];

/** Runtimes approximate Sigmoid to 1e-7 absolute, which is nothing near 0; this keeps small probabilities. */
export const sigmoid: Elementwise = (s, { args }) => [
  ops.lifted(s, need(args[0]), (x) => {
    const decay = ops.unary(s, "Exp", ops.unary(s, "Neg", x));
    return binary(s, "Div", one(s, x), binary(s, "Add", one(s, x), decay));
  }),
];

const nan: Elementwise = (s, { args }) => {
  const x = need(args[0]);
  return [isMissing(s, ops.cast(s, x, ops.arithmeticType(x.dtype)))];
};

export { nan as isNaN };

export const isInf: Formulation<"isInf"> = (s, { args, attrs }) => {
  const x = need(args[0]);
  return [
    node(s, "IsInf", [ops.cast(s, x, ops.arithmeticType(x.dtype))], "bool", {
      detect_negative: { int: attrs.negative ? 1 : 0 },
      detect_positive: { int: attrs.positive ? 1 : 0 },
    }),
  ];
};

export const not: Elementwise = (s, { args }) => [ops.not(s, need(args[0]))];

/** See probit-ratios.ts; NaN outside (0, 1), ±Inf at its ends. */
export const probit: Elementwise = (s, { args, origin }) => {
  refuseDouble(need(args[0]), "the inverse normal distribution", origin);
  return [
    ops.lifted(s, need(args[0]), (p) => {
      const float = (v: number): Ref => number(s, "float32", v);
      const [zero, unit] = [float(0), float(1)];
      const polynomial = (x: Ref, coefficients: readonly number[]): Ref =>
        coefficients
          .map(float)
          .reduceRight((sum, coefficient) => binary(s, "Add", binary(s, "Mul", sum, x), coefficient));
      const ratio = (x: Ref, [above, below]: Ratio): Ref =>
        binary(s, "Div", polynomial(x, above), polynomial(x, below));
      const q = binary(s, "Sub", p, float(0.5));
      const r = binary(s, "Sub", float(0.180625), binary(s, "Mul", q, q));
      const central = binary(s, "Mul", q, ratio(r, probitRatios.central));
      const left = compare(s, "Less", q, zero);
      const tail = where(s, left, p, binary(s, "Sub", unit, p));
      const t = ops.unary(s, "Sqrt", ops.unary(s, "Neg", ops.unary(s, "Log", tail)));
      const middle = ratio(binary(s, "Sub", t, float(1.6)), probitRatios.middle);
      const outer = ratio(binary(s, "Sub", t, float(5)), probitRatios.outer);
      const size = where(s, compare(s, "LessOrEqual", t, float(5)), middle, outer);
      const far = where(s, left, ops.unary(s, "Neg", size), size);
      const inside = where(s, compare(s, "LessOrEqual", ops.unary(s, "Abs", q), float(0.425)), central, far);
      const infinite = float(Number.POSITIVE_INFINITY);
      const low = where(s, compare(s, "Equal", p, zero), ops.unary(s, "Neg", infinite), inside);
      const high = where(s, compare(s, "Equal", p, unit), infinite, low);
      const outside = ops.or(s, compare(s, "Less", p, zero), compare(s, "Greater", p, unit));
      return where(s, outside, float(Number.NaN), high);
    }),
  ];
};
