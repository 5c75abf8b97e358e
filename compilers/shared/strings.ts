/**
 * String operands of the operators on text: labels that the model computes become texts again, and expressions of a file are compiled.
 */

import { LimitError, ModelParseError, UnsupportedError } from "../../src/errors.js";
import type { CompileContext } from "../../src/ir/operator.js";
import type { ValueId } from "../../src/ir/program.js";
import type { NodeView } from "../../src/ir/sources.js";
import { Expression } from "../../src/ir/text/expression.js";
import { ExpressionError } from "../../src/ir/text/parse-expression.js";
import { formatType } from "../../src/ir/types.js";
import { decodeStrings } from "./labels.js";
import { operand } from "./operands.js";

/** A required input of strings. Throws UnsupportedError for another element type. */
export function stringOperand(ctx: CompileContext, inputs: readonly (ValueId | undefined)[], index: number): ValueId {
  const value = decodeStrings(ctx, operand(ctx, inputs, index));
  const type = ctx.build.type(value);
  if (type.dtype === "string") return value;
  throw new UnsupportedError(ctx.where, `expected strings, got ${formatType(type)}`, "put a Cast to string before it");
}

const longestExpression = 10_000;

/** Throws ModelParseError for an expression that RE2 does not accept. */
export function compileExpression(node: NodeView, source: string, dotAll: boolean): Expression {
  if (source.length > longestExpression) {
    throw new LimitError(
      `${node.where}: a regular expression of ${source.length} characters, at most ${longestExpression}`,
    );
  }
  try {
    return new Expression(source, { dotAll });
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    const shown = JSON.stringify(source.length > 80 ? `${source.slice(0, 80)}…` : source);
    throw new ModelParseError(node.format, node.where, `the regular expression ${shown}: ${error.message}`, {
      cause: error,
    });
  }
}
