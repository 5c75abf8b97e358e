/**
 * Values that may be absent: ai.onnx Optional, OptionalGetElement and OptionalHasElement (15, 18, 28). Whether a value is there is
 * known when the model is compiled, so nothing of them is left in the Program.
 */

import { UnsupportedError } from "../src/errors.js";
import type { OperatorCompiler } from "../src/ir/operator.js";
import type { ValueId } from "../src/ir/program.js";
import type { NodeView } from "../src/ir/sources.js";
import { bool } from "../src/ir/tensor.js";
import { checkOperands, operand } from "./shared/operands.js";

export interface OptionalAttrs {
  readonly kind: "make" | "get" | "has";
}

/** What stands for "absent": a list that is known by its identity. */
const absent: readonly ValueId[] = [];

const reader = (kind: OptionalAttrs["kind"], since: number, least: number) => ({
  since,
  read(node: NodeView): OptionalAttrs {
    checkOperands(node, [least, 1]);
    // The type of what is absent says nothing that a present value would not.
    if (kind === "make") node.attrs.ignore("type");
    return { kind };
  },
});

/** A tensor or sequence, or nothing → itself, or whether it is there (bool scalar). */
export const optional: OperatorCompiler<OptionalAttrs> = {
  op: "Optional",
  onDemand: true,
  summary: "values that may be absent",
  labels: "keep",
  sequences: "take",
  sources: {
    "ai.onnx": {
      Optional: [reader("make", 15, 0)],
      OptionalGetElement: [reader("get", 15, 1)],
      OptionalHasElement: [reader("has", 15, 1), reader("has", 18, 0)],
    },
  },
  compile(ctx, { kind }, inputs) {
    const [value] = inputs;
    const isThere = value !== undefined && ctx.elementsOf(value) !== absent;
    switch (kind) {
      case "make":
        return [value ?? ctx.sequence(absent)];
      case "has":
        return [ctx.build.constant(bool([isThere], []))];
      case "get":
        if (isThere) return [operand(ctx, inputs, 0)];
        throw new UnsupportedError(ctx.where, "takes the element of an optional value that is absent");
    }
  },
};
