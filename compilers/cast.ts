/**
 * Changes the element type. Semantics: ai.onnx Cast (6, 9 with strings, 13 and later) and CastLike (15 and later): floats truncate
 * toward zero, bool is "not 0", strings are decimal or scientific notation. Labels are converted once, in their dictionary.
 * `saturate` and `round_mode` speak of float8 only.
 */

import { InternalError } from "../src/errors.js";
import { dictionaryTensor } from "../src/ir/dictionary-tensor.js";
import type { DType } from "../src/ir/dtype.js";
import type { CompileContext, OperatorCompiler } from "../src/ir/operator.js";
import type { ValueId } from "../src/ir/program.js";
import type { NodeView } from "../src/ir/sources.js";
import { int32, isStringData } from "../src/ir/tensor.js";
import { logicalDType } from "../src/ir/types.js";
import { encodeStrings, remapLabels } from "./shared/labels.js";
import { dtypeAttribute } from "./shared/onnx-dtypes.js";
import { checkOperands, operand } from "./shared/operands.js";

/** `to` is undefined where the second input gives the type. */
export interface CastAttrs {
  readonly to: DType | undefined;
}

function readCast(node: NodeView): CastAttrs {
  checkOperands(node, [1, 1]);
  node.attrs.ignore("saturate", "round_mode");
  return { to: dtypeAttribute(node, "to") };
}

function readCastLike(node: NodeView): CastAttrs {
  checkOperands(node, [2, 2]);
  node.attrs.ignore("saturate", "round_mode");
  return { to: undefined };
}

/** Any tensor → the same shape in another element type. */
export const cast: OperatorCompiler<CastAttrs> = {
  op: "Cast",
  summary: "changes the element type",
  labels: "keep",
  sources: {
    "ai.onnx": {
      Cast: [{ since: 6, read: readCast }],
      CastLike: [{ since: 15, read: readCastLike }],
    },
  },
  compile(ctx, attrs, inputs) {
    const { build } = ctx;
    const x = operand(ctx, inputs, 0);
    const to = attrs.to ?? logicalDType(build.type(operand(ctx, inputs, 1)));
    const { dtype, dictionary } = build.type(x);
    if ((dictionary?.dtype ?? dtype) === to) return [x];
    if (dictionary !== undefined) return [castLabels(ctx, x, to)];
    if (dtype === "bool" && to === "string") return [boolLabels(ctx, x)];
    return [build.op("cast", [x], { to })];
  },
};

/** The entries of the dictionary are cast; codes then pick from them, or name them as strings. */
function castLabels(ctx: CompileContext, x: ValueId, to: DType): ValueId {
  const { build } = ctx;
  const { dictionary } = build.type(x);
  if (dictionary === undefined) throw new InternalError(`${ctx.where}: labels without a dictionary`);
  if (dictionary.dtype === "bool" && to === "string") {
    return remapLabels(ctx, x, dictionary.values.map(Number), boolTexts);
  }
  const entries = build.op("cast", [build.constant(dictionaryTensor(dictionary))], { to });
  const constant = build.constantOf(entries);
  if (constant === undefined || !isStringData(constant.data)) return build.op("gather", [entries, x], { axis: 0 });
  // Different numbers may be one text: codes are those of the distinct texts.
  const codes = encodeStrings(ctx, { dtype: "string", shape: constant.shape, data: constant.data });
  return build.op("gather", [codes, x], { axis: 0 });
}

/** As onnxruntime writes them. */
const boolTexts = { dtype: "string", values: ["0", "1"] } as const;

function boolLabels(ctx: CompileContext, x: ValueId): ValueId {
  const codes = ctx.build.constant(int32([0, 1]), boolTexts);
  return ctx.build.op("gather", [codes, ctx.build.op("cast", [x], { to: "int32" })], { axis: 0 });
}
