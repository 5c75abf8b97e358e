/**
 * Elementwise operators of any number of arguments, with broadcasting. Semantics: ai.onnx Sum, Mean (8, 13), Max, Min (8, 12,
 * 13). Arguments meet from left to right; NaN in any of them is NaN in the result.
 */

import type { OperatorCompiler } from "../src/ir/operator.js";
import type { SourceReader } from "../src/ir/sources.js";
import { checkOperands, operand } from "./shared/operands.js";
import { scalarLike } from "./shared/values.js";

const operators = { Sum: "add", Mean: "add", Max: "max", Min: "min" } as const;

/** The primitive that joins two arguments; `mean` divides by their number afterwards. */
export interface VariadicAttrs {
  readonly primitive: "add" | "max" | "min";
  readonly mean: boolean;
}

/** One or more broadcastable tensors of one numeric element type → their broadcast. */
export const variadic: OperatorCompiler<VariadicAttrs> = {
  op: "Variadic",
  summary: "elementwise sum, mean, maximum and minimum of several tensors",
  sources: {
    "ai.onnx": Object.fromEntries(
      Object.entries(operators).map(([name, primitive]): [string, readonly SourceReader<VariadicAttrs>[]] => [
        name,
        [
          {
            since: 8,
            read(node) {
              checkOperands(node, [Math.max(1, node.inputCount), node.inputCount]);
              return { primitive, mean: name === "Mean" };
            },
          },
        ],
      ]),
    ),
  },
  compile(ctx, { primitive, mean }, inputs) {
    const { build } = ctx;
    const total = inputs
      .map((_, i) => operand(ctx, inputs, i))
      .reduce((joined, value) => build.op(primitive, [joined, value]));
    return [mean ? build.op("div", [total, scalarLike(build, total, inputs.length)]) : total];
  },
};
