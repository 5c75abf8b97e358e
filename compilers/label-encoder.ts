/**
 * ai.onnx.ml LabelEncoder: each element becomes the value of its key. Version 1 translates a list of class names to positions and
 * back; version 2 has keys and values of strings, int64 or float32; version 4 adds tensors of other types. Semantics: ONNX and
 * onnxruntime 1.30 (label_encoder.h): of equal keys the first counts (in version 1 the last); NaN keys match NaN from version 4 on,
 * and nothing before.
 */

import { ModelParseError } from "../src/errors.js";
import type { DType } from "../src/ir/dtype.js";
import type { OperatorCompiler } from "../src/ir/operator.js";
import type { NodeView } from "../src/ir/sources.js";
import { type Column, columnOf, type Element, lookUp, type Table } from "./shared/lookup.js";
import { checkOperands, operand } from "./shared/operands.js";
import { type StringCodes, translate } from "./shared/string-codes.js";

export type LabelEncoderAttrs =
  | { readonly kind: "classes"; readonly pairs: StringCodes }
  | { readonly kind: "table"; readonly table: Table };

/** Element types of keys_tensor and values_tensor. */
const tensorTypes: readonly DType[] = ["string", "float32", "float64", "int16", "int32", "int64"];

function readClasses(node: NodeView): LabelEncoderAttrs {
  checkOperands(node, [1, 1]);
  const texts = node.attrs.strings("classes_strings");
  return {
    kind: "classes",
    pairs: {
      texts,
      codes: texts.map((_, i) => BigInt(i)),
      defaultText: node.attrs.string("default_string", "_Unused"),
      defaultCode: BigInt(node.attrs.int("default_int64", -1)),
    },
  };
}

function readTable(node: NodeView): LabelEncoderAttrs {
  checkOperands(node, [1, 1]);
  const keys = readColumn(node, "keys");
  const values = readColumn(node, "values");
  const [have, want] = [values.elements.length, keys.elements.length];
  if (have !== want) throw new ModelParseError(node.format, node.where, `${want} keys, but ${have} values`);
  const table = { keys, values, otherwise: readDefault(node, values.dtype) };
  return { kind: "table", table: node.version < 4 ? withoutNaN(table) : table };
}

/** The one given of `keys_strings`, `keys_int64s`, `keys_floats` and (version 4) `keys_tensor`; or of `values_*`. */
function readColumn(node: NodeView, prefix: "keys" | "values"): Column {
  const { attrs, format, where } = node;
  const kinds = node.version < 4 ? ["strings", "int64s", "floats"] : ["strings", "int64s", "floats", "tensor"];
  const given = kinds.filter((kind) => attrs.has(`${prefix}_${kind}`));
  const [kind] = given;
  const name = `${prefix}_${kind}`;
  if (kind === undefined || given.length > 1) {
    const got = given.length === 0 ? "none" : given.join(" and ");
    throw new ModelParseError(format, where, `expected one of ${kinds.join(", ")} for the ${prefix}, got ${got}`);
  }
  if (kind === "strings") return { dtype: "string", elements: attrs.strings(name) };
  if (kind === "int64s") return { dtype: "int64", elements: attrs.int64s(name) };
  if (kind === "floats") return { dtype: "float32", elements: Array.from(attrs.floats(name)) };
  const column = columnOf(attrs.tensor(name));
  if (tensorTypes.includes(column.dtype)) return column;
  throw new ModelParseError(
    format,
    where,
    `${name} is of type ${column.dtype}, expected one of ${tensorTypes.join(", ")}`,
  );
}

/** ONNX's default for the type of the values. Those of other types have no influence. */
function readDefault(node: NodeView, dtype: DType): Element {
  const { attrs, format, where } = node;
  attrs.ignore("default_string", "default_int64", "default_float");
  if (node.version >= 4 && attrs.has("default_tensor")) {
    const column = columnOf(attrs.tensor("default_tensor"));
    const [value] = column.elements;
    if (value !== undefined && column.elements.length === 1 && column.dtype === dtype) return value;
    throw new ModelParseError(
      format,
      where,
      `default_tensor has ${column.elements.length} elements of type ${column.dtype}, expected one ${dtype} like the values`,
    );
  }
  switch (dtype) {
    case "string":
      return attrs.string("default_string", "_Unused");
    case "int64":
      return BigInt(attrs.int("default_int64", -1));
    case "float32":
      return attrs.float("default_float", -0);
    case "float64":
      return -0;
    default:
      return -1;
  }
}

function withoutNaN({ keys, values, otherwise }: Table): Table {
  const kept = (column: Column): Column => ({
    dtype: column.dtype,
    elements: column.elements.filter((_, i) => !Number.isNaN(keys.elements[i])),
  });
  return { keys: kept(keys), values: kept(values), otherwise };
}

/** Strings or numbers of any shape, in the type of the keys → the same shape, in the type of the values. */
export const labelEncoder: OperatorCompiler<LabelEncoderAttrs> = {
  op: "LabelEncoder",
  summary: "replaces labels by others, from a table",
  sources: {
    "ai.onnx.ml": {
      LabelEncoder: [
        { since: 1, read: readClasses },
        { since: 2, read: readTable },
        { since: 4, read: readTable },
      ],
    },
  },
  labels: "keep",
  compile(ctx, attrs, inputs) {
    const x = operand(ctx, inputs, 0);
    return [attrs.kind === "classes" ? translate(ctx, x, attrs.pairs) : lookUp(ctx, x, attrs.table)];
  },
};
