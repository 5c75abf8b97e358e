/** Semantics: ai.onnx Gelu (20): x Φ(x), with Φ the normal distribution function, or its approximation by tanh. */

import { ModelParseError } from "../src/errors.js";
import type { OperatorCompiler } from "../src/ir/operator.js";
import { checkOperands, operand, requireFloat } from "./shared/operands.js";
import { scalarLike } from "./shared/values.js";

export interface GeluAttrs {
  readonly byTanh: boolean;
}

/** A floating-point tensor → the same type. */
export const gelu: OperatorCompiler<GeluAttrs> = {
  op: "Gelu",
  onDemand: true,
  summary: "x times the normal distribution function",
  sources: {
    "ai.onnx": {
      Gelu: [
        {
          since: 20,
          read(node) {
            checkOperands(node, [1, 1]);
            const text = node.attrs.string("approximate", "none");
            if (text === "none" || text === "tanh") return { byTanh: text === "tanh" };
            throw new ModelParseError(node.format, node.where, `approximate is "${text}", expected none or tanh`);
          },
        },
      ],
    },
  },
  compile(ctx, { byTanh }, inputs) {
    const { build } = ctx;
    const x = operand(ctx, inputs, 0);
    requireFloat(ctx, x, "Gelu");
    const times = (value: number, factor: number) => build.op("mul", [value, scalarLike(build, x, factor)]);
    const cube = build.op("mul", [x, build.op("mul", [x, x])]);
    const inner = byTanh
      ? build.op("tanh", [times(build.op("add", [x, times(cube, 0.044715)]), Math.sqrt(2 / Math.PI))])
      : build.op("erf", [times(x, Math.SQRT1_2)]);
    return [build.op("mul", [times(x, 0.5), build.op("add", [inner, scalarLike(build, x, 1)])])];
  },
};
