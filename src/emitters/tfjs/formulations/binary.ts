/**
 * Formulations of the elementwise primitives of two arguments, and select. Integer arithmetic is exact modulo 2^32 as in the
 * reference; where a kernel of TF.js computes integers in float32 or double, it is composed of steps that stay exact.
 */

import { UnsupportedError } from "../../../errors.js";
import { need } from "../../../ir/need.js";
import type { PrimitiveAttrs } from "../../../ir/primitive.js";
import type { Range } from "../../ranges.js";
import type { Formulation, FormulationOf, Scope } from "../formulation.js";
import type { Ref } from "../graph-def.js";
import * as ops from "../ops.js";
import {
  add as addOp,
  and as andOp,
  binary,
  type CompareOp,
  cast,
  compare,
  mul as mulOp,
  not,
  number,
  or as orOp,
  select as selectOp,
  sub as subOp,
  unary,
} from "../ops.js";

type Pair = FormulationOf<PrimitiveAttrs["add"]>;

const pair = ({ args }: { readonly args: readonly Ref[] }): readonly [Ref, Ref] => [need(args[0]), need(args[1])];

export const add: Pair = (s, site) => [addOp(s, ...pair(site))];
export const sub: Pair = (s, site) => [subOp(s, ...pair(site))];

/** Largest magnitude of a known range. */
const size = (range: Range | undefined): number =>
  range === undefined ? Number.POSITIVE_INFINITY : Math.max(Math.abs(range[0]), Math.abs(range[1]));

/**
 * The cpu backend multiplies integers in double, which loses the low bits of products above 2^53. Then one factor is split:
 * a·b = a·(b mod 2^16) + (a·⌊b / 2^16⌋)·2^16, each product below 2^48.
 */
export function multiply(s: Scope, a: Ref, b: Ref, ranges: readonly (Range | undefined)[] = []): Ref {
  const [x, y] = [size(ranges[0]), size(ranges[1])];
  const exact = a.dtype === "float32" || s.device === "wasm" || s.device === "tensorflow";
  if (exact || x * y <= 2 ** 53 || Math.min(x, y) <= 2 ** 21) return mulOp(s, a, b);
  const unit = number(s, "int32", 65536);
  const low = binary(s, "FloorMod", b, unit);
  const high = integerQuotient(s, subOp(s, b, low), unit);
  return addOp(s, mulOp(s, a, low), mulOp(s, mulOp(s, a, high), unit));
}

export const mul: Pair = (s, { args, ranges }) => [multiply(s, need(args[0]), need(args[1]), ranges)];

/** a / b for integers where b divides a: one float quotient is within 2^10 of it, one of the rest makes it exact. */
function integerQuotient(s: Scope, a: Ref, b: Ref): Ref {
  const divisor = cast(s, b, "float32");
  const estimate = (x: Ref): Ref =>
    cast(s, unary(s, "Round", binary(s, "RealDiv", cast(s, x, "float32"), divisor)), "int32");
  const first = estimate(a);
  return addOp(s, first, estimate(subOp(s, a, mulOp(s, first, b))));
}

/** Remainder of integers with the dividend's sign, 0 for a divisor of 0; FloorMod by 0 traps on wasm. */
function integerRemainder(s: Scope, a: Ref, b: Ref): { readonly safe: Ref; readonly none: Ref; readonly rest: Ref } {
  const zero = number(s, "int32", 0);
  const none = compare(s, "Equal", b, zero);
  const safe = selectOp(s, none, number(s, "int32", 1), b);
  const floored = binary(s, "FloorMod", a, safe);
  const negative = (x: Ref): Ref => compare(s, "Less", x, zero);
  const differ = compare(s, "NotEqual", negative(a), negative(safe));
  const wrong = andOp(s, compare(s, "NotEqual", floored, zero), differ);
  return { safe, none, rest: selectOp(s, wrong, subOp(s, floored, safe), floored) };
}

/** TF.js divides integers rounding down, on wasm through float32; this truncates, and gives 0 for a divisor of 0. */
export const div: Pair = (s, site) => {
  const [a, b] = pair(site);
  if (a.dtype === "float32") {
    const quotient = binary(s, "RealDiv", a, b);
    if (s.device !== "webgl" && s.device !== "portable") return [quotient];
    // TF.js on WebGL answers 1 for whatever is divided by itself, zero and infinity too.
    const size = unary(s, "Abs", b);
    const extreme = orOp(
      s,
      compare(s, "Equal", size, number(s, "float32", 0)),
      compare(s, "Equal", size, number(s, "float32", Number.POSITIVE_INFINITY)),
    );
    const none = andOp(s, extreme, compare(s, "Equal", unary(s, "Abs", a), size));
    return [selectOp(s, none, number(s, "float32", Number.NaN), quotient)];
  }
  const { safe, none, rest } = integerRemainder(s, a, b);
  const quotient = integerQuotient(s, subOp(s, a, rest), safe);
  return [selectOp(s, none, number(s, "int32", 0), quotient)];
};

/** C's pow. JavaScript's, and so the cpu backend's, gives NaN for 1^NaN and (±1)^±Inf, which are 1. */
export const pow: Formulation<"pow"> = (s, site) => {
  const [a, b] = pair(site);
  if (a.dtype === "int32") return [integerPower(s, a, b, site.origin)];
  const power = binary(s, "Pow", a, b);
  if (s.device === "wasm" || s.device === "tensorflow") return [power];
  const one = number(s, "float32", 1);
  const infinite = compare(s, "Equal", unary(s, "Abs", b), number(s, "float32", Number.POSITIVE_INFINITY));
  const isOne = compare(s, "Equal", a, one);
  const isUnit = andOp(s, compare(s, "Equal", unary(s, "Abs", a), one), infinite);
  const certain = orOp(s, isOne, isUnit);
  // Shaders give NaN for NaN^0, which is 1, too.
  const isSure = ops.isShader(s.device) ? orOp(s, certain, compare(s, "Equal", b, number(s, "float32", 0))) : certain;
  return [selectOp(s, isSure, one, power)];
};

