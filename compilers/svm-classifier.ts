/**
 * Support vector classifiers: ai.onnx.ml SVMClassifier 1. Semantics: onnxruntime 1.32 (svmclassifier.cc), which follows libsvm: with support
 * vectors, each pair of classes has a score (positive for the first of the two), and the label is the class with most wins, the first
 * of equals. With prob_a and prob_b, scores become probabilities by Platt's sigmoid and pairwise coupling. Without support vectors the
 * model is linear, with one row of coefficients for each class and the first rho for all; the label is the class with the largest
 * score, also for two classes, where onnxruntime takes the second for any positive score.
 */

import { ModelParseError } from "../src/errors.js";
import type { CompileContext, OperatorCompiler } from "../src/ir/operator.js";
import type { ValueId } from "../src/ir/program.js";
import type { NodeView } from "../src/ir/sources.js";
import { float32 } from "../src/ir/tensor.js";
import { binaryLabel, type ClassLabels, labelled, readClassLabels } from "./shared/class-labels.js";
import { checkOperands, operand } from "./shared/operands.js";
import {
  checkMargin,
  type PostTransform,
  readPostTransform,
  transformColumns,
  twoClassScores,
} from "./shared/post-transform.js";
import { readSvmKernel, type SvmKernel, type SvmVectors, svmKernel, svmVectors } from "./shared/svm-kernel.js";
import { scalarLike } from "./shared/values.js";

interface PairwiseModel {
  readonly kind: "pairwise";
  readonly kernel: SvmKernel;
  readonly vectors: SvmVectors;
  /** Vectors of each class, which stand together in the order of the classes. */
  readonly perClass: readonly number[];
  /** [classes - 1, vectors], row-major: libsvm's sv_coef. */
  readonly coefficients: Float32Array;
  /** One for each pair (0, 1), (0, 2), …, (1, 2), …; likewise below. */
  readonly rho: Float32Array;
  readonly platt: { readonly a: Float32Array; readonly b: Float32Array } | undefined;
}

interface LinearModel {
  readonly kind: "linear";
  /** One vector of coefficients for each class. */
  readonly vectors: SvmVectors;
  readonly rho: number;
}

export interface SvmClassifierAttrs {
  readonly model: PairwiseModel | LinearModel;
  readonly labels: ClassLabels;
  readonly postTransform: PostTransform;
}

function read(node: NodeView): SvmClassifierAttrs {
  checkOperands(node, [1, 1], 2);
  const { attrs } = node;
  const fail = (message: string): never => {
    throw new ModelParseError(node.format, node.where, message);
  };
  const labels = readClassLabels(node, "classlabels_strings", "classlabels_ints");
  if (labels === undefined) return fail("neither classlabels_strings nor classlabels_ints names a class");
  const classes = labels.values.length;
  const postTransform = readPostTransform(node);
  const kernel = readSvmKernel(node);
  const perClass = attrs.ints("vectors_per_class", []);
  const coefficients = attrs.floats("coefficients");
  const rho = attrs.floats("rho");
  const support = attrs.floats("support_vectors", []);
  const [a, b] = [attrs.floats("prob_a", []), attrs.floats("prob_b", [])];
  if (classes < 2) fail(`${classes} class label, expected two or more`);
  if (perClass.length === 0) {
    if (rho.length === 0) fail("rho is empty, expected one number");
    const vectors = svmVectors(node, "coefficients", coefficients, classes);
    return { model: { kind: "linear", vectors, rho: rho[0] ?? 0 }, labels, postTransform };
  }
  if (perClass.length !== classes || perClass.some((count) => count < 0)) {
    fail(`vectors_per_class is [${perClass.slice(0, 8)}], expected a count for each of ${classes} classes`);
  }
  const count = perClass.reduce((sum, n) => sum + n, 0);
  if (count === 0) fail("vectors_per_class counts no vector");
  const pairs = (classes * (classes - 1)) / 2;
  if (rho.length !== pairs) fail(`rho has ${rho.length} entries, expected ${pairs}, one for each pair of classes`);
  if (coefficients.length !== (classes - 1) * count) {
    fail(
      `coefficients has ${coefficients.length} entries, expected ${classes - 1} for each of ${count} support vectors`,
    );
  }
  const expected = a.length === 0 ? 0 : pairs;
  if (a.length !== expected || b.length !== expected) {
    fail(`prob_a and prob_b have ${a.length} and ${b.length} entries, expected none or ${pairs}`);
  }
  const vectors = svmVectors(node, "support_vectors", support, count);
  const platt = a.length === 0 ? undefined : { a, b };
  if (pairs === 1 && platt === undefined) checkMargin(postTransform, node.where);
  return {
    model: { kind: "pairwise", kernel, vectors, perClass, coefficients, rho, platt },
    labels,
    postTransform,
  };
}

