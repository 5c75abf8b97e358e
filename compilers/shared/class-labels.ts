/**
 * Class labels of ai.onnx.ml classifiers: read from their pair of attributes, and put on class indices. A label leaves an operator as
 * an int32 index with the labels as its dictionary.
 */

import { ModelParseError } from "../../src/errors.js";
import type { CompileContext } from "../../src/ir/operator.js";
import type { ValueId } from "../../src/ir/program.js";
import type { NodeView } from "../../src/ir/sources.js";
import { int32, scalar } from "../../src/ir/tensor.js";
import type { Dictionary } from "../../src/ir/types.js";

export type ClassLabels = Extract<Dictionary, { dtype: "string" | "int64" }>;

/**
 * The labels, from whichever of the two attributes is not empty; undefined where neither is given. Throws ModelParseError
 * where both are.
 */
export function readClassLabels(node: NodeView, stringsName: string, intsName: string): ClassLabels | undefined {
  const texts = node.attrs.strings(stringsName, []);
  const numbers = node.attrs.int64s(intsName, []);
  if (texts.length > 0 && numbers.length > 0) {
    throw new ModelParseError(
      node.format,
      node.where,
      `both ${stringsName} and ${intsName} are given, expected one of them`,
    );
  }
  if (texts.length > 0) return { dtype: "string", values: texts };
  return numbers.length > 0 ? { dtype: "int64", values: numbers } : undefined;
}

/** Class indices (int32, below the number of labels) as labels. */
export function labelled(ctx: CompileContext, index: ValueId, labels: ClassLabels): ValueId {
  const all = ctx.build.constant(int32(labels.values.map((_, i) => i)), labels);
  return ctx.build.op("gather", [all, index], { axis: 0 });
}

/** The second of two labels where the condition holds, else the first. */
export function binaryLabel(ctx: CompileContext, condition: ValueId, labels: ClassLabels): ValueId {
  const { build } = ctx;
  const [first, second] = [build.constant(scalar("int32", 0), labels), build.constant(scalar("int32", 1), labels)];
  return build.op("select", [condition, second, first]);
}
