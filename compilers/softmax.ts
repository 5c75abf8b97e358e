/**
 * Softmax and its logarithm. Semantics: ai.onnx Softmax and LogSoftmax; versions 1 and 11 see the tensor as a matrix cut at
 * `axis` (default 1) and normalise its rows, version 13 normalises along `axis` (default the last).
 */

import { productOf } from "../src/ir/dims.js";
import type { OperatorCompiler } from "../src/ir/operator.js";
import type { SourceReader } from "../src/ir/sources.js";
import { knownDim, normaliseAxis } from "./shared/axes.js";
import { checkOperands, operand, requireFloat } from "./shared/operands.js";

/** `rows`: the axes from `axis` on are normalised together. */
export interface SoftmaxAttrs {
  readonly primitive: "softmax" | "logSoftmax";
  readonly axis: number;
  readonly rows: boolean;
}

const readers = (primitive: SoftmaxAttrs["primitive"]): readonly SourceReader<SoftmaxAttrs>[] => [
  {
    since: 1,
    read(node) {
      checkOperands(node, [1, 1]);
      return { primitive, axis: node.attrs.int("axis", 1), rows: true };
    },
  },
  {
    since: 13,
    read(node) {
      checkOperands(node, [1, 1]);
      return { primitive, axis: node.attrs.int("axis", -1), rows: false };
    },
  },
];

/** A floating-point tensor → the same type. */
export const softmax: OperatorCompiler<SoftmaxAttrs> = {
  op: "Softmax",
  summary: "softmax and log-softmax along an axis",
  sources: { "ai.onnx": { Softmax: readers("softmax"), LogSoftmax: readers("logSoftmax") } },
  compile(ctx, { primitive, axis: written, rows }, inputs) {
    const { build } = ctx;
    const x = operand(ctx, inputs, 0);
    requireFloat(ctx, x, primitive === "softmax" ? "Softmax" : "LogSoftmax");
    const { shape } = build.type(x);
    const axis = normaliseAxis(written, shape.length);
    if (!rows || axis === shape.length - 1) return [build.op(primitive, [x], { axis })];
    const matrix = [productOf(shape.slice(0, axis)), productOf(shape.slice(axis))].map((d) =>
      knownDim(ctx, d, "the size of the flattened axes"),
    );
    const flat = build.op(primitive, [build.op("reshape", [x], { shape: matrix })], { axis: 1 });
    return [build.op("reshape", [flat], { shape })];
  },
};
