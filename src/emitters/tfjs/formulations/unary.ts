/**
 * Formulations of the elementwise primitives of one argument. Where an operator of TF.js 4.22 is wrong or coarse on a device
 * (measured on its kernels against the reference), it is composed from others.
 */

import { need } from "../../../ir/need.js";
import { probitRatios, type Ratio } from "../../probit-ratios.js";
import type { Range } from "../../ranges.js";
import type { Device, Formulation, Scope } from "../formulation.js";
import type { Ref } from "../graph-def.js";
import * as ops from "../ops.js";
import { add, and, binary, compare, isMissing, mul, number, or, select, sub, type UnaryOp, unary } from "../ops.js";

type Elementwise = (
  scope: Scope,
  site: { readonly args: readonly Ref[]; readonly ranges?: readonly (Range | undefined)[] },
) => readonly Ref[];

/** One operator, right on every device. */
const plain =
  (op: UnaryOp): Elementwise =>
  (s, { args }) => [unary(s, op, need(args[0]))];

/** Shader compilers may assume that there is no NaN, and lose it in functions that branch; there it is put back. */
const withNaN =
  (op: UnaryOp): Elementwise =>
  (s, { args, ranges }) => {
    const x = need(args[0]);
    const result = unary(s, op, x);
    if (!ops.isShader(s.device) || ranges?.[0] !== undefined) return [result];
    return [select(s, isMissing(s, x), f32(s, Number.NaN), result)];
  };

const f32 = (s: Scope, value: number): Ref => number(s, "float32", value);

/** c0 + x·(c1 + x·(…)). */
function polynomial(s: Scope, x: Ref, coefficients: readonly number[]): Ref {
  const [last = 0, ...rest] = [...coefficients].reverse();
  return rest.reduce((sum, c) => add(s, mul(s, sum, x), f32(s, c)), f32(s, last));
}

/** wasm's Neg and cpu's Abs pass integers through float32. */
export const neg: Elementwise = (s, { args }) => {
  const x = need(args[0]);
  return [x.dtype === "int32" ? sub(s, number(s, "int32", 0), x) : unary(s, "Neg", x)];
};

export const abs: Elementwise = (s, { args }) => {
  const x = need(args[0]);
  if (x.dtype === "float32") return [unary(s, "Abs", x)];
  const zero = number(s, "int32", 0);
  return [select(s, compare(s, "Less", x, zero), sub(s, zero, x), x)];
};

/** By comparisons: TF.js's Sign answers 0 for NaN, and on wasm 0 for subnormal numbers. */
export const sign: Elementwise = (s, { args }) => {
  const x = need(args[0]);
  const [zero, one, minus] = [0, 1, -1].map((v) => number(s, x.dtype, v)) as [Ref, Ref, Ref];
  const negative = select(s, compare(s, "Less", x, zero), minus, x);
  return [select(s, compare(s, "Greater", x, zero), one, negative)];
};

export const sqrt = plain("Sqrt");
export const reciprocal = plain("Reciprocal");
export const exp = withNaN("Exp");
export const expm1 = withNaN("Expm1");
/** Shaders may take 0 for the smallest number, whose logarithm is finite. */
export const log: Elementwise = (s, site) => {
  const [result] = withNaN("Log")(s, site);
  const x = need(site.args[0]);
  if (!ops.isShader(s.device)) return [need(result)];
  return [select(s, compare(s, "Equal", x, f32(s, 0)), f32(s, Number.NEGATIVE_INFINITY), need(result))];
};
export const floor = plain("Floor");
export const ceil = plain("Ceil");
export const tan = plain("Tan");
export const asin = plain("Asin");
export const acos = plain("Acos");
export const atan = plain("Atan");
export const sinh = withNaN("Sinh");
export const cosh = withNaN("Cosh");
export const asinh = withNaN("Asinh");
export const acosh = withNaN("Acosh");
export const atanh = withNaN("Atanh");
export const tanh = withNaN("Tanh");
export const sigmoid = withNaN("Sigmoid");

