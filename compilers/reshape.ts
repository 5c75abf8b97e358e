/**
 * Gives a tensor another shape. Semantics: ai.onnx Reshape (1: the shape is an attribute; 5, 13: an input; 14 and later: with
 * allowzero, 0 is a size and not "as in the input"). One size may be -1: what is left.
 */

import { DataDependentError, ShapeError } from "../src/errors.js";
import { type Dim, divideDims, formatDims, productOf, sameDim } from "../src/ir/dims.js";
import type { OperatorCompiler } from "../src/ir/operator.js";
import type { NodeView } from "../src/ir/sources.js";
import { knownDims } from "./shared/axes.js";
import { checkOperands, flag, operand } from "./shared/operands.js";

/** `shape` is undefined where it is an input. */
export interface ReshapeAttrs {
  readonly shape: readonly number[] | undefined;
  readonly allowZero: boolean;
}

const readInput = (node: NodeView, allowZero: boolean): ReshapeAttrs => {
  checkOperands(node, [2, 2]);
  return { shape: undefined, allowZero };
};

/** Any tensor, and a shape known in terms of the batch size → the same elements in that shape. */
export const reshape: OperatorCompiler<ReshapeAttrs> = {
  op: "Reshape",
  summary: "gives a tensor another shape",
  labels: "keep",
  sources: {
    "ai.onnx": {
      Reshape: [
        {
          since: 1,
          read(node) {
            checkOperands(node, [1, 1]);
            return { shape: node.attrs.ints("shape"), allowZero: false };
          },
        },
        { since: 5, read: (node) => readInput(node, false) },
        { since: 14, read: (node) => readInput(node, flag(node, "allowzero", false)) },
      ],
    },
  },
  compile(ctx, attrs, inputs) {
    const x = operand(ctx, inputs, 0);
    const wanted = attrs.shape ?? knownDims(ctx, operand(ctx, inputs, 1), "the shape of Reshape");
    const shape = resolveShape(ctx.build.type(x).shape, wanted, attrs.allowZero, ctx.where);
    return [ctx.build.op("reshape", [x], { shape })];
  },
};

/**
 * The wanted shape with 0 and -1 resolved against the input's. Throws ShapeError where the element counts cannot agree,
 * DataDependentError where a size stays unknown.
 */
export function resolveShape(
  from: readonly Dim[],
  wanted: readonly Dim[],
  allowZero: boolean,
  where: string,
): readonly Dim[] {
  const target = `${formatDims(from)} to ${formatDims(wanted)}`;
  const copied = wanted.map((d, i): Dim => {
    if (d !== 0 || allowZero) return d;
    const same = from[i];
    if (same === undefined) throw new ShapeError(`cannot reshape ${target}: the input has no axis ${i} to copy`);
    return same;
  });
  const open = copied.indexOf(-1);
  if (copied.some((d, i) => typeof d === "number" && d < 0 && i !== open)) {
    throw new ShapeError(`cannot reshape ${target}: at most one size may be -1, and none below`);
  }
  if (open === -1) return copied;
  // Sizes on both sides cancel, so that a product of several that depend on N, or an unknown one, does no harm.
  const rest = [...from];
  const divisors = copied.filter((d, i) => {
    if (i === open) return false;
    // An unknown size of the result was copied from the input, where it stands too.
    const match = d === 0 ? -1 : rest.findIndex((r) => sameDim(r, d) || (r === "?" && d === "?"));
    if (match !== -1) rest.splice(match, 1);
    return match === -1;
  });
  const inferred = divideDims(productOf(rest), productOf(divisors));
  if (inferred === undefined) throw new ShapeError(`cannot reshape ${target}: the sizes do not divide`);
  if (inferred === "?") {
    throw new DataDependentError(
      where,
      `reshaping ${target} leaves a size unknown`,
      "declare the input's shape in the model",
    );
  }
  return copied.with(open, inferred);
}
