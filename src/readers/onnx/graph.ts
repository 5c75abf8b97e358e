/**
 * The graph of an ONNX file: which name is which value, checked, in an order that can be executed, without what no output needs.
 *
 * Source: ONNX IR specification (docs/IR.md, "Graphs"): single assignment of names, "" for an absent optional value, nodes in
 * topological order. Files in another order are accepted and sorted.
 */

import type { GraphProto, NodeProto, TensorProto, TypeProto, ValueInfoProto } from "./generated/onnx-ml.js";
import { malformed, operatorName, quote } from "./names.js";
import { domainOf } from "./opsets.js";

export interface GraphNode {
  readonly proto: NodeProto;
  readonly domain: string;
  readonly op: string;
  /** e.g. `node "scaler" (ai.onnx.ml:Scaler)`. */
  readonly where: string;
  /** Value names; undefined where an optional value is left out. Left-out ones at the end are cut off. */
  readonly inputs: readonly (string | undefined)[];
  readonly outputs: readonly (string | undefined)[];
  /** Values that the subgraphs of the node read from the graphs around them. */
  readonly captures: readonly string[];
}

/** An input or output of the graph. */
export interface NamedValue {
  readonly name: string;
  readonly type: TypeProto | null;
}

export interface Graph {
  /** Inputs that the caller gives. Those with an initialiser of the same name are constants. */
  readonly inputs: readonly NamedValue[];
  /** The names of inputs with an initialiser. */
  readonly fixedInputs: readonly string[];
  readonly outputs: readonly NamedValue[];
  /** The initialisers that an output needs. */
  readonly initializers: ReadonlyMap<string, TensorProto>;
  /** The nodes that an output needs; each stands after those whose values it reads, else in the order of the file. */
  readonly nodes: readonly GraphNode[];
}

/**
 * Throws ModelParseError for unknown, empty and doubly defined names, and for cycles. `outer` says which names the graphs around a
 * subgraph give.
 */
export function readGraph(graph: GraphProto, outer: (name: string) => boolean = () => false): Graph {
  const initializers = new Map<string, TensorProto>();
  for (const [i, proto] of graph.initializer.entries()) {
    const name = proto.name ?? "";
    if (name === "") throw malformed(`initializer #${i}`, "it has no name");
    if (initializers.has(name)) throw malformed(`initializer ${quote(name)}`, "it stands twice");
    initializers.set(name, proto);
  }
  const inputs = named(graph.input, "input");
  const outputs = named(graph.output, "output");
  if (outputs.length === 0) throw malformed("graph", "it has no outputs, expected at least one");

  const nodes = graph.node.map(readNode);
  const given = new Set([...inputs.map(({ name }) => name), ...initializers.keys()]);
  const producers = producersOf(nodes, given);
  for (const { where, inputs: names, captures } of nodes) {
    for (const name of [...names, ...captures]) {
      if (name === undefined || given.has(name) || producers.has(name) || outer(name)) continue;
      throw malformed(where, `it reads ${quote(name)}, which is no input, initializer or output of a node`);
    }
  }
  for (const { name } of outputs) {
    if (given.has(name) || producers.has(name) || outer(name)) continue;
    throw malformed(`output ${quote(name)}`, "no node, input or initializer gives its value");
  }

  const needed = neededNames(outputs, producers);
  return {
    inputs: inputs.filter(({ name }) => !initializers.has(name)),
    fixedInputs: inputs.map(({ name }) => name).filter((name) => initializers.has(name)),
    outputs,
    initializers: new Map([...initializers].filter(([name]) => needed.has(name))),
    nodes: inOrder(nodes, producers).filter((node) =>
      node.outputs.some((name) => name !== undefined && needed.has(name)),
    ),
  };
}

function named(values: readonly ValueInfoProto[], kind: string): readonly NamedValue[] {
  const seen = new Set<string>();
  return values.map(({ name, type }, i) => {
    if (name === null || name === "") throw malformed(`${kind} #${i}`, "it has no name");
    if (seen.has(name)) throw malformed(`${kind} ${quote(name)}`, "it stands twice");
    seen.add(name);
    return { name, type };
  });
}

