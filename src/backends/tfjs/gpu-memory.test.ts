/** What runs on a GPU leaves there, and what it brings back: nothing, and each answer once. */

import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { compile } from "../../compile.js";
import { load } from "../../load.js";
import { loadTfjs } from "./load-tfjs.js";
import { hasWebgpu } from "./software-gpu.testing.js";

const modelOf = (name: string) => load(join(import.meta.dirname, "../../../test-models/onnx", name, "model.onnx"));

/** `n` rows between the classes. */
const rowsOf = (n: number, width: number): number[][] =>
  Array.from({ length: n }, (_, i) => Array.from({ length: width }, (_, k) => ((i * 37 + k * 11) % 100) / 12));

describe.runIf(hasWebgpu)("on webgpu", () => {
  test.each([
    ["iris-tree", "auto"],
    ["iris-tree", "perfect-tree-traversal"],
    ["mixed-modes-classifier", "auto"],
    ["imputer-scaler-boosting", "auto"],
  ])("%s, %s: runs leave no tensor, and later ones take the buffers of the first", async (name, strategy) => {
    const model = await modelOf(name);
    const { core } = await loadTfjs("webgpu");
    const memory = () =>
      core.memory() as { numTensors: number; numBytesInGPU?: number; numBytesAllocatedInGPU?: number };
    const scorer = await compile(model, { backend: "tfjs", device: "webgpu", strategy });
    const X = rowsOf(200, scorer.inputs[0]?.shape[1] as number);
    const first = await scorer.predict(X);
    // Buffers that a submitted command used come free after it; the second run may still need others.
    await scorer.predict(X);
    const before = core.engine().backendName;
    await core.setBackend("webgpu");
    const settled = memory();
    for (let i = 0; i < 5; i++) expect((await scorer.predict(X)).data).toEqual(first.data);
    const later = memory();
    if (before) await core.setBackend(before);
    scorer.dispose();
    expect(settled.numBytesAllocatedInGPU).toBeGreaterThan(0);
    expect(later.numTensors).toBe(settled.numTensors);
    expect(later.numBytesInGPU).toBe(settled.numBytesInGPU);
    expect(later.numBytesAllocatedInGPU).toBe(settled.numBytesAllocatedInGPU);
  });

  test("what follows the trees runs there, too: one read-back per output and block", async () => {
    const scorer = await compile(await modelOf("imputer-scaler-boosting"), { backend: "tfjs", device: "webgpu" });
    const X = rowsOf(500, scorer.inputs[0]?.shape[1] as number);
    const mapped = vi.spyOn(GPUBuffer.prototype, "mapAsync");
    try {
      await scorer.predictProba(X);
      expect(mapped).toHaveBeenCalledTimes(1);
      await scorer.predictProba(X.slice(0, 1));
      expect(mapped).toHaveBeenCalledTimes(2);
    } finally {
      mapped.mockRestore();
      scorer.dispose();
    }
  });
});
