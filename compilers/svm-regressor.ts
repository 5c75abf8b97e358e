/**
 * Support vector regression and one-class models: ai.onnx.ml SVMRegressor 1. Semantics: onnxruntime 1.32 (svmregressor.cc): the sum of
 * coefficients times kernel values, plus rho; a one-class model answers 1 where that is positive, else -1. post_transform is without
 * influence there.
 */

import { ModelParseError } from "../src/errors.js";
import type { OperatorCompiler } from "../src/ir/operator.js";
import type { NodeView } from "../src/ir/sources.js";
import { float32 } from "../src/ir/tensor.js";
import { checkOperands, flag, operand } from "./shared/operands.js";
import { readPostTransform } from "./shared/post-transform.js";
import { readSvmKernel, type SvmKernel, type SvmVectors, svmKernel, svmVectors } from "./shared/svm-kernel.js";
import { scalarLike } from "./shared/values.js";

export interface SvmRegressorAttrs {
  readonly kernel: SvmKernel;
  /** Without support vectors: the coefficients as the one vector of a linear kernel. */
  readonly vectors: SvmVectors;
  /** One for each vector. */
  readonly coefficients: Float32Array;
  readonly rho: number;
  readonly oneClass: boolean;
}

function read(node: NodeView): SvmRegressorAttrs {
  checkOperands(node, [1, 1]);
  const fail = (message: string): never => {
    throw new ModelParseError(node.format, node.where, message);
  };
  readPostTransform(node);
  const { attrs } = node;
  const count = attrs.int("n_supports", 0);
  const coefficients = attrs.floats("coefficients");
  const support = attrs.floats("support_vectors", []);
  const kernel = readSvmKernel(node);
  const rho = attrs.floats("rho");
  if (rho.length !== 1) fail(`rho has ${rho.length} entries, expected one`);
  const common = { rho: rho[0] ?? 0, oneClass: flag(node, "one_class", false) };
  if (count === 0) {
    if (support.length > 0) fail(`n_supports is 0, but support_vectors has ${support.length} entries`);
    const vectors = svmVectors(node, "coefficients", coefficients, 1);
    return { kernel: { ...kernel, name: "LINEAR" }, vectors, coefficients: Float32Array.of(1), ...common };
  }
  if (count < 0) fail(`n_supports is ${count}, expected a count`);
  if (coefficients.length !== count) {
    fail(`coefficients has ${coefficients.length} entries, expected ${count}, one for each support vector`);
  }
  return { kernel, vectors: svmVectors(node, "support_vectors", support, count), coefficients, ...common };
}

/** X [N, F] of numbers → float32 [N, 1]. Marks the sums as raw scores. */
export const svmRegressor: OperatorCompiler<SvmRegressorAttrs> = {
  op: "SVMRegressor",
  onDemand: true,
  summary: "support vector regression, one-class models",
  sources: { "ai.onnx.ml": { SVMRegressor: [{ since: 1, read }] } },
  compile(ctx, { kernel, vectors, coefficients, rho, oneClass }, inputs) {
    const { build } = ctx;
    const values = svmKernel(ctx, kernel, vectors, operand(ctx, inputs, 0));
    const weights = build.constant(float32(coefficients, [coefficients.length, 1]));
    const sum = vectors.count === 1 && coefficients[0] === 1 ? values : build.op("matMul", [values, weights]);
    const raw = build.op("add", [sum, scalarLike(build, sum, rho)]);
    ctx.mark("rawScore", raw);
    if (!oneClass) return [raw];
    const inside = build.op("greater", [raw, scalarLike(build, raw, 0)]);
    return [build.op("select", [inside, scalarLike(build, raw, 1), scalarLike(build, raw, -1)])];
  },
};