function readNode(proto: NodeProto, index: number): GraphNode {
  const domain = domainOf(proto.domain);
  const op = proto.op_type ?? "";
  const label = proto.name === null || proto.name === "" ? `#${index}` : quote(proto.name);
  if (op === "") throw malformed(`node ${label}`, "it has no op_type");
  return {
    proto,
    domain,
    op,
    where: `node ${label} (${operatorName(domain, op)})`,
    inputs: optionalNames(proto.input),
    outputs: optionalNames(proto.output),
    captures: proto.attribute.flatMap(({ g, graphs }) => [...(g === null ? [] : [g]), ...graphs].flatMap(freeNames)),
  };
}

/** Names that a graph, or one inside it, reads and does not give. */
function freeNames(graph: GraphProto): readonly string[] {
  const own = new Set([
    ...graph.input.map(({ name }) => name),
    ...graph.initializer.map(({ name }) => name),
    ...graph.node.flatMap(({ output }) => output),
  ]);
  const read = [
    ...graph.node.flatMap((node) => [
      ...node.input,
      ...node.attribute.flatMap(({ g }) => (g === null ? [] : freeNames(g))),
    ]),
    ...graph.output.map(({ name }) => name ?? ""),
  ];
  return [...new Set(read.filter((name) => name !== "" && !own.has(name)))];
}

function optionalNames(names: readonly string[]): readonly (string | undefined)[] {
  const end = names.findLastIndex((name) => name !== "") + 1;
  return names.slice(0, end).map((name) => (name === "" ? undefined : name));
}

function producersOf(nodes: readonly GraphNode[], given: ReadonlySet<string>): ReadonlyMap<string, GraphNode> {
  const producers = new Map<string, GraphNode>();
  for (const node of nodes) {
    for (const name of node.outputs) {
      if (name === undefined) continue;
      const other =
        producers.get(name)?.where ?? (given.has(name) ? "an input or initializer of the graph" : undefined);
      if (other !== undefined) throw malformed(node.where, `its output ${quote(name)} is already given by ${other}`);
      producers.set(name, node);
    }
  }
  return producers;
}

/** Names of all values that the outputs depend on. */
function neededNames(outputs: readonly NamedValue[], producers: ReadonlyMap<string, GraphNode>): ReadonlySet<string> {
  const needed = new Set(outputs.map(({ name }) => name));
  // A Set is walked in order of insertion, those names included that are added during the walk.
  for (const name of needed) {
    const producer = producers.get(name);
    for (const input of producer?.inputs ?? []) if (input !== undefined) needed.add(input);
    for (const captured of producer?.captures ?? []) needed.add(captured);
  }
  return needed;
}

/** The nodes, each after those that it reads from: depth first from the file's order, without recursion. */
function inOrder(nodes: readonly GraphNode[], producers: ReadonlyMap<string, GraphNode>): readonly GraphNode[] {
  const order: GraphNode[] = [];
  const state = new Map<GraphNode, "open" | "done">();
  for (const root of nodes) {
    const path = state.has(root) ? [] : [{ node: root, next: 0 }];
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const { node } = top;
      state.set(node, "open");
      const read = [...node.inputs, ...node.captures];
      if (top.next === read.length) {
        state.set(node, "done");
        order.push(node);
        path.pop();
        continue;
      }
      const name = read[top.next++];
      const source = name === undefined ? undefined : producers.get(name);
      if (source === undefined || state.get(source) === "done") continue;
      if (state.get(source) === "open")
        throw cycle(
          path.map((step) => step.node),
          source,
        );
      path.push({ node: source, next: 0 });
    }
  }
  return order;
}

const maxNamed = 4;

function cycle(path: readonly GraphNode[], start: GraphNode): Error {
  const around = path.slice(path.indexOf(start)).reverse();
  const shown = around.slice(0, maxNamed).map(({ where }) => where);
  const rest = around.length > maxNamed ? ` and ${around.length - maxNamed} more` : "";
  return malformed("graph", `it has a cycle through ${shown.join(", ")}${rest}, expected none`);
}
