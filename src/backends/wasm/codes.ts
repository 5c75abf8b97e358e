/**
 * The numbers by which an image's call table names kernels, element types and operations; kernels/machine/codes.ts has the same
 * ones under the same names, and a test compares the two files.
 */

import type { DType } from "../../ir/dtype.js";

/** Families of calls. */
export const Family = {
  ELEMENTS: 1,
  GATHER: 2,
  GATHER_BY_ROW: 3,
  GATHER_BY_COLUMN: 4,
  REDUCE: 5,
  ARG: 6,
  CUM_SUM: 7,
  TOP_K: 8,
  SOFTMAX: 9,
  MAT_MUL: 10,
  MAT_MUL_DOUBLES: 11,
  INDEX_OF: 12,
  FOREST_WALK_NARROW: 13,
  FOREST_WALK_WIDE: 14,
  FOREST_BIT_SLICED: 15,
  SQUARED_DISTANCES: 24,
  PAIRWISE_COUPLING: 25,
  LINEAR: 16,
  INDEX_OF_RANGE: 17,
  LINEAR_COLUMNS: 18,
  SCATTER_BY_ROW: 19,
} as const;
export type Family = (typeof Family)[keyof typeof Family];

/** Element types. */
export const Type = {
  F32: 0,
  F64: 1,
  I8: 2,
  I16: 3,
  I32: 4,
  I64: 5,
  U8: 6,
  U16: 7,
  U32: 8,
  U64: 9,
  BOOL: 10,
} as const;

/** The element types that the module computes with. */
export const typeCodes: { readonly [D in DType]?: number } = {
  float32: Type.F32,
  float64: Type.F64,
  int8: Type.I8,
  int16: Type.I16,
  int32: Type.I32,
  int64: Type.I64,
  uint8: Type.U8,
  uint16: Type.U16,
  uint32: Type.U32,
  uint64: Type.U64,
  bool: Type.BOOL,
};

/** Operations of ELEMENTS; ADD, MUL, MAX and MIN are REDUCE's too. An operation's number is 16 · op + type. */
export const Op = {
  COPY: 0,
  ADD: 1,
  SUB: 2,
  MUL: 3,
  DIV: 4,
  MIN: 5,
  MAX: 6,
  FMOD: 7,
  FLOOR_MOD: 8,
  POW: 9,
  LESS: 10,
  LESS_EQUAL: 11,
  EQUAL: 12,
  NOT_EQUAL: 13,
  AND: 14,
  OR: 15,
  NOT: 16,
  SELECT: 17,
  NEG: 18,
  ABS: 19,
  SIGN: 20,
  SQRT: 21,
  RECIPROCAL: 22,
  FLOOR: 23,
  CEIL: 24,
  ROUND: 25,
  IS_NAN: 26,
  IS_POSITIVE_INFINITY: 27,
  IS_NEGATIVE_INFINITY: 28,
  IS_INFINITE: 29,
  EXP: 32,
  EXPM1: 33,
  LOG: 34,
  LOG1P: 35,
  SIN: 36,
  COS: 37,
  TAN: 38,
  ASIN: 39,
  ACOS: 40,
  ATAN: 41,
  SINH: 42,
  COSH: 43,
  ASINH: 44,
  ACOSH: 45,
  ATANH: 46,
  TANH: 47,
  SIGMOID: 48,
  ERF: 49,
  PROBIT: 50,
  /** To the type CAST + t. */
  CAST: 64,
} as const;
