/** What a file does without, so that the code for it need not be loaded: rare operators, functions of its own, other files. */

import type { RegisteredOperator } from "../../ir/operator.js";
import type { GraphProto, ModelProto, NodeProto, TensorProto } from "./generated/onnx-ml.js";
import { domainOf } from "./opsets.js";

/**
 * False where a node of the file, of a subgraph or of a function in it, has an operator that is none of these, or that nobody knows. Calls
 * of the file's own functions count as unknown.
 */
export function hasOnly(model: ModelProto, operators: readonly RegisteredOperator[]): boolean {
  const left: (readonly NodeProto[])[] = [...(model.graph ? [model.graph] : []), ...model.functions].map(nodesOf);
  for (const nodes of left) {
    for (const { domain, op_type, attribute } of nodes) {
      const [set, op] = [domainOf(domain), op_type ?? ""];
      // Constants are read without a compiler.
      const known =
        (set === "ai.onnx" && op === "Constant") || operators.some((o) => o.sources[set]?.[op] !== undefined);
      if (!known) return false;
      for (const { g, graphs } of attribute) left.push(...[...(g === null ? [] : [g]), ...graphs].map(nodesOf));
    }
  }
  return true;
}

const nodesOf = ({ node }: Pick<GraphProto, "node">): readonly NodeProto[] => node;

/** False where a file has functions of its own, or a tensor in another file. */
export function standsAlone({ functions, graph }: ModelProto): boolean {
  return functions.length === 0 && (graph === null || holdsItsData(graph));
}

const holdsItsData = ({ initializer, node }: GraphProto): boolean =>
  initializer.every(isInside) &&
  node.every(({ attribute }) =>
    attribute.every(
      ({ t, tensors, g, graphs }) =>
        (t === null || isInside(t)) &&
        tensors.every(isInside) &&
        (g === null || holdsItsData(g)) &&
        graphs.every(holdsItsData),
    ),
  );

const isInside = ({ data_location }: TensorProto): boolean => data_location !== 1;