/** The cpu backend rounds half to even too, but loses the sign of zero. */
export const round: Elementwise = (s, { args }) => {
  const x = need(args[0]);
  const rounded = unary(s, "Round", x);
  if (s.device === "wasm" || s.device === "tensorflow") return [rounded];
  return [select(s, compare(s, "Equal", rounded, f32(s, 0)), mul(s, x, f32(s, 0)), rounded)];
};

const libm: ReadonlySet<Device> = new Set(["cpu", "tensorflow"]);

/**
 * log1p(x) = log(u)·(x / (u - 1)) with u = 1 + x rounded: the errors of u cancel (W. Kahan). wasm, webgl and webgpu compute
 * log(1 + x), which loses all digits of a small x.
 */
export const log1p: Elementwise = (s, { args }) => {
  const x = need(args[0]);
  if (libm.has(s.device)) return [unary(s, "Log1p", x)];
  const one = f32(s, 1);
  const u = add(s, x, one);
  const quotient = mul(s, unary(s, "Log", u), binary(s, "RealDiv", x, sub(s, u, one)));
  const itself = or(s, compare(s, "Equal", u, one), compare(s, "Equal", x, f32(s, Number.POSITIVE_INFINITY)));
  const value = select(s, itself, x, quotient);
  if (!ops.isShader(s.device)) return [value];
  const end = select(s, compare(s, "Equal", x, f32(s, -1)), f32(s, Number.NEGATIVE_INFINITY), value);
  return [select(s, or(s, isMissing(s, x), compare(s, "Less", x, f32(s, -1))), f32(s, Number.NaN), end)];
};

/**
 * wasm's Sin and Cos reduce their argument coarsely (no right digit at 1e38, absolute errors of 1e-7 at the zeros), while
 * its Tan is that of a C library. With t = tan x: |cos x| = 1 / √(1 + t²), |sin x| = |t|·|cos x|; the sign of sin x is that of
 * tan(x/2), and cos x = sin x / t.
 */
function viaTangent(s: Scope, x: Ref): { readonly t: Ref; readonly cosine: Ref } {
  const [zero, one] = [f32(s, 0), f32(s, 1)];
  const t = unary(s, "Tan", x);
  const half = unary(s, "Tan", mul(s, x, f32(s, 0.5)));
  const size = binary(s, "RealDiv", one, unary(s, "Sqrt", add(s, mul(s, t, t), one)));
  const sameSign = compare(s, "Equal", compareAsFloat(s, t, zero), compareAsFloat(s, half, zero));
  return { t, cosine: select(s, sameSign, size, unary(s, "Neg", size)) };
}

const compareAsFloat = (s: Scope, x: Ref, zero: Ref): Ref => ops.cast(s, compare(s, "Less", x, zero), "float32");

const coarse: ReadonlySet<Device> = new Set(["wasm", "portable"]);

/** Below this, sin x = x and cos x = 1 in float32, and a halved x might vanish. */
const tiny = 1e-4;

export const sin: Elementwise = (s, { args }) => {
  const x = need(args[0]);
  if (!coarse.has(s.device)) return [unary(s, "Sin", x)];
  const { t, cosine } = viaTangent(s, x);
  return [select(s, compare(s, "Less", unary(s, "Abs", x), f32(s, tiny)), x, mul(s, t, cosine))];
};

export const cos: Elementwise = (s, { args }) => {
  const x = need(args[0]);
  if (!coarse.has(s.device)) return [unary(s, "Cos", x)];
  return [select(s, compare(s, "Less", unary(s, "Abs", x), f32(s, tiny)), f32(s, 1), viaTangent(s, x).cosine)];
};

/**
 * Interpolation polynomials at Chebyshev nodes, computed from the definition in double precision: erf(x)/x in x² on [0, 1]
 * (error 3e-11), and log erfc(1 + u) in u on [0, 3] (error of erf 7e-10).
 */
