/**
 * Matrix product. Semantics: ai.onnx MatMul (1, 9, 13), which is NumPy's matmul: vectors are promoted to a row or a column, and
 * the added axis leaves the result.
 */

import { ShapeError } from "../src/errors.js";
import type { OperatorCompiler } from "../src/ir/operator.js";
import { checkOperands, operand } from "./shared/operands.js";

export type MatMulAttrs = Readonly<Record<never, never>>;

/** ([…, M, K], […, K, N]) of one numeric element type → […, M, N]. */
export const matMul: OperatorCompiler<MatMulAttrs> = {
  op: "MatMul",
  summary: "matrix product",
  sources: {
    "ai.onnx": {
      MatMul: [
        {
          since: 1,
          read(node) {
            checkOperands(node, [2, 2]);
            return {};
          },
        },
      ],
    },
  },
  compile(ctx, _attrs, inputs) {
    const { build } = ctx;
    const [a, b] = [operand(ctx, inputs, 0), operand(ctx, inputs, 1)];
    const [left, right] = [build.type(a).shape, build.type(b).shape];
    const [k] = left;
    const [l] = right;
    if (k === undefined || l === undefined) throw new ShapeError(`MatMul takes no scalars`);
    const row = left.length === 1 ? build.op("reshape", [a], { shape: [1, k] }) : a;
    const column = right.length === 1 ? build.op("reshape", [b], { shape: [l, 1] }) : b;
    const product = build.op("matMul", [row, column]);
    if (left.length > 1 && right.length > 1) return [product];
    const { shape } = build.type(product);
    const kept = shape.filter(
      (_, i) => !(left.length === 1 && i === shape.length - 2) && !(right.length === 1 && i === shape.length - 1),
    );
    return [build.op("reshape", [product], { shape: kept })];
  },
};
