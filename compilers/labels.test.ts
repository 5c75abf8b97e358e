/** Labels through the operators that keep them: what comes out is what onnxruntime gives for the strings themselves. */

import { describe, expect, it } from "vitest";
import { register } from "../src/ir/operator.js";
import { bool, float32, int64, strings, type Tensor } from "../src/ir/tensor.js";
import { logicalDType } from "../src/ir/types.js";
import type { OnnxAttribute, OnnxNode } from "../test-models/onnx-file.js";
import { argExtremum } from "./arg-extremum.js";
import { cast } from "./cast.js";
import { comparison } from "./comparison.js";
import { concat } from "./concat.js";
import { expand } from "./expand.js";
import { gather } from "./gather.js";
import { identity } from "./identity.js";
import { reshape } from "./reshape.js";
import { expectLikeOnnxruntime, lower, type NodeGraph, type Operand } from "./shared/single-node.testing.js";
import { slice } from "./slice.js";
import { squeeze } from "./squeeze.js";
import { tile } from "./tile.js";
import { transpose } from "./transpose.js";
import { unsqueeze } from "./unsqueeze.js";
import { where } from "./where.js";

const operators = [
  register(argExtremum),
  register(cast),
  register(comparison),
  register(concat),
  register(expand),
  register(gather),
  register(identity),
  register(reshape),
  register(slice),
  register(squeeze),
  register(tile),
  register(transpose),
  register(unsqueeze),
  register(where),
];

const node = (
  op: string,
  inputs: readonly string[],
  output: string,
  attributes: Readonly<Record<string, OnnxAttribute>> = {},
): OnnxNode => ({ op, inputs, outputs: [output], attributes });
const constant = (t: Tensor): Operand => ({ constant: t });
const ints = (...values: readonly number[]): Operand => constant(int64(values));
const int = (value: number): OnnxAttribute => ({ int: value });

// x0: scores, x1: class names; "label" is what a classifier ends in.
const scores: Operand = { rows: float32([0.1, 0.7, 0.2, 0.5, 0.3, 0.2, 0, 0.1, 0.9], [3, 3]) };
const names = constant(strings(["setosa", "virginica", "setosa"]));
const label: readonly OnnxNode[] = [
  node("ArgMax", ["x0"], "index", { axis: int(1), keepdims: int(0) }),
  node("Gather", ["x1", "index"], "label"),
];

const graphs: Readonly<Record<string, NodeGraph>> = {
  "ArgMax → Gather → Cast → Reshape": {
    inputs: [scores, names, ints(-1, 1)],
    nodes: [...label, node("Cast", ["label"], "text", { to: int(8) }), node("Reshape", ["text", "x2"], "y")],
    opset: 18,
  },
  "Unsqueeze, Transpose, Squeeze, Identity": {
    inputs: [scores, names, ints(1), ints(0)],
    nodes: [
      ...label,
      node("Unsqueeze", ["label", "x2"], "column"),
      node("Transpose", ["column"], "row"),
      node("Squeeze", ["row", "x3"], "flat"),
      node("Identity", ["flat"], "y"),
    ],
    opset: 18,
  },
  "Concat of different dictionaries": {
    inputs: [scores, names, constant(strings(["x", "setosa", "y"])), ints(1)],
    nodes: [
      ...label,
      node("Gather", ["x2", "index"], "other"),
      node("Unsqueeze", ["label", "x3"], "a"),
      node("Unsqueeze", ["other", "x3"], "b"),
      node("Concat", ["a", "b", "a"], "y", { axis: int(1) }),
    ],
    opset: 18,
  },
  "Concat with constants": {
    inputs: [scores, names, constant(strings(["new", "virginica"]))],
    nodes: [...label, node("Concat", ["x2", "label"], "y", { axis: int(0) })],
    opset: 18,
  },
  "Where of labels and a constant": {
    inputs: [scores, names, constant(strings(["other"], [1])), { rows: bool([1, 0, 1], [3]) }],
    nodes: [...label, node("Where", ["x3", "label", "x2"], "y")],
    opset: 18,
  },
  "Where of two labels": {
    inputs: [scores, names, constant(strings(["x", "setosa", "y"])), { rows: bool([1, 0, 1], [3]) }],
    nodes: [...label, node("Gather", ["x2", "index"], "other"), node("Where", ["x3", "label", "other"], "y")],
    opset: 18,
  },
  "Equal with a constant that is a label": {
    inputs: [scores, names, constant(strings(["virginica"]))],
    nodes: [...label, node("Equal", ["label", "x2"], "y")],
    opset: 19,
  },
  "Equal with constants of which one is no label": {
    inputs: [scores, names, constant(strings(["setosa", "unknown"], [2, 1]))],
    nodes: [...label, node("Equal", ["label", "x2"], "y")],
    opset: 19,
  },
  "Cast of labels that are numbers": {
    inputs: [scores, constant(strings(["10", "-2.5", "nan"]))],
    nodes: [...label, node("Cast", ["label"], "y", { to: int(1) })],
    opset: 18,
  },
  "Cast of labels to int64 and on": {
    inputs: [scores, constant(strings(["10", "9007199254740993", "-3"]))],
    nodes: [...label, node("Cast", ["label"], "number", { to: int(7) }), node("Cast", ["number"], "y", { to: int(8) })],
    opset: 18,
  },
  "Slice, Tile, Expand": {
    inputs: [scores, names, ints(-1, 1), ints(1, 2), ints(0), ints(1), ints(1), ints(1, 3)],
    nodes: [
      ...label,
      node("Reshape", ["label", "x2"], "column"),
      node("Tile", ["column", "x3"], "two"),
      node("Slice", ["two", "x4", "x5", "x6"], "one"),
      node("Expand", ["one", "x7"], "y"),
    ],
    opset: 18,
  },
};

describe("labels", () => {
  for (const [name, graph] of Object.entries(graphs)) {
    // Of no rows, onnxruntime refuses -1 in Reshape, and its ArgMax has a wrong shape.
    it(name, () => expectLikeOnnxruntime(graph, operators, {}, [3, 1]));
  }

  it("leave the Program as codes, never as strings", () => {
    for (const graph of Object.values(graphs)) {
      const program = lower(graph, operators);
      const computed = program.instructions.filter((i) => i.op !== "constant").flatMap((i) => i.results);
      // A cast of numbers is text, no label.
      const isText = graph.nodes.at(-1)?.op === "Cast" && graph.nodes.at(-1)?.attributes?.["to"] !== undefined;
      if (!isText) expect(computed.filter((id) => program.types[id]?.dtype === "string")).toEqual([]);
    }
  });

  it("keep their dictionary's type as the output's", () => {
    const [graph] = Object.values(graphs);
    if (graph === undefined) throw new Error("no graph");
    const program = lower(graph, operators);
    expect(
      program.outputs.map(({ value }) => logicalDType(program.types[value] ?? { dtype: "bool", shape: [] })),
    ).toEqual(["string"]);
  });

  it("are compared with one another as texts", async () => {
    const graph: NodeGraph = {
      inputs: [scores, names],
      nodes: [...label, node("Equal", ["label", "label"], "y")],
      opset: 19,
    };
    await expectLikeOnnxruntime(graph, operators);
  });

  it("mix with a string column of the input as texts", async () => {
    const graph: NodeGraph = {
      inputs: [scores, names, { rows: strings(["a", "b", "c"]) }, { rows: bool([1, 0, 1], [3]) }],
      nodes: [...label, node("Where", ["x3", "label", "x2"], "y")],
      opset: 18,
    };
    await expectLikeOnnxruntime(graph, operators);
  });
});
