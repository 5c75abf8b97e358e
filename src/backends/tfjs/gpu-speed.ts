/**
 * Whether the GPU is worth its way: the time that a forest takes there and in the wasm backend, measured once in a process on a forest
 * made up for it, when a scorer for many rows is compiled with the backend "auto". A software adapter counts as no GPU.
 */

import { BackendUnavailableError, InternalError } from "../../errors.js";
import { createBuilder } from "../../ir/builder.js";
import { N } from "../../ir/dims.js";
import { type Forest, SplitMode } from "../../ir/forest.js";
import { buildForest } from "../../ir/forest-builder.js";
import type { Executable } from "../../ir/target.js";
import { float32, numbersOf, type Tensor } from "../../ir/tensor.js";
import { wasmBackend } from "../wasm/wasm-backend.js";
import { deviceFailed } from "../with-fallback.js";
import { loadTfjs } from "./load-tfjs.js";
import { provideGpu } from "./provide-gpu.js";
import { tfjsBackend } from "./tfjs-backend.js";

export interface GpuSpeed {
  /** Seconds of a call with one row: the way there and back. */
  readonly roundTrip: number;
  /** Seconds that a further row costs in the forest measured, of `steps` comparisons a row. */
  readonly gpuPerRow: number;
  readonly wasmPerRow: number;
  readonly steps: number;
}

/** A GPU that there is, and that cannot be used. */
export interface GpuFailure {
  /** Why, in the words of the error. */
  readonly failed: string;
}

const [trees, depth, columns, manyRows] = [64, 6, 16, 2 ** 15];

/** Complete trees whose thresholds spread over the columns. */
function probeForest(): Forest {
  const [inner, nodes] = [2 ** depth - 1, 2 ** (depth + 1) - 1];
  const all = <T>(make: (node: number, tree: number) => T): T[] =>
    Array.from({ length: trees * nodes }, (_, i) => make(i % nodes, Math.floor(i / nodes)));
  const isInner = (node: number): boolean => node < inner;
  const votes = Array.from({ length: trees * (nodes - inner) }, (_, i) => i);
  return buildForest(
    {
      nFeatures: columns,
      nOutputs: 1,
      compare: "float32",
      sum: "float32",
      aggregate: "sum",
      tree: all((_, tree) => tree),
      id: all((node) => node),
      mode: all((node) => (isInner(node) ? SplitMode.lessEqual : SplitMode.leaf)),
      feature: all((node, tree) => (isInner(node) ? (node * 7 + tree) % columns : 0)),
      threshold: all((node, tree) => (isInner(node) ? Math.fround(((node * 31 + tree * 17) % 97) / 97) : 0)),
      trueId: all((node) => (isInner(node) ? 2 * node + 1 : 0)),
      falseId: all((node) => (isInner(node) ? 2 * node + 2 : 0)),
      missingTrue: all(() => 0),
      voteTree: votes.map((i) => Math.floor(i / (nodes - inner))),
      voteId: votes.map((i) => inner + (i % (nodes - inner))),
      voteTarget: votes.map(() => 0),
      voteValue: votes.map((i) => Math.fround(i / 1000)),
    },
    "calypte",
    "the forest that devices are measured with",
  );
}

/** Of the fastest of three calls. */
async function fastest(executable: Executable, x: Tensor, rows: number): Promise<{ seconds: number; answer: Tensor }> {
  let seconds = Number.POSITIVE_INFINITY;
  let answer: Tensor | undefined;
  for (let i = 0; i < 3; i++) {
    const start = performance.now();
    answer = (await executable.run(new Map([["x", x]]), rows, ["y"])).get("y");
    seconds = Math.min(seconds, (performance.now() - start) / 1000);
  }
  if (answer === undefined) throw new InternalError("the forest that devices are measured with gave no answer");
  return { seconds, answer };
}

/** Whether the GPU's sums are those of wasm, within the tolerance of TF.js. */
function agree(gpu: Tensor, wasm: Tensor): boolean {
  const [got, want] = [numbersOf(gpu.data), numbersOf(wasm.data)];
  if (got.length !== want.length) return false;
  // Written so that NaN is no agreement.
  for (let i = 0; i < want.length; i++) if (!(Math.abs(got[i]! - want[i]!) <= 1e-5 * Math.abs(want[i]!))) return false;
  return true;
}

/** Measures whatever adapter there is. Throws what the device fails with; InternalError where it computes something else than wasm. */
export async function measureGpu(): Promise<GpuSpeed> {
  const build = createBuilder();
  const x = build.input("x", { dtype: "float32", shape: [N, columns] });
  const program = build.finish([{ name: "y", value: build.op("forest", [x], { forest: probeForest() }) }]);
  const values = Float32Array.from({ length: manyRows * columns }, (_, i) => ((i * 7919) % 1009) / 1009);
  const [one, many] = [float32(values.slice(0, columns), [1, columns]), float32(values, [manyRows, columns])];
  const gpu = await tfjsBackend.compile(program, await tfjsBackend.probe({ device: "webgpu", batchHint: manyRows }));
  const wasm = await wasmBackend.compile(program, await wasmBackend.probe({ batchHint: manyRows }));
  try {
    const roundTrip = (await fastest(gpu, one, 1)).seconds;
    const [onGpu, onWasm] = [await fastest(gpu, many, manyRows), await fastest(wasm, many, manyRows)];
    if (!agree(onGpu.answer, onWasm.answer)) {
      throw new InternalError("the GPU's answers to the forest that devices are measured with are wrong");
    }
    return {
      roundTrip,
      gpuPerRow: Math.max(0, onGpu.seconds - roundTrip) / manyRows,
      wasmPerRow: onWasm.seconds / manyRows,
      steps: trees * depth,
    };
  } finally {
    gpu.dispose();
    wasm.dispose();
  }
}

/** What `measure` gives, or that the device failed. */
export async function measuredOrFailed(measure: () => Promise<GpuSpeed>): Promise<GpuSpeed | GpuFailure> {
  try {
    return await measure();
  } catch (error) {
    if (deviceFailed(error)) return { failed: error.message };
    throw error;
  }
}

let measured: Promise<GpuSpeed | GpuFailure | undefined> | undefined;

/** The speeds, measured at the first call; undefined where TF.js or a GPU that is hardware is absent. */
export function gpuSpeed(): Promise<GpuSpeed | GpuFailure | undefined> {
  measured ??= (async () => {
    try {
      if ((await provideGpu()).software) return undefined;
      await loadTfjs("webgpu");
    } catch (error) {
      if (error instanceof BackendUnavailableError) return undefined;
      throw error;
    }
    return measuredOrFailed(measureGpu);
  })();
  return measured;
}

/** Whether a call with `rows` rows, each of `steps` comparisons, takes less time on the GPU. */
export function gpuIsFaster(speed: GpuSpeed, rows: number, steps: number): boolean {
  const size = (rows * steps) / speed.steps;
  return speed.roundTrip + size * speed.gpuPerRow < size * speed.wasmPerRow;
}
