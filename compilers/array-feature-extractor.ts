/**
 * ai.onnx.ml ArrayFeatureExtractor 1: the elements of the last axis at the given indices. Semantics: onnxruntime 1.30
 * (array_feature_extractor.cc): all indices count as one list; a vector gives a matrix of one row.
 *
 * Exporters use it for two things: to choose columns, and to turn the index of a class into its label. In the second case the
 * constant list of labels becomes a dictionary, so that the result is an int32 index that the host decodes.
 */

import { ShapeError } from "../src/errors.js";
import { productOf } from "../src/ir/dims.js";
import type { CompileContext, OperatorCompiler } from "../src/ir/operator.js";
import type { ValueId } from "../src/ir/program.js";
import { int32, isStringData, numbersOf } from "../src/ir/tensor.js";
import type { TensorType } from "../src/ir/types.js";
import { decodeNumbers, encodeStrings } from "./shared/labels.js";
import { checkOperands, operand } from "./shared/operands.js";

/** X [..., F] of any element type, Y integers in [0, F) of any shape with M elements → [..., M]; [1, M] for X [F]. */
export const arrayFeatureExtractor: OperatorCompiler<Readonly<Record<never, never>>> = {
  op: "ArrayFeatureExtractor",
  summary: "chooses columns, or the label of a class index",
  sources: {
    "ai.onnx.ml": {
      ArrayFeatureExtractor: [
        {
          since: 1,
          read(node) {
            checkOperands(node, [2, 2]);
            return {};
          },
        },
      ],
    },
  },
  labels: "keep",
  compile(ctx, _attrs, inputs) {
    const { build } = ctx;
    const indices = decodeNumbers(ctx, operand(ctx, inputs, 1));
    const known = build.constantOf(indices);
    const input = operand(ctx, inputs, 0);
    const x = known === undefined ? encodedLabels(ctx, input) : encodedStrings(ctx, input);
    const type = build.type(x);
    const rank = type.shape.length;
    const size = type.shape[rank - 1];
    if (size === undefined) throw new ShapeError(`${ctx.where}: X has no axis to choose from`);
    if (known !== undefined) {
      const numbers = numbersOf(known.data);
      if (numbers.length === 0) throw new ShapeError(`${ctx.where}: Y is empty, expected at least one index`);
      const outside = numbers.find((i) => i < 0 || (typeof size === "number" && i >= size));
      if (outside !== undefined) {
        throw new ShapeError(
          `${ctx.where}: index ${outside} is outside of X, whose last axis has ${String(size)} elements`,
        );
      }
      if (rank === 2) return [build.op("gatherColumns", [x], { columns: Int32Array.from(numbers) })];
    }
    const count = productOf(build.type(indices).shape);
    const list = build.op("reshape", [indices], { shape: [count] });
    const chosen = build.op("gather", [x, list], { axis: rank - 1 });
    return [rank === 1 ? build.op("reshape", [chosen], { shape: [1, count] }) : chosen];
  },
};

/** Constant strings as ids with a dictionary; other values as they are. */
function encodedStrings(ctx: CompileContext, value: ValueId): ValueId {
  const constant = ctx.build.constantOf(value);
  if (constant === undefined || !isStringData(constant.data)) return value;
  return encodeStrings(ctx, { dtype: "string", shape: constant.shape, data: constant.data });
}

/** As `encodedStrings`, and constant int64 vectors, which here are lists of class labels, as well. */
function encodedLabels(ctx: CompileContext, value: ValueId): ValueId {
  const { build } = ctx;
  const constant = build.constantOf(value);
  const type: TensorType = build.type(value);
  if (type.dictionary === undefined && type.shape.length === 1 && constant?.data instanceof BigInt64Array) {
    const ids = int32(Array.from(constant.data, (_, i) => i));
    return build.constant(ids, { dtype: "int64", values: Array.from(constant.data) });
  }
  return encodedStrings(ctx, value);
}
