/**
 * The ONNX reader: a decoded model file, all in one graph → Model. Checks the graph, drops what no output needs, and has each remaining
 * node read by the compiler that knows its operator.
 *
 * Source: ONNX IR specification (docs/IR.md), IR versions 3 to 14.
 */

import { UnsupportedError } from "../../errors.js";
import type { Model, ModelNode } from "../../ir/model.js";
import type { RegisteredOperator } from "../../ir/operator.js";
import type { Subgraph } from "../../ir/sources.js";
import type { Tensor } from "../../ir/tensor.js";
import { readConstant } from "./constant-node.js";
import { decodeModel } from "./decode.js";
import type { GraphProto, ModelProto } from "./generated/onnx-ml.js";
import { type Graph, type GraphNode, readGraph } from "./graph.js";
import { readOutputs, readValues } from "./graph-values.js";
import { hasOnly, standsAlone } from "./has-only.js";
import { vocabularyOf } from "./map-inputs.js";
import { malformed, quote } from "./names.js";
import { readNode } from "./node-view.js";
import { indexOperators, type OperatorIndex, opsetsOf, readOpsets, versionFor } from "./opsets.js";
import { readTensor } from "./tensors.js";

/** From 3 on files say which operator sets they mean; 14 is that of the schema in generated/. */
const irVersions = { first: 3, last: 14 };

export { decodeModel, hasOnly, standsAlone };

/** As `readOnnx`, of a file that `decodeModel` has decoded and that stands alone, or that `inOneGraph` made so. */
export function readDecoded(model: ModelProto, operators: readonly RegisteredOperator[]): Model {
  checkModel(model);
  const opsets = readOpsets(model);
  if (model.graph === null) throw malformed("", "the file has no graph; it is truncated or not an ONNX model");
  const file: FileContext = { opsets, index: indexOperators(operators) };
  const { graph, nodes, constants } = readNodes(model.graph, "graph", file, outside);
  return {
    format: "onnx",
    producer: [model.producer_name, model.producer_version].filter((text) => text !== null && text !== "").join(" "),
    ...readValues(graph.inputs, graph.outputs, (input) => vocabularyOf(graph.nodes, graph.outputs, input)),
    ...(graph.fixedInputs.length === 0 ? {} : { fixedInputs: graph.fixedInputs }),
    nodes,
    constants,
    opsets: Object.fromEntries(opsets),
  };
}

/** What all graphs of a file share. */
interface FileContext {
  readonly opsets: ReadonlyMap<string, number>;
  readonly index: OperatorIndex;
}

/** The graphs around a graph. */
interface Surroundings {
  has(name: string): boolean;
  constant(name: string): Tensor | undefined;
}

const outside: Surroundings = { has: () => false, constant: () => undefined };

interface ReadNodes {
  readonly graph: Graph;
  readonly nodes: readonly ModelNode[];
  readonly constants: ReadonlyMap<string, Tensor>;
}

function readNodes(proto: GraphProto, place: string, file: FileContext, around: Surroundings): ReadNodes {
  if (proto.sparse_initializer.length > 0) {
    throw new UnsupportedError(place, "sparse initializers are not supported", "export the model with dense ones");
  }
  const graph = readGraph(proto, around.has);
  const constants = new Map<string, Tensor>();
  for (const [name, tensor] of graph.initializers) {
    constants.set(name, readTensor(tensor, `initializer ${quote(name)}`));
  }
  const [constantNodes, computed] = partition(graph.nodes, isConstant);
  for (const node of constantNodes) {
    versionFor(opsetsOf(node.proto) ?? file.opsets, node.domain, node.where);
    const value = readConstant(node);
    for (const name of node.outputs) if (name !== undefined) constants.set(name, value);
  }
  const own = new Set([
    ...proto.input.map(({ name }) => name),
    ...graph.nodes.flatMap(({ outputs }) => outputs),
    ...graph.initializers.keys(),
  ]);
  const here: Surroundings = {
    has: (name) => own.has(name) || around.has(name),
    constant: (name) => constants.get(name) ?? (own.has(name) ? undefined : around.constant(name)),
  };
  const context = {
    index: file.index,
    opsets: file.opsets,
    constant: here.constant,
    readSubgraph: (inner: GraphProto, at: string): Subgraph => {
      const read = readNodes(inner, at, file, here);
      return {
        inputs: inner.input.map(({ name }) => name ?? ""),
        outputs: readOutputs(read.graph.outputs),
        nodes: read.nodes,
        constants: read.constants,
      };
    },
  };
  const nodes = computed.map(
    (node): ModelNode => ({
      operator: readNode(node, context),
      inputs: node.inputs,
      outputs: node.outputs,
      where: node.where,
      ...(node.captures.length === 0 ? {} : { captures: node.captures }),
    }),
  );
  return { graph, nodes, constants };
}

/** Throws where calypte does not read files of this version. */
export function checkModel(model: ModelProto): void {
  const version = model.ir_version;
  if (version === null) throw malformed("", "the file has no ir_version; it is truncated or not an ONNX model");
  if (version < irVersions.first) {
    throw new UnsupportedError(
      "",
      `IR version ${version} is older than ${irVersions.first}`,
      "load and save it with a current onnx",
    );
  }
  if (version > irVersions.last) {
    throw new UnsupportedError(
      "",
      `IR version ${version} is newer than ${irVersions.last}, the newest that calypte knows`,
      `export it for IR version ${irVersions.last}`,
    );
  }
  if (model.training_info.length > 0) {
    throw new UnsupportedError("training_info", "training graphs are not supported", "export the model for inference");
  }
}

function isConstant({ domain, op }: GraphNode): boolean {
  return domain === "ai.onnx" && op === "Constant";
}

function partition<T>(values: readonly T[], test: (value: T) => boolean): readonly [readonly T[], readonly T[]] {
  return [values.filter(test), values.filter((value) => !test(value))];
}
