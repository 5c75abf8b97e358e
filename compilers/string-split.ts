/**
 * Splits texts at a delimiter. Semantics: ai.onnx StringSplit 20 and onnxruntime 1.32 (string_split.cc); without a delimiter, or with an
 * empty one, at runs of spaces.
 */

import type { OperatorCompiler } from "../src/ir/operator.js";
import type { NodeView } from "../src/ir/sources.js";
import type { Splitting } from "../src/ir/text/split-text.js";
import { checkOperands } from "./shared/operands.js";
import { stringOperand } from "./shared/strings.js";

function read(node: NodeView): Splitting {
  checkOperands(node, [1, 1], 2);
  const most = node.attrs.int("maxsplit", -1);
  return { delimiter: node.attrs.string("delimiter", ""), most: most < 0 ? Number.POSITIVE_INFINITY : most };
}

/** Strings of shape S → parts [...S, most parts of any], filled up with "", and their numbers int64 S. */
export const stringSplit: OperatorCompiler<Splitting> = {
  op: "StringSplit",
  onDemand: true,
  summary: "splits texts at a delimiter",
  labels: "keep",
  sources: { "ai.onnx": { StringSplit: [{ since: 20, read }] } },
  compile: (ctx, attrs, inputs) => ctx.build.emit("splitTexts", [stringOperand(ctx, inputs, 0)], attrs),
};
