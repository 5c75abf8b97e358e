/**
 * Functions of a model (FunctionProto): each call is replaced by the nodes of the function, under names of their own. The rest of the
 * reader sees one graph; nodes of a function keep the operator sets that it imports, which may differ from the file's.
 *
 * Source: ONNX IR specification (docs/IR.md, "Functions"); onnx-ml.proto. A function of the file counts before an operator of its name.
 */

import { LimitError } from "../../errors.js";
import type { AttributeProto, FunctionProto, GraphProto, ModelProto, NodeProto } from "./generated/onnx-ml.js";
import { malformed, operatorName, quote } from "./names.js";
import { domainOf, type FunctionNode, readOpsets } from "./opsets.js";

/** Functions that call each other several times make exponentially many nodes of a small file. */
const maxNodes = 100_000;

/** One call: what the names and attributes of the function's body stand for. */
interface Call {
  readonly name: (written: string) => string;
  readonly attribute: (written: AttributeProto) => readonly AttributeProto[];
  readonly opsets: ReadonlyMap<string, number>;
  /** Put before the names of the nodes. */
  readonly label: string;
}

/** The graph without calls of functions. Throws ModelParseError for recursion and wrong calls, LimitError for too many nodes. */
export function inlineFunctions(model: ModelProto, graph: GraphProto): GraphProto {
  const functions = new Map<string, FunctionProto>();
  for (const proto of model.functions) {
    const key = keyOf(proto.domain, proto.name, proto.overload);
    if (functions.has(key)) throw malformed(`function ${quote(key)}`, "it stands twice");
    functions.set(key, proto);
  }
  if (functions.size === 0) return graph;
  checkRecursion(functions);

  let calls = 0;
  let made = 0;
  const inGraph = (proto: GraphProto): GraphProto => ({ ...proto, node: proto.node.flatMap(inNode) });
  /** The node itself, its subgraphs without calls, or the nodes of the function that it calls. */
  const inNode = (node: NodeProto): readonly NodeProto[] => {
    const called = functions.get(keyOf(node.domain, node.op_type, node.overload));
    if (called !== undefined) return body(node, called).flatMap(inNode);
    if (!node.attribute.some(({ g, graphs }) => g !== null || graphs.length > 0)) return [node];
    const attribute = node.attribute.map((a) => ({
      ...a,
      g: a.g === null ? null : inGraph(a.g),
      graphs: a.graphs.map(inGraph),
    }));
    return [{ ...node, attribute }];
  };

  const body = (node: NodeProto, proto: FunctionProto): readonly NodeProto[] => {
    const where = `node ${quote(node.name ?? "")} (${operatorName(domainOf(node.domain), node.op_type ?? "")})`;
    const prefix = `${proto.name}/${calls++}/`;
    if (node.input.length > proto.input.length || node.output.length > proto.output.length) {
      throw malformed(
        where,
        `it has ${node.input.length} inputs and ${node.output.length} outputs, but the function ${proto.input.length} and ${proto.output.length}`,
      );
    }
    const computed = new Set(proto.node.flatMap(({ output }) => output));
    const names = new Map(proto.input.map((formal, i) => [formal, node.input[i] ?? ""]));
    const copies: NodeProto[] = [];
    const opsets = readOpsets(proto);
    for (const [i, formal] of proto.output.entries()) {
      const actual = node.output[i] ?? "";
      if (actual === "") continue;
      if (computed.has(formal) && !names.has(formal)) names.set(formal, actual);
      else {
        // No name of the file holds a null character before this one.
        const copy = `\0${i}`;
        names.set(copy, actual);
        copies.push(identity(formal, copy));
      }
    }
    const call: Call = {
      name: (written) => (written === "" ? "" : (names.get(written) ?? prefix + written)),
      attribute: attributesOf(node, proto, where),
      opsets,
      label: prefix,
    };
    made += proto.node.length + copies.length;
    if (made > maxNodes)
      throw new LimitError(`onnx: ${where}: the functions of the file make more than ${maxNodes} nodes`);
    return [...proto.node, ...copies].map((inner) => calledNode(inner, call));
  };
  return inGraph(graph);
}

