/**
 * Forests of decision trees: ai.onnx.ml TreeEnsembleClassifier and TreeEnsembleRegressor, versions 1 and 3, and TreeEnsemble, version 5, whose
 * answers are those of the regressor in the type of the input. The forest stays whole in the
 * Program (`forest`, `forestLeaves`); base values, averages, labels and post-transforms are ordinary primitives after it.
 *
 * Semantics: ONNX and, where ONNX is silent, onnxruntime 1.30. Comparisons and sums are float32, in the order of the trees in the file; they
 * are float64 where the input is float64 or the file holds doubles (`*_as_tensor`). Integer inputs are cast to the precision of
 * the comparison. Base values are added after the sum (or average, minimum, maximum).
 *
 * As in onnxruntime, which decides what a file means, and other than ONNX says: with several targets a row without a vote for a target is 0
 * there, without the base value; and a single target knows no post_transform but PROBIT.
 */

import { ModelParseError, ShapeError, UnsupportedError } from "../src/errors.js";
import type { Forest } from "../src/ir/forest.js";
import type { CompileContext, OperatorCompiler } from "../src/ir/operator.js";
import type { ValueId } from "../src/ir/program.js";
import type { NodeView } from "../src/ir/sources.js";
import { float32, float64 } from "../src/ir/tensor.js";
import { castTo, matrixType } from "./shared/matrix.js";
import { checkOperands, operand } from "./shared/operands.js";
import { type PostTransform, readPostTransform, transformColumns, transformSingle } from "./shared/post-transform.js";
import { scalarLike } from "./shared/values.js";
import { classify } from "./tree-ensemble/classify.js";
import { alwaysVoted, voted, widened } from "./tree-ensemble/derived-forests.js";
import { type ClassifierAttrs, readClassifier } from "./tree-ensemble/read-classifier.js";
import { type FileNumbers, noNumbers, readForest, readNumbers, readVotes } from "./tree-ensemble/read-forest.js";
import { readNodesAndLeaves } from "./tree-ensemble/read-nodes-and-leaves.js";

export interface RegressorAttrs {
  readonly task: "regress";
  readonly forest: Forest;
  /** Added to the sums, one for each target; or empty. */
  readonly baseValues: FileNumbers;
  /** Whether a row without votes for a target is 0 there, without its base value. */
  readonly baseNeedsVote: boolean;
  readonly postTransform: PostTransform;
  /** Whether sums are divided by the number of trees before base values are added. */
  readonly average: boolean;
  /** TreeEnsemble, whose answers are of the type of its input; those of the others are float32. */
  readonly typeOfInput: boolean;
}

export type TreeEnsembleAttrs = ClassifierAttrs | RegressorAttrs;

const aggregates = { SUM: "sum", AVERAGE: "sum", MIN: "min", MAX: "max" } as const;

function classifierNode(node: NodeView): ClassifierAttrs {
  checkOperands(node, [1, 1], 2);
  return readClassifier(node);
}

function regressorNode(node: NodeView): RegressorAttrs {
  checkOperands(node, [1, 1]);
  const fail = (message: string): never => {
    throw new ModelParseError(node.format, node.where, message);
  };
  const text = node.attrs.string("aggregate_function", "SUM");
  if (!Object.hasOwn(aggregates, text))
    fail(`aggregate_function "${text}" is unknown, expected SUM, AVERAGE, MIN or MAX`);
  const targets = node.attrs.int("n_targets");
  if (targets < 1 || targets >= 2 ** 31) fail(`n_targets is ${targets}, expected a positive number`);
  const votes = readVotes(node, "target");
  const baseValues = readNumbers(node, "base_values");
  const bases = baseValues.values.length;
  if (bases !== 0 && bases !== targets) fail(`base_values has ${bases} entries, but n_targets is ${targets}`);
  const postTransform = readPostTransform(node);
  const aggregate = aggregates[text as keyof typeof aggregates];
  const forest = readForest(node, votes, votes.targets, targets, aggregate);
  const baseNeedsVote = targets > 1 && bases > 0 && alwaysVoted(forest).some((always) => always === 0);
  return {
    task: "regress",
    forest,
    baseValues,
    baseNeedsVote,
    postTransform,
    average: text === "AVERAGE",
    typeOfInput: false,
  };
}

const numberedAggregates = ["AVERAGE", "SUM", "MIN", "MAX"] as const;
const numberedTransforms: readonly PostTransform[] = ["NONE", "SOFTMAX", "LOGISTIC", "SOFTMAX_ZERO", "PROBIT"];

