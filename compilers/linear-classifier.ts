/**
 * Linear classifiers: ai.onnx.ml LinearClassifier 1. Semantics: onnxruntime 1.30 (linearclassifier.cc). Scores are x · coefficientsᵀ +
 * intercepts in float32, whatever the type of the input. With several scores the label is that of the largest (the first of equals, and the
 * first score where that is NaN);
 * with a single score it is the second of two labels where the score is positive.
 *
 * `multi_class` is without influence, as in onnxruntime: exporters write a Normalizer behind one-vs-rest models.
 */

import { ModelParseError } from "../src/errors.js";
import type { CompileContext, OperatorCompiler } from "../src/ir/operator.js";
import type { ValueId } from "../src/ir/program.js";
import type { NodeView } from "../src/ir/sources.js";
import { binaryLabel, type ClassLabels, labelled, readClassLabels } from "./shared/class-labels.js";
import { type LinearTerms, linearScores, readLinearTerms } from "./shared/linear-terms.js";
import { checkOperands, operand } from "./shared/operands.js";
import {
  checkMargin,
  type PostTransform,
  readPostTransform,
  transformColumns,
  transformSingle,
  twoClassScores,
} from "./shared/post-transform.js";
import { scalarLike } from "./shared/values.js";

export interface LinearClassifierAttrs {
  readonly terms: LinearTerms;
  readonly postTransform: PostTransform;
  readonly labels: ClassLabels;
  /** A single score that becomes those of both classes. Without class labels it stays one column. */
  readonly margin: boolean;
}

function read(node: NodeView): LinearClassifierAttrs {
  checkOperands(node, [1, 1], 2);
  node.attrs.int("multi_class", 0);
  const named = readClassLabels(node, "classlabels_strings", "classlabels_ints");
  const intercepts = node.attrs.floats("intercepts", []);
  const scores = intercepts.length > 0 ? intercepts.length : (named?.values.length ?? 1);
  const terms = readLinearTerms(node, scores);
  // A single score without labels is a model of the classes 0 and 1.
  const labels: ClassLabels = named ?? { dtype: "int64", values: [0n, 1n] };
  const expected = scores === 1 ? 2 : scores;
  if (labels.values.length !== expected) {
    throw new ModelParseError(
      node.format,
      node.where,
      `${labels.values.length} class labels, but ${scores} scores need ${expected}`,
    );
  }
  const postTransform = readPostTransform(node);
  const margin = scores === 1 && named !== undefined;
  if (margin) checkMargin(postTransform, node.where);
  return { terms, postTransform, labels, margin };
}

/** X [N, F] of numbers → labels [N] and float32 scores [N, classes]. Marks the raw scores [N, scores]. */
export const linearClassifier: OperatorCompiler<LinearClassifierAttrs> = {
  op: "LinearClassifier",
  summary: "linear or logistic classifier",
  sources: { "ai.onnx.ml": { LinearClassifier: [{ since: 1, read }] } },
  compile(ctx, { terms, postTransform, labels, margin }, inputs) {
    const { build } = ctx;
    const raw = linearScores(ctx, terms, operand(ctx, inputs, 0));
    ctx.mark("rawScore", raw);
    if (terms.outputs === 2) {
      // Nothing is greater than NaN, nor is NaN greater than anything.
      const label = binaryLabel(ctx, build.op("greater", [column(ctx, raw, 1), column(ctx, raw, 0)]), labels);
      return [label, transformColumns(ctx, raw, postTransform)];
    }
    if (terms.outputs > 2) {
      const index = build.op("argMax", [raw], { axis: 1, last: false });
      const unknown = build.op("isNaN", [column(ctx, raw, 0)]);
      const first = build.op("select", [unknown, scalarLike(build, index, 0), index]);
      return [labelled(ctx, first, labels), transformColumns(ctx, raw, postTransform)];
    }
    const label = binaryLabel(ctx, build.op("greater", [column(ctx, raw, 0), scalarLike(build, raw, 0)]), labels);
    const scores = margin
      ? twoClassScores(ctx, raw, postTransform, "complement")
      : transformSingle(ctx, raw, postTransform);
    return [label, scores];
  },
};

/** Column k of scores [N, K], as [N]. */
function column({ build }: CompileContext, scores: ValueId, k: number): ValueId {
  const picked = build.op("slice", [scores], { axis: 1, start: k, end: k + 1, step: 1 });
  return build.op("reshape", [picked], { shape: [build.type(scores).shape[0] ?? 1] });
}
