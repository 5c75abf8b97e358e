/**
 * Normalisation of rows: ai.onnx.ml Normalizer 1, by the largest element (MAX), the sum of magnitudes (L1) or the Euclidean norm (L2).
 * Semantics: onnxruntime 1.30 (normalizer.cc), computed in float32: a row whose norm is 0 stays as it is; MAX takes the largest
 * element itself, not its magnitude, and passes over NaN; L2 is sign(x) · sqrt(x² / Σx²).
 */

import { ModelParseError } from "../src/errors.js";
import type { CompileContext, OperatorCompiler } from "../src/ir/operator.js";
import type { ValueId } from "../src/ir/program.js";
import type { NodeView } from "../src/ir/sources.js";
import { castTo, matrixType } from "./shared/matrix.js";
import { checkOperands, operand } from "./shared/operands.js";
import { scalarLike } from "./shared/values.js";

const norms = ["MAX", "L1", "L2"] as const;

export interface NormalizerAttrs {
  readonly norm: (typeof norms)[number];
}

const lowestFloat32 = -(2 ** 128 - 2 ** 104);

function read(node: NodeView): NormalizerAttrs {
  checkOperands(node, [1, 1]);
  const text = node.attrs.string("norm", "MAX");
  const norm = norms.find((name) => name === text);
  if (norm !== undefined) return { norm };
  throw new ModelParseError(node.format, node.where, `norm "${text}" is unknown, expected MAX, L1 or L2`);
}

/** X [N, F] of numbers → float32 [N, F]. */
export const normalizer: OperatorCompiler<NormalizerAttrs> = {
  op: "Normalizer",
  summary: "divides each row by its norm",
  sources: { "ai.onnx.ml": { Normalizer: [{ since: 1, read }] } },
  compile(ctx, { norm }, inputs) {
    const { build } = ctx;
    const input = operand(ctx, inputs, 0);
    const { dtype, rows } = matrixType(ctx, input);
    const x = castTo(ctx, input, "float32");
    const zero = scalarLike(build, x, 0);
    const perRow = (value: ValueId) => build.op("reshape", [value], { shape: [rows, 1] });
    if (norm === "L2") {
      // Squares are taken in the type of the input, and int32 without overflow.
      const wide = dtype === "int32" ? castTo(ctx, input, "int64") : input;
      const squares = castTo(ctx, build.op("mul", [wide, wide]), "float32");
      const sum = perRow(build.op("reduceSum", [squares], { axes: [1] }));
      const root = build.op("sqrt", [build.op("div", [squares, sum])]);
      const signed = build.op("select", [build.op("less", [x, zero]), build.op("neg", [root]), root]);
      return [build.op("select", [build.op("equal", [sum, zero]), x, signed])];
    }
    const size = perRow(
      norm === "L1"
        ? build.op("reduceSum", [build.op("abs", [x])], { axes: [1] })
        : build.op("reduceMax", [comparable(ctx, x)], { axes: [1] }),
    );
    return [build.op("select", [build.op("equal", [size, zero]), x, build.op("div", [x, size])])];
  },
};

/** x for a maximum that passes over NaN and starts at the lowest finite float32. */
function comparable(ctx: CompileContext, x: ValueId): ValueId {
  const { build } = ctx;
  const lowest = scalarLike(build, x, lowestFloat32);
  const known = build.op("select", [build.op("isNaN", [x]), lowest, x]);
  return build.op("max", [known, lowest]);
}
