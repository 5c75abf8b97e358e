import { describe, expect, it } from "vitest";
import { type OnnxGraph, type OnnxNode, onnxFile } from "../../../test-models/onnx-file.js";
import { ModelParseError } from "../../errors.js";
import { float32 } from "../../ir/tensor.js";
import { decodeModel } from "./decode.js";
import { type Graph, readGraph } from "./graph.js";

const node = (name: string, inputs: readonly string[], outputs: readonly string[]): OnnxNode => ({
  op: "Op",
  name,
  inputs,
  outputs,
});

function graphOf(parts: Partial<OnnxGraph>): Graph {
  const whole = { nodes: [], inputs: [{ name: "x" }], outputs: [{ name: "y" }], ...parts };
  const graph = decodeModel(onnxFile(whole)).graph;
  if (graph === null) throw new Error("no graph came back");
  return readGraph(graph);
}

const names = (graph: Graph): readonly (string | null)[] => graph.nodes.map(({ proto }) => proto.name);

describe("order", () => {
  it("stays where it can be executed", () => {
    const nodes = [
      node("a", ["x"], ["1"]),
      node("b", ["x"], ["2"]),
      node("c", ["2"], ["3"]),
      node("d", ["3", "1"], ["y"]),
    ];
    expect(names(graphOf({ nodes }))).toEqual(["a", "b", "c", "d"]);
  });

  it("is made where the file has another", () => {
    const nodes = [
      node("d", ["3", "1"], ["y"]),
      node("c", ["2"], ["3"]),
      node("a", ["x"], ["1"]),
      node("b", ["x"], ["2"]),
    ];
    expect(names(graphOf({ nodes }))).toEqual(["b", "c", "a", "d"]);
  });

  it("is found for long chains without recursion", () => {
    const length = 20_000;
    const nodes = Array.from({ length }, (_, i) =>
      node(`${i}`, [i === 0 ? "x" : `v${i}`], [i === length - 1 ? "y" : `v${i + 1}`]),
    );
    expect(names(graphOf({ nodes: nodes.toReversed() }))).toEqual(nodes.map(({ name }) => name));
  });

  it("does not exist for cycles, which are named", () => {
    const loop = [node("a", ["c1"], ["a1"]), node("b", ["a1"], ["b1"]), node("c", ["b1"], ["c1"])];
    expect(() => graphOf({ nodes: [...loop, node("d", ["x"], ["y"])] })).toThrow(
      'onnx: graph: it has a cycle through node "b" (ai.onnx:Op), node "c" (ai.onnx:Op), node "a" (ai.onnx:Op), expected none',
    );
    expect(() => graphOf({ nodes: [node("self", ["y"], ["y"])] })).toThrow(
      'cycle through node "self" (ai.onnx:Op), expected',
    );
    const many = Array.from({ length: 10 }, (_, i) => node(`${i}`, [`v${i}`], [`v${(i + 1) % 10}`]));
    expect(() => graphOf({ nodes: many, outputs: [{ name: "v0" }] })).toThrow("and 6 more, expected none");
  });
});

describe("what no output needs", () => {
  it("is left out", () => {
    const nodes = [
      node("live", ["x", "w"], ["y", "unused"]),
      node("dead", ["x", "v"], ["z"]),
      node("deader", ["z"], ["zz"]),
    ];
    const graph = graphOf({ nodes, initializers: { w: float32([1]), v: float32([2]), u: float32([3]) } });
    expect(names(graph)).toEqual(["live"]);
    expect([...graph.initializers.keys()]).toEqual(["w"]);
    expect(graph.nodes[0]?.outputs).toEqual(["y", "unused"]);
  });

  it("is nothing where outputs are inputs or initializers", () => {
    const graph = graphOf({ outputs: [{ name: "x" }, { name: "w" }], initializers: { w: float32([1]) } });
    expect(names(graph)).toEqual([]);
    expect([...graph.initializers.keys()]).toEqual(["w"]);
  });
});