/** Repeated squaring for one constant exponent; TF.js computes integer powers in floats. */
function integerPower(s: Scope, x: Ref, y: Ref, origin: string | undefined): Ref {
  const known = s.graph.constantOf(y)?.data;
  const exponent = known instanceof Int32Array ? known[0] : undefined;
  if (known === undefined || exponent === undefined || known.some((v) => v !== exponent)) {
    throw new UnsupportedError(
      origin ?? "",
      "TF.js raises integers only to one constant power",
      "cast to float32 before, or run it on the backend reference",
    );
  }
  const one = number(s, "int32", 1);
  let result = addOp(s, subOp(s, x, x), one);
  if (exponent < 0) {
    // 1 / x^|y| truncated: ±1 for x = ±1, else 0.
    const odd = exponent % 2 !== 0;
    const unit = compare(s, "Equal", x, one);
    const minus = compare(s, "Equal", x, number(s, "int32", -1));
    const zero = number(s, "int32", 0);
    return selectOp(s, unit, result, selectOp(s, minus, number(s, "int32", odd ? -1 : 1), zero));
  }
  let base = x;
  for (let left = exponent; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) result = multiply(s, result, base);
    if (left > 1) base = multiply(s, base, base);
  }
  return result;
}

/** wasm's Minimum and Maximum answer their first argument where the second is NaN. */
const extremum =
  (op: "Minimum" | "Maximum"): Pair =>
  (s, site) => {
    const [a, b] = pair(site);
    const result = binary(s, op, a, b);
    const certain =
      a.dtype === "int32" || site.ranges[1] !== undefined || s.device === "cpu" || s.device === "tensorflow";
    return [certain ? result : selectOp(s, ops.isMissing(s, b), b, result)];
  };
export const min = extremum("Minimum");
export const max = extremum("Maximum");

export const mod: Formulation<"mod"> = (s, site) => {
  const [a, b] = pair(site);
  const { fmod } = site.attrs;
  if (a.dtype === "int32") {
    const { safe, none, rest } = integerRemainder(s, a, b);
    const value = fmod ? rest : binary(s, "FloorMod", a, safe);
    return [selectOp(s, none, number(s, "int32", 0), value)];
  }
  if (s.device === "webgl" || s.device === "portable") {
    // Its FloorMod is a - b * floor(a / b) in floats: coarse where the quotient is large, NaN where b is infinite.
    throw new UnsupportedError(
      site.origin ?? "mod",
      `TF.js cannot run mod of floats exactly on ${s.device === "webgl" ? "WebGL" : "every device: WebGL rounds the quotient"}`,
      "use the device wasm, cpu, tensorflow or webgpu",
    );
  }
  const zero = number(s, "float32", 0);
  // Of numbers that are not negative, FloorMod is C's fmod, which is exact.
  const rest = binary(s, "FloorMod", unary(s, "Abs", a), unary(s, "Abs", b));
  const isZero = compare(s, "Equal", rest, zero);
  const aNegative = compare(s, "Less", a, zero);
  const signed = selectOp(s, aNegative, unary(s, "Neg", rest), rest);
  if (fmod) return [selectOp(s, isZero, mulOp(s, a, zero), signed)];
  const bNegative = compare(s, "Less", b, zero);
  const differ = compare(s, "NotEqual", aNegative, bNegative);
  const floored = selectOp(s, differ, addOp(s, signed, b), signed);
  const zeroOfB = selectOp(s, bNegative, number(s, "float32", -0), zero);
  return [selectOp(s, isZero, addOp(s, zeroOfB, mulOp(s, rest, number(s, "float32", -0))), floored)];
};

/**
 * Comparisons that broadcast cost a hundred nanoseconds an element on wasm, against five for equal shapes and a tenth for
 * arithmetic; so constants are spread first where that takes a product with ones.
 */
const comparison =
  (op: CompareOp): Pair =>
  (s, site) => {
    let [a, b] = pair(site);
    if (a.dtype === "bool") [a, b] = [cast(s, a, "int32"), cast(s, b, "int32")];
    const shape = site.results[0]?.shape;
    if (s.device === "wasm" && a.dtype === "float32" && shape !== undefined && !shape.includes("?")) {
      [a, b] = [ops.broadcastTo(s, a, shape), ops.broadcastTo(s, b, shape)];
    }
    return [compare(s, op, a, b)];
  };
export const less = comparison("Less");
export const lessEqual = comparison("LessEqual");
export const greater = comparison("Greater");
export const greaterEqual = comparison("GreaterEqual");
export const equal = comparison("Equal");
export const notEqual = comparison("NotEqual");

export const and: Pair = (s, site) => [andOp(s, ...pair(site))];
export const or: Pair = (s, site) => [orOp(s, ...pair(site))];
export const xor: Pair = (s, site) => {
  const [a, b] = pair(site);
  return [orOp(s, andOp(s, a, not(s, b)), andOp(s, not(s, a), b))];
};

export const select: Formulation<"select"> = (s, { args }) => [
  selectOp(s, need(args[0]), need(args[1]), need(args[2])),
];
