/**
 * Distances of all pairs of rows. Semantics: com.microsoft CDist 1 (onnxruntime's cdist.h), metric "euclidean" or "sqeuclidean", but by
 * differences, where onnxruntime takes |a|² - 2 a·b + |b|², which loses digits for near rows.
 */

import { UnsupportedError } from "../src/errors.js";
import type { OperatorCompiler } from "../src/ir/operator.js";
import { checkOperands, operand } from "./shared/operands.js";

export interface CDistAttrs {
  readonly squared: boolean;
}

/** A [N, F], B [M, F] of float32 or float64 → [N, M]. */
export const cDist: OperatorCompiler<CDistAttrs> = {
  op: "CDist",
  onDemand: true,
  summary: "distances of all pairs of rows",
  sources: {
    "com.microsoft": {
      CDist: [
        {
          since: 1,
          read(node) {
            checkOperands(node, [2, 2]);
            const metric = node.attrs.string("metric", "sqeuclidean");
            if (metric === "euclidean" || metric === "sqeuclidean") return { squared: metric === "sqeuclidean" };
            throw new UnsupportedError(
              node.where,
              `metric "${metric}" of CDist`,
              "euclidean and sqeuclidean are supported",
            );
          },
        },
      ],
    },
  },
  compile(ctx, { squared }, inputs) {
    const squares = ctx.build.op("squaredDistances", [operand(ctx, inputs, 0), operand(ctx, inputs, 1)]);
    return [squared ? squares : ctx.build.op("sqrt", [squares])];
  },
};
