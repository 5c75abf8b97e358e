/**
 * The k largest (or smallest) elements along an axis, sorted, and their indices. Semantics: ai.onnx TopK (1: k is an attribute; 10:
 * an input; 11, 24: largest, sorted); equal elements keep their order. Unsorted results may come in any order, so sorted ones do.
 */

import type { OperatorCompiler } from "../src/ir/operator.js";
import type { NodeView } from "../src/ir/sources.js";
import { knownInt, normaliseAxis } from "./shared/axes.js";
import { checkOperands, flag, type InputCount, operand } from "./shared/operands.js";

/** `k` is undefined where it is an input. */
export interface TopKAttrs {
  readonly axis: number;
  readonly k: number | undefined;
  readonly largest: boolean;
}

const read = (node: NodeView, count: InputCount, largest: boolean, k?: number): TopKAttrs => {
  checkOperands(node, count, 2);
  return { axis: node.attrs.int("axis", -1), k, largest };
};

/** A numeric tensor → values of its type and int64 indices, with k in place of the axis. */
export const topK: OperatorCompiler<TopKAttrs> = {
  op: "TopK",
  summary: "the k largest elements along an axis",
  onDemand: true,
  sources: {
    "ai.onnx": {
      TopK: [
        { since: 1, read: (node) => read(node, [1, 1], true, node.attrs.int("k")) },
        { since: 10, read: (node) => read(node, [2, 2], true) },
        {
          since: 11,
          read(node) {
            node.attrs.ignore("sorted");
            return read(node, [2, 2], flag(node, "largest", true));
          },
        },
      ],
    },
  },
  compile(ctx, attrs, inputs) {
    const { build } = ctx;
    const x = operand(ctx, inputs, 0);
    const axis = normaliseAxis(attrs.axis, build.type(x).shape.length);
    const k = attrs.k ?? knownInt(ctx, operand(ctx, inputs, 1), "K of TopK");
    const [values, indices] = build.emit("topK", [x], { axis, k, largest: attrs.largest });
    return [operand(ctx, [values], 0), build.op("cast", [operand(ctx, [indices], 0)], { to: "int64" })];
  },
};
