/**
 * ai.onnx.ml Binarizer 1: 1 where x > threshold, else 0 (NaN gives 0), in the type of the input. Semantics: onnxruntime 1.30
 * (binarizer.cc) for float32; ONNX allows float64, int32 and int64 too.
 */

import { UnsupportedError } from "../src/errors.js";
import type { OperatorCompiler } from "../src/ir/operator.js";
import type { NodeView } from "../src/ir/sources.js";
import { logicalDType } from "../src/ir/types.js";
import { castTo, numberType } from "./shared/matrix.js";
import { checkOperands, operand } from "./shared/operands.js";
import { scalarLike } from "./shared/values.js";

export interface BinarizerAttrs {
  /** A float32 value. */
  readonly threshold: number;
}

function read(node: NodeView): BinarizerAttrs {
  checkOperands(node, [1, 1]);
  return { threshold: node.attrs.float("threshold", 0) };
}

/** Numbers of any shape → the same shape and type. */
export const binarizer: OperatorCompiler<BinarizerAttrs> = {
  op: "Binarizer",
  summary: "1 above a threshold, else 0",
  onDemand: true,
  sources: { "ai.onnx.ml": { Binarizer: [{ since: 1, read }] } },
  compile(ctx, { threshold }, inputs) {
    const { build } = ctx;
    const x = operand(ctx, inputs, 0);
    const dtype = numberType(ctx, logicalDType(build.type(x)));
    const integer = dtype === "int32" || dtype === "int64";
    if (integer && !(Math.abs(threshold) < 2 ** 31)) {
      throw new UnsupportedError(
        ctx.where,
        `compares ${dtype} with ${threshold}`,
        "put a Cast to float before the node",
      );
    }
    // An integer is above t where it is above the integer part of t, downwards.
    const limit = scalarLike(build, x, integer ? Math.floor(threshold) : threshold);
    return [castTo(ctx, build.op("greater", [x, limit]), dtype)];
  },
};
