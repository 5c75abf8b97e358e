/**
 * Adds elements before and after axes. Semantics: ai.onnx Pad, mode "constant" (2: attributes; 11, 13: inputs; 18 and later: with
 * axes); negative counts cut elements off.
 */

import { DataDependentError, ModelParseError, ShapeError, UnsupportedError } from "../src/errors.js";
import { formatDims } from "../src/ir/dims.js";
import type { CompileContext, OperatorCompiler } from "../src/ir/operator.js";
import type { ValueId } from "../src/ir/program.js";
import type { NodeView } from "../src/ir/sources.js";
import { knownInts, normaliseAxis } from "./shared/axes.js";
import { checkOperands, type InputCount, operand } from "./shared/operands.js";
import { scalarLike } from "./shared/values.js";

/** `pads`: counts before each axis, then after each; undefined where they are an input. */
export interface PadAttrs {
  readonly pads: readonly number[] | undefined;
  readonly value: number;
}

const read = (node: NodeView, count: InputCount): PadAttrs => {
  checkOperands(node, count);
  const mode = node.attrs.string("mode", "constant");
  if (mode === "constant") return { pads: undefined, value: 0 };
  if (mode !== "reflect" && mode !== "edge" && mode !== "wrap") {
    throw new ModelParseError(node.format, node.where, `mode "${mode}" is none of constant, reflect, edge, wrap`);
  }
  throw new UnsupportedError(node.where, `Pad with mode "${mode}" is not supported`, 'only "constant" is');
};

/** Any numeric tensor → the same element type. The padded axes must not depend on the batch size. */
export const pad: OperatorCompiler<PadAttrs> = {
  op: "Pad",
  summary: "adds constant elements around a tensor",
  sources: {
    "ai.onnx": {
      Pad: [
        {
          since: 2,
          read(node) {
            return { ...read(node, [1, 1]), pads: node.attrs.ints("pads"), value: node.attrs.float("value", 0) };
          },
        },
        { since: 11, read: (node) => read(node, [2, 3]) },
        { since: 18, read: (node) => read(node, [2, 4]) },
      ],
    },
  },
  compile(ctx, attrs, inputs) {
    const { build } = ctx;
    const x = operand(ctx, inputs, 0);
    const rank = build.type(x).shape.length;
    const [, , valueInput, axesInput] = inputs;
    const pads = attrs.pads ?? knownInts(ctx, operand(ctx, inputs, 1), "the pads");
    const written =
      axesInput === undefined ? Array.from({ length: rank }, (_, i) => i) : knownInts(ctx, axesInput, "the axes");
    if (pads.length !== 2 * written.length) {
      throw new ShapeError(`${written.length} axes need ${2 * written.length} pads, got ${pads.length}`);
    }
    const fill =
      valueInput === undefined ? scalarLike(build, x, attrs.value) : build.op("reshape", [valueInput], { shape: [] });
    return [
      written.reduce((value, axis, i) => {
        const [before = 0, after = 0] = [pads[i], pads[i + written.length]];
        return padAxis(ctx, value, normaliseAxis(axis, rank), before, after, fill);
      }, x),
    ];
  },
};

function padAxis(
  ctx: CompileContext,
  value: ValueId,
  axis: number,
  before: number,
  after: number,
  fill: ValueId,
): ValueId {
  if (before === 0 && after === 0) return value;
  const { build, where } = ctx;
  const { shape } = build.type(value);
  const size = shape[axis];
  if (typeof size !== "number") {
    throw new DataDependentError(where, `axis ${axis} of ${formatDims(shape)} has no fixed size to pad`, "pad columns");
  }
  const [start, end] = [Math.max(0, -before), size + Math.min(0, after)];
  if (end < start)
    throw new ShapeError(`pads of ${before} and ${after} cut more than the ${size} elements of axis ${axis}`);
  const kept = start === 0 && end === size ? value : build.op("slice", [value], { axis, start, end, step: 1 });
  const filled = (count: number): readonly ValueId[] =>
    count <= 0 ? [] : [build.op("broadcastTo", [fill], { shape: shape.with(axis, count) })];
  const parts = [...filled(before), kept, ...filled(after)];
  return parts.length === 1 ? kept : build.op("concat", parts, { axis });
}
