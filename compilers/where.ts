/** Picks from two tensors by a condition, with broadcasting. Semantics: ai.onnx Where (9, 16). */

import type { OperatorCompiler } from "../src/ir/operator.js";
import { decodeNumbers, unifyLabels } from "./shared/labels.js";
import { checkOperands, operand } from "./shared/operands.js";

export type WhereAttrs = Readonly<Record<never, never>>;

/** (condition bool, x, y of one element type) → the broadcast of all three, in that type. Labels get a common dictionary. */
export const where: OperatorCompiler<WhereAttrs> = {
  op: "Where",
  summary: "picks from two tensors by a condition",
  labels: "keep",
  sources: {
    "ai.onnx": {
      Where: [
        {
          since: 9,
          read(node) {
            checkOperands(node, [3, 3]);
            return {};
          },
        },
      ],
    },
  },
  compile(ctx, _attrs, inputs) {
    const condition = decodeNumbers(ctx, operand(ctx, inputs, 0));
    const choices = unifyLabels(ctx, [operand(ctx, inputs, 1), operand(ctx, inputs, 2)]);
    return [ctx.build.op("select", [condition, ...choices])];
  },
};
