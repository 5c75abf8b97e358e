/**
 * Picks elements or slices by index tuples. Semantics: ai.onnx GatherND (11; 12, 13 with batch_dims): the last axis of the indices
 * holds positions in the axes of the data after the batch's.
 */

import { ShapeError } from "../src/errors.js";
import type { OperatorCompiler } from "../src/ir/operator.js";
import { asLabels, decodeNumbers } from "./shared/labels.js";
import { checkOperands, operand } from "./shared/operands.js";
import { byTuples, pick } from "./shared/positions.js";

export interface GatherNdAttrs {
  readonly batchDims: number;
}

/** (data, indices int64 […, k]) → the shape of indices without its last axis, then that of data without the indexed axes. */
export const gatherNd: OperatorCompiler<GatherNdAttrs> = {
  op: "GatherND",
  onDemand: true,
  summary: "picks elements by index tuples",
  labels: "keep",
  sources: {
    "ai.onnx": {
      GatherND: [
        {
          since: 11,
          read(node) {
            checkOperands(node, [2, 2]);
            return { batchDims: 0 };
          },
        },
        {
          since: 12,
          read(node) {
            checkOperands(node, [2, 2]);
            return { batchDims: node.attrs.int("batch_dims", 0) };
          },
        },
      ],
    },
  },
  compile(ctx, { batchDims }, inputs) {
    const { build } = ctx;
    const [given, tuples] = [operand(ctx, inputs, 0), decodeNumbers(ctx, operand(ctx, inputs, 1))];
    if (batchDims < 0) throw new ShapeError(`batch_dims is ${batchDims}, expected a count`);
    const indexed = byTuples(ctx, build.type(given).shape, tuples, batchDims);
    return [build.op("reshape", [pick(ctx, asLabels(ctx, given, tuples), indexed)], { shape: indexed.result })];
  },
};
