/**
 * The primitives of a Program: their names, attributes, and what a row of the primitive table must say. The table itself
 * is `primitives.ts`; it is the only home of shape rules and the oracle of all backends.
 *
 * Conventions: shapes are row-major; elementwise primitives broadcast as NumPy and ONNX do; integer results (argMax,
 * topK, indexOf, forestLeaves) are int32; a value with a dictionary is int32 and keeps its dictionary through the primitives
 * that only move elements (reshape, transpose, broadcastTo, concat, slice, gather, select).
 */

import type { Dim } from "./dims.js";
import type { DType } from "./dtype.js";
import type { Forest } from "./forest.js";
import type { Tensor } from "./tensor.js";
import type { Expression } from "./text/expression.js";
import type { Counting, GramTable } from "./text/n-grams.js";
import type { Splitting } from "./text/split-text.js";
import type { Tokenization } from "./text/tokens.js";
import type { Dictionary, TensorType } from "./types.js";

type None = Readonly<Record<never, never>>;

/** What a strategy tells a backend that has several kernels for a forest; others ignore it. */
export interface ForestHints {
  /** Default: "walk". */
  readonly kernel?: "walk" | "bit-sliced" | "oblivious";
  /** Of the ranks that values become, where they do and both are possible. Default: the backend's choice. */
  readonly rankBits?: 8 | 16;
  /** Fewer rows than this are walked whatever the kernel. Default: 0. */
  readonly walkBelow?: number;
}

/** Axes are non-negative. Reductions drop the axes they reduce (reshape afterwards to keep them). */
export interface PrimitiveAttrs {
  // sources of values
  /** A tensor known at compile time; with a dictionary its int32 elements are encoded labels. */
  constant: { readonly tensor: Tensor; readonly dictionary?: Dictionary };
  /** int64 vector of dimensions, which may depend on N. */
  dims: { readonly dims: readonly Dim[] };
  /** 0, 1, 2, … along `axis`, repeated over the other axes of `shape`. */
  iota: {
    readonly axis: number;
    readonly shape: readonly Dim[];
    readonly dtype: "int32" | "int64" | "float32" | "float64";
  };

  // conversions
  /** ONNX Cast semantics: float to integer truncates toward zero, to bool is `!= 0` (NaN is true). */
  cast: { readonly to: DType };
  /** The int32 index of each element in the vector `keys` (strings or numbers; NaN equals NaN, -0 equals 0), -1 where absent. */
  indexOf: { readonly keys: Tensor; readonly dictionary?: Dictionary };

  // moving elements
  reshape: { readonly shape: readonly Dim[] };
  transpose: { readonly perm: readonly number[] };
  broadcastTo: { readonly shape: readonly Dim[] };
  /** All arguments joined along `axis`. */
  concat: { readonly axis: number };
  /** Elements start, start+step, … before `end` of `axis` (after `end`, for a negative step; end -1 then reaches element 0). */
  slice: { readonly axis: number; readonly start: Dim; readonly end: Dim; readonly step: number };
  /** (data, indices): data[.., indices[..], ..] along `axis`; indices are int32 or int64 in [0, d). */
  gather: { readonly axis: number };
  /** x [N, F] → [N, C]: fixed columns of a matrix. */
  gatherColumns: { readonly columns: Int32Array };
  /** (x [N, F], columns int32 [N, C]) → [N, C]: for each row its own columns; result[n, c] = x[n, columns[n, c]]. */
  gatherByRow: None;
  /** (x [F, N], rows int32 [C, N]) → [C, N]: for each column its own rows; result[c, n] = x[rows[c, n], n]. */
  gatherByColumn: None;
  /**
   * (x [N, F], columns int32 [N, C], updates [N, C]) → x with each row's updates at its own columns, one after the other: the last of
   * equal columns counts, or all meet in the reduction.
   */
  scatterByRow: { readonly reduction: "none" | "add" | "mul" | "max" | "min" };

  // elementwise, one argument
  neg: None;
  abs: None;
  sign: None;
  sqrt: None;
  reciprocal: None;
  exp: None;
  expm1: None;
  log: None;
  log1p: None;
  floor: None;
  ceil: None;
  /** Half to even. */
  round: None;
  sin: None;
  cos: None;
  tan: None;
  asin: None;
  acos: None;
  atan: None;
  sinh: None;
  cosh: None;
  asinh: None;
  acosh: None;
  atanh: None;
  tanh: None;
  /** 1 / (1 + e^-x). */
  sigmoid: None;
  erf: None;
  /** Inverse of the standard normal distribution function; NaN outside (0, 1), ±Inf at its ends. */
  probit: None;
  /** float → bool. */
  isNaN: None;
  /** float → bool. */
  isInf: { readonly negative: boolean; readonly positive: boolean };
  /** bool → bool. */
  not: None;

