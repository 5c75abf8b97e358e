/** A GPU that fails: a typed error, a new device for the next scorer, and with the backend "auto" a fall-back that says so. */

import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { compile } from "../../compile.js";
import { BackendUnavailableError, InternalError, LimitError } from "../../errors.js";
import { load } from "../../load.js";
import { loadTfjs } from "./load-tfjs.js";
import { watchGpu } from "./provide-gpu.js";
import { hasWebgpu } from "./software-gpu.testing.js";

const root = join(import.meta.dirname, "../../..");
const modelOf = (name: string) => load(join(root, "test-models/onnx", name, "model.onnx"));

// What machines without a GPU cannot say: that the adapter is one, and fast.
const hardware = vi.hoisted(() => ({ fast: false, failed: "", measured: 0 }));
vi.mock("./gpu-speed.js", async (original) => ({
  ...(await original<typeof import("./gpu-speed.js")>()),
  gpuSpeed: async () => {
    hardware.measured++;
    if (hardware.failed !== "") return { failed: hardware.failed };
    return hardware.fast ? { roundTrip: 1e-3, gpuPerRow: 1e-9, wasmPerRow: 1e-6, steps: 100 } : undefined;
  },
}));

async function gpu() {
  const { core } = await loadTfjs("webgpu");
  return (core.engine().findBackend("webgpu") as unknown as { device: { destroy(): void } }).device;
}

const rows = [
  [5.1, 3.5, 1.4, 0.2],
  [6.3, 3.3, 6, 2.5],
];

describe.runIf(hasWebgpu)("a lost device", () => {
  test("is a typed error, and the next scorer has another", async () => {
    const model = await modelOf("iris-tree");
    const options = { backend: "tfjs", device: "webgpu" } as const;
    const scorer = await compile(model, options);
    const want = (await scorer.predict(rows)).data;
    (await gpu()).destroy();
    await expect(scorer.predict(rows)).rejects.toThrow(BackendUnavailableError);
    await expect(scorer.predict(rows)).rejects.toThrow(/the GPU device was lost .*compile the model again/);
    scorer.dispose();
    const again = await compile(model, options);
    expect((await again.predict(rows)).data).toEqual(want);
    again.dispose();
  });

  test("under auto, wasm answers from then on, and the plan says so", async () => {
    hardware.fast = true;
    const model = await modelOf("iris-tree");
    const onWasm = await compile(model, { backend: "wasm" });
    const want = await onWasm.predictProba(rows);
    const scorer = await compile(model, { batchHint: 100_000 });
    expect(scorer.plan).toMatchObject({ backend: "tfjs", device: "webgpu" });
    expect(scorer.plan.toString()).toContain("runs on the GPU");
    expect(scorer.predictProbaSync(rows)).toMatchObject({ data: want.data, shape: want.shape });
    expect(scorer.plan.toString()).not.toContain("failed");
    const first = await scorer.predictProba(rows);
    for (const [i, value] of (want.data as Float32Array).entries()) expect(first.data[i]).toBeCloseTo(value, 5);
    (await gpu()).destroy();
    const after = await scorer.predictProba(rows);
    expect(after).toMatchObject({ data: want.data, shape: want.shape });
    expect(scorer.plan.toString()).toMatch(/runs on wasm since the GPU failed: .*the GPU device was lost/);
    expect((await scorer.predictProba(rows)).data).toEqual(want.data);
    scorer.dispose();
    onWasm.dispose();
  });

  test("a shader that does not compile is a typed error", async () => {
    const scorer = await compile(await modelOf("iris-tree"), { backend: "tfjs", device: "webgpu" });
    const device = (await gpu()) as unknown as { createShaderModule(of: { code: string }): unknown };
    device.createShaderModule({ code: "fn broken( {" });
    await expect(scorer.predict(rows)).rejects.toThrow(InternalError);
    expect((await scorer.predict(rows)).data.length).toBe(2);
    scorer.dispose();
  });
});

test("auto asks for no GPU for few rows, for float64, or where there is none", async () => {
  hardware.fast = true;
  const before = hardware.measured;
  expect((await compile(await modelOf("iris-tree"), { batchHint: 9999 })).plan.backend).toBe("wasm");
  expect((await compile(await modelOf("double-tree-regressor"), { batchHint: 1e6 })).plan.backend).toBe("wasm");
  expect((await compile(await modelOf("linear-regression"), { batchHint: 1e6 })).plan.backend).toBe("wasm");
  expect(hardware.measured).toBe(before);
  hardware.fast = false;
  expect((await compile(await modelOf("iris-tree"), { batchHint: 1e6 })).plan.backend).toBe("wasm");
  expect(hardware.measured).toBe(before + 1);
});

test("a GPU that fails while it is measured is left alone under auto, and the plan says so", async () => {
  hardware.failed = "WebGPU refused a step of the graph: no";
  const scorer = await compile(await modelOf("iris-tree"), { batchHint: 1e6 });
  hardware.failed = "";
  expect(scorer.plan.backend).toBe("wasm");
  expect(scorer.plan.toString()).toContain("runs on wasm since the GPU failed: WebGPU refused a step of the graph: no");
  expect((await scorer.predict(rows)).data.length).toBe(2);
  scorer.dispose();
});

test("a software adapter counts as no GPU, and a GPU is taken where its way pays", async () => {
  const { gpuIsFaster, gpuSpeed, measureGpu, measuredOrFailed } =
    await vi.importActual<typeof import("./gpu-speed.js")>("./gpu-speed.js");
  if (hasWebgpu) {
    expect(await gpuSpeed()).toBeUndefined();
    const seconds = Object.values(await measuredOrFailed(measureGpu));
    expect(seconds.length).toBe(4);
    for (const value of seconds) expect(value).toBeGreaterThanOrEqual(0);
    // A shader that does not compile, while it is measured.
    const device = (await gpu()) as unknown as { createShaderModule(of: { code: string }): unknown };
    device.createShaderModule({ code: "fn broken( {" });
    expect(await measuredOrFailed(measureGpu)).toEqual({ failed: expect.stringContaining("WebGPU refused a step") });
  }
  const speed = { roundTrip: 0.005, gpuPerRow: 1e-8, wasmPerRow: 1e-7, steps: 400 };
  expect(gpuIsFaster(speed, 50_000, 400)).toBe(false);
  expect(gpuIsFaster(speed, 60_000, 400)).toBe(true);
  expect(gpuIsFaster(speed, 6_000, 4000)).toBe(true);
  expect(gpuIsFaster({ ...speed, gpuPerRow: 2e-7 }, 1e9, 400)).toBe(false);
});

test("memory that is exhausted is a LimitError, said once", () => {
  class GPUOutOfMemoryError extends Error {}
  const listeners: ((event: { error: Error }) => void)[] = [];
  const device = {
    addEventListener: (_: string, listener: (event: { error: Error }) => void) => listeners.push(listener),
    lost: new Promise<never>(() => {}),
  };
  const core = { engine: () => ({ findBackend: () => ({ device }) }) } as unknown as Parameters<typeof watchGpu>[0];
  const { take, lost } = watchGpu(core);
  expect(take()).toBeUndefined();
  for (const listener of listeners) listener({ error: new GPUOutOfMemoryError("no") });
  expect(lost()).toBeUndefined();
  expect(take()).toBeInstanceOf(LimitError);
  expect(take()).toBeUndefined();
});
