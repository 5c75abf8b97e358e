/**
 * Determinants of square matrices. Semantics: ai.onnx Det (11, 22). Which element is the pivot depends on the data, so the node waits
 * for it; elimination is in double.
 */

import { DataDependentError, ShapeError } from "../src/errors.js";
import type { OperatorCompiler } from "../src/ir/operator.js";
import { float64, numbersOf } from "../src/ir/tensor.js";
import { castTo } from "./shared/matrix.js";
import { checkOperands, operand, requireFloat } from "./shared/operands.js";

export type DeterminantAttrs = Readonly<Record<never, never>>;

/** Floating-point […, M, M] → […] of the same type. */
export const determinant: OperatorCompiler<DeterminantAttrs> = {
  op: "Determinant",
  onDemand: true,
  summary: "determinants of square matrices",
  sources: {
    "ai.onnx": {
      Det: [
        {
          since: 11,
          read(node) {
            checkOperands(node, [1, 1]);
            return {};
          },
        },
      ],
    },
  },
  compile(ctx, _attrs, inputs) {
    const { build } = ctx;
    const x = operand(ctx, inputs, 0);
    requireFloat(ctx, x, "Det");
    const known = build.constantOf(x);
    if (known === undefined) throw new DataDependentError(ctx.where, "the matrix of Det is computed from the data");
    const { shape } = known;
    const size = shape.at(-1) ?? 0;
    if (shape.length < 2 || shape.at(-2) !== size) {
      throw new ShapeError(`the matrices have shape [${shape}], expected square ones`);
    }
    const numbers = numbersOf(known.data);
    const count = shape.slice(0, -2).reduce((product, d) => product * d, 1);
    const results = Array.from({ length: count }, (_, i) =>
      determinantOf(Float64Array.from(numbers.subarray(i * size * size, (i + 1) * size * size)), size),
    );
    return [castTo(ctx, build.constant(float64(results, shape.slice(0, -2))), build.type(x).dtype)];
  },
};

/** By elimination with partial pivoting, in place. The determinant of no rows is 1. */
function determinantOf(m: Float64Array, n: number): number {
  let result = 1;
  for (let c = 0; c < n; c++) {
    let pivot = c;
    for (let r = c + 1; r < n; r++) if (Math.abs(m[r * n + c]!) > Math.abs(m[pivot * n + c]!)) pivot = r;
    const size = m[pivot * n + c]!;
    if (size === 0) return 0;
    result *= pivot === c ? size : -size;
    for (let k = c; k < n; k++) {
      const upper = m[pivot * n + k]!;
      m[pivot * n + k] = m[c * n + k]!;
      m[c * n + k] = upper;
    }
    for (let r = c + 1; r < n; r++) {
      const factor = m[r * n + c]! / size;
      for (let k = c; k < n; k++) m[r * n + k]! -= factor * m[c * n + k]!;
    }
  }
  return result;
}
