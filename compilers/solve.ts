/**
 * Solves A X = B. Semantics: com.microsoft Solve 1 as skl2onnx writes it for Gaussian processes (no runtime of ONNX's has it): X as
 * scipy.linalg.solve gives it. A must be known; its inverse is computed once, in double, by elimination with pivots.
 */

import { DataDependentError, ShapeError } from "../src/errors.js";
import type { OperatorCompiler } from "../src/ir/operator.js";
import { float64, numbersOf, type Tensor } from "../src/ir/tensor.js";
import { castTo } from "./shared/matrix.js";
import { checkOperands, flag, operand, requireFloat } from "./shared/operands.js";

export interface SolveAttrs {
  /** Aᵀ X = B. */
  readonly transposed: boolean;
}

/** (A [M, M], B [M, K]) of float32 or float64 → [M, K]. */
export const solve: OperatorCompiler<SolveAttrs> = {
  op: "Solve",
  onDemand: true,
  summary: "solves a system of linear equations",
  sources: {
    "com.microsoft": {
      Solve: [
        {
          since: 1,
          read(node) {
            checkOperands(node, [2, 2]);
            // scipy reads it for symmetric matrices alone, which this never says.
            node.attrs.ignore("lower");
            return { transposed: flag(node, "transposed", false) };
          },
        },
      ],
    },
  },
  compile(ctx, { transposed }, inputs) {
    const { build } = ctx;
    const [a, b] = [operand(ctx, inputs, 0), operand(ctx, inputs, 1)];
    requireFloat(ctx, b, "Solve");
    const known = build.constantOf(a);
    if (known === undefined) throw new DataDependentError(ctx.where, "the matrix of Solve is computed from the data");
    const inverse = build.constant(inverseOf(known));
    const left = transposed ? build.op("transpose", [inverse], { perm: [1, 0] }) : inverse;
    return [castTo(ctx, build.op("matMul", [left, castTo(ctx, b, "float64")]), build.type(b).dtype)];
  },
};

/** Gauss-Jordan elimination with partial pivoting. Throws ShapeError for a matrix that is not square, or singular. */
function inverseOf({ shape, data }: Tensor): Tensor {
  const [n = 0, columns] = shape;
  if (shape.length !== 2 || columns !== n)
    throw new ShapeError(`the matrix has shape [${shape}], expected a square one`);
  const m = Float64Array.from(numbersOf(data));
  const inverse = new Float64Array(n * n);
  for (let i = 0; i < n; i++) inverse[i * n + i] = 1;
  for (let c = 0; c < n; c++) {
    let pivot = c;
    for (let r = c + 1; r < n; r++) if (Math.abs(m[r * n + c]!) > Math.abs(m[pivot * n + c]!)) pivot = r;
    const size = m[pivot * n + c]!;
    if (!(Math.abs(size) > 0)) throw new ShapeError("the matrix is singular");
    for (const lines of [m, inverse]) {
      for (let k = 0; k < n; k++) {
        const upper = lines[pivot * n + k]!;
        lines[pivot * n + k] = lines[c * n + k]!;
        lines[c * n + k] = upper / size;
      }
    }
    for (let r = 0; r < n; r++) {
      const factor = m[r * n + c]!;
      if (r === c || factor === 0) continue;
      for (const lines of [m, inverse]) {
        for (let k = 0; k < n; k++) lines[r * n + k]! -= factor * lines[c * n + k]!;
      }
    }
  }
  return float64(inverse, [n, n]);
}
