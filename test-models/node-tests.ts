/**
 * ONNX's own node tests: one small model for each case of each operator, with inputs and the answers of ONNX's reference
 * implementation. Every model runs with the shapes of its inputs as they are given, which is what the cases mean: they have no batch.
 *
 * The cases take axes, shapes and counts as inputs, which exporters write as constants. `reference` and `wasm` take them as inputs, too;
 * what TF.js can run, and wasm without the host, is asked of the case with these inputs as constants.
 */

import { operators } from "../compilers/index.js";
import { referenceBackend, referenceTarget } from "../src/backends/reference/reference-backend.js";
import { tfjsBackend } from "../src/backends/tfjs/tfjs-backend.js";
import { wasmTarget } from "../src/backends/wasm/target.js";
import { wasmBackend } from "../src/backends/wasm/wasm-backend.js";
import { lowerFor, optimize } from "../src/compile.js";
import type { userForm } from "../src/data/output.js";
import { tfjsTarget } from "../src/emitters/tfjs/target.js";
import { CalypteError, DataDependentError, UnsupportedError } from "../src/errors.js";
import type { Model, ModelInput } from "../src/ir/model.js";
import type { Program } from "../src/ir/program.js";
import type { Backend, Target } from "../src/ir/target.js";
import type { Tensor } from "../src/ir/tensor.js";
import { lowerModel } from "../src/lower.js";
import { decodeModel } from "../src/readers/onnx/decode.js";
import type { ValueInfoProto } from "../src/readers/onnx/generated/onnx-ml.js";
import { readOnnx } from "../src/readers/onnx/read-onnx.js";
import { readTensor } from "../src/readers/onnx/tensors.js";

/** The files of a case by their paths: model.onnx, test_data_set_0/input_0.pb, …/output_0.pb, … */
export type NodeTestFiles = ReadonlyMap<string, Uint8Array>;

export type NodeTestBackend = "reference" | "wasm" | "tfjs";

export interface NodeTestResult {
  /** The operators of the case's graph, "domain:Op". */
  readonly ops: readonly string[];
  /** Undefined where the answers agree; else "refused: " and why, or what is wrong. */
  readonly answers: Readonly<Record<NodeTestBackend, string | undefined>>;
  /** What the wasm backend runs on the host, axes, shapes and counts being constants. */
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

/** A TensorProto file. Throws what `readTensor` throws. */
function tensorOf(bytes: Uint8Array): Tensor {
  // Graph.initializer is field 5 of GraphProto, ModelProto.graph field 7.
  const proto = decodeModel(field(0x3a, field(0x2a, bytes))).graph?.initializer[0];
  if (proto === undefined) throw new Error("no tensor");
  return readTensor(proto, "tensor");
}

/** The tensors of a SequenceProto file: its field 3. Throws where it holds something else. */
function sequenceOf(bytes: Uint8Array): readonly Tensor[] {
  const tensors: Tensor[] = [];
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++] ?? 0;
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value;
    }
  };
  while (at < bytes.length) {
    const tag = varint();
    if (tag === 16) varint();
    else {
      const end = varint() + at;
      if (tag === 26) tensors.push(tensorOf(bytes.subarray(at, end)));
      else if (tag !== 10) throw new Error("no sequence of tensors");
      at = end;
    }
  }
  return tensors;
}

/** The wanted answers by the names that calypte gives them: a sequence is an output for each of its tensors. */
function wantedOf(
  files: NodeTestFiles,
  outputs: readonly ValueInfoProto[],
): readonly { readonly name: string; readonly tensor: Tensor }[] {
  return outputs.flatMap(({ name, type }, i) => {
    const bytes = files.get(`test_data_set_0/output_${i}.pb`) ?? new Uint8Array();
    if ((type?.optional_type ?? null) !== null) {
      throw new UnsupportedError(`output "${name}"`, "it is an optional value, expected a tensor or a sequence");
    }
    if ((type?.sequence_type ?? null) === null) return [{ name: name ?? "", tensor: tensorOf(bytes) }];
    return sequenceOf(bytes).map((tensor, k) => ({ name: `${name}[${k}]`, tensor }));
  });
}

const relative = (dtype: string): number => (dtype === "float16" || dtype === "bfloat16" ? 1e-2 : 1e-5);

/** What differs, in words. `narrowed`: the device has fewer element types, so that of the answer may be another. */
function difference(
  got: Pick<Tensor, "data" | "shape" | "dtype">,
  want: Tensor,
  name: string,
  narrowed: boolean,
): string | undefined {
  if ((got.dtype !== want.dtype && !narrowed) || String(got.shape) !== String(want.shape)) {
    return `${name} is ${got.dtype}[${got.shape}], expected ${want.dtype}[${want.shape}]`;
  }
  for (let i = 0; i < want.data.length; i++) {
    const [x, y] = narrowed ? [numeric(got.data[i]), numeric(want.data[i])] : [got.data[i], want.data[i]];
    if (Object.is(x, y) || x === y) continue;
    if (typeof x === "number" && typeof y === "number") {
      if (Math.abs(x - y) <= 1e-7 + relative(want.dtype) * Math.abs(y)) continue;
    }
    return `${name}: element ${i} is ${String(x)}, expected ${String(y)}`;
  }
  return undefined;
}

