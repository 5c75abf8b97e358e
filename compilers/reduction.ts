/**
 * Reductions along axes. Semantics: ai.onnx ReduceSum (1, 11; axes as an input from 13), and ReduceMean, ReduceMax, ReduceMin,
 * ReduceProd, ReduceSumSquare, ReduceL1, ReduceL2, ReduceLogSum, ReduceLogSumExp (1, 11, 13; axes as an input from 18). No axes
 * means all axes, unless noop_with_empty_axes is set. NaN in the input is NaN in the result.
 */

import { ModelParseError, UnsupportedError } from "../src/errors.js";
import type { CompileContext, OperatorCompiler } from "../src/ir/operator.js";
import type { ValueId } from "../src/ir/program.js";
import type { NodeView, SourceReader } from "../src/ir/sources.js";
import { keptShape, knownInts, normaliseAxes } from "./shared/axes.js";
import { checkOperands, flag, operand, requireFloat } from "./shared/operands.js";
import { countOf, scalarLike } from "./shared/values.js";

type Kind = "Sum" | "Mean" | "Max" | "Min" | "Prod" | "SumSquare" | "L1" | "L2" | "LogSum" | "LogSumExp";

const kinds: readonly Kind[] = ["Sum", "Mean", "Max", "Min", "Prod", "SumSquare", "L1", "L2", "LogSum", "LogSumExp"];

/** `axes` is undefined where the file leaves them out or gives them as an input. */
export interface ReductionAttrs {
  readonly kind: Kind;
  readonly axes: readonly number[] | undefined;
  readonly keepDims: boolean;
  readonly noopWithoutAxes: boolean;
}

const attributeAxes = (kind: Kind, node: NodeView): ReductionAttrs => {
  checkOperands(node, [1, 1]);
  const axes = node.attrs.has("axes") ? node.attrs.ints("axes") : undefined;
  if (axes?.length === 0) throw new ModelParseError(node.format, node.where, "attribute axes is empty");
  return { kind, axes, keepDims: flag(node, "keepdims", true), noopWithoutAxes: false };
};

const inputAxes = (kind: Kind, node: NodeView): ReductionAttrs => {
  checkOperands(node, [1, 2]);
  return {
    kind,
    axes: undefined,
    keepDims: flag(node, "keepdims", true),
    noopWithoutAxes: flag(node, "noop_with_empty_axes", false),
  };
};

/** A numeric tensor (L2, LogSum, LogSumExp: floating-point) → the same type, without the reduced axes or with them as 1. */
export const reduction: OperatorCompiler<ReductionAttrs> = {
  op: "Reduction",
  summary: "sum, mean, extremes, product and norms along axes",
  sources: {
    "ai.onnx": Object.fromEntries(
      kinds.map((kind): [string, readonly SourceReader<ReductionAttrs>[]] => [
        `Reduce${kind}`,
        [
          { since: 1, read: (node) => attributeAxes(kind, node) },
          { since: kind === "Sum" ? 13 : 18, read: (node) => inputAxes(kind, node) },
        ],
      ]),
    ),
  },
  compile(ctx, attrs, inputs) {
    const { build } = ctx;
    const x = operand(ctx, inputs, 0);
    const { shape } = build.type(x);
    const [, axesInput] = inputs;
    const given = axesInput === undefined ? attrs.axes : knownInts(ctx, axesInput, "the axes");
    if (given === undefined || given.length === 0) {
      if (attrs.noopWithoutAxes) return [withoutAxes(ctx, attrs.kind, x)];
    }
    const axes =
      given === undefined || given.length === 0 ? shape.map((_, i) => i) : normaliseAxes(given, shape.length);
    const reduced = reduce(ctx, attrs.kind, x, axes);
    return [attrs.keepDims ? build.op("reshape", [reduced], { shape: keptShape(shape, axes) }) : reduced];
  },
};

/** Sum, mean, extremes and product over nothing leave x as it is; implementations differ on whether the others still act. */
function withoutAxes(ctx: CompileContext, kind: Kind, x: ValueId): ValueId {
  if (kind === "Sum" || kind === "Mean" || kind === "Max" || kind === "Min" || kind === "Prod") return x;
  throw new UnsupportedError(ctx.where, `Reduce${kind} has noop_with_empty_axes and no axes`, "name the axes");
}

/** Drops `axes`. */
function reduce(ctx: CompileContext, kind: Kind, x: ValueId, axes: readonly number[]): ValueId {
  const { build } = ctx;
  const sum = (value: ValueId): ValueId => build.op("reduceSum", [value], { axes });
  switch (kind) {
    case "Sum":
      return sum(x);
    case "Mean": {
      const { shape, dtype } = build.type(x);
      const reducedDims = axes.flatMap((axis) => shape[axis] ?? []);
      return build.op("div", [sum(x), countOf(ctx, reducedDims, dtype, "the size of a reduced axis")]);
    }
    case "Max":
    case "Min":
      return extreme(ctx, kind === "Max" ? "reduceMax" : "reduceMin", x, axes);
    case "Prod":
      return build.op("reduceProd", [x], { axes });
    case "SumSquare":
      return sum(build.op("mul", [x, x]));
    case "L1":
      return sum(build.op("abs", [x]));
    case "L2":
      requireFloat(ctx, x, "ReduceL2");
      return build.op("sqrt", [sum(build.op("mul", [x, x]))]);
    case "LogSum":
      requireFloat(ctx, x, "ReduceLogSum");
      return build.op("log", [sum(x)]);
    case "LogSumExp":
      requireFloat(ctx, x, "ReduceLogSumExp");
      return logSumExp(ctx, x, axes);
  }
}

/** bool has maximum and minimum from version 20 on: "any" and "all". */
function extreme(ctx: CompileContext, op: "reduceMax" | "reduceMin", x: ValueId, axes: readonly number[]): ValueId {
  const { build } = ctx;
  if (build.type(x).dtype !== "bool") return build.op(op, [x], { axes });
  const ofInts = build.op(op, [build.op("cast", [x], { to: "int32" })], { axes });
  return build.op("cast", [ofInts], { to: "bool" });
}

/** log Σ exp x = m + log Σ exp(x - m) with m the maximum, so that nothing overflows; m = 0 where the maximum is infinite. */
function logSumExp(ctx: CompileContext, x: ValueId, axes: readonly number[]): ValueId {
  const { build } = ctx;
  const greatest = build.op("reduceMax", [x], { axes });
  const infinite = build.op("isInf", [greatest], { negative: true, positive: true });
  const offset = build.op("select", [infinite, scalarLike(build, x, 0), greatest]);
  const kept = build.op("reshape", [offset], { shape: keptShape(build.type(x).shape, axes) });
  const shifted = build.op("exp", [build.op("sub", [x, kept])]);
  return build.op("add", [build.op("log", [build.op("reduceSum", [shifted], { axes })]), offset]);
}
