/** Formulations of the elementwise primitives of two arguments, and select. */

import { UnsupportedError } from "../../../errors.js";
import { isFloat } from "../../../ir/dtype.js";
import { need } from "../../../ir/need.js";
import type { PrimitiveAttrs } from "../../../ir/primitive.js";
import { isBigIntData, isStringData } from "../../../ir/tensor.js";
import type { Formulation, FormulationOf, Scope } from "../formulation.js";
import type { Ref } from "../graph.js";
import * as ops from "../ops.js";
import { compare, liftedPair, number, where } from "../ops.js";

type Pair = FormulationOf<PrimitiveAttrs["add"]>;

const pair = ({ args }: { readonly args: readonly Ref[] }): readonly [Ref, Ref] => [need(args[0]), need(args[1])];

const arithmetic =
  (op: string): Pair =>
  (s, site) => [liftedPair(s, ...pair(site), (a, b) => ops.binary(s, op, a, b))];

export const add = arithmetic("Add");
export const sub = arithmetic("Sub");
export const mul = arithmetic("Mul");

/** Its upper half would compare as negative numbers, and divide as such. */
function refuseUnsigned(ref: Ref, op: string, origin: string): void {
  if (ref.dtype === "uint64") {
    throw new UnsupportedError(origin, `${op} of uint64 has no kernel in onnxruntime`, "run the model with compile()");
  }
}

/** An integer divisor for which a processor's division does not trap: neither 0 nor -1. */
function safeDivisor(s: Scope, b: Ref): { readonly divisor: Ref; readonly zero?: Ref; readonly minus?: Ref } {
  const known = s.graph.constantOf(b)?.data;
  if (known !== undefined && !isStringData(known)) {
    const values: readonly (number | bigint)[] = isBigIntData(known) ? Array.from(known) : Array.from(known);
    if (values.every((v) => Number(v) !== 0 && Number(v) !== -1)) return { divisor: b };
  }
  const zero = compare(s, "Equal", b, number(s, b.dtype, 0));
  const minus = compare(s, "Equal", b, number(s, b.dtype, -1));
  return { divisor: where(s, ops.or(s, zero, minus), number(s, b.dtype, 1), b), zero, minus };
}

/** Integers truncate toward zero, and give 0 for a divisor of 0. */
export const div: Pair = (s, site) => {
  const given = pair(site);
  refuseUnsigned(given[0], "division", site.origin);
  return [
    liftedPair(s, ...given, (a, b) => {
      if (isFloat(a.dtype)) return ops.binary(s, "Div", a, b);
      const { divisor, zero, minus } = safeDivisor(s, b);
      const quotient = ops.binary(s, "Div", a, divisor);
      if (zero === undefined || minus === undefined) return quotient;
      const signed = where(s, minus, ops.binary(s, "Sub", number(s, a.dtype, 0), a), quotient);
      return where(s, zero, number(s, a.dtype, 0), signed);
    }),
  ];
};

export const mod: Formulation<"mod"> = (s, site) => {
  const given = pair(site);
  const { fmod } = site.attrs;
  refuseUnsigned(given[0], "remainder", site.origin);
  return [
    liftedPair(s, ...given, (a, b) => {
      const zero = number(s, a.dtype, 0);
      if (!isFloat(a.dtype)) {
        const divided = safeDivisor(s, b);
        const rest = ops.node(s, "Mod", [a, divided.divisor], a.dtype, { fmod: { int: fmod ? 1 : 0 } });
        return divided.zero === undefined || divided.minus === undefined
          ? rest
          : where(s, ops.or(s, divided.zero, divided.minus), zero, rest);
      }
      const rest = ops.node(s, "Mod", [a, b], a.dtype, { fmod: { int: 1 } });
      if (fmod) return rest;
      // Python's: the sign of the divisor, also of a zero.
      const [restBelow, below] = [compare(s, "Less", rest, zero), compare(s, "Less", b, zero)];
      const differ = ops.not(s, compare(s, "Equal", ops.cast(s, restBelow, "int32"), ops.cast(s, below, "int32")));
      const isZero = compare(s, "Equal", rest, zero);
      const shifted = where(s, differ, ops.binary(s, "Add", rest, b), rest);
      return where(s, isZero, where(s, below, number(s, a.dtype, -0), zero), shifted);
    }),
  ];
};

/** Integers only to one constant power that is not negative: runtimes compute others in doubles. */
export const pow: Formulation<"pow"> = (s, site) => {
  const given = pair(site);
  return [
    liftedPair(s, ...given, (a, b) => {
      if (isFloat(a.dtype)) return ops.binary(s, "Pow", a, b);
      const known = s.graph.constantOf(given[1])?.data;
      const exponents =
        known === undefined || isStringData(known) ? [] : Array.from(known as ArrayLike<number>, Number);
      const [exponent] = exponents;
      if (exponent === undefined || exponent < 0 || exponent > 64 || exponents.some((v) => v !== exponent)) {
        throw new UnsupportedError(
          site.origin,
          "integers are raised in plain ONNX only to one constant power from 0 to 64",
          "cast to a float before, or run the model with compile()",
        );
      }
      let result = ops.binary(s, "Add", ops.binary(s, "Sub", a, a), number(s, a.dtype, 1));
      for (let i = 0; i < exponent; i++) result = ops.binary(s, "Mul", result, a);
      return result;
    }),
  ];
};

/** Runtimes treat NaN differently; where it cannot be excluded it is put back. */
const extremum =
  (op: "Min" | "Max"): Pair =>
  (s, site) => {
    const given = pair(site);
    refuseUnsigned(given[0], op, site.origin);
    const certain = site.ranges[0] !== undefined && site.ranges[1] !== undefined;
    return [
      liftedPair(s, ...given, (a, b) => {
        const result = ops.binary(s, op, a, b);
        if (certain || !isFloat(a.dtype)) return result;
        return where(s, ops.isMissing(s, a), a, where(s, ops.isMissing(s, b), b, result));
      }),
    ];
  };
export const min = extremum("Min");
export const max = extremum("Max");

const comparison =
  (op: Parameters<typeof compare>[1], negated = false): Pair =>
  (s, site) => {
    let [a, b] = pair(site);
    const ordered = op !== "Equal";
    if (ordered) refuseUnsigned(a, "comparison", site.origin);
    const wide = ordered && a.dtype === "bool" ? "int32" : ops.arithmeticType(a.dtype);
    [a, b] = [ops.cast(s, a, wide), ops.cast(s, b, wide)];
    const result = compare(s, op, a, b);
    return [negated ? ops.not(s, result) : result];
  };
export const less = comparison("Less");
export const lessEqual = comparison("LessOrEqual");
export const greater = comparison("Greater");
export const greaterEqual = comparison("GreaterOrEqual");
export const equal = comparison("Equal");
export const notEqual = comparison("Equal", true);

const logic =
  (op: string): Pair =>
  (s, site) => [ops.node(s, op, pair(site), "bool")];
export const and = logic("And");
export const or = logic("Or");
export const xor = logic("Xor");

export const select: Formulation<"select"> = (s, { args }) => [where(s, need(args[0]), need(args[1]), need(args[2]))];
