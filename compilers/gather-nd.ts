/**
 * Picks elements or slices by index tuples. Semantics: ai.onnx GatherND (11; 12, 13 with batch_dims, of which 0 is supported): the
 * last axis of the indices holds positions in the first axes of the data.
 */

import { DataDependentError, ShapeError, UnsupportedError } from "../src/errors.js";
import { formatDims, productOf } from "../src/ir/dims.js";
import type { OperatorCompiler } from "../src/ir/operator.js";
import type { ValueId } from "../src/ir/program.js";
import type { NodeView } from "../src/ir/sources.js";
import { int64 } from "../src/ir/tensor.js";
import { knownDim } from "./shared/axes.js";
import { asLabels, decodeNumbers } from "./shared/labels.js";
import { checkOperands, operand } from "./shared/operands.js";
import { scalarLike, wrapIndices } from "./shared/values.js";

export type GatherNdAttrs = Readonly<Record<never, never>>;

const read = (node: NodeView): GatherNdAttrs => {
  checkOperands(node, [2, 2]);
  return {};
};

/** (data, indices int64 […, k]) → the shape of indices without its last axis, then that of data without its first k. */
export const gatherNd: OperatorCompiler<GatherNdAttrs> = {
  op: "GatherND",
  summary: "picks elements by index tuples",
  labels: "keep",
  sources: {
    "ai.onnx": {
      GatherND: [
        { since: 11, read },
        {
          since: 12,
          read(node) {
            const dims = node.attrs.int("batch_dims", 0);
            if (dims !== 0) throw new UnsupportedError(node.where, `GatherND with batch_dims ${dims} is not supported`);
            return read(node);
          },
        },
      ],
    },
  },
  compile(ctx, _attrs, inputs) {
    const { build, where } = ctx;
    const [given, tuples] = [operand(ctx, inputs, 0), decodeNumbers(ctx, operand(ctx, inputs, 1))];
    const [shape, tupleShape] = [build.type(given).shape, build.type(tuples).shape];
    const k = tupleShape.at(-1);
    if (typeof k !== "number" || k < 1 || k > shape.length) {
      throw new ShapeError(`indices ${formatDims(tupleShape)} do not name axes of data ${formatDims(shape)}`);
    }
    const last = tupleShape.length - 1;
    // Horner's scheme over the indexed axes gives the position in them as one axis.
    let position: ValueId | undefined;
    for (const [i, d] of shape.slice(0, k).entries()) {
      const column = build.op("gather", [tuples, build.constant(int64([i], []))], { axis: last });
      const index = wrapIndices(ctx, column, d);
      if (position === undefined) position = index;
      else {
        if (typeof d !== "number")
          throw new DataDependentError(where, `axis ${i} of ${formatDims(shape)} has no fixed size`);
        position = build.op("add", [build.op("mul", [position, scalarLike(build, position, d)]), index]);
      }
    }
    if (position === undefined) throw new ShapeError(`the indices name no axis`);
    const joined = knownDim(ctx, productOf(shape.slice(0, k)), "the size of the indexed axes");
    const flat = build.op("reshape", [asLabels(ctx, given, position)], { shape: [joined, ...shape.slice(k)] });
    return [build.op("gather", [flat, position], { axis: 0 })];
  },
};
