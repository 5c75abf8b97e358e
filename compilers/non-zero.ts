/**
 * What is picked by its own value: ai.onnx NonZero (9, 13), the positions of the elements that are not zero, and Compress (9, 11),
 * the slices that a condition marks. How many there are depends on the data.
 */

import { DataDependentError, ShapeError } from "../src/errors.js";
import type { CompileContext, OperatorCompiler } from "../src/ir/operator.js";
import type { ValueId } from "../src/ir/program.js";
import { int64, numbersOf, stridesOf, type Tensor } from "../src/ir/tensor.js";
import { normaliseAxis } from "./shared/axes.js";
import { decodeNumbers } from "./shared/labels.js";
import { checkOperands, operand } from "./shared/operands.js";

export type NonZeroAttrs =
  | { readonly kind: "positions" }
  /** `axis` undefined: of the flattened tensor. */
  | { readonly kind: "compress"; readonly axis: number | undefined };

/** A tensor → int64 [rank, count], in row-major order; or (x, condition bool [≤ d]) → x with fewer slices along the axis. */
export const nonZero: OperatorCompiler<NonZeroAttrs> = {
  op: "NonZero",
  onDemand: true,
  summary: "positions of what is not zero, slices that a condition marks",
  labels: "keep",
  sources: {
    "ai.onnx": {
      NonZero: [
        {
          since: 9,
          read(node) {
            checkOperands(node, [1, 1]);
            return { kind: "positions" };
          },
        },
      ],
      Compress: [
        {
          since: 9,
          read(node) {
            checkOperands(node, [2, 2]);
            return { kind: "compress", axis: node.attrs.has("axis") ? node.attrs.int("axis") : undefined };
          },
        },
      ],
    },
  },
  compile(ctx, attrs, inputs) {
    const { build } = ctx;
    if (attrs.kind === "positions") return [positions(ctx, decodeNumbers(ctx, operand(ctx, inputs, 0)))];
    const given = operand(ctx, inputs, 0);
    const marks = knownTensor(ctx, decodeNumbers(ctx, operand(ctx, inputs, 1)), "the condition of Compress");
    if (marks.shape.length !== 1) throw new ShapeError(`the condition has shape [${marks.shape}], expected a vector`);
    const { shape } = build.type(given);
    const x = attrs.axis === undefined ? build.op("reshape", [given], { shape: ["?"] }) : given;
    const axis = attrs.axis === undefined ? 0 : normaliseAxis(attrs.axis, shape.length);
    const size = build.type(x).shape[axis];
    if (typeof size === "number" && marks.data.length > size) {
      throw new ShapeError(`the condition has ${marks.data.length} elements for an axis of ${size}`);
    }
    const kept = Array.from(numbersOf(marks.data), (mark, i) => (mark === 0 ? -1 : i)).filter((i) => i >= 0);
    return [build.op("gather", [x, build.constant(int64(kept))], { axis })];
  },
};

function positions(ctx: CompileContext, value: ValueId): ValueId {
  const { shape, data } = knownTensor(ctx, value, "the input of NonZero");
  const places: number[] = [];
  for (let i = 0; i < data.length; i++) if (data[i] !== 0 && data[i] !== 0n && data[i] !== "") places.push(i);
  const strides = stridesOf(shape);
  const rank = shape.length;
  const result = new BigInt64Array(rank * places.length);
  for (const [k, place] of places.entries()) {
    for (let axis = 0; axis < rank; axis++) {
      result[axis * places.length + k] = BigInt(Math.floor(place / strides[axis]!) % shape[axis]!);
    }
  }
  return ctx.build.constant({ dtype: "int64", shape: [rank, places.length], data: result });
}

function knownTensor(ctx: CompileContext, value: ValueId, what: string): Tensor {
  const constant = ctx.build.constantOf(value);
  if (constant === undefined) {
    throw new DataDependentError(ctx.where, `${what} is computed from the data`, "export the model without it");
  }
  return constant;
}