const numeric = (value: unknown): unknown => (typeof value === "bigint" ? Number(value) : value);

const targets: { readonly [B in NodeTestBackend]: readonly [Backend, Target] } = {
  reference: [referenceBackend, referenceTarget(1)],
  wasm: [wasmBackend, wasmTarget(1)],
  tfjs: [tfjsBackend, tfjsTarget("cpu", 1)],
};

/** Runs a case on all backends. */
export async function runNodeTest(files: NodeTestFiles): Promise<NodeTestResult> {
  const file = files.get("model.onnx") ?? new Uint8Array();
  const proto = decodeModel(file);
  const ops = [...new Set((proto.graph?.node ?? []).map(({ domain, op_type: op }) => `${domain || "ai.onnx"}:${op}`))];
  const every = (reason: string): NodeTestResult => ({
    ops,
    answers: { reference: reason, wasm: reason, tfjs: reason },
    host: [],
  });
  const given = new Map<string, Tensor>();
  let wanted: ReturnType<typeof wantedOf>;
  let program: Program;
  let settled: Program;
  try {
    const model = readOnnx(file, operators);
    const initial = new Set(proto.graph?.initializer.map(({ name }) => name));
    const names = (proto.graph?.input ?? []).filter(({ name }) => !initial.has(name));
    for (const [i, { name }] of names.entries()) {
      given.set(name ?? "", tensorOf(files.get(`test_data_set_0/input_${i}.pb`) ?? new Uint8Array()));
    }
    wanted = wantedOf(files, proto.graph?.output ?? []);
    const shapes = new Map(wanted.map(({ name, tensor }) => [name, tensor.shape]));
    const inputs = model.inputs.map(({ name, dtype }) => ({ name, dtype, shape: given.get(name)?.shape ?? [] }));
    const outputs = model.outputs.map((output) => {
      const shape = shapes.get(output.name);
      return shape === undefined ? output : { ...output, shape };
    });
    const shaped = { ...model, inputs, outputs };
    const plain = unlessDataDependent(() => optimize(lowerModel(shaped)));
    settled =
      plain === undefined || plain.instructions.some(({ op }) => op === "deferred")
        ? optimize(lowerModel(withConstants(shaped, given)))
        : plain;
    program = plain ?? settled;
  } catch (error) {
    if (error instanceof CalypteError) return every(`refused: ${error.message}`);
    throw error;
  }
  let host: readonly string[] = [];
  const run = async (name: NodeTestBackend): Promise<string | undefined> => {
    try {
      const [backend, target] = targets[name];
      const lowered = (await lowerFor(name === "tfjs" ? settled : program, target, "auto")).program;
      const executable = await backend.compile(lowered, target);
      if (name === "wasm") {
        const again = await backend.compile((await lowerFor(settled, target, "auto")).program, target);
        host = again.notes ?? [];
        again.dispose();
      }
      const inputs = new Map(lowered.inputs.map((input) => [input.name, given.get(input.name)!]));
      const answers = await executable.run(
        inputs,
        1,
        wanted.map((w) => w.name),
      );
      for (const { name: output, tensor } of wanted) {
        const value = lowered.outputs.find((o) => o.name === output)?.value;
        const got = answers.get(output);
        if (value === undefined || got === undefined) return `there is no output ${output}`;
        const { dictionary } = lowered.types[value]!;
        const decoded = dictionary === undefined ? got : decodedOf(got, dictionary);
        const wrong = difference(decoded, tensor, output, name === "tfjs");
        if (wrong !== undefined) return wrong;
      }
      executable.dispose();
      return undefined;
    } catch (error) {
      if (error instanceof CalypteError) return `refused: ${error.message}`;
      throw error;
    }
  };
  const answers = { reference: await run("reference"), wasm: await run("wasm"), tfjs: await run("tfjs") };
  return { ops, answers, host };
}

function unlessDataDependent<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (error instanceof DataDependentError) return undefined;
    throw error;
  }
}

/** The model with its short integer and bool inputs as constants: axes, shapes, counts, conditions. */
function withConstants(model: Model, given: ReadonlyMap<string, Tensor>): Model {
  const isSetting = ({ name, dtype, shape }: ModelInput): boolean =>
    given.has(name) && (dtype === "int64" || dtype === "int32" || dtype === "bool") && shape.length <= 1;
  const settings = model.inputs.filter(isSetting).map(({ name }) => [name, given.get(name)!] as const);
  return {
    ...model,
    inputs: model.inputs.filter((input) => !isSetting(input)),
    constants: new Map([...model.constants, ...settings]),
  };
}

/** Labels in the element type of their dictionary. int64 stays exact. */
function decodedOf(codes: Tensor, dictionary: NonNullable<Parameters<typeof userForm>[0]>): Tensor {
  const values: readonly (string | bigint | number | boolean)[] = dictionary.values;
  const picked = Array.from(codes.data as Int32Array, (code) => values[code]);
  const data = dictionary.dtype === "int64" ? BigInt64Array.from(picked as bigint[]) : picked;
  return { dtype: dictionary.dtype, shape: codes.shape, data } as Tensor;
}
