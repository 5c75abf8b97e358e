/**
 * Pairs of a string and an integer that translate both ways, as ai.onnx.ml CategoryMapper 1 and LabelEncoder 1 do: strings become
 * integers, integers become strings, by the type of the input.
 */

import { UnsupportedError } from "../../src/errors.js";
import type { CompileContext } from "../../src/ir/operator.js";
import type { ValueId } from "../../src/ir/program.js";
import { logicalDType } from "../../src/ir/types.js";
import { type Column, lookUp } from "./lookup.js";

/** `texts[i]` and `codes[i]` are a pair. Of pairs with equal keys the last counts, as in onnxruntime. */
export interface StringCodes {
  readonly texts: readonly string[];
  readonly codes: readonly bigint[];
  readonly defaultText: string;
  readonly defaultCode: bigint;
}

/** Strings of any shape → int64, or int64 → strings. Throws UnsupportedError for other element types. */
export function translate(ctx: CompileContext, x: ValueId, pairs: StringCodes): ValueId {
  const dtype = logicalDType(ctx.build.type(x));
  // The first of equal keys counts in a table, so the last pair goes first.
  const texts: Column = { dtype: "string", elements: [...pairs.texts].reverse() };
  const codes: Column = { dtype: "int64", elements: [...pairs.codes].reverse() };
  if (dtype === "string") return lookUp(ctx, x, { keys: texts, values: codes, otherwise: pairs.defaultCode });
  if (dtype === "int64") return lookUp(ctx, x, { keys: codes, values: texts, otherwise: pairs.defaultText });
  throw new UnsupportedError(
    ctx.where,
    `translates strings and int64, but its input is of type ${dtype}`,
    "put a Cast before the node",
  );
}
