/**
 * The kernel functions of ai.onnx.ml SVMClassifier and SVMRegressor 1. Semantics: onnxruntime 1.32 (svmclassifier.h, svmregressor.h):
 * LINEAR x·v, POLY (γ x·v + c)^d, RBF e^(-γ |x - v|²), SIGMOID tanh(γ x·v + c), in float32 whatever the type of the input. As
 * there, a model without support vectors is linear whatever its kernel_type.
 */

import { ModelParseError, ShapeError } from "../../src/errors.js";
import type { CompileContext } from "../../src/ir/operator.js";
import type { ValueId } from "../../src/ir/program.js";
import type { NodeView } from "../../src/ir/sources.js";
import { float32 } from "../../src/ir/tensor.js";
import { castTo, matrixType } from "./matrix.js";
import { powerOf, scalarLike } from "./values.js";

const names = ["LINEAR", "POLY", "RBF", "SIGMOID"] as const;

/** `gamma`, `coef0` and `degree` are float32 values. */
export interface SvmKernel {
  readonly name: (typeof names)[number];
  readonly gamma: number;
  readonly coef0: number;
  readonly degree: number;
}

/** Throws ModelParseError for an unknown kernel, and for parameters other than none or three. */
export function readSvmKernel(node: NodeView): SvmKernel {
  const text = node.attrs.string("kernel_type", "LINEAR");
  const name = names.find((n) => n === text);
  if (name === undefined) {
    throw new ModelParseError(node.format, node.where, `kernel_type "${text}" is none of ${names.join(", ")}`);
  }
  const parameters = node.attrs.floats("kernel_params", []);
  if (parameters.length !== 0 && parameters.length !== 3) {
    throw new ModelParseError(
      node.format,
      node.where,
      `kernel_params has ${parameters.length} entries, expected gamma, coef0 and degree`,
    );
  }
  const [gamma = 0, coef0 = 0, degree = 0] = parameters;
  return { name, gamma, coef0, degree };
}

/** Vectors of `features` numbers each, row-major. */
export interface SvmVectors {
  readonly count: number;
  readonly features: number;
  readonly values: Float32Array;
}

/** Splits `values` among `count` vectors. Throws ModelParseError where they do not divide, naming the attribute. */
export function svmVectors(node: NodeView, attribute: string, values: Float32Array, count: number): SvmVectors {
  const features = values.length / count;
  if (!Number.isInteger(features) || features === 0) {
    throw new ModelParseError(
      node.format,
      node.where,
      `${attribute} has ${values.length} entries, expected a multiple of ${count}, the number of vectors`,
    );
  }
  return { count, features, values };
}

/** x [N, features] of numbers → float32 [N, count], the kernel of each row with each vector. ShapeError for another width. */
export function svmKernel(ctx: CompileContext, kernel: SvmKernel, vectors: SvmVectors, input: ValueId): ValueId {
  const { build } = ctx;
  const { columns } = matrixType(ctx, input);
  const { count, features, values } = vectors;
  if (columns !== "?" && columns !== features) {
    throw new ShapeError(`${ctx.where}: vectors of ${features} features, but its input has ${columns} columns`);
  }
  const x = castTo(ctx, input, "float32");
  const rows = build.constant(float32(values, [count, features]));
  if (kernel.name === "RBF") {
    const squares = build.op("squaredDistances", [x, rows]);
    return build.op("exp", [build.op("mul", [squares, scalarLike(build, x, -kernel.gamma)])]);
  }
  const dot = build.op("matMul", [x, build.op("transpose", [rows], { perm: [1, 0] })]);
  if (kernel.name === "LINEAR") return dot;
  const scaled = build.op("mul", [dot, scalarLike(build, x, kernel.gamma)]);
  const moved = build.op("add", [scaled, scalarLike(build, x, kernel.coef0)]);
  if (kernel.name === "SIGMOID") return build.op("tanh", [moved]);
  return powerOf(build, moved, scalarLike(build, x, kernel.degree));
}
