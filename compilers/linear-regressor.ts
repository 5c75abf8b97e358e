/**
 * Linear regression: ai.onnx.ml LinearRegressor 1. Semantics: onnxruntime 1.30 (linearregressor.cc): x · coefficientsᵀ + intercepts in
 * float32; other element types than float32, which only ONNX allows, are cast to it. As there, a single target knows no post_transform but PROBIT.
 */

import { ModelParseError } from "../src/errors.js";
import type { OperatorCompiler } from "../src/ir/operator.js";
import type { NodeView } from "../src/ir/sources.js";
import { type LinearTerms, linearScores, readLinearTerms } from "./shared/linear-terms.js";
import { checkOperands, operand } from "./shared/operands.js";
import { type PostTransform, readPostTransform, transformColumns, transformSingle } from "./shared/post-transform.js";

export interface LinearRegressorAttrs {
  readonly terms: LinearTerms;
  readonly postTransform: PostTransform;
}

function read(node: NodeView): LinearRegressorAttrs {
  checkOperands(node, [1, 1]);
  const targets = node.attrs.int("targets", 1);
  if (targets < 1)
    throw new ModelParseError(node.format, node.where, `targets is ${targets}, expected a positive number`);
  const terms = readLinearTerms(node, targets);
  const postTransform = readPostTransform(node);
  return { terms, postTransform };
}

/** X [N, F] of numbers → float32 [N, targets]. Marks the values before the transform as raw scores. */
export const linearRegressor: OperatorCompiler<LinearRegressorAttrs> = {
  op: "LinearRegressor",
  summary: "linear regression",
  sources: { "ai.onnx.ml": { LinearRegressor: [{ since: 1, read }] } },
  compile(ctx, { terms, postTransform }, inputs) {
    const raw = linearScores(ctx, terms, operand(ctx, inputs, 0));
    ctx.mark("rawScore", raw);
    const transform = terms.outputs === 1 ? transformSingle : transformColumns;
    return [transform(ctx, raw, postTransform)];
  },
};
