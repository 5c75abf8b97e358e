/**
 * For tests of operator compilers: builds an ONNX file of one node, runs it through the reader, the lowering and the plain
 * definition of the primitives, and through onnxruntime, which is the judge.
 */

import * as ort from "onnxruntime-node";
import { expect } from "vitest";
import { evaluateInstruction } from "../../src/ir/evaluate.js";
import type { RegisteredOperator } from "../../src/ir/operator.js";
import type { Program, ValueId } from "../../src/ir/program.js";
import { type Tensor, tensor } from "../../src/ir/tensor.js";
import type { Dictionary } from "../../src/ir/types.js";
import { validateProgram } from "../../src/ir/validate.js";
import { lowerModel } from "../../src/lower.js";
import { readOnnx } from "../../src/readers/onnx/read-onnx.js";
import { type OnnxAttribute, type OnnxNode, type OnnxValue, onnxFile } from "../../test-models/onnx-file.js";

/** `rows`: an input whose first axis is the batch; `fixed`: an input of that very shape; `constant`: an initializer. */
export type Operand =
  | { readonly rows: Tensor }
  | { readonly fixed: Tensor }
  | { readonly constant: Tensor }
  | undefined;

export interface SingleNode {
  readonly op: string;
  /** ai.onnx by default. */
  readonly domain?: string;
  readonly inputs: readonly Operand[];
  readonly attributes?: Readonly<Record<string, OnnxAttribute>>;
  readonly opset: number;
  /** Number of outputs; 1 by default. */
  readonly outputs?: number;
}

/** A graph of several nodes over inputs named x0, x1, …; its results are the last node's outputs. */
export interface NodeGraph {
  readonly nodes: readonly OnnxNode[];
  readonly inputs: readonly Operand[];
  readonly opset: number;
  /** A further domain that is imported, in version 1 by default. */
  readonly domain?: string;
  readonly version?: number;
}

export function graphOf({ op, domain, inputs, attributes, opset, outputs = 1 }: SingleNode): NodeGraph {
  const names = inputs.map((x, i) => (x === undefined ? "" : `x${i}`));
  const results = Array.from({ length: outputs }, (_, i) => `y${i}`);
  const node = {
    op,
    ...(domain === undefined ? {} : { domain }),
    name: "tested",
    inputs: names,
    outputs: results,
    ...(attributes === undefined ? {} : { attributes }),
  };
  return { nodes: [node], inputs, opset, ...(domain === undefined ? {} : { domain }) };
}

export function fileOf({ nodes, inputs, opset, domain, version = 1 }: NodeGraph): Uint8Array {
  const named = inputs.map((operand, i) => ({ operand, name: `x${i}` }));
  return onnxFile({
    nodes,
    opsets: { "": opset, ...(domain === undefined ? {} : { [domain]: version }) },
    inputs: named.flatMap(({ operand, name }): readonly OnnxValue[] => {
      if (operand === undefined || "constant" in operand) return [];
      if ("fixed" in operand) return [{ name, dtype: operand.fixed.dtype, shape: operand.fixed.shape }];
      return [{ name, dtype: operand.rows.dtype, shape: ["N", ...operand.rows.shape.slice(1)] }];
    }),
    outputs: (nodes.at(-1)?.outputs ?? []).map((name) => ({ name })),
    initializers: Object.fromEntries(
      named.flatMap(({ operand, name }) =>
        operand !== undefined && "constant" in operand ? [[name, operand.constant]] : [],
      ),
    ),
  });
}

/** The graph's values to run with, the batch cut to its first `n` rows. */
function feedsOf(graph: NodeGraph, n: number): ReadonlyMap<string, Tensor> {
  const feeds = new Map<string, Tensor>();
  for (const [i, operand] of graph.inputs.entries()) {
    if (operand === undefined || "constant" in operand) continue;
    feeds.set(`x${i}`, "fixed" in operand ? operand.fixed : firstRows(operand.rows, n));
  }
  return feeds;
}

function firstRows(t: Tensor, n: number): Tensor {
  const [rows = 1, ...rest] = t.shape;
  const data = t.data.slice(0, rows === 0 ? 0 : (t.data.length / rows) * n);
  return { dtype: t.dtype, shape: [n, ...rest], data };
}

export function lower(graph: NodeGraph, operators: readonly RegisteredOperator[]): Program {
  return validateProgram(lowerModel(readOnnx(fileOf(graph), operators)));
}

