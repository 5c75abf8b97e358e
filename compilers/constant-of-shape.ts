/** A tensor filled with one value. Semantics: ai.onnx ConstantOfShape (9 and later): float32 zeros where no value is given. */

import { ModelParseError } from "../src/errors.js";
import type { OperatorCompiler } from "../src/ir/operator.js";
import { float32, type Tensor } from "../src/ir/tensor.js";
import { knownDims } from "./shared/axes.js";
import { checkOperands, operand } from "./shared/operands.js";

/** A tensor of rank 0. */
export interface ConstantOfShapeAttrs {
  readonly value: Tensor;
}

/** A shape known in terms of the batch size → that shape in the element type of the value. */
export const constantOfShape: OperatorCompiler<ConstantOfShapeAttrs> = {
  op: "ConstantOfShape",
  summary: "a tensor filled with one value",
  sources: {
    "ai.onnx": {
      ConstantOfShape: [
        {
          since: 9,
          read(node) {
            checkOperands(node, [1, 1]);
            const value = node.attrs.has("value") ? node.attrs.tensor("value") : float32([0]);
            if (value.data.length !== 1) {
              throw new ModelParseError(node.format, node.where, `value must be one element, got ${value.data.length}`);
            }
            return { value: { ...value, shape: [] } };
          },
        },
      ],
    },
  },
  compile(ctx, { value }, inputs) {
    const shape = knownDims(ctx, operand(ctx, inputs, 0), "the shape of ConstantOfShape");
    const constant = ctx.build.constant(value);
    return [shape.length === 0 ? constant : ctx.build.op("broadcastTo", [constant], { shape })];
  },
};
