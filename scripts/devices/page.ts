/** For scripts/devices.ts and its test: what a page runs. It measures the device named in /task.json and posts what it found. */

import { compileGraph } from "../../src/backends/tfjs/compile-graph.js";
import { loadTfjs } from "../../src/backends/tfjs/load-tfjs.js";
import { tfjsTarget } from "../../src/emitters/tfjs/target.js";
import { compile, load } from "../../src/index.js";
import type { PrimitiveName } from "../../src/ir/primitive.js";
import type { Program } from "../../src/ir/program.js";
import { fromWire } from "../browser/wire.js";
import { type Cell, type FixtureTask, measureFixture, measurePrimitives } from "./measure.js";

export interface PageTask {
  readonly device: "webgl" | "webgpu";
  readonly primitives: "all" | readonly PrimitiveName[];
  readonly fixtures: readonly string[];
  /** A scaler whose rows are repeated until they have more than 2^24 elements. */
  readonly large?: string;
}

export interface PageReport {
  readonly failure?: string;
  readonly adapter?: string;
  readonly primitives?: Readonly<Record<string, Cell>>;
  readonly fixtures?: Readonly<Record<string, Cell>>;
  /** Of the large batch: its elements, and the answers that are not those of the wasm backend. */
  readonly large?: { readonly elements: number; readonly differ: number };
}

async function scoreLarge(name: string, device: PageTask["device"]): Promise<PageReport["large"]> {
  const { sets } = (await (await fetch(`/fixtures/${name}.json`)).json()) as FixtureTask;
  const [[input, wire] = ["", undefined]] = Object.entries(sets[0]?.inputs ?? {});
  if (wire === undefined) throw new Error(`${name} has no rows`);
  const { data, shape } = fromWire(wire);
  const [given = 1, width = 1] = shape;
  const rows = Math.ceil((2 ** 24 + 1) / width);
  const source = data as ArrayLike<number>;
  // Each time in another scale, so that no two stretches of rows are the same.
  const many = Float32Array.from({ length: rows * width }, (_, i) => {
    const lap = Math.floor(i / (given * width));
    return (source[i % (given * width)] ?? 0) * (1 + (lap % 1009) / 1009);
  });
  const model = await load(new URL(`/models/${name}.onnx`, location.href));
  const X = { [input]: { data: many, shape: [rows, width] } };
  const [here, wanted] = await Promise.all(
    [{ backend: "tfjs", device } as const, { backend: "wasm" } as const].map(async (options) => {
      const scorer = await compile(model, options);
      const [answer] = Object.values(await scorer.run(X));
      return answer?.data as ArrayLike<number>;
    }),
  );
  let differ = here?.length === wanted?.length ? 0 : rows;
  for (let i = 0; i < many.length; i++) {
    const [got, want] = [here?.[i] ?? Number.NaN, wanted?.[i] ?? 0];
    if (!(Math.abs(got - want) <= 1e-5 * Math.max(1, Math.abs(want)))) differ++;
  }
  return { elements: many.length, differ };
}

async function adapterOf(device: PageTask["device"]): Promise<string> {
  if (device === "webgpu") {
    const { gpu } = navigator as unknown as {
      gpu: { requestAdapter(): Promise<{ info: { vendor: string; architecture: string } } | null> };
    };
    const adapter = await gpu.requestAdapter();
    return adapter === null ? "none" : `${adapter.info.vendor} ${adapter.info.architecture}`;
  }
  const gl = new OffscreenCanvas(1, 1).getContext("webgl2");
  const names = gl?.getExtension("WEBGL_debug_renderer_info");
  return gl && names ? String(gl.getParameter(names.UNMASKED_RENDERER_WEBGL)) : "unknown";
}

async function work(): Promise<PageReport> {
  try {
    const { device, primitives, fixtures, large } = (await (await fetch("/task.json")).json()) as PageTask;
    const adapter = await adapterOf(device);
    await loadTfjs(device);
    const target = tfjsTarget(device, 16);
    const start = (program: Program) => compileGraph(program, target, device);
    const measured = await measurePrimitives(device, start, primitives === "all" ? undefined : primitives);
    const largest = large === undefined ? undefined : await scoreLarge(large, device);
    const cells: Record<string, Cell> = {};
    for (const name of fixtures) {
      const task = (await (await fetch(`/fixtures/${name}.json`)).json()) as FixtureTask;
      cells[name] = await measureFixture(task, { backend: "tfjs", device });
    }
    return {
      adapter,
      primitives: measured,
      fixtures: cells,
      ...(largest === undefined ? {} : { large: largest }),
    };
  } catch (error) {
    return { failure: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

await fetch("/report", { method: "POST", body: JSON.stringify(await work()) });