/** The outputs by the plain definition of the primitives, labels decoded. */
export function runLowered(graph: NodeGraph, operators: readonly RegisteredOperator[], n: number): readonly Tensor[] {
  const program = lower(graph, operators);
  const feeds = feedsOf(graph, n);
  const values = new Map<ValueId, Tensor>();
  for (const { name, value } of program.inputs) {
    const given = feeds.get(name);
    if (given === undefined) throw new Error(`no value for input ${name}`);
    values.set(value, given);
  }
  const known = (id: ValueId): Tensor => {
    const value = values.get(id);
    if (value === undefined) throw new Error(`%${id} has no value`);
    return value;
  };
  for (const instruction of program.instructions) {
    const results = evaluateInstruction(instruction, instruction.args.map(known), n);
    for (const [i, id] of instruction.results.entries()) {
      const result = results[i];
      if (result !== undefined) values.set(id, result);
    }
  }
  return program.outputs.map(({ value }) => decoded(known(value), program.types[value]?.dictionary));
}

function decoded(t: Tensor, dictionary: Dictionary | undefined): Tensor {
  if (dictionary === undefined) return t;
  if (dictionary.dtype !== "string") throw new Error(`a dictionary of ${dictionary.dtype} in a test`);
  return tensor(
    "string",
    t.shape,
    Array.from(t.data as Int32Array, (id) => dictionary.values[id] ?? "(unknown)"),
  );
}

/** The outputs of onnxruntime, its graph optimisations off, so that the kernel of the very operator answers. */
export async function runOnnxruntime(graph: NodeGraph, n: number): Promise<readonly Tensor[]> {
  const session = await ort.InferenceSession.create(fileOf(graph), {
    graphOptimizationLevel: "disabled",
    logSeverityLevel: 4,
  });
  const feeds: Record<string, ort.Tensor> = {};
  for (const [name, { dtype, data, shape }] of feedsOf(graph, n)) {
    feeds[name] = new ort.Tensor(dtype as "float32", data as Float32Array, shape);
  }
  const results = await session.run(feeds);
  const outputs = session.outputNames.map((name): Tensor => {
    const result = results[name];
    if (result === undefined) throw new Error(`onnxruntime gave no ${name}`);
    return { dtype: result.type as Tensor["dtype"], shape: [...result.dims], data: result.data as Tensor["data"] };
  });
  await session.release();
  return outputs;
}

/** Allowed distance: units in the last place of the wanted value, plus an absolute one. Without it: the same bits (NaN is NaN). */
export interface Closeness {
  readonly ulps?: number;
  readonly absolute?: number;
  /** 0 and -0 are the same. */
  readonly anyZero?: boolean;
}

export function expectSame(got: readonly Tensor[], want: readonly Tensor[], closeness: Closeness = {}): void {
  expect(got.map(({ dtype, shape }) => ({ dtype, shape }))).toEqual(want.map(({ dtype, shape }) => ({ dtype, shape })));
  for (const [i, wanted] of want.entries()) {
    const given = got[i];
    if (given === undefined) continue;
    const differing = Array.from(wanted.data as ArrayLike<unknown>).flatMap((w, k) => {
      const g: unknown = given.data[k];
      return same(g, w, wanted.dtype, closeness)
        ? []
        : [`output ${i}, element ${k}: got ${show(g)}, onnxruntime ${show(w)}`];
    });
    expect(differing).toEqual([]);
  }
}

const show = (value: unknown): string => (Object.is(value, -0) ? "-0" : String(value));

function same(
  got: unknown,
  want: unknown,
  dtype: Tensor["dtype"],
  { ulps = 0, absolute = 0, anyZero }: Closeness,
): boolean {
  if (Object.is(got, want)) return true;
  if (typeof got !== "number" || typeof want !== "number") return false;
  if (got === want) return anyZero === true || ulps > 0 || absolute > 0;
  const unit = dtype === "float32" ? 2 ** -23 : 2 ** -52;
  return Math.abs(got - want) <= absolute + ulps * unit * Math.abs(want);
}

/** Compares with onnxruntime on all rows, one row and none. */
export async function expectLikeOnnxruntime(
  graph: NodeGraph,
  operators: readonly RegisteredOperator[],
  closeness: Closeness = {},
  batches?: readonly number[],
): Promise<void> {
  const rows = graph.inputs.flatMap((x) => (x !== undefined && "rows" in x ? [x.rows.shape[0] ?? 1] : []));
  for (const n of batches ?? (rows.length === 0 ? [1] : [Math.min(...rows), 1, 0])) {
    expectSame(runLowered(graph, operators, n), await runOnnxruntime(graph, n), closeness);
  }
}
