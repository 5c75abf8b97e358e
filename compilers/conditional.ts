/** Runs one of two subgraphs. Semantics: ai.onnx If (1, 11, 13 and later). Which one must be known; otherwise it waits for the data. */

import { DataDependentError, ModelParseError } from "../src/errors.js";
import type { OperatorCompiler } from "../src/ir/operator.js";
import type { Subgraph } from "../src/ir/sources.js";
import { isStringData } from "../src/ir/tensor.js";
import { checkOperands, operand } from "./shared/operands.js";

export interface ConditionalAttrs {
  readonly yes: Subgraph;
  readonly no: Subgraph;
}

/** A condition, bool of one element → the outputs of the branch. */
export const conditional: OperatorCompiler<ConditionalAttrs> = {
  op: "Conditional",
  onDemand: true,
  summary: "one of two subgraphs",
  sequences: "take",
  sources: {
    "ai.onnx": {
      If: [
        {
          since: 1,
          read(node) {
            checkOperands(node, [1, 1], Number.POSITIVE_INFINITY);
            const branches = { yes: node.attrs.graph("then_branch"), no: node.attrs.graph("else_branch") };
            for (const { inputs, outputs } of Object.values(branches)) {
              if (inputs.length > 0) throw new ModelParseError(node.format, node.where, "a branch has inputs");
              if (outputs.length < node.outputCount) {
                throw new ModelParseError(
                  node.format,
                  node.where,
                  `a branch has ${outputs.length} outputs, but the node ${node.outputCount}`,
                );
              }
            }
            return branches;
          },
        },
      ],
    },
  },
  compile(ctx, { yes, no }, inputs) {
    const condition = ctx.build.constantOf(operand(ctx, inputs, 0));
    if (condition === undefined || isStringData(condition.data) || condition.data.length !== 1) {
      throw new DataDependentError(ctx.where, "its condition is computed from the data", "export without control flow");
    }
    return ctx.inline(Number(condition.data[0]) !== 0 ? yes : no, []);
  },
};
