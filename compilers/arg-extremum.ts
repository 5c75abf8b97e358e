/**
 * Index of the largest or smallest element along an axis. Semantics: ai.onnx ArgMax and ArgMin (1, 11, 13; 12 adds
 * select_last_index); ties take the lowest index otherwise.
 */

import type { OperatorCompiler } from "../src/ir/operator.js";
import type { NodeView, SourceReader } from "../src/ir/sources.js";
import { keptShape, normaliseAxis } from "./shared/axes.js";
import { checkOperands, flag, operand } from "./shared/operands.js";

/** `last`: ties take the highest index. */
export interface ArgExtremumAttrs {
  readonly primitive: "argMax" | "argMin";
  readonly axis: number;
  readonly keepDims: boolean;
  readonly last: boolean;
}

const read = (node: NodeView, primitive: ArgExtremumAttrs["primitive"], last: boolean): ArgExtremumAttrs => {
  checkOperands(node, [1, 1]);
  return { primitive, axis: node.attrs.int("axis", 0), keepDims: flag(node, "keepdims", true), last };
};

const readers = (primitive: ArgExtremumAttrs["primitive"]): readonly SourceReader<ArgExtremumAttrs>[] => [
  { since: 1, read: (node) => read(node, primitive, false) },
  { since: 12, read: (node) => read(node, primitive, flag(node, "select_last_index", false)) },
];

/** A numeric tensor → int64, without the axis or with it as 1. */
export const argExtremum: OperatorCompiler<ArgExtremumAttrs> = {
  op: "ArgExtremum",
  summary: "index of the largest or smallest element along an axis",
  sources: { "ai.onnx": { ArgMax: readers("argMax"), ArgMin: readers("argMin") } },
  compile(ctx, { primitive, axis: written, keepDims, last }, inputs) {
    const { build } = ctx;
    const x = operand(ctx, inputs, 0);
    const { shape } = build.type(x);
    const axis = normaliseAxis(written, shape.length);
    const index = build.op("cast", [build.op(primitive, [x], { axis, last })], { to: "int64" });
    return [keepDims ? build.op("reshape", [index], { shape: keptShape(shape, [axis]) }) : index];
  },
};
