/** What runs on a GPU leaves there, and what it brings back: nothing, and each answer once. */

import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { compile } from "../../compile.js";
import { LimitError } from "../../errors.js";
import { createBuilder } from "../../ir/builder.js";
import { N } from "../../ir/dims.js";
import { float32 } from "../../ir/tensor.js";
import { load } from "../../load.js";
import { narrow } from "../../passes/narrow.js";
import { grownForest, rowsOf as rowsOfForest } from "../wasm/forests/forests.testing.js";
import { loadTfjs } from "./load-tfjs.js";
import { largestOnGpu } from "./provide-gpu.js";
import { hasWebgpu } from "./software-gpu.testing.js";
import { tfjsBackend } from "./tfjs-backend.js";

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

  test("blocks of rows give the answers of one, each read back once", async () => {
    const forest = grownForest({ trees: 20, leaves: 16, features: 10, outputs: 3, votes: "some", compare: "float32" });
    const b = createBuilder();
    const x = b.input("x", { dtype: "float32", shape: [N, 10] });
    const program = b.finish([{ name: "y", value: b.op("sigmoid", [b.op("forest", [x], { forest })]) }]);
    const target = await tfjsBackend.probe({ device: "webgpu", batchHint: 100 });
    const inputs = new Map([["x", rowsOfForest(forest, 95, 10, "float32", "edges")]]);
    const answerIn = async (maxElements: number) => {
      const executable = await tfjsBackend.compile(narrow(program, target), { ...target, maxElements });
      const mapped = vi.spyOn(GPUBuffer.prototype, "mapAsync");
      try {
        return { answer: (await executable.run(inputs, 95, ["y"])).get("y"), reads: mapped.mock.calls.length };
      } finally {
        mapped.mockRestore();
        executable.dispose();
      }
    };
    const whole = await answerIn(target.maxElements);
    expect(whole.reads).toBe(1);
    // 10 elements a row.
    expect(await answerIn(100)).toEqual({ answer: whole.answer, reads: 10 });
    expect(await answerIn(1)).toEqual({ answer: whole.answer, reads: 95 });
  });

  test("a row that needs more than the GPU binds is a LimitError", async () => {
    const { core } = await loadTfjs("webgpu");
    const b = createBuilder();
    const x = b.input("x", { dtype: "float32", shape: [N, 1] });
    const wide = b.op("broadcastTo", [x], { shape: [N, largestOnGpu(core) + 1] });
    const program = b.finish([{ name: "y", value: b.op("reduceSum", [wide], { axes: [1] }) }]);
    const target = await tfjsBackend.probe({ device: "webgpu", batchHint: 1 });
    const executable = await tfjsBackend.compile(program, target);
    const run = executable.run(new Map([["x", float32([1], [1, 1])]]), 1, ["y"]);
    await expect(run).rejects.toThrow(LimitError);
    executable.dispose();
  });
});
