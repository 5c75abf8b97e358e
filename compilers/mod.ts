/**
 * Remainder of a division. Semantics: ai.onnx Mod (10, 13; 28 allows floating point without fmod): Python's `%`, whose result has
 * the sign of the divisor, or C's fmod with that of the dividend.
 */

import { UnsupportedError } from "../src/errors.js";
import { isFloat } from "../src/ir/dtype.js";
import type { OperatorCompiler } from "../src/ir/operator.js";
import type { NodeView } from "../src/ir/sources.js";
import { checkOperands, flag, operand } from "./shared/operands.js";

/** `anyType`: floating point is allowed without fmod. */
export interface ModAttrs {
  readonly fmod: boolean;
  readonly anyType: boolean;
}

const read = (node: NodeView, anyType: boolean): ModAttrs => {
  checkOperands(node, [2, 2]);
  return { fmod: flag(node, "fmod", false), anyType };
};

/** Two broadcastable tensors of one numeric element type → their broadcast. */
export const mod: OperatorCompiler<ModAttrs> = {
  op: "Mod",
  onDemand: true,
  summary: "remainder of a division",
  sources: {
    "ai.onnx": {
      Mod: [
        { since: 10, read: (node) => read(node, false) },
        { since: 28, read: (node) => read(node, true) },
      ],
    },
  },
  compile(ctx, { fmod, anyType }, inputs) {
    const [a, b] = [operand(ctx, inputs, 0), operand(ctx, inputs, 1)];
    const { dtype } = ctx.build.type(a);
    if (!fmod && !anyType && isFloat(dtype)) {
      throw new UnsupportedError(
        ctx.where,
        `Mod of ${dtype} is defined with fmod = 1 only`,
        "set the attribute fmod to 1",
      );
    }
    return [ctx.build.op("mod", [a, b], { fmod })];
  },
};
