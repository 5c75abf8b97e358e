/**
 * The value of a Constant node, which is a constant of the model like an initialiser.
 *
 * Source: ONNX operator Constant, versions 1 to 25 (value; since 12 also value_float, value_int, value_string and their lists).
 */

import { UnsupportedError } from "../../errors.js";
import type { AttributeView } from "../../ir/sources.js";
import { float32, int64, strings, type Tensor } from "../../ir/tensor.js";
import { nodeAttributes } from "./attributes.js";
import type { GraphNode } from "./graph.js";
import { malformed, quote } from "./names.js";

const spellings: { readonly [name: string]: (attrs: AttributeView) => Tensor } = {
  value: (attrs) => attrs.tensor("value"),
  value_float: (attrs) => float32([attrs.float("value_float")], []),
  value_floats: (attrs) => float32(attrs.floats("value_floats")),
  value_int: (attrs) => int64([attrs.int("value_int")], []),
  value_ints: (attrs) => int64(attrs.int64s("value_ints")),
  value_string: (attrs) => strings([attrs.string("value_string")], []),
  value_strings: (attrs) => strings(attrs.strings("value_strings")),
};

/** Reads the node's one value. Throws UnsupportedError for sparse ones, ModelParseError where it has none or several. */
export function readConstant(node: GraphNode): Tensor {
  const attrs = nodeAttributes(node.proto, node.where);
  const found = Object.entries(spellings).filter(([name]) => attrs.has(name));
  const [first] = found;
  if (first === undefined || found.length > 1 || node.inputs.length > 0 || node.outputs.length !== 1) {
    if (attrs.has("sparse_value")) {
      throw new UnsupportedError(node.where, "sparse constants are not supported", "export the model with dense ones");
    }
    throw malformed(
      node.where,
      "expected no input, one output and one of the attributes value, value_float, value_int, …",
    );
  }
  const value = first[1](attrs);
  const [unread] = attrs.unread();
  if (unread !== undefined) throw malformed(node.where, `attribute ${quote(unread)} is not one of a Constant`);
  return value;
}
