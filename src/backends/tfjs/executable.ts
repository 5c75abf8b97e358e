/** A Program loaded into TF.js: feeds row blocks to the graph and copies the answers out. */

import type { GraphModel } from "@tensorflow/tfjs-converter";
import type * as Core from "@tensorflow/tfjs-core";
import type { EmittedGraph } from "../../emitters/tfjs/emit.js";
import { CalypteError, DataError, InternalError, LimitError, OptionError, ShapeError } from "../../errors.js";
import type { Program } from "../../ir/program.js";
import { elementsPerRow, rowWise, runInBlocks, runInBlocksAsync, withOutputs } from "../../ir/rows.js";
import type { Executable, Target } from "../../ir/target.js";
import type { Tensor } from "../../ir/tensor.js";
import type { SplitProgram } from "../../passes/split-host.js";
import { referenceBackend, referenceTarget } from "../reference/reference-backend.js";
import { liftDenormals, toDeviceInput } from "./device-inputs.js";
import type { Tfjs, TfjsDevice } from "./load-tfjs.js";
import { largestOnGpu, watchGpu } from "./provide-gpu.js";
import { withDevice } from "./with-device.js";

export interface LoadedModel {
  readonly tfjs: Tfjs;
  readonly device: TfjsDevice;
  readonly model: GraphModel<Core.io.IOHandlerSync>;
  readonly program: Program;
  readonly split: SplitProgram;
  readonly emitted: EmittedGraph;
  readonly target: Target;
}

type Tensors = ReadonlyMap<string, Tensor>;

/** The device's Program for some of the outputs. */
interface Plan {
  readonly program: Program;
  /** Node names of the outputs, in their order. */
  readonly nodes: readonly string[];
  /** Rows that keep every intermediate within the target's limit. */
  readonly blockRows: number;
}

/** Elements of the largest intermediate in one block: 16 MB a tensor. Blocks of 2^16 to 2^24 ran as fast, so memory decides. */
const blockElements = 2 ** 22;
/** No device takes a tensor of more elements than this. */
const largestTensor = 2 ** 29;

