/**
 * Cuts an axis into consecutive parts. Semantics: ai.onnx Split (2, 11: sizes as an attribute; 13: as an input; 18 and later:
 * num_outputs, whose last part may be smaller). Without sizes, the parts are equal.
 */

import { DataDependentError, ModelParseError, ShapeError } from "../src/errors.js";
import { formatDims } from "../src/ir/dims.js";
import type { OperatorCompiler } from "../src/ir/operator.js";
import type { NodeView } from "../src/ir/sources.js";
import { knownInts, normaliseAxis } from "./shared/axes.js";
import { checkOperands, type InputCount, operand } from "./shared/operands.js";

/** `sizes` is undefined where they are an input or equal; `uneven`: the last of the equal parts may be smaller. */
export interface SplitAttrs {
  readonly axis: number;
  readonly parts: number;
  readonly sizes: readonly number[] | undefined;
  readonly uneven: boolean;
}

const read = (node: NodeView, count: InputCount): SplitAttrs => {
  checkOperands(node, count, Number.POSITIVE_INFINITY);
  return { axis: node.attrs.int("axis", 0), parts: node.outputCount, sizes: undefined, uneven: false };
};

/** Any tensor → one tensor per output, which together are the input. The axis must not depend on the batch size. */
export const split: OperatorCompiler<SplitAttrs> = {
  op: "Split",
  summary: "cuts an axis into parts",
  onDemand: true,
  labels: "keep",
  sources: {
    "ai.onnx": {
      Split: [
        {
          since: 2,
          read(node) {
            const sizes = node.attrs.has("split") ? node.attrs.ints("split") : undefined;
            return { ...read(node, [1, 1]), sizes };
          },
        },
        { since: 13, read: (node) => read(node, [1, 2]) },
        {
          since: 18,
          read(node) {
            const attrs = read(node, [1, 2]);
            if (node.attrs.has("num_outputs") === node.hasInput(1)) {
              throw new ModelParseError(node.format, node.where, "Split needs either sizes or num_outputs");
            }
            const parts = node.attrs.int("num_outputs", attrs.parts);
            if (parts !== attrs.parts) {
              throw new ModelParseError(
                node.format,
                node.where,
                `num_outputs is ${parts}, but it has ${attrs.parts} outputs`,
              );
            }
            return { ...attrs, uneven: true };
          },
        },
      ],
    },
  },
  compile(ctx, attrs, inputs) {
    const { build, where } = ctx;
    const x = operand(ctx, inputs, 0);
    const { shape } = build.type(x);
    const axis = normaliseAxis(attrs.axis, shape.length);
    const size = shape[axis];
    if (typeof size !== "number") {
      throw new DataDependentError(
        where,
        `axis ${axis} of ${formatDims(shape)} has no fixed size to split`,
        "split columns",
      );
    }
    const [, sizesInput] = inputs;
    const given = sizesInput === undefined ? attrs.sizes : knownInts(ctx, sizesInput, "the sizes of Split");
    const sizes = given ?? equalSizes(size, attrs);
    if (sizes.length !== attrs.parts || sizes.some((s) => s < 0) || sizes.reduce((a, b) => a + b, 0) !== size) {
      throw new ShapeError(`${size} elements do not split into [${sizes}] for ${attrs.parts} outputs`);
    }
    let start = 0;
    return sizes.map((length) => {
      const part = build.op("slice", [x], { axis, start, end: start + length, step: 1 });
      start += length;
      return part;
    });
  },
};

function equalSizes(size: number, { parts, uneven }: SplitAttrs): readonly number[] {
  const length = Math.ceil(size / parts);
  if (!uneven && length * parts !== size)
    throw new ShapeError(`${size} elements do not split into ${parts} equal parts`);
  const last = size - (parts - 1) * length;
  if (last < 0) throw new ShapeError(`${size} elements are too few for ${parts} parts of ${length}`);
  return Array.from({ length: parts }, (_, i) => (i === parts - 1 ? last : length));
}
