/** An ONNX node as compilers see it (`NodeView`), and the reading of one node into an operator with its attributes. */

import { UnsupportedError } from "../../errors.js";
import type { BoundOperator } from "../../ir/operator.js";
import type { NodeView } from "../../ir/sources.js";
import type { Tensor } from "../../ir/tensor.js";
import { nodeAttributes, type SubgraphReader } from "./attributes.js";
import type { GraphNode } from "./graph.js";
import { quote } from "./names.js";
import { findReader, type OperatorIndex, opsetsOf, versionFor } from "./opsets.js";

/** A file may have any number of attributes; a message names only the first. */
const maxNamed = 5;

/** What the nodes of a file share. */
export interface NodeContext {
  readonly index: OperatorIndex;
  readonly opsets: ReadonlyMap<string, number>;
  /** Values of constants by name, undefined for others. */
  constant(name: string): Tensor | undefined;
  readonly readSubgraph: SubgraphReader;
}

/**
 * Reads a node with the compiler of its operator. Throws UnsupportedError for an operator that none reads, and for an attribute
 * that its compiler did not look at.
 */
export function readNode(node: GraphNode, context: NodeContext): BoundOperator {
  const { domain, op, where } = node;
  const version = versionFor(opsetsOf(node.proto) ?? context.opsets, domain, where);
  const reader = findReader(context.index, domain, op, version, where);
  const attrs = nodeAttributes(node.proto, where, context.readSubgraph);
  const view: NodeView = {
    domain,
    op,
    version,
    where,
    format: "onnx",
    attrs,
    inputCount: node.inputs.length,
    outputCount: node.outputs.length,
    hasInput: (index) => node.inputs[index] !== undefined,
    hasOutput: (index) => node.outputs[index] !== undefined,
    constant: (index) => {
      const name = node.inputs[index];
      return name === undefined ? undefined : context.constant(name);
    },
  };
  const operator = reader.read(view);
  const unread = attrs.unread();
  if (unread.length > 0) {
    const names = unread.slice(0, maxNamed).map(quote).join(", ");
    throw new UnsupportedError(
      where,
      `attribute ${names} of opset ${version} is not supported`,
      "export the model without it",
    );
  }
  return operator;
}