describe("names", () => {
  it("that are empty stand for absent values; those at the end are cut off", () => {
    const [only] = graphOf({ nodes: [node("n", ["x", "", "x", "", ""], ["", "y", ""])] }).nodes;
    expect(only?.inputs).toEqual(["x", undefined, "x"]);
    expect(only?.outputs).toEqual([undefined, "y"]);
  });

  it("of inputs with an initializer are constants", () => {
    const graph = graphOf({
      nodes: [node("n", ["x", "w"], ["y"])],
      inputs: [{ name: "w" }, { name: "x" }],
      initializers: { w: float32([1]) },
    });
    expect(graph.inputs.map(({ name }) => name)).toEqual(["x"]);
    expect([...graph.initializers.keys()]).toEqual(["w"]);
  });

  it("may be those that objects have", () => {
    const chain = ["__proto__", "constructor", "hasOwnProperty", "toString", "y"];
    const nodes = chain.map((name, i) => node(name, [chain[i - 1] ?? "valueOf"], [name]));
    const graph = graphOf({ nodes, inputs: [{ name: "valueOf" }] });
    expect(names(graph)).toEqual(chain);
    expect(() => graphOf({ nodes: [node("n", ["constructor"], ["y"])] })).toThrow(
      'it reads "constructor", which is no input',
    );
  });

  it.each<readonly [string, Partial<OnnxGraph>, string]>([
    ["unknown inputs", { nodes: [node("n", ["q"], ["y"])] }, 'node "n" (ai.onnx:Op): it reads "q", which is no input'],
    ["unknown outputs", { nodes: [] }, 'output "y": no node, input or initializer gives its value'],
    ["no outputs", { outputs: [] }, "graph: it has no outputs"],
    [
      "outputs given twice",
      { nodes: [node("n", ["x"], ["y"]), node("m", ["x"], ["y"])] },
      'node "m" (ai.onnx:Op): its output "y" is already given by node "n" (ai.onnx:Op)',
    ],
    [
      "outputs given twice by one node",
      { nodes: [node("n", ["x"], ["y", "y"])] },
      'its output "y" is already given by node "n"',
    ],
    [
      "outputs that are inputs",
      { nodes: [node("n", [], ["x"])] },
      'its output "x" is already given by an input or initializer',
    ],
    ["inputs twice", { inputs: [{ name: "x" }, { name: "x" }] }, 'input "x": it stands twice'],
    ["outputs twice", { outputs: [{ name: "x" }, { name: "x" }] }, 'output "x": it stands twice'],
    ["inputs without a name", { inputs: [{ name: "" }] }, "input #0: it has no name"],
    ["initializers without a name", { initializers: { "": float32([1]) } }, "initializer #0: it has no name"],
    ["nodes without an operator", { nodes: [{ op: "", inputs: [], outputs: ["y"] }] }, "node #0: it has no op_type"],
  ])("are refused: %s", (_, parts, message) => {
    expect(() => graphOf(parts)).toThrow(ModelParseError);
    expect(() => graphOf(parts)).toThrow(message);
  });

  it("of initializers that stand twice are refused", () => {
    const graph = decodeModel(
      onnxFile({ nodes: [], inputs: [], outputs: [{ name: "w" }], initializers: { w: float32([1]) } }),
    ).graph;
    if (graph === null) throw new Error("no graph came back");
    const twice = { ...graph, name: null, doc_string: null, initializer: [...graph.initializer, ...graph.initializer] };
    expect(() => readGraph(twice)).toThrow('onnx: initializer "w": it stands twice');
  });

  it("are cut and escaped in messages", () => {
    const long = `\n${"n".repeat(1000)}`;
    expect(() => graphOf({ nodes: [node(long, ["q"], ["y"])] })).toThrow(`node "\\n${"n".repeat(79)}…" (ai.onnx:Op)`);
  });
});
