/**
 * ai.onnx.ml DictVectorizer 1: maps become rows, with one column for each entry of the vocabulary. The reader has made the map a matrix of
 * these columns already (src/readers/onnx/map-inputs.ts), so that nothing is left to do.
 */

import { ModelParseError, ShapeError } from "../src/errors.js";
import type { OperatorCompiler } from "../src/ir/operator.js";
import type { NodeView } from "../src/ir/sources.js";
import { checkOperands, operand } from "./shared/operands.js";

export interface DictVectorizerAttrs {
  /** Entries of the vocabulary. */
  readonly entries: number;
}

function read(node: NodeView): DictVectorizerAttrs {
  checkOperands(node, [1, 1]);
  const entries = node.attrs.strings("string_vocabulary", []).length + node.attrs.int64s("int64_vocabulary", []).length;
  if (entries > 0) return { entries };
  throw new ModelParseError(node.format, node.where, "neither string_vocabulary nor int64_vocabulary names an entry");
}

/** The matrix [N, entries] that a map input is → itself. */
export const dictVectorizer: OperatorCompiler<DictVectorizerAttrs> = {
  op: "DictVectorizer",
  onDemand: true,
  summary: "maps to rows, by a vocabulary",
  labels: "keep",
  sources: { "ai.onnx.ml": { DictVectorizer: [{ since: 1, read }] } },
  compile(ctx, { entries }, inputs) {
    const x = operand(ctx, inputs, 0);
    const [, columns] = ctx.build.type(x).shape;
    if (columns === entries) return [x];
    throw new ShapeError(
      `${ctx.where}: its vocabulary has ${entries} entries, but its input ${String(columns)} columns`,
    );
  },
};
