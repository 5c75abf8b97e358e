/**
 * For tests of ai.onnx.ml compilers: a file of one node, run through the reader, the lowering and the plain definition of the
 * primitives, and through onnxruntime on one thread, so that sums have one order.
 */

import * as ort from "onnxruntime-node";
import { dictionaryTensor } from "../../src/ir/dictionary-tensor.js";
import { evaluateInstruction } from "../../src/ir/evaluate.js";
import { type RegisteredOperator, register } from "../../src/ir/operator.js";
import type { Program, ValueId } from "../../src/ir/program.js";
import { isStringData, strings, type Tensor, zeros } from "../../src/ir/tensor.js";
import type { Dictionary } from "../../src/ir/types.js";
import { validateProgram } from "../../src/ir/validate.js";
import { lowerModel } from "../../src/lower.js";
import { readOnnx } from "../../src/readers/onnx/read-onnx.js";
import { type OnnxAttribute, type OnnxNode, onnxFile } from "../../test-models/onnx-file.js";
import { arrayFeatureExtractor } from "../array-feature-extractor.js";
import { binarizer } from "../binarizer.js";
import { categoryMapper } from "../category-mapper.js";
import { featureVectorizer } from "../feature-vectorizer.js";
import { imputer } from "../imputer.js";
import { labelEncoder } from "../label-encoder.js";
import { linearClassifier } from "../linear-classifier.js";
import { linearRegressor } from "../linear-regressor.js";
import { normalizer } from "../normalizer.js";
import { oneHotEncoder } from "../one-hot-encoder.js";
import { scaler } from "../scaler.js";
import { svmClassifier } from "../svm-classifier.js";
import { svmRegressor } from "../svm-regressor.js";
import { treeEnsemble } from "../tree-ensemble.js";
import { zipMap } from "../zip-map.js";
import { expectSame } from "./single-node.testing.js";

const operators: readonly RegisteredOperator[] = [
  register(arrayFeatureExtractor),
  register(binarizer),
  register(categoryMapper),
  register(featureVectorizer),
  register(imputer),
  register(labelEncoder),
  register(linearClassifier),
  register(linearRegressor),
  register(normalizer),
  register(oneHotEncoder),
  register(scaler),
  register(svmClassifier),
  register(svmRegressor),
  register(treeEnsemble),
  register(zipMap),
];

export interface MlNode {
  readonly op: string;
  /** Of ai.onnx.ml. */
  readonly version: number;
  readonly attributes?: Readonly<Record<string, OnnxAttribute>>;
  /** Values of the inputs, whose first axis is the batch. */
  readonly inputs?: readonly Tensor[];
  /** Inputs after those, held by the file. */
  readonly constants?: readonly Tensor[];
  /** Numbers of rows to compare with; all, 1 and 0 by default. */
  readonly batches?: readonly number[];
  /** Constants stand before the inputs. */
  readonly constantsFirst?: boolean;
  /** 1 by default. They are named y0, y1, … */
  readonly outputs?: number;
  /** Nodes after this one, and the values that then leave the graph. */
  readonly followed?: { readonly nodes: readonly OnnxNode[]; readonly results: readonly string[] };
}

export function mlFile(node: MlNode): Uint8Array {
  const inputs = node.inputs ?? [];
  const constants = node.constants ?? [];
  const names = [inputs.map((_, i) => `x${i}`), constants.map((_, i) => `c${i}`)];
  const outputs = Array.from({ length: node.outputs ?? 1 }, (_, i) => `y${i}`);
  return onnxFile({
    nodes: [
      {
        op: node.op,
        domain: "ai.onnx.ml",
        name: "tested",
        inputs: (node.constantsFirst === true ? names.reverse() : names).flat(),
        outputs,
        attributes: node.attributes ?? {},
      },
      ...(node.followed?.nodes ?? []),
    ],
    opsets: { "": 18, "ai.onnx.ml": node.version },
    inputs: inputs.map(({ dtype, shape }, i) => ({ name: `x${i}`, dtype, shape: ["N", ...shape.slice(1)] })),
    outputs: (node.followed?.results ?? outputs).map((name) => ({ name })),
    initializers: Object.fromEntries(constants.map((value, i) => [`c${i}`, value])),
  });
}

