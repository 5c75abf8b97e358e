/**
 * General matrix product alpha · A′ · B′ + beta · C. Semantics: ai.onnx Gemm (7, 9, 13; C is optional from 11 on); A′ and B′ are
 * transposed where transA and transB say so, C broadcasts to the product.
 */

import { ShapeError } from "../src/errors.js";
import { broadcastDims, formatDims, sameDims } from "../src/ir/dims.js";
import type { CompileContext, OperatorCompiler } from "../src/ir/operator.js";
import type { ValueId } from "../src/ir/program.js";
import type { NodeView } from "../src/ir/sources.js";
import { checkOperands, flag, type InputCount, operand, requireFloat } from "./shared/operands.js";
import { scalarLike } from "./shared/values.js";

/** alpha and beta are float32 values. */
export interface GemmAttrs {
  readonly alpha: number;
  readonly beta: number;
  readonly transA: boolean;
  readonly transB: boolean;
}

const read = (node: NodeView, count: InputCount): GemmAttrs => {
  checkOperands(node, count);
  return {
    alpha: node.attrs.float("alpha", 1),
    beta: node.attrs.float("beta", 1),
    transA: flag(node, "transA", false),
    transB: flag(node, "transB", false),
  };
};

/** Matrices [M, K] and [K, N] (before transposing) of one numeric element type, C broadcastable → [M, N]. */
export const gemm: OperatorCompiler<GemmAttrs> = {
  op: "Gemm",
  summary: "matrix product with scale and bias",
  sources: {
    "ai.onnx": {
      Gemm: [
        { since: 7, read: (node) => read(node, [3, 3]) },
        { since: 11, read: (node) => read(node, [2, 3]) },
      ],
    },
  },
  compile(ctx, { alpha, beta, transA, transB }, inputs) {
    const { build } = ctx;
    const a = matrix(ctx, operand(ctx, inputs, 0), transA);
    const b = matrix(ctx, operand(ctx, inputs, 1), transB);
    const product = scaled(ctx, build.op("matMul", [a, b]), alpha);
    const [, , c] = inputs;
    // With beta 0, C is not read: a NaN in it must not reach the result.
    if (c === undefined || beta === 0) return [product];
    const [want, have] = [build.type(product).shape, build.type(c).shape];
    const joint = broadcastDims(want, have);
    if (joint === undefined || (!sameDims(joint, want) && !want.includes("?"))) {
      throw new ShapeError(`C of shape ${formatDims(have)} does not broadcast to ${formatDims(want)}`);
    }
    return [build.op("add", [product, scaled(ctx, c, beta)])];
  },
};

function matrix(ctx: CompileContext, value: ValueId, transposed: boolean): ValueId {
  const { shape } = ctx.build.type(value);
  if (shape.length !== 2) throw new ShapeError(`Gemm multiplies matrices, got shape ${formatDims(shape)}`);
  return transposed ? ctx.build.op("transpose", [value], { perm: [1, 0] }) : value;
}

function scaled(ctx: CompileContext, value: ValueId, factor: number): ValueId {
  if (factor === 1) return value;
  if (!Number.isInteger(factor)) requireFloat(ctx, value, `Gemm with the factor ${factor}`);
  return ctx.build.op("mul", [value, scalarLike(ctx.build, value, factor)]);
}