/** X [N, F] of numbers → labels [N] and float32 scores: [N, classes], or [N, pairs] for several classes without probabilities. */
export const svmClassifier: OperatorCompiler<SvmClassifierAttrs> = {
  op: "SVMClassifier",
  onDemand: true,
  summary: "support vector classifier",
  sources: { "ai.onnx.ml": { SVMClassifier: [{ since: 1, read }] } },
  compile(ctx, { model, labels, postTransform }, inputs) {
    const { build } = ctx;
    const x = operand(ctx, inputs, 0);
    if (model.kind === "linear") {
      const kernel: SvmKernel = { name: "LINEAR", gamma: 0, coef0: 0, degree: 0 };
      const dots = svmKernel(ctx, kernel, model.vectors, x);
      const raw = build.op("add", [dots, scalarLike(build, dots, model.rho)]);
      ctx.mark("rawScore", raw);
      const index = build.op("argMax", [raw], { axis: 1, last: false });
      return [labelled(ctx, index, labels), transformColumns(ctx, raw, postTransform)];
    }
    const raw = pairScores(ctx, model, svmKernel(ctx, model.kernel, model.vectors, x));
    ctx.mark("rawScore", raw);
    const label = mostWins(ctx, raw, labels);
    if (model.platt !== undefined) {
      return [label, transformColumns(ctx, probabilities(ctx, raw, model.platt, labels.values.length), postTransform)];
    }
    if (labels.values.length > 2) return [label, transformColumns(ctx, raw, postTransform)];
    // [-s, s], but [1 - s, s] where a transform is named that two such scores do not get.
    return [label, twoClassScores(ctx, raw, postTransform, postTransform === "NONE" ? "negate" : "complement")];
  },
};

/** Kernel values [N, vectors] → [N, pairs]. Each class's vectors are summed by themselves, so that no other kernel value takes part. */
function pairScores(ctx: CompileContext, model: PairwiseModel, kernels: ValueId): ValueId {
  const { build } = ctx;
  const classes = model.perClass.length;
  const { count } = model.vectors;
  let first = 0;
  const sums = model.perClass.map((n) => {
    const own = build.op("slice", [kernels], { axis: 1, start: first, end: first + n, step: 1 });
    const weights = new Float32Array(n * (classes - 1));
    for (let v = 0; v < n; v++) {
      for (let r = 0; r < classes - 1; r++) weights[v * (classes - 1) + r] = model.coefficients[r * count + first + v]!;
    }
    first += n;
    return build.op("matMul", [own, build.constant(float32(weights, [n, classes - 1]))]);
  });
  const all = build.op("concat", sums, { axis: 1 });
  const [left, right]: [number[], number[]] = [[], []];
  for (let i = 0; i < classes; i++) {
    for (let j = i + 1; j < classes; j++) {
      // Row j - 1 of the coefficients of class i is meant for j, row i of those of class j for i.
      left.push(i * (classes - 1) + j - 1);
      right.push(j * (classes - 1) + i);
    }
  }
  const pick = (columns: readonly number[]) => build.op("gatherColumns", [all], { columns: Int32Array.from(columns) });
  return build.op("add", [build.op("add", [pick(left), pick(right)]), build.constant(float32(model.rho))]);
}

function mostWins(ctx: CompileContext, raw: ValueId, labels: ClassLabels): ValueId {
  const { build } = ctx;
  const classes = labels.values.length;
  const wins = build.op("greater", [raw, scalarLike(build, raw, 0)]);
  if (classes === 2) {
    const rows = build.type(raw).shape[0] ?? 1;
    return binaryLabel(ctx, build.op("not", [build.op("reshape", [wins], { shape: [rows] })]), labels);
  }
  // A win of the first is a vote for it and takes one from the second, which has all to begin with.
  const pairs = (classes * (classes - 1)) / 2;
  const votes = new Float32Array(pairs * classes);
  let pair = 0;
  for (let i = 0; i < classes; i++) {
    for (let j = i + 1; j < classes; j++, pair++) {
      votes[pair * classes + i] = 1;
      votes[pair * classes + j] = -1;
    }
  }
  const moved = build.op("matMul", [
    build.op("cast", [wins], { to: "float32" }),
    build.constant(float32(votes, [pairs, classes])),
  ]);
  const counts = build.op("add", [moved, build.constant(float32(labels.values.map((_, j) => j)))]);
  return labelled(ctx, build.op("argMax", [counts], { axis: 1, last: false }), labels);
}

/** Platt's sigmoid 1 / (1 + e^(a s + b)) for each pair, kept from 0 and 1, then coupled. */
function probabilities(
  ctx: CompileContext,
  raw: ValueId,
  { a, b }: { readonly a: Float32Array; readonly b: Float32Array },
  classes: number,
): ValueId {
  const { build } = ctx;
  const scaled = build.op("add", [build.op("mul", [raw, build.constant(float32(a))]), build.constant(float32(b))]);
  const first = build.op("sub", [scalarLike(build, raw, 1), build.op("sigmoid", [scaled])]);
  const low = build.op("max", [first, scalarLike(build, raw, Math.fround(1e-7))]);
  const pairs = build.op("min", [low, scalarLike(build, raw, Math.fround(1 - 1e-7))]);
  return build.op("pairwiseCoupling", [pairs], { classes });
}
