/**
 * ONNX's own node tests: one small model for each case of each operator, with inputs and the answers of ONNX's reference
 * implementation. Every model runs with the shapes of its inputs as they are given, which is what the cases mean: they have no batch.
 */

import { operators } from "../compilers/index.js";
import { createReferenceExecutable, referenceTarget } from "../src/backends/reference/reference-backend.js";
import { wasmTarget } from "../src/backends/wasm/target.js";
import { wasmBackend } from "../src/backends/wasm/wasm-backend.js";
import { optimize } from "../src/compile.js";
import type { userForm } from "../src/data/output.js";
import { CalypteError } from "../src/errors.js";
import type { Program } from "../src/ir/program.js";
import type { Tensor } from "../src/ir/tensor.js";
import { lowerModel } from "../src/lower.js";
import { decodeModel } from "../src/readers/onnx/decode.js";
import { readOnnx } from "../src/readers/onnx/read-onnx.js";
import { readTensor } from "../src/readers/onnx/tensors.js";

/** The files of a case by their paths: model.onnx, test_data_set_0/input_0.pb, …/output_0.pb, … */
export type NodeTestFiles = ReadonlyMap<string, Uint8Array>;

export interface NodeTestResult {
  /** The operators of the case's graph, "domain:Op". */
  readonly ops: readonly string[];
  /** Undefined where the answers agree; else what went wrong, or why it was refused. */
  readonly reference: string | undefined;
  readonly wasm: string | undefined;
  /** What the wasm backend runs on the host. */
  readonly host: readonly string[];
}

const field = (tag: number, bytes: Uint8Array): Uint8Array => {
  const length: number[] = [];
  for (let rest = bytes.length; ; rest >>>= 7) {
    length.push(rest < 128 ? rest : (rest & 127) | 128);
    if (rest < 128) break;
  }
  const message = new Uint8Array(1 + length.length + bytes.length);
  message.set([tag, ...length]);
  message.set(bytes, 1 + length.length);
  return message;
};

/** A TensorProto file; undefined for what is no tensor (a sequence, an optional value). */
function tensorOf(bytes: Uint8Array): Tensor | undefined {
  // Graph.initializer is field 5 of GraphProto, ModelProto.graph field 7.
  try {
    const proto = decodeModel(field(0x3a, field(0x2a, bytes))).graph?.initializer[0];
    return proto === undefined ? undefined : readTensor(proto, "tensor");
  } catch (error) {
    if (error instanceof CalypteError) return undefined;
    throw error;
  }
}

const relative = (dtype: string): number => (dtype === "float16" || dtype === "bfloat16" ? 1e-2 : 1e-5);

/** What differs, in words. */
function difference(got: Pick<Tensor, "data" | "shape" | "dtype">, want: Tensor, name: string): string | undefined {
  if (got.dtype !== want.dtype || String(got.shape) !== String(want.shape)) {
    return `${name} is ${got.dtype}[${got.shape}], expected ${want.dtype}[${want.shape}]`;
  }
  for (let i = 0; i < want.data.length; i++) {
    const [x, y] = [got.data[i], want.data[i]];
    if (Object.is(x, y) || x === y) continue;
    if (typeof x === "number" && typeof y === "number") {
      if (Math.abs(x - y) <= 1e-7 + relative(want.dtype) * Math.abs(y)) continue;
    }
    return `${name}: element ${i} is ${String(x)}, expected ${String(y)}`;
  }
  return undefined;
}

/** Runs a case on both backends. */
export async function runNodeTest(files: NodeTestFiles): Promise<NodeTestResult> {
  const file = files.get("model.onnx") ?? new Uint8Array();
  const proto = decodeModel(file);
  const ops = [...new Set((proto.graph?.node ?? []).map(({ domain, op_type: op }) => `${domain || "ai.onnx"}:${op}`))];
  const every = (reason: string): NodeTestResult => ({ ops, reference: reason, wasm: reason, host: [] });
  const initial = new Set(proto.graph?.initializer.map(({ name }) => name));
  const names = (proto.graph?.input ?? []).flatMap(({ name }) => (name === null || initial.has(name) ? [] : [name]));
  const given = new Map<string, Tensor>();
  for (const [i, name] of names.entries()) {
    const bytes = files.get(`test_data_set_0/input_${i}.pb`);
    const tensor = bytes === undefined ? undefined : tensorOf(bytes);
    if (tensor === undefined) return every("an input is no tensor of a type that calypte holds");
    given.set(name, tensor);
  }
  const wanted = (proto.graph?.output ?? []).map(({ name }, i) => {
    const bytes = files.get(`test_data_set_0/output_${i}.pb`);
    return { name: name ?? "", tensor: bytes === undefined ? undefined : tensorOf(bytes) };
  });
  if (wanted.some(({ tensor }) => tensor === undefined))
    return every("an output is no tensor of a type that calypte holds");

  let program: Program;
  try {
    const model = readOnnx(file, operators);
    const inputs = model.inputs.map(({ name, dtype }) => ({ name, dtype, shape: given.get(name)?.shape ?? [] }));
    const outputs = model.outputs.map((output, i) => ({ ...output, shape: wanted[i]?.tensor?.shape ?? [] }));
    program = optimize(lowerModel({ ...model, inputs, outputs }));
  } catch (error) {
    if (error instanceof CalypteError) return every(`refused: ${error.message}`);
    throw error;
  }
  const inputs = new Map(program.inputs.map(({ name }) => [name, given.get(name)!]));
  const check = (run: () => ReadonlyMap<string, Tensor>): string | undefined => {
    try {
      const answers = run();
      for (const { name, tensor } of wanted) {
        const output = program.outputs.find((o) => o.name === name);
        const got = answers.get(name);
        if (output === undefined || got === undefined || tensor === undefined) return `there is no output ${name}`;
        const { dictionary } = program.types[output.value]!;
        const decoded = dictionary === undefined ? got : decodedOf(got, dictionary);
        const wrong = difference(decoded, tensor, name);
        if (wrong !== undefined) return wrong;
      }
      return undefined;
    } catch (error) {
      if (error instanceof CalypteError) return `refused: ${error.message}`;
      throw error;
    }
  };
  const asked = wanted.map(({ name }) => name);
  const reference = createReferenceExecutable(program, referenceTarget(1));
  const wasm = await wasmBackend.compile(program, wasmTarget(1));
  return {
    ops,
    reference: check(() => reference.runSync(inputs, 1, asked)),
    wasm: check(() => wasm.runSync(inputs, 1, asked)),
    host: wasm.notes ?? [],
  };
}

/** Labels in the element type of their dictionary. int64 stays exact. */
function decodedOf(codes: Tensor, dictionary: NonNullable<Parameters<typeof userForm>[0]>): Tensor {
  const values: readonly (string | bigint | number | boolean)[] = dictionary.values;
  const picked = Array.from(codes.data as Int32Array, (code) => values[code]);
  const data = dictionary.dtype === "int64" ? BigInt64Array.from(picked as bigint[]) : picked;
  return { dtype: dictionary.dtype, shape: codes.shape, data } as Tensor;
}
