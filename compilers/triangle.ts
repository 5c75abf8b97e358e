/**
 * Matrices by the places of their elements: ai.onnx Trilu (14), the upper or lower triangle of each matrix, and EyeLike (9, 22), ones
 * on a diagonal in the shape of the input. The diagonal `k` counts columns to the right.
 */

import { ShapeError } from "../src/errors.js";
import { type Dim, formatDims } from "../src/ir/dims.js";
import type { DType } from "../src/ir/dtype.js";
import type { CompileContext, OperatorCompiler } from "../src/ir/operator.js";
import type { ValueId } from "../src/ir/program.js";
import { knownDim, knownInt } from "./shared/axes.js";
import { castTo } from "./shared/matrix.js";
import { dtypeAttribute } from "./shared/onnx-dtypes.js";
import { checkOperands, flag, operand } from "./shared/operands.js";
import { scalarLike, scalarOf } from "./shared/values.js";

export type TriangleAttrs =
  | { readonly kind: "triangle"; readonly upper: boolean }
  | { readonly kind: "eye"; readonly k: number; readonly dtype: DType | undefined };

/** (x […, M, N], k) → the same type; or x [M, N] → the type that `dtype` names, or that of x. */
export const triangle: OperatorCompiler<TriangleAttrs> = {
  op: "Triangle",
  onDemand: true,
  summary: "triangles of matrices, ones on a diagonal",
  sources: {
    "ai.onnx": {
      Trilu: [
        {
          since: 14,
          read(node) {
            checkOperands(node, [1, 2]);
            return { kind: "triangle", upper: flag(node, "upper", true) };
          },
        },
      ],
      EyeLike: [
        {
          since: 9,
          read(node) {
            checkOperands(node, [1, 1]);
            const dtype = node.attrs.has("dtype") ? dtypeAttribute(node, "dtype") : undefined;
            return { kind: "eye", k: node.attrs.int("k", 0), dtype };
          },
        },
      ],
    },
  },
  compile(ctx, attrs, inputs) {
    const { build } = ctx;
    const x = operand(ctx, inputs, 0);
    const { dtype, shape } = build.type(x);
    const rank = shape.length;
    if (rank < 2 || (attrs.kind === "eye" && rank !== 2))
      throw new ShapeError(`expected matrices, got ${formatDims(shape)}`);
    if (attrs.kind === "eye")
      return [castTo(ctx, build.op("equal", offsets(ctx, shape, attrs.k)), attrs.dtype ?? dtype)];
    const [, kInput] = inputs;
    const k = kInput === undefined ? 0 : knownInt(ctx, kInput, "k of Trilu");
    const kept = build.op(attrs.upper ? "greaterEqual" : "lessEqual", offsets(ctx, shape, k));
    return [build.op("select", [kept, x, scalarLike(build, x, 0)])];
  },
};

/** The column of each element, and the one on the diagonal in its row. */
function offsets(ctx: CompileContext, shape: readonly Dim[], k: number): readonly [ValueId, ValueId] {
  const { build } = ctx;
  const [rows, columns] = shape.slice(-2).map((d) => knownDim(ctx, d, "the size of the matrices"));
  const iota = (axis: 0 | 1, size: Dim): ValueId =>
    build.op("iota", [], { axis, shape: axis === 0 ? [size, 1] : [1, size], dtype: "int64" });
  const diagonal = build.op("add", [iota(0, rows ?? 1), scalarOf(build, "int64", k)]);
  return [iota(1, columns ?? 1), diagonal];
}
