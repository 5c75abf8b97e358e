/**
 * AssemblyScript. The numbers by which a call table names what to do; ../../codes.ts has the same ones under the same names, and
 * a test compares the two files.
 */

/** Families of calls. */
export const ELEMENTS: u32 = 1;
export const GATHER: u32 = 2;
export const GATHER_BY_ROW: u32 = 3;
export const GATHER_BY_COLUMN: u32 = 4;
export const REDUCE: u32 = 5;
export const ARG: u32 = 6;
export const CUM_SUM: u32 = 7;
export const TOP_K: u32 = 8;
export const SOFTMAX: u32 = 9;
export const MAT_MUL: u32 = 10;
export const MAT_MUL_DOUBLES: u32 = 11;
export const INDEX_OF: u32 = 12;
export const FOREST_WALK_NARROW: u32 = 13;
export const FOREST_WALK_WIDE: u32 = 14;
export const FOREST_BIT_SLICED: u32 = 15;
export const SQUARED_DISTANCES: u32 = 24;
export const PAIRWISE_COUPLING: u32 = 25;
export const LINEAR: u32 = 16;
export const INDEX_OF_RANGE: u32 = 17;
export const LINEAR_COLUMNS: u32 = 18;
export const SCATTER_BY_ROW: u32 = 19;

/** Element types. */
export const F32: u32 = 0;
export const F64: u32 = 1;
export const I8: u32 = 2;
export const I16: u32 = 3;
export const I32: u32 = 4;
export const I64: u32 = 5;
export const U8: u32 = 6;
export const U16: u32 = 7;
export const U32: u32 = 8;
export const U64: u32 = 9;
export const BOOL: u32 = 10;

/** Operations of ELEMENTS, and SUM … MIN of REDUCE. An operation's number is 16 · op + type. */
export const COPY: u32 = 0;
export const ADD: u32 = 1;
export const SUB: u32 = 2;
export const MUL: u32 = 3;
export const DIV: u32 = 4;
export const MIN: u32 = 5;
export const MAX: u32 = 6;
export const FMOD: u32 = 7;
export const FLOOR_MOD: u32 = 8;
export const POW: u32 = 9;
export const LESS: u32 = 10;
export const LESS_EQUAL: u32 = 11;
export const EQUAL: u32 = 12;
export const NOT_EQUAL: u32 = 13;
export const AND: u32 = 14;
export const OR: u32 = 15;
export const NOT: u32 = 16;
export const SELECT: u32 = 17;
export const NEG: u32 = 18;
export const ABS: u32 = 19;
export const SIGN: u32 = 20;
export const SQRT: u32 = 21;
export const RECIPROCAL: u32 = 22;
export const FLOOR: u32 = 23;
export const CEIL: u32 = 24;
export const ROUND: u32 = 25;
export const IS_NAN: u32 = 26;
export const IS_POSITIVE_INFINITY: u32 = 27;
export const IS_NEGATIVE_INFINITY: u32 = 28;
export const IS_INFINITE: u32 = 29;
export const EXP: u32 = 32;
export const EXPM1: u32 = 33;
export const LOG: u32 = 34;
export const LOG1P: u32 = 35;
export const SIN: u32 = 36;
export const COS: u32 = 37;
export const TAN: u32 = 38;
export const ASIN: u32 = 39;
export const ACOS: u32 = 40;
export const ATAN: u32 = 41;
export const SINH: u32 = 42;
export const COSH: u32 = 43;
export const ASINH: u32 = 44;
export const ACOSH: u32 = 45;
export const ATANH: u32 = 46;
export const TANH: u32 = 47;
export const SIGMOID: u32 = 48;
export const ERF: u32 = 49;
export const PROBIT: u32 = 50;
/** To the type CAST + t. */
export const CAST: u32 = 64;
