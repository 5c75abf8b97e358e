/**
 * ai.onnx.ml FeatureVectorizer 1: the columns of all inputs side by side, as float32. Semantics: onnxruntime 1.30
 * (feature_vectorizer.cc): an input wider than its `inputdimensions` entry loses its last columns, a narrower one is filled with zeros.
 */

import { ModelParseError } from "../src/errors.js";
import type { CompileContext, OperatorCompiler } from "../src/ir/operator.js";
import type { ValueId } from "../src/ir/program.js";
import type { NodeView } from "../src/ir/sources.js";
import { knownDim } from "./shared/axes.js";
import { castTo, matrixType } from "./shared/matrix.js";
import { checkOperands, operand } from "./shared/operands.js";
import { scalarOf } from "./shared/values.js";

export interface FeatureVectorizerAttrs {
  /** Columns that each input takes in the result; undefined where the file leaves them to the inputs. */
  readonly widths: readonly number[] | undefined;
}

function read(node: NodeView): FeatureVectorizerAttrs {
  checkOperands(node, [Math.max(1, node.inputCount), Number.POSITIVE_INFINITY]);
  if (!node.attrs.has("inputdimensions")) return { widths: undefined };
  const widths = node.attrs.ints("inputdimensions");
  const fail = (message: string): never => {
    throw new ModelParseError(node.format, node.where, message);
  };
  if (widths.length !== node.inputCount) {
    fail(`inputdimensions has ${widths.length} entries, but the node has ${node.inputCount} inputs`);
  }
  for (const width of widths)
    if (width < 0) fail(`inputdimensions has the entry ${width}, expected a number of columns`);
  return { widths };
}

/** Matrices [N, Fᵢ] of numbers → float32 [N, sum of widths]. */
export const featureVectorizer: OperatorCompiler<FeatureVectorizerAttrs> = {
  op: "FeatureVectorizer",
  summary: "puts the columns of its inputs side by side",
  onDemand: true,
  sources: { "ai.onnx.ml": { FeatureVectorizer: [{ since: 1, read }] } },
  compile(ctx, { widths }, inputs) {
    const blocks = inputs.flatMap((_, i) => fitted(ctx, operand(ctx, inputs, i), widths?.[i]));
    const [only, ...more] = blocks;
    return [only !== undefined && more.length === 0 ? only : ctx.build.op("concat", blocks, { axis: 1 })];
  },
};

/** The input's first `width` columns, and zeros where it has fewer: one or two blocks of columns. */
function fitted(ctx: CompileContext, input: ValueId, width: number | undefined): readonly ValueId[] {
  const { build } = ctx;
  const { rows, columns } = matrixType(ctx, input);
  const x = castTo(ctx, input, "float32");
  if (width === undefined || width === columns) return [x];
  const have = knownDim(ctx, columns, "the number of columns");
  if (typeof have !== "number" || have > width) {
    return [build.op("slice", [x], { axis: 1, start: 0, end: width, step: 1 })];
  }
  const filling = build.op("broadcastTo", [scalarOf(build, "float32", 0)], { shape: [rows, width - have] });
  return [x, filling];
}
