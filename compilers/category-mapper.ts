/**
 * ai.onnx.ml CategoryMapper 1: strings to integers and back, by a list of pairs. Semantics: onnxruntime 1.30 (category_mapper.cc).
 */

import { ModelParseError } from "../src/errors.js";
import type { OperatorCompiler } from "../src/ir/operator.js";
import type { NodeView } from "../src/ir/sources.js";
import { checkOperands, operand } from "./shared/operands.js";
import { type StringCodes, translate } from "./shared/string-codes.js";

function read(node: NodeView): StringCodes {
  checkOperands(node, [1, 1]);
  const texts = node.attrs.strings("cats_strings");
  const codes = node.attrs.int64s("cats_int64s");
  if (texts.length !== codes.length) {
    throw new ModelParseError(
      node.format,
      node.where,
      `cats_strings has ${texts.length} entries, but cats_int64s has ${codes.length}`,
    );
  }
  return {
    texts,
    codes,
    defaultText: node.attrs.string("default_string", "_Unused"),
    defaultCode: BigInt(node.attrs.int("default_int64", -1)),
  };
}

/** Strings of any shape → int64, or int64 → strings. */
export const categoryMapper: OperatorCompiler<StringCodes> = {
  op: "CategoryMapper",
  onDemand: true,
  summary: "translates category names to numbers and back",
  sources: { "ai.onnx.ml": { CategoryMapper: [{ since: 1, read }] } },
  labels: "keep",
  compile: (ctx, pairs, inputs) => [translate(ctx, operand(ctx, inputs, 0), pairs)],
};