const keyOf = (domain: string | null, name: string | null, overload: string | null): string =>
  JSON.stringify([domainOf(domain), name ?? "", overload ?? ""]);

function checkRecursion(functions: ReadonlyMap<string, FunctionProto>): void {
  const state = new Map<string, "open" | "done">();
  const visit = (key: string, proto: FunctionProto): void => {
    if (state.get(key) === "done") return;
    const name = `function ${operatorName(domainOf(proto.domain), proto.name ?? "")}`;
    if (state.get(key) === "open") throw malformed(name, "it calls itself, expected functions without recursion");
    if (state.size > maxDepth && [...state.values()].filter((s) => s === "open").length > maxDepth) {
      throw new LimitError(`onnx: ${name}: functions call each other more than ${maxDepth} deep`);
    }
    state.set(key, "open");
    for (const called of callsOf(proto.node)) {
      const next = functions.get(called);
      if (next !== undefined) visit(called, next);
    }
    state.set(key, "done");
  };
  for (const [key, proto] of functions) visit(key, proto);
}

const maxDepth = 100;

/** Keys of what the nodes, and those of their subgraphs, call. */
function callsOf(nodes: readonly NodeProto[]): readonly string[] {
  return nodes.flatMap((node) => [
    keyOf(node.domain, node.op_type, node.overload),
    ...node.attribute.flatMap(({ g, graphs }) =>
      [...(g === null ? [] : [g]), ...graphs].flatMap((x) => callsOf(x.node)),
    ),
  ]);
}

/** What an attribute of the body becomes: itself, the value that the call gives it, or nothing where the call gives none. */
function attributesOf(node: NodeProto, proto: FunctionProto, where: string): Call["attribute"] {
  const given = new Map<string, AttributeProto>();
  for (const attribute of proto.attribute_proto) given.set(attribute.name ?? "", attribute);
  const known = new Set([...proto.attribute, ...given.keys()]);
  for (const attribute of node.attribute) {
    const name = attribute.name ?? "";
    if (!known.has(name)) throw malformed(where, `the function has no attribute ${quote(name)}`);
    given.set(name, attribute);
  }
  return (written) => {
    const reference = written.ref_attr_name ?? "";
    if (reference === "") return [written];
    if (!known.has(reference))
      throw malformed(where, `the function has no attribute ${quote(reference)}, but refers to it`);
    const value = given.get(reference);
    if (value === undefined) return [];
    if (written.type !== null && written.type !== value.type) {
      throw malformed(where, `attribute ${quote(reference)} is of type ${value.type}, expected ${written.type}`);
    }
    return [{ ...value, name: written.name }];
  };
}

function calledNode(node: NodeProto, call: Call): FunctionNode {
  return {
    ...node,
    name: `${call.label}${node.name ?? node.op_type ?? ""}`,
    input: node.input.map(call.name),
    output: node.output.map(call.name),
    attribute: node.attribute.flatMap(call.attribute).map((a) => ({
      ...a,
      g: a.g === null ? null : calledGraph(a.g, call),
      graphs: a.graphs.map((g) => calledGraph(g, call)),
    })),
    opsets: call.opsets,
  };
}

function calledGraph(graph: GraphProto, call: Call): GraphProto {
  const renamed = <T extends { readonly name: string | null }>(value: T): T => ({
    ...value,
    name: call.name(value.name ?? ""),
  });
  return {
    ...graph,
    node: graph.node.map((node) => calledNode(node, call)),
    input: graph.input.map(renamed),
    output: graph.output.map(renamed),
    initializer: graph.initializer.map(renamed),
  };
}

/** For an output of a function that is one of its inputs, or another of its outputs. */
function identity(from: string, to: string): NodeProto {
  return {
    input: [from],
    output: [to],
    name: "output",
    op_type: "Identity",
    domain: null,
    overload: null,
    attribute: [],
    doc_string: null,
    metadata_props: [],
    device_configurations: [],
  };
}
