/**
 * The weights of ai.onnx.ml LinearClassifier and LinearRegressor: `coefficients`, row-major [outputs, features], and
 * `intercepts`, none or one for each output.
 */

import { ModelParseError, ShapeError } from "../../src/errors.js";
import type { CompileContext } from "../../src/ir/operator.js";
import type { ValueId } from "../../src/ir/program.js";
import type { NodeView } from "../../src/ir/sources.js";
import { float32 } from "../../src/ir/tensor.js";
import { castTo, matrixType } from "./matrix.js";

export interface LinearTerms {
  readonly outputs: number;
  readonly features: number;
  /** [features, outputs], row-major: ready to multiply a matrix from the right. */
  readonly weights: Float32Array;
  /** Length `outputs`, or empty. */
  readonly intercepts: Float32Array;
}

/** Throws ModelParseError where the lengths do not fit. */
export function readLinearTerms(node: NodeView, outputs: number): LinearTerms {
  const fail = (message: string): never => {
    throw new ModelParseError(node.format, node.where, message);
  };
  const coefficients = node.attrs.floats("coefficients");
  const intercepts = node.attrs.floats("intercepts", []);
  if (intercepts.length !== 0 && intercepts.length !== outputs) {
    fail(`intercepts has ${intercepts.length} entries, expected ${outputs}, one for each output`);
  }
  const features = coefficients.length / outputs;
  if (!Number.isInteger(features) || features === 0) {
    fail(`coefficients has ${coefficients.length} entries, expected a multiple of ${outputs}, the number of outputs`);
  }
  const weights = new Float32Array(coefficients.length);
  for (let k = 0; k < outputs; k++) {
    for (let f = 0; f < features; f++) weights[f * outputs + k] = coefficients[k * features + f]!;
  }
  return { outputs, features, weights, intercepts };
}

/** x [N, features] of numbers → float32 [N, outputs]. Throws ShapeError for another number of columns. */
export function linearScores(ctx: CompileContext, terms: LinearTerms, x: ValueId): ValueId {
  const { build } = ctx;
  const { columns } = matrixType(ctx, x);
  if (columns !== "?" && columns !== terms.features) {
    throw new ShapeError(
      `${ctx.where}: coefficients for ${terms.features} features, but its input has ${columns} columns`,
    );
  }
  const weights = build.constant(float32(terms.weights, [terms.features, terms.outputs]));
  const product = build.op("matMul", [castTo(ctx, x, "float32"), weights]);
  if (terms.intercepts.length === 0) return product;
  return build.op("add", [product, build.constant(float32(terms.intercepts))]);
}
