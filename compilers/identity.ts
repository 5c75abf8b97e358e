/**
 * Operators that give back their input. Semantics: ai.onnx Identity (1 and later) and Dropout as inference sees it (7, 10; from
 * 12 on `training_mode` is an input, which must be false).
 */

import { UnsupportedError } from "../src/errors.js";
import type { OperatorCompiler } from "../src/ir/operator.js";
import type { NodeView } from "../src/ir/sources.js";
import { bool, isStringData } from "../src/ir/tensor.js";
import { checkOperands, operand } from "./shared/operands.js";

/** `mask`: Dropout's second output, true everywhere, is wanted. */
export interface IdentityAttrs {
  readonly mask: boolean;
}

function readDropout(node: NodeView): IdentityAttrs {
  checkOperands(node, [1, 1], 2);
  // The share of dropped elements matters in training only.
  node.attrs.ignore("ratio");
  if (node.hasOutput(1)) {
    throw new UnsupportedError(node.where, `the mask of Dropout ${node.version} is not defined in inference`);
  }
  return { mask: false };
}

function readDropout12(node: NodeView): IdentityAttrs {
  checkOperands(node, [1, 3], 2);
  // The seed matters in training only.
  node.attrs.ignore("seed");
  if (node.hasInput(2)) {
    const training = node.constant(2);
    if (training === undefined || isStringData(training.data) || Number(training.data[0]) !== 0) {
      throw new UnsupportedError(node.where, "training_mode of Dropout is not false", "export the model for inference");
    }
  }
  return { mask: node.hasOutput(1) };
}

/** Any tensor → itself (and a bool mask of its shape). */
export const identity: OperatorCompiler<IdentityAttrs> = {
  op: "Identity",
  summary: "gives back its input",
  labels: "keep",
  sources: {
    "ai.onnx": {
      Identity: [
        {
          since: 1,
          read(node) {
            checkOperands(node, [1, 1]);
            return { mask: false };
          },
        },
      ],
      Dropout: [
        { since: 7, read: readDropout },
        { since: 12, read: readDropout12 },
      ],
    },
  },
  compile(ctx, { mask }, inputs) {
    const { build } = ctx;
    const x = operand(ctx, inputs, 0);
    if (!mask) return [x];
    return [x, build.op("broadcastTo", [build.constant(bool([true], []))], { shape: build.type(x).shape })];
  },
};
