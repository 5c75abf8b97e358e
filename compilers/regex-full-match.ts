/** Tests whole texts against a regular expression. Semantics: ai.onnx RegexFullMatch 20; the syntax is RE2's. */

import type { OperatorCompiler } from "../src/ir/operator.js";
import type { Expression } from "../src/ir/text/expression.js";
import { checkOperands } from "./shared/operands.js";
import { compileExpression, stringOperand } from "./shared/strings.js";

export interface RegexFullMatchAttrs {
  readonly expression: Expression;
}

/** Strings of any shape → bool of the same shape. */
export const regexFullMatch: OperatorCompiler<RegexFullMatchAttrs> = {
  op: "RegexFullMatch",
  onDemand: true,
  summary: "tests whole texts against a regular expression",
  labels: "keep",
  sources: {
    "ai.onnx": {
      RegexFullMatch: [
        {
          since: 20,
          read(node) {
            checkOperands(node, [1, 1]);
            return { expression: compileExpression(node, node.attrs.string("pattern"), false) };
          },
        },
      ],
    },
  },
  compile: (ctx, attrs, inputs) => [ctx.build.op("matchesExpression", [stringOperand(ctx, inputs, 0)], attrs)],
};