const erfSmall = [
  1.1283791670623595, -0.3761263847598588, 0.11283782622007427, -0.026865438308233465, 0.0052210534078727736,
  -0.0008484396501728498, 0.00011268253647813254, -0.00000967359035712434,
];
const logErfc = [
  -1.8496055133360976, -2.6389674451215073, -0.8431064145680325, -0.04157149267278568, 0.010072461250252508,
  -0.002050620737204736, 0.0003188289059421917, -0.00003267812968989435, 0.000001614061608652782,
];

/** Elsewhere TF.js has Abramowitz & Stegun 7.1.26, with absolute errors of 1e-7; wasm and TensorFlow have a C library's. */
export const erf: Elementwise = (s, { args }) => {
  const x = need(args[0]);
  if (s.device === "wasm" || s.device === "tensorflow") return [unary(s, "Erf", x)];
  const [zero, one] = [f32(s, 0), f32(s, 1)];
  const size = unary(s, "Abs", x);
  const small = binary(s, "Minimum", size, one);
  const near = mul(s, x, polynomial(s, mul(s, small, small), erfSmall));
  const u = binary(s, "Minimum", binary(s, "Maximum", sub(s, size, one), zero), f32(s, 3));
  const far = sub(s, one, unary(s, "Exp", polynomial(s, u, logErfc)));
  const signed = select(s, compare(s, "Less", x, zero), unary(s, "Neg", far), far);
  return [select(s, compare(s, "Greater", size, one), signed, near)];
};

/** Algorithm AS 241 (M. J. Wichura, Applied Statistics 37, 1988), its single-precision rational functions PPND7. */
export const probit: Elementwise = (s, { args }) => {
  const p = need(args[0]);
  const [zero, half, one] = [f32(s, 0), f32(s, 0.5), f32(s, 1)];
  const ratio = (x: Ref, [above, below]: Ratio): Ref =>
    binary(s, "RealDiv", polynomial(s, x, above), polynomial(s, x, below));
  const q = sub(s, p, half);
  const r = sub(s, f32(s, 0.180625), mul(s, q, q));
  const central = mul(s, q, ratio(r, probitRatios.central));
  const left = compare(s, "Less", q, zero);
  const tail = select(s, left, p, sub(s, one, p));
  const t = unary(s, "Sqrt", unary(s, "Neg", unary(s, "Log", tail)));
  const middle = ratio(sub(s, t, f32(s, 1.6)), probitRatios.middle);
  const outer = ratio(sub(s, t, f32(s, 5)), probitRatios.outer);
  const size = select(s, compare(s, "LessEqual", t, f32(s, 5)), middle, outer);
  const far = select(s, left, unary(s, "Neg", size), size);
  const inside = select(s, compare(s, "LessEqual", unary(s, "Abs", q), f32(s, 0.425)), central, far);
  const infinite = f32(s, Number.POSITIVE_INFINITY);
  const low = select(s, compare(s, "Equal", p, zero), unary(s, "Neg", infinite), inside);
  const high = select(s, compare(s, "Equal", p, one), infinite, low);
  const outside = or(s, compare(s, "Less", p, zero), compare(s, "Greater", p, one));
  return [select(s, outside, f32(s, Number.NaN), high)];
};

const nan: Elementwise = (s, { args }) => [isMissing(s, need(args[0]))];

export const isInf: Formulation<"isInf"> = (s, { args, attrs }) => {
  const x = need(args[0]);
  const is = (value: number, of = x): Ref => compare(s, "Equal", of, f32(s, value));
  const { negative, positive } = attrs;
  if (negative && positive) return [is(Number.POSITIVE_INFINITY, unary(s, "Abs", x))];
  if (positive) return [is(Number.POSITIVE_INFINITY)];
  if (negative) return [is(Number.NEGATIVE_INFINITY)];
  const never = isMissing(s, x);
  return [and(s, never, ops.not(s, never))];
};

export const not: Elementwise = (s, { args }) => [ops.not(s, need(args[0]))];

export { nan as isNaN };