/** Lowers the node; the Program is checked. */
export function lowerMl(node: MlNode): Program {
  return validateProgram(lowerModel(readOnnx(mlFile(node), operators)));
}

/** All outputs by name, the extra ones included, labels decoded. */
export function runMl(node: MlNode): ReadonlyMap<string, Tensor> {
  const program = lowerMl(node);
  const n = node.inputs?.[0]?.shape[0] ?? 1;
  const values = new Map<ValueId, Tensor>();
  const computed = (id: ValueId): Tensor => {
    const value = values.get(id);
    if (value === undefined) throw new Error(`%${id} has no value`);
    return value;
  };
  for (const [i, { value }] of program.inputs.entries()) {
    const given = node.inputs?.[i];
    if (given !== undefined) values.set(value, given);
  }
  for (const instruction of program.instructions) {
    const results = evaluateInstruction(instruction, instruction.args.map(computed), n);
    for (const [i, id] of instruction.results.entries()) {
      const result = results[i];
      if (result !== undefined) values.set(id, result);
    }
  }
  return new Map(
    program.outputs.map(({ name, value }) => [name, decoded(computed(value), program.types[value]?.dictionary)]),
  );
}

/** The outputs that the file names. */
export function outputsOf(node: MlNode): readonly Tensor[] {
  return [...runMl(node)].filter(([name]) => !name.startsWith("@")).map(([, value]) => value);
}

function decoded(ids: Tensor, dictionary: Dictionary | undefined): Tensor {
  if (dictionary === undefined) return ids;
  const table = dictionaryTensor(dictionary);
  const result = zeros(table.dtype, ids.shape);
  for (const [i, id] of Array.from(ids.data as Int32Array).entries()) {
    const element = table.data[id];
    if (element === undefined) throw new Error(`element ${i} has the id ${id}, outside of its dictionary`);
    (result.data as unknown[])[i] = element;
  }
  return result;
}

/** What onnxruntime answers, its graph optimisations off. */
export async function onnxruntimeOf(node: MlNode): Promise<readonly Tensor[]> {
  const session = await ort.InferenceSession.create(mlFile(node), {
    graphOptimizationLevel: "disabled",
    logSeverityLevel: 4,
    intraOpNumThreads: 1,
  });
  const feeds: Record<string, ort.Tensor> = {};
  for (const [i, { dtype, data, shape }] of (node.inputs ?? []).entries()) {
    feeds[`x${i}`] = new ort.Tensor(dtype as "float32", data as Float32Array, shape);
  }
  const results = await session.run(feeds);
  const outputs = session.outputNames.map((name): Tensor => {
    const result = results[name];
    if (result === undefined) throw new Error(`onnxruntime gave no ${name}`);
    const shape = [...result.dims];
    if (result.type === "string") return strings(result.data as string[], shape);
    return { dtype: result.type as Tensor["dtype"], shape, data: result.data as Tensor["data"] };
  });
  await session.release();
  return outputs;
}

/**
 * Compares the outputs with onnxruntime's on all rows, one row and none. Floats may differ by `absolute`, or by units in the last
 * place; without it they have the same bits.
 */
export async function expectLikeOnnxruntime(
  node: MlNode,
  closeness: { readonly ulps?: number; readonly absolute?: number; readonly anyZero?: boolean } = {},
): Promise<void> {
  const all = node.inputs?.[0]?.shape[0] ?? 1;
  for (const n of node.batches ?? [all, 1, 0]) {
    const cut: MlNode = { ...node, inputs: (node.inputs ?? []).map((x) => firstRows(x, n)) };
    expectSame(outputsOf(cut), await onnxruntimeOf(cut), closeness);
  }
}

function firstRows(t: Tensor, n: number): Tensor {
  const [rows = 0, ...rest] = t.shape;
  const length = rows === 0 ? 0 : (t.data.length / rows) * n;
  const data = isStringData(t.data) ? t.data.slice(0, length) : t.data.slice(0, length);
  return { dtype: t.dtype, shape: [n, ...rest], data } as Tensor;
}
