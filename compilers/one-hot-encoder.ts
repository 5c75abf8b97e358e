/**
 * ai.onnx.ml OneHotEncoder 1: a new last axis with one column for each category, 1 in that of the element and 0 elsewhere. Semantics:
 * onnxruntime 1.30 (onehotencoder.cc); floats are truncated to integers first. Of equal categories the last has the 1.
 *
 * An element that is none of the categories gives zeros with `zeros` = 1. With `zeros` = 0 the operator must fail, which a tensor
 * program cannot: it gives NaN in all columns of the element, which later sums show (a forest takes it for a missing value).
 */

import { ModelParseError, ShapeError, UnsupportedError } from "../src/errors.js";
import type { CompileContext, OperatorCompiler } from "../src/ir/operator.js";
import type { ValueId } from "../src/ir/program.js";
import type { NodeView } from "../src/ir/sources.js";
import { float32, float64, int32, int64, strings, type Tensor } from "../src/ir/tensor.js";
import { logicalDType } from "../src/ir/types.js";
import { type ClassLabels, readClassLabels } from "./shared/class-labels.js";
import { castTo } from "./shared/matrix.js";
import { checkOperands, flag, operand } from "./shared/operands.js";
import { scalarOf } from "./shared/values.js";

export interface OneHotEncoderAttrs {
  readonly categories: ClassLabels;
  /** Whether an unknown category is a row of zeros. */
  readonly zeros: boolean;
}

function read(node: NodeView): OneHotEncoderAttrs {
  checkOperands(node, [1, 1]);
  const categories = readClassLabels(node, "cats_strings", "cats_int64s");
  if (categories !== undefined) return { categories, zeros: flag(node, "zeros", true) };
  throw new ModelParseError(node.format, node.where, "neither cats_strings nor cats_int64s names a category");
}

/** Strings or numbers of shape S → float32 of shape [...S, categories]. */
export const oneHotEncoder: OperatorCompiler<OneHotEncoderAttrs> = {
  op: "OneHotEncoder",
  summary: "one column of zeros and ones for each category",
  sources: { "ai.onnx.ml": { OneHotEncoder: [{ since: 1, read }] } },
  labels: "keep",
  compile(ctx, { categories, zeros }, inputs) {
    const { build } = ctx;
    const x = operand(ctx, inputs, 0);
    const { shape } = build.type(x);
    const { index, positions } = categoryIndex(ctx, x, categories);
    const last = build.op("reshape", [index], { shape: [...shape, 1] });
    const hot = castTo(ctx, build.op("equal", [last, build.constant(int32(positions))]), "float32");
    if (zeros) return [hot];
    const unknown = build.op("less", [last, scalarOf(build, "int32", 0)]);
    return [build.op("select", [unknown, scalarOf(build, "float32", Number.NaN), hot])];
  },
};

interface CategoryIndex {
  /** int32, in the shape of x; negative for an unknown category. */
  readonly index: ValueId;
  /** The index that stands for each category; -2 for one that no element can be. */
  readonly positions: readonly number[];
}

function categoryIndex(ctx: CompileContext, x: ValueId, categories: ClassLabels): CategoryIndex {
  const { build, where } = ctx;
  const type = build.type(x);
  const dtype = logicalDType(type);
  if ((dtype === "string") !== (categories.dtype === "string")) {
    throw new ShapeError(`${where}: its categories are ${categories.dtype}, but its input is of type ${dtype}`);
  }
  const last = new Map<string | bigint | number, number>();
  for (const [i, category] of categories.values.entries()) {
    const key = comparable(ctx, category, dtype);
    if (key !== undefined) last.set(key, i);
  }
  const keys = [...last.keys()];
  const positions = categories.values.map(() => -2);
  for (const [k, i] of [...last.values()].entries()) positions[i] = k;
  if (type.dictionary !== undefined) {
    const order = new Map<string | bigint | number | boolean, number>(keys.map((key, k) => [key, k]));
    const whole = (entry: string | bigint | number | boolean) =>
      typeof entry === "number" ? Math.trunc(entry) : entry;
    const found = type.dictionary.values.map((entry) => order.get(whole(entry)) ?? -1);
    const codes = build.op("cast", [x], { to: "int32" });
    const next = build.op("add", [codes, scalarOf(build, "int32", 1)]);
    return { index: build.op("gather", [build.constant(int32([-1, ...found])), next], { axis: 0 }), positions };
  }
  const whole = dtype === "float32" || dtype === "float64" ? truncated(ctx, x) : x;
  return { index: build.op("indexOf", [whole], { keys: keyTensor(keys, dtype) }), positions };
}

/** The category as an element of the input's type; undefined where no element can equal it. */
function comparable(
  ctx: CompileContext,
  category: string | bigint,
  dtype: string,
): string | bigint | number | undefined {
  if (typeof category === "string" || dtype === "int64") return category;
  const number = Number(category);
  const exact = BigInt(number) === category;
  switch (dtype) {
    case "int32":
      return category >= -(2n ** 31n) && category < 2n ** 31n ? number : undefined;
    case "float32":
      return exact && Math.fround(number) === number ? number : undefined;
    case "float64":
      return exact ? number : undefined;
    default:
      throw new UnsupportedError(
        ctx.where,
        `the input is of type ${dtype}, expected string, float32, float64, int32 or int64`,
        "put a Cast before the node",
      );
  }
}

function keyTensor(keys: readonly (string | bigint | number)[], dtype: string): Tensor {
  if (dtype === "string") return strings(keys.map(String));
  if (dtype === "int64") return int64(keys.map(BigInt));
  const numbers = keys.map(Number);
  if (dtype === "int32") return int32(numbers);
  return dtype === "float32" ? float32(numbers) : float64(numbers);
}

/** Towards zero, in the same type: NaN and ±Inf stay, and are no category. */
function truncated(ctx: CompileContext, x: ValueId): ValueId {
  const { build } = ctx;
  const negative = build.op("less", [x, scalarOf(build, build.type(x).dtype, 0)]);
  return build.op("select", [negative, build.op("ceil", [x]), build.op("floor", [x])]);
}
