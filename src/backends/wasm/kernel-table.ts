/**
 * What the kernel module does with each primitive: a lowering to calls, or the reason why there is none. A primitive that is
 * missing here does not type-check.
 */

import { instructionMixesRows } from "../../ir/evaluate.js";
import type { PrimitiveName } from "../../ir/primitive.js";
import type { InstructionOf, Program } from "../../ir/program.js";
import { formatType, rowAxis } from "../../ir/types.js";
import { Op, typeCodes } from "./codes.js";
import { arg, cumSum, reduction, softmax, topK } from "./lowerings/axes.js";
import { binary, cast, isInf, mod, select, swapped, unary } from "./lowerings/elementwise.js";
import { forest, forestLeaves } from "./lowerings/forests.js";
import { indexOf, matMul } from "./lowerings/linear.js";
import type { Lowering } from "./lowerings/lowering.js";
import {
  broadcastTo,
  concat,
  gather,
  gatherByColumn,
  gatherByRow,
  gatherColumns,
  iota,
  reshape,
  scatterByRow,
  slice,
  transpose,
} from "./lowerings/movement.js";
import { pairwiseCoupling, squaredDistances } from "./lowerings/vectors.js";

/** Constants become bytes of the image without a call. */
const nothing: Lowering<"constant"> = { lower: () => undefined };

const onHost = "texts are read on the host";

export type KernelTable = { readonly [P in PrimitiveName]: Lowering<P> | string };

export const kernelTable: KernelTable = {
  constant: nothing,
  dims: "the size of the batch is known on the host only",
  iota,
  cast,
  indexOf,
  reshape,
  transpose,
  broadcastTo,
  concat,
  slice,
  gather,
  gatherColumns,
  gatherByRow,
  gatherByColumn,
  scatterByRow,
  neg: unary(Op.NEG),
  abs: unary(Op.ABS),
  sign: unary(Op.SIGN),
  sqrt: unary(Op.SQRT),
  reciprocal: unary(Op.RECIPROCAL),
  exp: unary(Op.EXP),
  expm1: unary(Op.EXPM1),
  log: unary(Op.LOG),
  log1p: unary(Op.LOG1P),
  floor: unary(Op.FLOOR),
  ceil: unary(Op.CEIL),
  round: unary(Op.ROUND),
  sin: unary(Op.SIN),
  cos: unary(Op.COS),
  tan: unary(Op.TAN),
  asin: unary(Op.ASIN),
  acos: unary(Op.ACOS),
  atan: unary(Op.ATAN),
  sinh: unary(Op.SINH),
  cosh: unary(Op.COSH),
  asinh: unary(Op.ASINH),
  acosh: unary(Op.ACOSH),
  atanh: unary(Op.ATANH),
  tanh: unary(Op.TANH),
  sigmoid: unary(Op.SIGMOID),
  erf: unary(Op.ERF),
  probit: unary(Op.PROBIT),
  isNaN: unary(Op.IS_NAN),
  isInf,
  not: unary(Op.NOT),
  add: binary(Op.ADD),
  sub: binary(Op.SUB),
  mul: binary(Op.MUL),
  div: binary(Op.DIV),
  pow: binary(Op.POW),
  min: binary(Op.MIN),
  max: binary(Op.MAX),
  mod,
  less: binary(Op.LESS),
  lessEqual: binary(Op.LESS_EQUAL),
  greater: swapped(Op.LESS),
  greaterEqual: swapped(Op.LESS_EQUAL),
  equal: binary(Op.EQUAL),
  notEqual: binary(Op.NOT_EQUAL),
  and: binary(Op.AND),
  or: binary(Op.OR),
  xor: binary(Op.NOT_EQUAL),
  bitwise: "there is no kernel for bits",
  select,
  reduceSum: reduction(Op.ADD),
  reduceProd: reduction(Op.MUL),
  reduceMax: reduction(Op.MAX),
  reduceMin: reduction(Op.MIN),
  argMax: arg(true),
  argMin: arg(false),
  cumSum,
  topK,
  softmax: softmax(false),
  logSoftmax: softmax(true),
  matMul,
  squaredDistances,
  pairwiseCoupling,
  changeCase: onHost,
  leaveOut: onHost,
  tokenize: onHost,
  splitTexts: onHost,
  nGrams: onHost,
  matchesExpression: onHost,
  joinTexts: onHost,
  hash: onHost,
  deferred: "its shapes or its course depend on the data",
  forest,
  forestLeaves,
};

/** Whether the kernel steps through each operand by itself, so that it may lie anywhere in another value. */
export function isElementwise(op: PrimitiveName): boolean {
  const lowering = kernelTable[op];
  return typeof lowering !== "string" && lowering.elementwise === true;
}

/** Why the module cannot run an instruction of `program`, in words that follow its name; undefined where it can. */
export function refusal<P extends PrimitiveName>(instruction: InstructionOf<P>, program: Program): string | undefined {
  const lowering: Lowering<P> | string = kernelTable[instruction.op];
  if (typeof lowering === "string") return lowering;
  const args = instruction.args.map((a) => program.types[a]!);
  const results = instruction.results.map((r) => program.types[r]!);
  for (const type of [...args, ...results]) {
    if (typeCodes[type.dtype] === undefined) return `${type.dtype} does not run in WebAssembly`;
    if (type.shape.includes("?")) return `the width of ${formatType(type)} is left open`;
    if (rowAxis(type) === "batch") return `${formatType(type)} has no row axis`;
  }
  if (instructionMixesRows(instruction, args, results)) return "it mixes rows";
  const reason = lowering.refuse?.({ attrs: instruction.attrs, args, results });
  return reason === undefined ? undefined : `there is no kernel for ${reason}`;
}
