/**
 * What ai.onnx.ml classifiers and regressors do to their scores at the end: the attribute `post_transform`, shared by
 * TreeEnsemble* and Linear*. Semantics: onnxruntime 1.30's CPU kernels, where ONNX leaves the formulas open. Two
 * deviations, towards the exact value: LOGISTIC keeps its relative precision below zero, where onnxruntime takes 1 - σ(|x|); PROBIT is the
 * inverse normal distribution function, which onnxruntime approximates to 3 digits.
 */

import { ModelParseError, UnsupportedError } from "../../src/errors.js";
import type { CompileContext } from "../../src/ir/operator.js";
import type { ValueId } from "../../src/ir/program.js";
import type { NodeView } from "../../src/ir/sources.js";
import { scalarLike } from "./values.js";

const names = ["NONE", "LOGISTIC", "SOFTMAX", "SOFTMAX_ZERO", "PROBIT"] as const;
export type PostTransform = (typeof names)[number];

/** The node's `post_transform`; ModelParseError where it is none of ONNX's five. */
export function readPostTransform(node: NodeView): PostTransform {
  const text = node.attrs.string("post_transform", "NONE");
  const found = names.find((name) => name === text);
  if (found === undefined) {
    throw new ModelParseError(
      node.format,
      node.where,
      `post_transform "${text}" is unknown, expected one of ${names.join(", ")}`,
    );
  }
  return found;
}

/** The transform of scores [N, 1] that stay one column: as in onnxruntime, only PROBIT does anything to them. */
export function transformSingle(ctx: CompileContext, scores: ValueId, transform: PostTransform): ValueId {
  return transform === "PROBIT" ? ctx.build.op("probit", [scores]) : scores;
}

/** The transform of scores [N, K] with one column for each of K ≥ 2 classes or targets. */
export function transformColumns(ctx: CompileContext, scores: ValueId, transform: PostTransform): ValueId {
  const { build } = ctx;
  switch (transform) {
    case "NONE":
      return scores;
    case "LOGISTIC":
      return build.op("sigmoid", [scores]);
    case "SOFTMAX":
      return build.op("softmax", [scores], { axis: 1 });
    case "SOFTMAX_ZERO":
      return softmaxZero(ctx, scores);
    case "PROBIT":
      return build.op("probit", [scores]);
  }
}

/** Refuses what has no meaning where one margin becomes the scores of two classes. Call it when the node is read. */
export function checkMargin(transform: PostTransform, where: string): void {
  if (transform !== "PROBIT") return;
  throw new UnsupportedError(
    where,
    "post_transform PROBIT for two classes that share one score is undefined: onnxruntime leaves a column unset",
    "give each class its own score",
  );
}

/**
 * The scores of both classes from the margin s [N, 1] of the second: LOGISTIC gives [σ(-s), σ(s)]; else SOFTMAX and
 * SOFTMAX_ZERO are left out, as onnxruntime does, for [1 - s, s] ("complement") or [-s, s] ("negate").
 */
export function twoClassScores(
  ctx: CompileContext,
  margin: ValueId,
  transform: PostTransform,
  other: "complement" | "negate",
): ValueId {
  const { build } = ctx;
  checkMargin(transform, ctx.where);
  const negated = build.op("neg", [margin]);
  if (transform === "LOGISTIC") return build.op("sigmoid", [build.op("concat", [negated, margin], { axis: 1 })]);
  const first = other === "negate" ? negated : build.op("sub", [scalarLike(build, margin, 1), margin]);
  return build.op("concat", [first, margin], { axis: 1 });
}

/**
 * Softmax over the scores that are not zero (|x| > 1e-7); the others become x·e^-max, which is 0 for 0. A row without any
 * other score is NaN, as in onnxruntime.
 */
function softmaxZero(ctx: CompileContext, scores: ValueId): ValueId {
  const { build } = ctx;
  const column = (v: ValueId) => build.op("reshape", [v], { shape: [build.type(v).shape[0] ?? 1, 1] });
  const largest = column(build.op("reduceMax", [scores], { axes: [1] }));
  const counts = build.op("greater", [build.op("abs", [scores]), scalarLike(build, scores, Math.fround(1e-7))]);
  const powers = build.op("exp", [build.op("sub", [scores, largest])]);
  const rest = build.op("mul", [scores, build.op("exp", [build.op("neg", [largest])])]);
  const terms = build.op("select", [counts, powers, scalarLike(build, scores, 0)]);
  const sum = column(build.op("reduceSum", [terms], { axes: [1] }));
  return build.op("div", [build.op("select", [counts, powers, rest]), sum]);
}
