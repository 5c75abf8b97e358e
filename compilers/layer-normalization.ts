/**
 * Standardises by moments of the data's own. Semantics: ai.onnx LayerNormalization (17) and RMSNormalization (23) over the axes from `axis`
 * on, then a scale and a bias; MeanVarianceNormalization (9, 13) over `axes`. By the function bodies in ONNX's schemas.
 */

import { UnsupportedError } from "../src/errors.js";
import type { CompileContext, OperatorCompiler } from "../src/ir/operator.js";
import type { ValueId } from "../src/ir/program.js";
import type { NodeView } from "../src/ir/sources.js";
import { keptShape, normaliseAxes, normaliseAxis } from "./shared/axes.js";
import { checkOperands, operand, requireFloat } from "./shared/operands.js";
import { countOf, scalarLike } from "./shared/values.js";

export type LayerNormalizationAttrs =
  | {
      readonly kind: "layer" | "root mean square";
      readonly axis: number;
      readonly epsilon: number;
      readonly stash: number;
    }
  | { readonly kind: "mean and variance"; readonly axes: readonly number[] };

const read = (node: NodeView, kind: "layer" | "root mean square"): LayerNormalizationAttrs => ({
  kind,
  axis: node.attrs.int("axis", -1),
  epsilon: node.attrs.float("epsilon", Math.fround(1e-5)),
  stash: node.attrs.int("stash_type", 1),
});

/** (x, scale, bias) → the type of x (and for LayerNormalization the mean and the reciprocal of the deviation); or x → its type. */
export const layerNormalization: OperatorCompiler<LayerNormalizationAttrs> = {
  op: "LayerNormalization",
  onDemand: true,
  summary: "standardises by its own mean and variance",
  sources: {
    "ai.onnx": {
      LayerNormalization: [
        {
          since: 17,
          read(node) {
            checkOperands(node, [2, 3], 3);
            return read(node, "layer");
          },
        },
      ],
      RMSNormalization: [
        {
          since: 23,
          read(node) {
            checkOperands(node, [2, 2]);
            return read(node, "root mean square");
          },
        },
      ],
      MeanVarianceNormalization: [
        {
          since: 9,
          read(node) {
            checkOperands(node, [1, 1]);
            return { kind: "mean and variance", axes: node.attrs.ints("axes", [0, 2, 3]) };
          },
        },
      ],
    },
  },
  compile(ctx, attrs, inputs) {
    const { build } = ctx;
    const x = operand(ctx, inputs, 0);
    requireFloat(ctx, x, "a normalisation");
    const { dtype, shape } = build.type(x);
    if (attrs.kind === "mean and variance") {
      const axes = normaliseAxes(attrs.axes, shape.length);
      const centred = build.op("sub", [x, meanOver(ctx, x, axes)]);
      const deviation = build.op("sqrt", [meanOver(ctx, build.op("mul", [centred, centred]), axes)]);
      return [build.op("div", [centred, build.op("add", [deviation, scalarLike(build, x, Math.fround(1e-9))])])];
    }
    // stash_type says in which type the moments are computed: 1 is float32, 11 float64.
    if (attrs.stash !== (dtype === "float64" ? 11 : 1) || dtype === "float16" || dtype === "bfloat16") {
      throw new UnsupportedError(
        ctx.where,
        `stash_type ${attrs.stash} with an input of ${dtype}`,
        "compute it in float32",
      );
    }
    const axes = Array.from({ length: shape.length }, (_, i) => i).slice(normaliseAxis(attrs.axis, shape.length));
    const mean = attrs.kind === "layer" ? meanOver(ctx, x, axes) : undefined;
    const centred = mean === undefined ? x : build.op("sub", [x, mean]);
    const variance = meanOver(ctx, build.op("mul", [centred, centred]), axes);
    const deviation = build.op("sqrt", [build.op("add", [variance, scalarLike(build, x, attrs.epsilon)])]);
    const inverse = build.op("reciprocal", [deviation]);
    const scaled = build.op("mul", [build.op("mul", [centred, inverse]), operand(ctx, inputs, 1)]);
    const [, , bias] = inputs;
    const result = bias === undefined ? scaled : build.op("add", [scaled, bias]);
    return mean === undefined ? [result] : [result, mean, inverse];
  },
};

/** The mean over the axes, which stay with size 1. */
function meanOver(ctx: CompileContext, x: ValueId, axes: readonly number[]): ValueId {
  const { build } = ctx;
  const { shape, dtype } = build.type(x);
  const count = countOf(
    ctx,
    axes.flatMap((axis) => shape[axis] ?? []),
    dtype,
    "the size of a normalised axis",
  );
  const mean = build.op("div", [build.op("reduceSum", [x], { axes }), count]);
  return build.op("reshape", [mean], { shape: keptShape(shape, axes) });
}
