/**
 * Limits a tensor to [min, max]. Semantics: ai.onnx Clip; bounds are attributes in version 6, optional scalar inputs from 11 on (12
 * adds integers, 13 says that the maximum wins over a larger minimum). A bound that is left out is the least or greatest finite
 * number of the type, so that infinities are cut in any case.
 */

import type { DType } from "../src/ir/dtype.js";
import type { OperatorCompiler } from "../src/ir/operator.js";
import type { ValueId } from "../src/ir/program.js";
import { checkOperands, operand } from "./shared/operands.js";
import { scalarLike } from "./shared/values.js";

/** Bounds as numbers; undefined where they are inputs or left out. */
export interface ClipAttrs {
  readonly min: number | undefined;
  readonly max: number | undefined;
}

/** By floating-point type; integers have no infinities to cut. */
const greatestFinite: { readonly [D in DType]?: number } = {
  float16: 65504,
  bfloat16: 3.3895313892515355e38,
  float32: 3.4028234663852886e38,
  float64: Number.MAX_VALUE,
};

/** x of any numeric type, min and max scalars of that type → the type of x. NaN stays NaN. */
export const clip: OperatorCompiler<ClipAttrs> = {
  op: "Clip",
  summary: "limits values to a range",
  sources: {
    "ai.onnx": {
      Clip: [
        {
          since: 6,
          read(node) {
            checkOperands(node, [1, 1]);
            const bound = (name: "min" | "max") => (node.attrs.has(name) ? node.attrs.float(name) : undefined);
            return { min: bound("min"), max: bound("max") };
          },
        },
        {
          since: 11,
          read(node) {
            checkOperands(node, [1, 3]);
            return { min: undefined, max: undefined };
          },
        },
      ],
    },
  },
  compile(ctx, attrs, inputs) {
    const { build } = ctx;
    const x = operand(ctx, inputs, 0);
    const greatest = greatestFinite[build.type(x).dtype];
    const bound = (input: ValueId | undefined, attribute: number | undefined): ValueId | undefined => {
      if (input !== undefined) return build.op("reshape", [input], { shape: [] });
      return attribute === undefined ? undefined : scalarLike(build, x, attribute);
    };
    const low = bound(inputs[1], attrs.min ?? (greatest === undefined ? undefined : -greatest));
    const high = bound(inputs[2], attrs.max ?? greatest);
    const raised = low === undefined ? x : build.op("max", [x, low]);
    return [high === undefined ? raised : build.op("min", [raised, high])];
  },
};
