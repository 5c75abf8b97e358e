/** Semantics: ai.onnx PRelu (7, 9, 16): x where it is not negative, else slope · x, the slope broadcast to x. */

import { ShapeError } from "../src/errors.js";
import { broadcastDims, formatDims, sameDims } from "../src/ir/dims.js";
import type { OperatorCompiler } from "../src/ir/operator.js";
import { checkOperands, operand } from "./shared/operands.js";
import { scalarLike } from "./shared/values.js";

/** (x, slope) of one numeric type → the type of x. */
export const pRelu: OperatorCompiler<Readonly<Record<never, never>>> = {
  op: "PRelu",
  onDemand: true,
  summary: "Relu with a slope for each element",
  sources: {
    "ai.onnx": {
      PRelu: [
        {
          since: 7,
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
    const [x, slope] = [operand(ctx, inputs, 0), operand(ctx, inputs, 1)];
    const [own, other] = [build.type(x).shape, build.type(slope).shape];
    const joint = broadcastDims(own, other);
    if (joint === undefined || (!sameDims(joint, own) && !own.includes("?"))) {
      throw new ShapeError(`the slope ${formatDims(other)} does not broadcast to ${formatDims(own)}`);
    }
    const negative = build.op("less", [x, scalarLike(build, x, 0)]);
    return [build.op("select", [negative, build.op("mul", [x, slope]), x])];
  },
};