function ensembleNode(node: NodeView): RegressorAttrs {
  checkOperands(node, [1, 1]);
  const fail = (message: string): never => {
    throw new ModelParseError(node.format, node.where, message);
  };
  const name = numberedAggregates[node.attrs.int("aggregate_function", 1)];
  if (name === undefined) return fail("aggregate_function is none of 0 to 3");
  const postTransform = numberedTransforms[node.attrs.int("post_transform", 0)];
  if (postTransform === undefined) return fail("post_transform is none of 0 to 4");
  const targets = node.attrs.int("n_targets", 1);
  if (targets < 1 || targets >= 2 ** 31) fail(`n_targets is ${targets}, expected a positive number`);
  if (targets > 1 && (postTransform === "SOFTMAX" || postTransform === "LOGISTIC")) {
    throw new UnsupportedError(
      node.where,
      `post_transform ${numberedTransforms.indexOf(postTransform)} is ${postTransform} in ONNX, but onnxruntime has 1 and 2 the other way round`,
      "leave it out, and put a Softmax or Sigmoid behind the node",
    );
  }
  return {
    task: "regress",
    forest: readNodesAndLeaves(node, targets, aggregates[name]),
    baseValues: noNumbers,
    baseNeedsVote: false,
    postTransform,
    average: name === "AVERAGE",
    typeOfInput: true,
  };
}

/**
 * X [N, F] (float32, float64, int32, int64; TreeEnsemble: float16, float32, float64) → labels [N] and float32 scores [N, classes], or values [N, targets]. Marks
 * the raw scores [N, outputs] and the leaf ids [N, trees].
 */
export const treeEnsemble: OperatorCompiler<TreeEnsembleAttrs> = {
  op: "TreeEnsemble",
  summary: "forest of decision trees",
  sources: {
    "ai.onnx.ml": {
      TreeEnsembleClassifier: [
        { since: 1, read: classifierNode },
        { since: 3, read: classifierNode },
      ],
      TreeEnsembleRegressor: [
        { since: 1, read: regressorNode },
        { since: 3, read: regressorNode },
      ],
      TreeEnsemble: [{ since: 5, read: ensembleNode }],
    },
  },
  compile(ctx, attrs, inputs) {
    const { build } = ctx;
    const typeOfInput = attrs.task === "regress" && attrs.typeOfInput;
    const given = operand(ctx, inputs, 0);
    const givenType = build.type(given).dtype;
    const half = typeOfInput && (givenType === "float16" || givenType === "bfloat16");
    const input = half ? castTo(ctx, given, "float32") : given;
    const { dtype, columns } = matrixType(ctx, input);
    const double = dtype === "float64";
    const doubleSums = double || attrs.baseValues.dtype === "float64";
    const forest = widened(attrs.forest, double ? "float64" : "float32", doubleSums ? "float64" : "float32");
    if (typeof columns === "number" && columns < forest.nFeatures) {
      throw new ShapeError(
        `${ctx.where}: its trees read column ${forest.nFeatures - 1}, but its input has ${columns} columns`,
      );
    }
    const x = castTo(ctx, input, forest.compare);
    const raw = rawScores(ctx, attrs, forest, x);
    ctx.mark("rawScore", raw);
    ctx.mark("leafIndices", build.op("forestLeaves", [x], { forest }));
    if (attrs.task === "classify") {
      const { label, scores } = classify(ctx, attrs, forest, x, raw);
      return [label, castTo(ctx, scores, "float32")];
    }
    const transform = forest.nOutputs === 1 ? transformSingle : transformColumns;
    return [castTo(ctx, transform(ctx, raw, attrs.postTransform), typeOfInput ? givenType : "float32")];
  },
};

/** [N, outputs] in the forest's sum dtype: what the trees give, averaged and moved by the base values. */
function rawScores(ctx: CompileContext, attrs: TreeEnsembleAttrs, forest: Forest, x: ValueId): ValueId {
  const { build } = ctx;
  let raw = build.op("forest", [x], { forest });
  if (attrs.task === "regress" && attrs.average) raw = build.op("div", [raw, scalarLike(build, raw, forest.nTrees)]);
  const { values } = attrs.baseValues;
  if (values.length === 0) return raw;
  const base = build.constant(forest.sum === "float64" ? float64(values) : float32(values));
  const moved = build.op("add", [raw, base]);
  if (!attrs.baseNeedsVote) return moved;
  return build.op("select", [voted(build, forest, x), moved, scalarLike(build, raw, 0)]);
}
