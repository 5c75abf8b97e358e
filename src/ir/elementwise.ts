/** Which primitives compute each element of their result from one element of each argument, with broadcasting. */

import type { PrimitiveName } from "./primitive.js";

const names: ReadonlySet<PrimitiveName> = new Set<PrimitiveName>([
  ...(["neg", "abs", "sign", "sqrt", "reciprocal", "exp", "expm1", "log", "log1p", "floor", "ceil", "round"] as const),
  ...(["sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "asinh", "acosh", "atanh", "tanh"] as const),
  ...(["sigmoid", "erf", "probit", "isNaN", "isInf", "not", "cast", "indexOf"] as const),
  ...([
    "add",
    "sub",
    "mul",
    "div",
    "pow",
    "min",
    "max",
    "mod",
    "less",
    "lessEqual",
    "greater",
    "greaterEqual",
  ] as const),
  ...(["equal", "notEqual", "and", "or", "xor", "bitwise", "select"] as const),
]);

export function isElementwise(op: PrimitiveName): boolean {
  return names.has(op);
}
