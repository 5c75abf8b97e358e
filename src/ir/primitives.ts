/**
 * The primitive table: for each primitive its shape rule, its plain computation, whether it mixes rows, and what other
 * backends owe it. The rows stand by family in primitives/; a name that is missing here does not type-check.
 */

import type { PrimitiveTable } from "./primitive.js";
import * as binary from "./primitives/binary.js";
import { cast, indexOf } from "./primitives/conversion.js";
import { deferred } from "./primitives/deferred.js";
import { forest, forestLeaves } from "./primitives/forests.js";
import { gather, gatherByColumn, gatherByRow, gatherColumns, scatterByRow } from "./primitives/gathering.js";
import { matMul } from "./primitives/linear-algebra.js";
import { broadcastTo, concat, reshape, slice, transpose } from "./primitives/movement.js";
import { argMax, argMin, logSoftmax, softmax, topK } from "./primitives/ordering.js";
import { cumSum, reduceMax, reduceMin, reduceProd, reduceSum } from "./primitives/reduction.js";
import { constant, dims, iota } from "./primitives/sources.js";
import * as text from "./primitives/text.js";
import * as unary from "./primitives/unary.js";
import { pairwiseCoupling, squaredDistances } from "./primitives/vectors.js";

export const primitives: PrimitiveTable = {
  constant,
  dims,
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
  neg: unary.neg,
  abs: unary.abs,
  sign: unary.sign,
  sqrt: unary.sqrt,
  reciprocal: unary.reciprocal,
  exp: unary.exp,
  expm1: unary.expm1,
  log: unary.log,
  log1p: unary.log1p,
  floor: unary.floor,
  ceil: unary.ceil,
  round: unary.round,
  sin: unary.sin,
  cos: unary.cos,
  tan: unary.tan,
  asin: unary.asin,
  acos: unary.acos,
  atan: unary.atan,
  sinh: unary.sinh,
  cosh: unary.cosh,
  asinh: unary.asinh,
  acosh: unary.acosh,
  atanh: unary.atanh,
  tanh: unary.tanh,
  sigmoid: unary.sigmoid,
  erf: unary.erf,
  probit: unary.probit,
  isNaN: unary.nanTest,
  isInf: unary.infTest,
  not: unary.not,
  add: binary.add,
  sub: binary.sub,
  mul: binary.mul,
  div: binary.div,
  pow: binary.pow,
  min: binary.min,
  max: binary.max,
  mod: binary.mod,
  less: binary.less,
  lessEqual: binary.lessEqual,
  greater: binary.greater,
  greaterEqual: binary.greaterEqual,
  equal: binary.equal,
  notEqual: binary.notEqual,
  and: binary.and,
  or: binary.or,
  xor: binary.xor,
  bitwise: binary.bitwise,
  select: binary.select,
  reduceSum,
  reduceProd,
  reduceMax,
  reduceMin,
  argMax,
  argMin,
  cumSum,
  topK,
  softmax,
  logSoftmax,
  matMul,
  squaredDistances,
  pairwiseCoupling,
  changeCase: text.changeCase,
  leaveOut: text.leaveOut,
  tokenize: text.tokenize,
  splitTexts: text.splitTexts,
  nGrams: text.nGrams,
  matchesExpression: text.matchesExpression,
  joinTexts: text.joinTexts,
  hash: text.hash,
  deferred,
  forest,
  forestLeaves,
};
