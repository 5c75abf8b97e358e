/**
 * Cuts a range out of axes. Semantics: ai.onnx Slice (1: attributes; 10: inputs and steps; 11 allows negative axes; 13). Starts
 * and ends count from the end where negative, and are clamped to the axis.
 */

import { DataDependentError, ShapeError } from "../src/errors.js";
import { addDims, type Dim, formatDim, sameDim } from "../src/ir/dims.js";
import type { CompileContext, OperatorCompiler } from "../src/ir/operator.js";
import type { ValueId } from "../src/ir/program.js";
import { knownDim, knownDims, knownInts, normaliseAxis } from "./shared/axes.js";
import { checkOperands, operand } from "./shared/operands.js";

/** The attributes of version 1; undefined where they are inputs. */
export interface SliceAttrs {
  readonly ranges: Ranges | undefined;
}

interface Ranges {
  readonly starts: readonly Dim[];
  readonly ends: readonly Dim[];
  readonly axes: readonly number[] | undefined;
  readonly steps: readonly number[] | undefined;
}

/** Any tensor → the same element type. Starts, ends, axes and steps must be known when the model is compiled. */
export const slice: OperatorCompiler<SliceAttrs> = {
  op: "Slice",
  summary: "cuts ranges out of axes",
  labels: "keep",
  sources: {
    "ai.onnx": {
      Slice: [
        {
          since: 1,
          read(node) {
            checkOperands(node, [1, 1]);
            // Ends are often the largest int64, which is no exact number; any size beyond the axis means the same.
            const { attrs } = node;
            const axes = attrs.has("axes") ? attrs.ints("axes") : undefined;
            const starts = attrs.int64s("starts").map(Number);
            return { ranges: { starts, ends: attrs.int64s("ends").map(Number), axes, steps: undefined } };
          },
        },
        {
          since: 10,
          read(node) {
            checkOperands(node, [3, 5]);
            return { ranges: undefined };
          },
        },
      ],
    },
  },
  compile(ctx, attrs, inputs) {
    const { build } = ctx;
    const x = operand(ctx, inputs, 0);
    const rank = build.type(x).shape.length;
    const { starts, ends, axes, steps } = attrs.ranges ?? inputRanges(ctx, inputs);
    const written = axes ?? starts.map((_, i) => i);
    for (const [name, list] of Object.entries({ ends, axes: written, steps: steps ?? starts })) {
      if (list.length !== starts.length) {
        throw new ShapeError(`${starts.length} starts, but ${list.length} ${name}`);
      }
    }
    const cut = written.map((axis) => normaliseAxis(axis, rank));
    const again = cut.find((axis, i) => cut.indexOf(axis) !== i);
    if (again !== undefined) throw new ShapeError(`axis ${again} is cut twice`);
    return [
      cut.reduce((value, axis, i) => {
        return cutAxis(ctx, value, axis, starts[i] ?? 0, ends[i] ?? 0, steps?.[i] ?? 1);
      }, x),
    ];
  },
};

function inputRanges(ctx: CompileContext, inputs: readonly (ValueId | undefined)[]): Ranges {
  const [, , , axes, steps] = inputs;
  return {
    starts: knownDims(ctx, operand(ctx, inputs, 1), "the starts of Slice"),
    ends: knownDims(ctx, operand(ctx, inputs, 2), "the ends of Slice"),
    axes: axes === undefined ? undefined : knownInts(ctx, axes, "the axes of Slice"),
    steps: steps === undefined ? undefined : knownInts(ctx, steps, "the steps of Slice"),
  };
}

function cutAxis(ctx: CompileContext, value: ValueId, axis: number, from: Dim, to: Dim, step: number): ValueId {
  const { build, where } = ctx;
  if (step === 0) throw new ShapeError(`the step along axis ${axis} is 0`);
  const size = knownDim(ctx, build.type(value).shape[axis], `the size of axis ${axis}`);
  const start = clampIndex(from, size, step > 0 ? 0 : -1, where);
  const end = clampIndex(to, size, step > 0 ? 0 : -1, where);
  const [first, last] = step > 0 ? [start, end] : [end, start];
  // An empty range may be written with its end before its start, for any N.
  const empty = atMost(last, first);
  const [s, e] = empty ? ([0, 0] as const) : [start, end];
  if (!empty && !atMost(first, last)) throw unclear(where, from, to, size);
  if (step === 1 && s === 0 && sameDim(e, size)) return value;
  if (Math.abs(step) !== 1 && typeof size === "object" && !empty && !(typeof s === "number" && typeof e === "number")) {
    throw new DataDependentError(where, `a step of ${step} along an axis that depends on the batch size`);
  }
  return build.op("slice", [value], { axis, start: s, end: e, step: empty ? 1 : step });
}

const endless = 2 ** 31 - 1;

/**
 * A start or end as a position in the axis, between `least` and size + least (for a negative step one lower: -1 is before the
 * first element). Throws DataDependentError where the answer is another form for other batch sizes.
 */
function clampIndex(index: Dim, size: Exclude<Dim, "?">, least: 0 | -1, where: string): Dim {
  // Exporters write the largest integer for "to the end"; no axis is that long, whatever the batch.
  if (typeof index === "number" && Math.abs(index) >= endless) return index < 0 ? least : addDims(size, least);
  const fromEnd = typeof index === "number" ? index < 0 : index !== "?" && index.N < 0;
  const position = fromEnd ? addDims(index, size) : index;
  const greatest = addDims(size, least);
  if (atMost(position, least)) return least;
  if (atMost(greatest, position)) return greatest;
  if (atMost(least, position) && atMost(position, greatest)) return position;
  throw unclear(where, index, index, size);
}

function unclear(where: string, from: Dim, to: Dim, size: Dim): DataDependentError {
  return new DataDependentError(
    where,
    `a range from ${formatDim(from)} to ${formatDim(to)} of an axis of ${formatDim(size)} has no one form for every batch size`,
    "slice columns instead of rows",
  );
}

/** x ≤ y for every N ≥ 0. */
function atMost(x: Dim, y: Dim): boolean {
  if (x === "?" || y === "?") return false;
  const [a, b] = typeof x === "number" ? [0, x] : [x.N, x.plus];
  const [c, d] = typeof y === "number" ? [0, y] : [y.N, y.plus];
  return b <= d && a <= c;
}
