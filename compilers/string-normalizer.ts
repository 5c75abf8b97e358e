/**
 * ai.onnx StringNormalizer 10 (com.microsoft StringNormalizer 1 before): changes the case of texts and leaves out stop words.
 *
 * Case follows Unicode's full mapping, as ONNX's reference and Python's str.lower do; onnxruntime maps character by character with the
 * C library's tables, so that "ΟΔΟΣ" ends in another sigma there. Stop words of a column, where each row is a text of its own, become "":
 * that is what onnxruntime gives for the row alone. (In a batch it drops the row.)
 */

import { ModelParseError, UnsupportedError } from "../src/errors.js";
import type { CompileContext, OperatorCompiler } from "../src/ir/operator.js";
import type { ValueId } from "../src/ir/program.js";
import type { NodeView } from "../src/ir/sources.js";
import { strings } from "../src/ir/tensor.js";
import { rowAxis } from "../src/ir/types.js";
import { checkOperands, flag } from "./shared/operands.js";
import { stringOperand } from "./shared/strings.js";
import { scalarOf } from "./shared/values.js";

export interface StringNormalizerAttrs {
  readonly to: "lower" | "upper" | undefined;
  /** Compared with the text as it is, or with both in one case. */
  readonly sensitive: boolean;
  readonly stopwords: readonly string[];
}

const cases: ReadonlyMap<string, StringNormalizerAttrs["to"]> = new Map([
  ["NONE", undefined],
  ["LOWER", "lower"],
  ["UPPER", "upper"],
]);

const read =
  (name: string) =>
  (node: NodeView): StringNormalizerAttrs => {
    checkOperands(node, [1, 1]);
    const { attrs } = node;
    // The locale chooses the C library's tables; Unicode's hold in every language that is not Turkic or Lithuanian.
    const locale = attrs.string("locale", "en_US");
    if (/^(tr|az|lt)([_.-]|$)/i.test(locale)) {
      throw new UnsupportedError(
        node.where,
        `the case rules of the locale ${locale} are not supported`,
        "export without locale",
      );
    }
    const action = attrs.string(name, "NONE");
    if (!cases.has(action)) {
      throw new ModelParseError(
        node.format,
        node.where,
        `attribute ${name} is ${JSON.stringify(action)}, expected NONE, LOWER or UPPER`,
      );
    }
    return {
      to: cases.get(action),
      sensitive: flag(node, "is_case_sensitive", false),
      stopwords: attrs.strings("stopwords", []),
    };
  };

/** Strings [C] or [1, C], without the stop words; where rows are counted along the first axis, [N] or [N, 1] in the same shape. */
export const stringNormalizer: OperatorCompiler<StringNormalizerAttrs> = {
  op: "StringNormalizer",
  onDemand: true,
  summary: "changes the case of texts and leaves out stop words",
  labels: "keep",
  sources: {
    "ai.onnx": { StringNormalizer: [{ since: 10, read: read("case_change_action") }] },
    "com.microsoft": { StringNormalizer: [{ since: 1, read: read("casechangeaction") }] },
  },
  compile(ctx, { to, sensitive, stopwords }, inputs) {
    const { build } = ctx;
    const x = stringOperand(ctx, inputs, 0);
    const changed = to === undefined ? x : build.op("changeCase", [x], { to });
    if (stopwords.length === 0) return [changed];
    const stops = isStopword(ctx, sensitive ? x : build.op("changeCase", [x], { to: "lower" }), {
      sensitive,
      stopwords,
    });
    const type = build.type(x);
    const perRow = rowAxis(type) !== -1 && (type.shape.length === 1 || type.shape[1] === 1);
    if (!perRow) return [build.op("leaveOut", [changed, stops])];
    return [build.op("select", [stops, build.constant(strings([""], [])), changed])];
  },
};

function isStopword(
  { build }: CompileContext,
  x: ValueId,
  { sensitive, stopwords }: Pick<StringNormalizerAttrs, "sensitive" | "stopwords">,
): ValueId {
  const keys = strings(sensitive ? stopwords : stopwords.map((word) => word.toLowerCase()));
  return build.op("greaterEqual", [build.op("indexOf", [x], { keys }), scalarOf(build, "int32", 0)]);
}
