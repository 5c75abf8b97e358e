/**
 * Whether the GPU is worth its way: the time that a forest takes there and in the wasm backend, measured once in a process on a forest
 * made up for it, when a scorer for many rows is compiled with the backend "auto". A software adapter counts as no GPU.
 */

import { BackendUnavailableError } from "../../errors.js";
import { createBuilder } from "../../ir/builder.js";
import { N } from "../../ir/dims.js";
import { type Forest, SplitMode } from "../../ir/forest.js";
import { buildForest } from "../../ir/forest-builder.js";
import type { Executable } from "../../ir/target.js";
import { float32, type Tensor } from "../../ir/tensor.js";
import { wasmBackend } from "../wasm/wasm-backend.js";
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

/** Seconds of the fastest of three calls. */
async function fastest(executable: Executable, x: Tensor, rows: number): Promise<number> {
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 3; i++) {
    const start = performance.now();
    await executable.run(new Map([["x", x]]), rows, ["y"]);
    best = Math.min(best, performance.now() - start);
  }
  return best / 1000;
}

/** Measures whatever adapter there is. */
export async function measureGpu(): Promise<GpuSpeed> {
  const build = createBuilder();
  const x = build.input("x", { dtype: "float32", shape: [N, columns] });
  const program = build.finish([{ name: "y", value: build.op("forest", [x], { forest: probeForest() }) }]);
  const values = Float32Array.from({ length: manyRows * columns }, (_, i) => ((i * 7919) % 1009) / 1009);
  const [one, many] = [float32(values.slice(0, columns), [1, columns]), float32(values, [manyRows, columns])];
  const gpu = await tfjsBackend.compile(program, await tfjsBackend.probe({ device: "webgpu", batchHint: manyRows }));
  const wasm = await wasmBackend.compile(program, await wasmBackend.probe({ batchHint: manyRows }));
  try {
    const roundTrip = await fastest(gpu, one, 1);
    const gpuPerRow = Math.max(0, (await fastest(gpu, many, manyRows)) - roundTrip) / manyRows;
    const wasmPerRow = (await fastest(wasm, many, manyRows)) / manyRows;
    return { roundTrip, gpuPerRow, wasmPerRow, steps: trees * depth };
  } finally {
    gpu.dispose();
    wasm.dispose();
  }
}

let measured: Promise<GpuSpeed | undefined> | undefined;

/** The speeds, measured at the first call; undefined where TF.js or a GPU that is hardware is absent. */
export function gpuSpeed(): Promise<GpuSpeed | undefined> {
  measured ??= (async () => {
    try {
      return (await provideGpu()).software ? undefined : await measureGpu();
    } catch (error) {
      if (error instanceof BackendUnavailableError) return undefined;
      throw error;
    }
  })();
  return measured;
}

/** Whether a call with `rows` rows, each of `steps` comparisons, takes less time on the GPU. */
export function gpuIsFaster(speed: GpuSpeed, rows: number, steps: number): boolean {
  const size = (rows * steps) / speed.steps;
  return speed.roundTrip + size * speed.gpuPerRow < size * speed.wasmPerRow;
}