export async function createExecutable(loaded: LoadedModel): Promise<Executable> {
  const { tfjs, device, model, program, split, emitted, target } = loaded;
  const { core } = tfjs;
  const onHost = split.host.instructions.length > 0;
  const host = await referenceBackend.compile(split.host, referenceTarget(target.batchHint));
  const whole = await referenceBackend.compile(program, referenceTarget(target.batchHint));
  const nodeOf = new Map(split.device.outputs.map((o, i) => [o.name, emitted.outputs[i]?.name ?? o.name]));
  const plans = new Map<string, Plan>();
  const flushes = device === "tensorflow" || device === "webgpu" || device === "webgl";
  const deviceErrors = device === "webgpu" ? watchGpu(core) : undefined;
  const largest = device === "webgpu" ? Math.min(largestTensor, largestOnGpu(core)) : largestTensor;
  let disposed = false;

  const planFor = (names: readonly string[]): Plan => {
    const key = JSON.stringify(names);
    const known = plans.get(key);
    if (known !== undefined) return known;
    const chosen = withOutputs(split.device, names);
    const rows = Math.max(1, Math.floor(Math.min(blockElements, target.maxElements) / elementsPerRow(chosen)));
    const plan = {
      program: chosen,
      nodes: names.map((name) => nodeOf.get(name) ?? name),
      blockRows: rowWise(chosen).rowWise ? rows : Number.POSITIVE_INFINITY,
    };
    plans.set(key, plan);
    return plan;
  };

  /** The graph's inputs, or for a batch without rows, which TF.js's kernels get wrong, the outputs by the reference. */
  const prepare = (inputs: Tensors, n: number, names: readonly string[], plan: Plan): Tensors => {
    const given = new Map<string, Tensor>();
    for (const { name, value } of program.inputs) {
      const tensor = inputs.get(name);
      const type = program.types[value];
      if (tensor === undefined || type === undefined) throw new ShapeError(`input ${name} is missing`);
      given.set(name, toDeviceInput(name, tensor, type, n));
    }
    if (n === 0) return whole.runSync(given, 0, names);
    const size = elementsPerRow(plan.program) * Math.min(n, plan.blockRows);
    if (size > (plan.blockRows === Number.POSITIVE_INFINITY ? target.maxElements : largest)) {
      throw new LimitError(
        `this model needs a tensor of ${size} elements for ${Math.min(n, plan.blockRows)} rows at once, more than TF.js can take; use fewer rows or the backend reference`,
      );
    }
    return onHost
      ? host.runSync(
          given,
          n,
          split.host.outputs.map((o) => o.name),
        )
      : given;
  };

  const start = (names: readonly string[]): Plan => {
    if (disposed) throw new OptionError("dispose", "it was disposed; compile the model again");
    return planFor(names);
  };

  /** Runs the graph on a block; the tensors stay alive until they are read and disposed. */
  const execute = (plan: Plan, inputs: Tensors): Core.Tensor[] =>
    withDevice(core, device, () => {
      const engine = core.engine();
      engine.startScope("calypte");
      try {
        const feeds: Record<string, Core.Tensor> = {};
        for (const [i, { name }] of plan.program.inputs.entries()) {
          const tensor = inputs.get(name);
          const node = emitted.inputs[i];
          if (tensor === undefined || node === undefined) throw new InternalError(`input ${name} is missing`);
          feeds[node.name] = toTfjs(core, flushes ? liftDenormals(tensor) : tensor);
        }
        const results = model.execute(feeds, [...plan.nodes]);
        return (Array.isArray(results) ? results : [results]).map((t) => core.keep(t));
      } catch (error) {
        throw fromTfjs(error);
      } finally {
        engine.endScope();
      }
    });

  const collect = (plan: Plan, results: readonly Core.Tensor[], data: readonly ArrayLike<number>[]): Tensors => {
    const outputs = new Map<string, Tensor>();
    for (const [i, { name, value }] of plan.program.outputs.entries()) {
      const [result, values, type] = [results[i], data[i], plan.program.types[value]];
      if (result === undefined || values === undefined || type === undefined) {
        throw new InternalError(`output ${name} is missing`);
      }
      outputs.set(name, ownTensor(type.dtype, result.shape, values));
    }
    for (const result of results) result.dispose();
    return outputs;
  };

  const fused = split.device.instructions.some((i) => i.op === "forest" || i.op === "forestLeaves");
  return {
    ...(fused ? { notes: ["forests are nodes of calypte's own; fused: false is for standard operators alone"] } : {}),
    runSync(inputs, n, names) {
      if (device === "webgpu") {
        throw new OptionError("device", "TF.js on webgpu answers asynchronously only; use run instead of runSync");
      }
      const plan = start(names);
      const prepared = prepare(inputs, n, names, plan);
      if (n === 0) return prepared;
      return runInBlocks(plan.program, prepared, n, plan.blockRows, (block) => {
        const results = execute(plan, block);
        return collect(
          plan,
          results,
          results.map((t) => t.dataSync()),
        );
      });
    },
    async run(inputs, n, names) {
      const plan = start(names);
      const prepared = prepare(inputs, n, names, plan);
      if (n === 0) return prepared;
      return runInBlocksAsync(plan.program, prepared, n, plan.blockRows, async (block) => {
        if (disposed) throw new OptionError("dispose", "it was disposed while it ran");
        const gone = deviceErrors?.lost();
        if (gone !== undefined) throw gone;
        let results: readonly Core.Tensor[] = [];
        let data: readonly ArrayLike<number>[];
        try {
          results = execute(plan, block);
          data = await Promise.all(results.map((t) => t.data()));
          const problem = deviceErrors?.take();
          if (problem !== undefined) throw problem;
        } catch (error) {
          for (const result of results) result.dispose();
          // What TF.js throws on a device that failed says less than the device does, an instant later.
          await new Promise((resolve) => setTimeout(resolve, 0));
          throw deviceErrors?.take() ?? fromTfjs(error);
        }
        return collect(plan, results, data);
      });
    },
    dispose() {
      if (disposed) return;
      disposed = true;
      plans.clear();
      host.dispose();
      whole.dispose();
      model.dispose();
    },
  };
}

function toTfjs(core: Tfjs["core"], { dtype, shape, data }: Tensor): Core.Tensor {
  if (dtype === "float32" || dtype === "int32" || dtype === "bool")
    return core.tensor(data as Float32Array, [...shape], dtype);
  throw new InternalError(`a ${dtype} tensor was fed to TF.js`);
}

/** A tensor of its own memory. TF.js may hold float32 elements in another array where it converted in place. */
function ownTensor(dtype: string, shape: readonly number[], data: ArrayLike<number>): Tensor {
  if (dtype === "float32") return { dtype, shape, data: Float32Array.from(data) };
  if (dtype === "int32") return { dtype, shape, data: Int32Array.from(data) };
  if (dtype === "bool") return { dtype, shape, data: Uint8Array.from(data) };
  if (dtype === "int64") return { dtype, shape, data: BigInt64Array.from(Array.from(data, BigInt)) };
  throw new InternalError(`TF.js gave a tensor for an output of ${dtype}`);
}

/** What TF.js throws while a graph runs: an index out of range is the data's fault, anything else ours. */
function fromTfjs(error: unknown): Error {
  if (error instanceof CalypteError) return error;
  const message = error instanceof Error ? error.message : String(error);
  const index = /the index value (-?\d+) is not in \[0, (\d+)\]/.exec(message);
  if (index !== null) return new DataError(`an index computed from the data is out of range: TF.js says "${index[0]}"`);
  return new InternalError(`TF.js failed to run the graph: ${message}`);
}
