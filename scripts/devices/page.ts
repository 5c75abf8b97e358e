/** For scripts/devices.ts and its test: what a page runs. It measures the device named in /task.json and posts what it found. */

import { compileGraph } from "../../src/backends/tfjs/compile-graph.js";
import { loadTfjs } from "../../src/backends/tfjs/load-tfjs.js";
import { tfjsTarget } from "../../src/emitters/tfjs/target.js";
import { type Cell, type FixtureTask, measureFixture, measurePrimitives } from "./measure.js";

export interface PageTask {
  readonly device: "webgl" | "webgpu";
  readonly primitives: boolean;
  readonly fixtures: readonly string[];
}

export interface PageReport {
  readonly failure?: string;
  readonly adapter?: string;
  readonly primitives?: Readonly<Record<string, Cell>>;
  readonly fixtures?: Readonly<Record<string, Cell>>;
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
    const { device, primitives, fixtures } = (await (await fetch("/task.json")).json()) as PageTask;
    const adapter = await adapterOf(device);
    await loadTfjs(device);
    const target = tfjsTarget(device, 16);
    const measured = primitives
      ? await measurePrimitives(device, (program) => compileGraph(program, target, device))
      : undefined;
    const cells: Record<string, Cell> = {};
    for (const name of fixtures) {
      const task = (await (await fetch(`/fixtures/${name}.json`)).json()) as FixtureTask;
      cells[name] = await measureFixture(task, { backend: "tfjs", device });
    }
    return { adapter, fixtures: cells, ...(measured === undefined ? {} : { primitives: measured }) };
  } catch (error) {
    return { failure: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

await fetch("/report", { method: "POST", body: JSON.stringify(await work()) });