  // elementwise, two arguments of one dtype
  add: None;
  sub: None;
  mul: None;
  /** Integers truncate toward zero; integer division by zero gives 0. */
  div: None;
  pow: None;
  /** NaN if either is NaN. */
  min: None;
  /** NaN if either is NaN. */
  max: None;
  /** fmod: C's fmod (sign of the dividend); else Python's (sign of the divisor). */
  mod: { readonly fmod: boolean };
  less: None;
  lessEqual: None;
  greater: None;
  greaterEqual: None;
  equal: None;
  notEqual: None;
  and: None;
  or: None;
  xor: None;
  /** Of integers, bit by bit; shifts are of unsigned integers, and by at least their width give 0. */
  bitwise: { readonly operation: "and" | "or" | "xor" | "shiftLeft" | "shiftRight" };
  /** (condition bool, a, b): a where the condition holds, else b. */
  select: None;

  // along axes
  reduceSum: { readonly axes: readonly number[] };
  reduceProd: { readonly axes: readonly number[] };
  reduceMax: { readonly axes: readonly number[] };
  reduceMin: { readonly axes: readonly number[] };
  /** int32 index of the largest element; ties take the lowest index, or the highest with `last`. NaN never wins against a number. */
  argMax: { readonly axis: number; readonly last: boolean };
  argMin: { readonly axis: number; readonly last: boolean };
  cumSum: { readonly axis: number; readonly exclusive: boolean; readonly reverse: boolean };
  /** Two results, sorted: values, and their int32 indices; ties take the lowest index first. */
  topK: { readonly axis: number; readonly k: number; readonly largest: boolean };
  softmax: { readonly axis: number };
  logSoftmax: { readonly axis: number };

  // linear algebra
  /** NumPy's matmul for ranks ≥ 2: the last two axes multiply, the others broadcast. */
  matMul: None;
  /** (x [N, F], y [M, F]) float32 or float64 → [N, M]: Σ (x_n - y_m)². */
  squaredDistances: None;
  /**
   * float32 [N, K(K-1)/2], the probability of the first of classes (0, 1), (0, 2), …, (K-2, K-1) against the second → [N, K]:
   * class probabilities, by at most 100 rounds of libsvm's iteration in float32.
   */
  pairwiseCoupling: { readonly classes: number };

  // texts, on the host
  /** By Unicode's full mapping, whatever the locale. */
  changeCase: { readonly to: "lower" | "upper" };
  /** (x, out bool): the texts that `out` does not mark, along the last axis; all lines of it keep as many. None left: one "". */
  leaveOut: None;
  /** Texts of shape S → their tokens [...S, most tokens of any], filled up with `pad`. */
  tokenize: { readonly tokens: Tokenization; readonly pad: string };
  /** Texts of shape S → their parts [...S, most parts of any], filled up with "", and int64 S, the number of parts. */
  splitTexts: Splitting;
  /**
   * Items [C] or [N, C] (strings, int32, int64) → counts of n-grams float32 [columns] or [N, columns]. With `tokens`, texts of shape S are
   * cut into items first: [...S, columns].
   */
  nGrams: Counting & { readonly table: GramTable; readonly tokens?: Tokenization };
  /** Whether the expression matches the whole text. */
  matchesExpression: { readonly expression: Expression };
  /** x followed by y, with broadcasting. */
  joinTexts: None;
  /** MurmurHash3 of each element: uint32, or int32 of the same bits. */
  hash: { readonly seed: number; readonly signed: boolean };
  /**
   * What depends on data in a way that no type can say: `run` computes the results from the arguments. Runs on the host, on the whole
   * batch; `results` are the types that the file declares, `reason` says why.
   */
  deferred: {
    readonly run: (args: readonly Tensor[]) => readonly Tensor[];
    readonly results: readonly TensorType[];
    readonly reason: string;
  };

  // forests
  /** x [N, F] → raw scores [N, nOutputs] in the forest's sum dtype. */
  forest: { readonly forest: Forest } & ForestHints;
  /** x [N, F] → int32 [N, nTrees], the id of the leaf that each tree reaches, as its source names it. */
  forestLeaves: { readonly forest: Forest } & ForestHints;
}

export type PrimitiveName = keyof PrimitiveAttrs;

/**
 * What other backends owe the reference: the same bits, a number of units in the last place of the result dtype, or (for
 * sums) an error of `dot` units in the last place times the sum of the magnitudes of the terms.
 */
export type Accuracy = "exact" | { readonly ulps: number } | { readonly dot: number };

/** One row of the primitive table. */
export interface Primitive<P extends PrimitiveName> {
  /** Result types. Throws ShapeError where the arguments do not fit: the only home of the shape rules. */
  infer(args: readonly TensorType[], attrs: PrimitiveAttrs[P]): readonly TensorType[];
  /** The plain, obvious computation on host tensors, for a batch of `n` rows. Dictionaries do not matter here. */
  evaluate(args: readonly Tensor[], attrs: PrimitiveAttrs[P], n: number): readonly Tensor[];
  /**
   * Whether a result element depends on other rows than its own, given that every argument counts rows along `rowAxis` of its
   * type. Left out: never.
   */
  mixesRows?(args: readonly TensorType[], attrs: PrimitiveAttrs[P], results: readonly TensorType[]): boolean;
  readonly accuracy: Accuracy;
}

export type PrimitiveTable = { readonly [P in PrimitiveName]: Primitive<P> };
