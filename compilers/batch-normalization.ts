/**
 * Standardises channels by stored moments, as networks on tables do. Semantics: ai.onnx BatchNormalization in inference (7: `spatial`
 * must be 1; 9; 14: `training_mode` must be 0; 15): (x - mean) / √(var + epsilon) · scale + bias, one value for each channel, axis 1.
 */

import { ShapeError, UnsupportedError } from "../src/errors.js";
import { formatDims } from "../src/ir/dims.js";
import type { OperatorCompiler } from "../src/ir/operator.js";
import type { NodeView } from "../src/ir/sources.js";
import { castTo } from "./shared/matrix.js";
import { checkOperands, flag, operand, requireFloat } from "./shared/operands.js";
import { scalarLike } from "./shared/values.js";

export interface BatchNormalizationAttrs {
  readonly epsilon: number;
}

function read(node: NodeView): BatchNormalizationAttrs {
  checkOperands(node, [5, 5], 5);
  // How fast running moments follow matters in training only.
  node.attrs.ignore("momentum");
  if ([1, 2, 3, 4].some((i) => node.hasOutput(i))) {
    throw new UnsupportedError(node.where, "its moments are outputs, as in training", "export the model for inference");
  }
  return { epsilon: node.attrs.float("epsilon", Math.fround(1e-5)) };
}

/** (x [N, C, …], scale, bias, mean, variance [C]) → the type of x. A vector x is one channel. */
export const batchNormalization: OperatorCompiler<BatchNormalizationAttrs> = {
  op: "BatchNormalization",
  onDemand: true,
  summary: "standardises channels by stored moments",
  sources: {
    "ai.onnx": {
      BatchNormalization: [
        {
          since: 7,
          read(node) {
            if (flag(node, "spatial", true)) return read(node);
            throw new UnsupportedError(node.where, "spatial is 0", "export with target opset 9 or later");
          },
        },
        { since: 9, read },
        {
          since: 14,
          read(node) {
            if (!flag(node, "training_mode", false)) return read(node);
            throw new UnsupportedError(node.where, "training_mode is 1", "export the model for inference");
          },
        },
      ],
    },
  },
  compile(ctx, { epsilon }, inputs) {
    const { build } = ctx;
    const x = operand(ctx, inputs, 0);
    requireFloat(ctx, x, "BatchNormalization");
    const { shape, dtype } = build.type(x);
    const ones = new Array<number>(Math.max(0, shape.length - 2)).fill(1);
    const [scale = x, bias = x, mean = x, variance = x] = [1, 2, 3, 4].map((i) => {
      const value = operand(ctx, inputs, i);
      const own = build.type(value).shape;
      const channels = shape.length < 2 ? 1 : shape[1];
      if (own.length !== 1 || own[0] !== channels) {
        throw new ShapeError(
          `input ${i} has shape ${formatDims(own)}, expected one value per channel of ${formatDims(shape)}`,
        );
      }
      return castTo(ctx, build.op("reshape", [value], { shape: [...own, ...ones] }), dtype);
    });
    const deviation = build.op("sqrt", [build.op("add", [variance, scalarLike(build, variance, epsilon)])]);
    const centred = build.op("sub", [x, mean]);
    return [build.op("add", [build.op("mul", [centred, build.op("div", [scale, deviation])]), bias])];
  },
};
