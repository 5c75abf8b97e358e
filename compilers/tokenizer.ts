/**
 * com.microsoft Tokenizer 1: texts → matrices of tokens. Semantics: onnxruntime 1.32
 * (contrib_ops/cpu/tokenizer.cc), whose expressions are RE2's, longest match first, "." matching line ends too. With `mark`, a batch without
 * any token has its marks all the same; onnxruntime leaves them out there.
 */

import { ModelParseError, UnsupportedError } from "../src/errors.js";
import type { OperatorCompiler } from "../src/ir/operator.js";
import type { NodeView } from "../src/ir/sources.js";
import type { Tokenization } from "../src/ir/text/tokens.js";
import { checkOperands, flag } from "./shared/operands.js";
import { compileExpression, stringOperand } from "./shared/strings.js";

export interface TokenizerAttrs {
  readonly tokens: Tokenization;
  readonly pad: string;
}

function read(node: NodeView): TokenizerAttrs {
  checkOperands(node, [1, 1]);
  const leastCharacters = node.attrs.int("mincharnum");
  if (leastCharacters < 1) {
    throw new ModelParseError(
      node.format,
      node.where,
      `attribute mincharnum is ${leastCharacters}, expected at least 1`,
    );
  }
  const by = readRule(node);
  if (by.kind === "characters" && leastCharacters > 1) {
    throw new ModelParseError(
      node.format,
      node.where,
      `mincharnum is ${leastCharacters}, but the tokens are single characters`,
    );
  }
  return {
    tokens: { by, leastCharacters, mark: flag(node, "mark", false) },
    pad: node.attrs.string("pad_value"),
  };
}

function readRule(node: NodeView): Tokenization["by"] {
  const { attrs, format, where } = node;
  const separators = attrs.strings("separators", []);
  const expression = attrs.string("tokenexp", "");
  if (separators.length > 0 === (expression !== "")) {
    throw new ModelParseError(format, where, "expected either separators or tokenexp");
  }
  // As it is exported for characters: "." matches each, line ends too.
  if (expression === "." && node.attrs.int("mincharnum") === 1) return { kind: "characters" };
  if (expression !== "") return { kind: "matches", expression: compileExpression(node, expression, true) };
  if (separators.length === 1 && separators[0] === "") return { kind: "characters" };
  const compiled = separators.map((separator) => compileExpression(node, separator, true));
  const empty = compiled.find((separator) => separator.matchesNothing);
  if (empty !== undefined) {
    throw new UnsupportedError(
      where,
      `the separator ${JSON.stringify(empty.source)} matches between any two characters`,
      "use separators of at least one character",
    );
  }
  if (compiled.length > 1 && compiled.every((separator) => separator.matchesCharacters)) {
    // Single characters cut the same pieces in one go as one after the other.
    const any = separators.map((separator) => `(?:${separator})`).join("|");
    return { kind: "separators", separators: [compileExpression(node, any, true)] };
  }
  return { kind: "separators", separators: compiled };
}

/** Strings of shape S → their tokens [...S, most tokens of any], filled up with the pad value. */
export const tokenizer: OperatorCompiler<TokenizerAttrs> = {
  op: "Tokenizer",
  onDemand: true,
  summary: "cuts texts into words or characters",
  labels: "keep",
  sources: { "com.microsoft": { Tokenizer: [{ since: 1, read }] } },
  compile: (ctx, attrs, inputs) => [ctx.build.op("tokenize", [stringOperand(ctx, inputs, 0)], attrs)],
};
