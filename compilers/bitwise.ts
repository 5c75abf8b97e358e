/** Bits of integers. Semantics: ai.onnx BitwiseAnd, BitwiseOr, BitwiseXor, BitwiseNot (18) and BitShift (11), of unsigned integers. */

import { ModelParseError, UnsupportedError } from "../src/errors.js";
import { isInteger } from "../src/ir/dtype.js";
import type { OperatorCompiler } from "../src/ir/operator.js";
import type { PrimitiveAttrs } from "../src/ir/primitive.js";
import type { NodeView } from "../src/ir/sources.js";
import { checkOperands, operand } from "./shared/operands.js";
import { scalarLike } from "./shared/values.js";

export interface BitwiseAttrs {
  /** undefined: all bits of the one operand are turned. */
  readonly operation: PrimitiveAttrs["bitwise"]["operation"] | undefined;
}

const reader = (operation: BitwiseAttrs["operation"]) => [
  {
    since: 18,
    read(node: NodeView): BitwiseAttrs {
      checkOperands(node, operation === undefined ? [1, 1] : [2, 2]);
      return { operation };
    },
  },
];

/** Two broadcastable tensors (BitwiseNot: one) of one integer type → that type. */
export const bitwise: OperatorCompiler<BitwiseAttrs> = {
  op: "Bitwise",
  onDemand: true,
  summary: "bits of integers",
  sources: {
    "ai.onnx": {
      BitwiseAnd: reader("and"),
      BitwiseOr: reader("or"),
      BitwiseXor: reader("xor"),
      BitwiseNot: reader(undefined),
      BitShift: [
        {
          since: 11,
          read(node) {
            checkOperands(node, [2, 2]);
            const direction = node.attrs.string("direction");
            if (direction === "LEFT" || direction === "RIGHT") {
              return { operation: direction === "LEFT" ? "shiftLeft" : "shiftRight" };
            }
            throw new ModelParseError(node.format, node.where, `direction is "${direction}", expected LEFT or RIGHT`);
          },
        },
      ],
    },
  },
  compile(ctx, { operation }, inputs) {
    const { build } = ctx;
    const x = operand(ctx, inputs, 0);
    const { dtype } = build.type(x);
    if (!isInteger(dtype))
      throw new UnsupportedError(ctx.where, `works on integers, got ${dtype}`, "put a Cast before it");
    if (operation !== undefined) return [build.op("bitwise", [x, operand(ctx, inputs, 1)], { operation })];
    // All ones; an unsigned type keeps its own bits of them.
    return [build.op("bitwise", [x, scalarLike(build, x, -1)], { operation: "xor" })];
  },
};
