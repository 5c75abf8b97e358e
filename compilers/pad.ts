/**
 * Adds elements before and after axes. Semantics: ai.onnx Pad (2: attributes; 11, 13: inputs; 18 and later: with axes; 19: mode "wrap"):
 * constant ones, or those of the axis itself, mirrored, repeated from its ends, or around. Negative counts cut elements off.
 */

import { DataDependentError, ModelParseError, ShapeError } from "../src/errors.js";
import { type Dim, formatDims } from "../src/ir/dims.js";
import type { CompileContext, OperatorCompiler } from "../src/ir/operator.js";
import type { ValueId } from "../src/ir/program.js";
import type { NodeView } from "../src/ir/sources.js";
import { int64 } from "../src/ir/tensor.js";
import { knownInts, normaliseAxis } from "./shared/axes.js";
import { checkOperands, type InputCount, operand } from "./shared/operands.js";
import { scalarLike } from "./shared/values.js";

const modes = ["constant", "reflect", "edge", "wrap"] as const;
type Mode = (typeof modes)[number];

/** `pads`: counts before each axis, then after each; undefined where they are an input. */
export interface PadAttrs {
  readonly mode: Mode;
  readonly pads: readonly number[] | undefined;
  readonly value: number;
}

const read = (node: NodeView, count: InputCount): PadAttrs => {
  checkOperands(node, count);
  const text = node.attrs.string("mode", "constant");
  const mode = modes.find((name) => name === text);
  if (mode === undefined) {
    throw new ModelParseError(node.format, node.where, `mode "${text}" is none of ${modes.join(", ")}`);
  }
  return { mode, pads: undefined, value: 0 };
};

/** Any numeric tensor → the same element type. The padded axes must not depend on the batch size. */
export const pad: OperatorCompiler<PadAttrs> = {
  op: "Pad",
  onDemand: true,
  summary: "adds elements around a tensor",
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
        const at = normaliseAxis(axis, rank);
        if (attrs.mode === "constant") return padAxis(ctx, value, at, before, after, fill);
        return repeatAxis(ctx, value, at, before, after, attrs.mode);
      }, x),
    ];
  },
};

/** The axis with elements of its own around it. */
function repeatAxis(
  ctx: CompileContext,
  value: ValueId,
  axis: number,
  before: number,
  after: number,
  mode: Exclude<Mode, "constant">,
): ValueId {
  if (before === 0 && after === 0) return value;
  const { build } = ctx;
  const size = fixedSize(ctx, build.type(value).shape, axis);
  const count = size + before + after;
  if (count < 0 || (size === 0 && count > 0)) {
    throw new ShapeError(`pads of ${before} and ${after} for the ${size} elements of axis ${axis}`);
  }
  const around = (i: number, length: number): number => ((i % length) + length) % length;
  const indices = Array.from({ length: count }, (_, k): number => {
    const i = k - before;
    if (mode === "edge") return Math.min(Math.max(i, 0), size - 1);
    if (mode === "wrap" || size === 1) return around(i, size);
    const turned = around(i, 2 * size - 2);
    return turned < size ? turned : 2 * size - 2 - turned;
  });
  return build.op("gather", [value, build.constant(int64(indices))], { axis });
}

function fixedSize(ctx: CompileContext, shape: readonly Dim[], axis: number): number {
  const size = shape[axis];
  if (typeof size === "number") return size;
  const message = `axis ${axis} of ${formatDims(shape)} has no fixed size to pad`;
  throw new DataDependentError(ctx.where, message, "pad columns");
}

function padAxis(
  ctx: CompileContext,
  value: ValueId,
  axis: number,
  before: number,
  after: number,
  fill: ValueId,
): ValueId {
  if (before === 0 && after === 0) return value;
  const { build } = ctx;
  const { shape } = build.type(value);
  const size = fixedSize(ctx, shape, axis);
  const [start, end] = [Math.max(0, -before), size + Math.min(0, after)];
  if (end < start)
    throw new ShapeError(`pads of ${before} and ${after} cut more than the ${size} elements of axis ${axis}`);
  const kept = start === 0 && end === size ? value : build.op("slice", [value], { axis, start, end, step: 1 });
  const filled = (count: number): readonly ValueId[] =>
    count <= 0 ? [] : [build.op("broadcastTo", [fill], { shape: shape.with(axis, count) })];
  const parts = [...filled(before), kept, ...filled(after)];
  return parts.length === 1 ? kept : build.op("concat", parts, { axis });
}
