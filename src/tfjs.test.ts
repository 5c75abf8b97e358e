/** Fused graphs, saved and run by a process that has TF.js and `calypte/tfjs` and no compiler; what damaged ones end in. */

import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { hasWebgpu } from "./backends/tfjs/software-gpu.testing.js";
import "@tensorflow/tfjs-backend-cpu";
import { loadGraphModel } from "@tensorflow/tfjs-converter";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test, vi } from "vitest";
import { dozen } from "../test-models/tiers.js";
import { loadTfjs } from "./backends/tfjs/load-tfjs.js";
import { wasmBackend } from "./backends/wasm/wasm-backend.js";
import { compile, lowerFor, optimize } from "./compile.js";
import { convert } from "./convert.js";
import { tfjsTarget } from "./emitters/tfjs/target.js";
import { ModelParseError, OptionError, UnsupportedError } from "./errors.js";
import { createBuilder } from "./ir/builder.js";
import { N } from "./ir/dims.js";
import { float32 } from "./ir/tensor.js";
import { load } from "./load.js";
import { lowerModel } from "./lower.js";
import { save } from "./save.js";
import { ready } from "./tfjs.js";

const run = promisify(execFile);
const root = join(import.meta.dirname, "..");
const runner = join(import.meta.dirname, "emitters/tfjs/run-folder.testing.mjs");
const modelOf = (name: string) => load(join(root, "test-models/onnx", name, "model.onnx"));

/** Numbers of every size, with NaN and infinities among them, the same each time. */
function values(length: number): Float32Array {
  const special = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, -0, 0.5, 1];
  return Float32Array.from({ length }, (_, i) =>
    i % 11 === 0 ? special[(i / 11) % special.length]! : ((i * 2654435761) % 1000) / 10 ** (i % 4),
  );
}

describe.each(["cpu", "wasm"])("fused graphs on %s", (device) => {
  test.each(dozen)(
    "%s",
    async (name) => {
      const model = await modelOf(name);
      const folder = await mkdtemp(join(tmpdir(), "calypte-fused-"));
      try {
        await save(await convert(model, { target: "tfjs", fused: true }), join(folder, "model"));
        const json = await readFile(join(folder, "model/model.json"), "utf8");
        expect(json).toContain('"CalypteForest"');
        const { signature } = JSON.parse(json);
        const inputs = Object.entries<{ tensorShape: { dim: { size: string }[] } }>(signature.inputs);
        const n = 300;
        const feeds = Object.fromEntries(
          inputs.map(([input, { tensorShape }]) => {
            const shape = [n, Number(tensorShape.dim[1]?.size)];
            return [input, { dtype: "float32", shape, data: values(n * (shape[1] ?? 1)) }];
          }),
        );
        const texts = Object.entries(feeds).map(([k, f]) => [k, { ...f, data: Array.from(f.data, String) }]);
        const nodes = Object.values<{ name: string }>(signature.outputs).map((o) => o.name);
        await writeFile(join(folder, "feeds.json"), JSON.stringify({ feeds: Object.fromEntries(texts), nodes }));
        const { stdout } = await run("npx", [
          "tsx",
          "--import",
          join(root, "src/tfjs.ts"),
          runner,
          join(folder, "model"),
          device,
          join(folder, "feeds.json"),
        ]);
        const { executed, metadata } = JSON.parse(stdout) as {
          executed: { data: string[] }[];
          metadata: { calypte: { outputs: { name: string; labels?: { values: unknown[] } }[] } };
        };
        const scorer = await compile(model, { backend: "wasm" });
        const want = await scorer.run(feeds);
        for (const [i, output] of Object.keys(signature.outputs).entries()) {
          const tensor = want[output];
          if (tensor === undefined) throw new Error(`no output ${output}`);
          const labels = metadata.calypte.outputs.find((o) => o.name === output)?.labels?.values;
          const got = executed[i]?.data.map(Number) ?? [];
          if (labels !== undefined) {
            expect(got.map((k) => String(labels[k]))).toEqual(Array.from<unknown, string>(tensor.data, String));
            continue;
          }
          expect(got.length).toBe(tensor.data.length);
          for (let k = 0; k < got.length; k++) {
            const w = Number(tensor.data[k]);
            // What follows the forest is TF.js's own, in float32.
            const close = Math.abs(got[k]! - w) <= 1e-5 * Math.max(1, Math.abs(w));
            if (!close && !Object.is(got[k], w)) expect.soft(got[k], `${output} ${k}`).toBe(w);
          }
        }
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
    60_000,
  );
});

test("sums of float32 forests are those of the wasm backend to the bit", async () => {
  await tf.setBackend("cpu");
  await ready;
  const model = await modelOf("xgboost-missing");
  const files = await convert(model, { target: "tfjs", fused: true });
  const json = JSON.parse(new TextDecoder().decode(files.get("model.json")));
  const forests = json.modelTopology.node.filter((n: { op: string }) => n.op === "CalypteForest");
  expect(forests.length).toBe(1);
  const width = Number(
    Object.values<{ tensorShape: { dim: { size: string }[] } }>(json.signature.inputs)[0]?.tensorShape.dim[1]?.size,
  );
  const [n, data] = [1000, values(1000 * width)];
  const graph = await loadFiles(files);
  const x = tf.tensor2d(data, [n, width]);
  const got = graph.execute({ [graph.inputs[0]!.name]: x }, forests[0].name) as tf.Tensor;
  const target = tfjsTarget("portable", n, true);
  const { program } = await lowerFor(optimize(lowerModel(model)), target, "auto");
  const forest = program.instructions.find((i) => i.op === "forest");
  if (forest === undefined) throw new Error("the forest was lowered");
  const build = createBuilder();
  const rows = build.input("x", { dtype: "float32", shape: [N, width] });
  const alone = build.finish([{ name: "raw", value: build.op("forest", [rows], forest.attrs) }]);
  const executable = await wasmBackend.compile(alone, await wasmBackend.probe({ batchHint: n }));
  const want = executable.runSync(new Map([["x", float32(data, [n, width])]]), n, ["raw"]).get("raw");
  expect(got.dataSync()).toEqual(want?.data);
  got.dispose();
  x.dispose();
  graph.dispose();
});

test("a damaged image is refused, never run", async () => {
  await tf.setBackend("cpu");
  await ready;
  const files = await convert(await modelOf("iris-tree"), { target: "tfjs", fused: true });
  const json = JSON.parse(new TextDecoder().decode(files.get("model.json")));
  const shard = json.weightsManifest[0].paths[0];
  const bytes = files.get(shard)!.slice();
  // The magic number "CLPW" begins the image; a byte well behind it is changed.
  const at = Buffer.from(bytes).indexOf("CLPW");
  bytes[at + 200] = bytes[at + 200]! ^ 1;
  const graph = await loadFiles(new Map([...files, [shard, bytes]]));
  const x = tf.zeros([2, 4]);
  expect(() => graph.execute({ [graph.inputs[0]!.name]: x })).toThrow(ModelParseError);
  x.dispose();
  graph.dispose();
});

/** The files of a model as TF.js takes them, from memory. */
function loadFiles(files: ReadonlyMap<string, Uint8Array>) {
  const json = JSON.parse(new TextDecoder().decode(files.get("model.json")));
  const groups: { paths: string[]; weights: unknown[] }[] = json.weightsManifest;
  const bytes = Buffer.concat(groups.flatMap((g) => g.paths.map((path) => files.get(path)!)));
  return loadGraphModel(
    tf.io.fromMemory({
      ...json,
      weightSpecs: groups.flatMap((g) => g.weights),
      weightData: new Uint8Array(bytes).buffer,
    }),
  );
}

test.runIf(hasWebgpu)("one file runs on cpu and webgpu; a file for one of them says so on the other", async () => {
  await ready;
  const { core } = await loadTfjs("webgpu");
  const model = await modelOf("xgboost-missing");
  const answersOn = async (device: string, files: ReadonlyMap<string, Uint8Array>): Promise<Float32Array> => {
    await core.setBackend(device);
    const graph = await loadFiles(files);
    const width = graph.inputs[0]?.shape?.[1] ?? 0;
    const x = tf.tensor2d(values(100 * width), [100, width]);
    const output = graph.predict(x) as tf.Tensor | tf.Tensor[] | Record<string, tf.Tensor>;
    const [first] = output instanceof tf.Tensor ? [output] : Object.values(output).filter((t) => t.dtype === "float32");
    const data = (await first!.data()) as Float32Array;
    graph.dispose();
    return data;
  };
  try {
    const portable = await convert(model, { target: "tfjs", fused: true });
    const [cpu, gpu] = [await answersOn("cpu", portable), await answersOn("webgpu", portable)];
    expect(gpu.length).toBe(cpu.length);
    for (const [i, value] of cpu.entries()) expect(Math.abs(gpu[i]! - value), String(i)).toBeLessThanOrEqual(1e-5);
    const [forCpu, forGpu] = await Promise.all(
      ["cpu", "webgpu"].map((device) => convert(model, { target: "tfjs", fused: true, device })),
    );
    expect(await answersOn("webgpu", forGpu!)).toEqual(gpu);
    await expect(answersOn("webgpu", forCpu!)).rejects.toThrow(UnsupportedError);
    await expect(answersOn("cpu", forGpu!)).rejects.toThrow(UnsupportedError);
  } finally {
    await core.setBackend("cpu");
  }
});

test.runIf(hasWebgpu)(
  "rows in a GPU buffer are answered in a GPU buffer, and nothing comes back in between",
  async () => {
    await ready;
    const { core } = await loadTfjs("webgpu");
    await core.setBackend("webgpu");
    const model = await modelOf("xgboost-missing");
    const graph = await loadFiles(await convert(model, { target: "tfjs", fused: true }));
    const { device } = core.backend() as unknown as { readonly device: GPUDevice };
    const width = graph.inputs[0]?.shape?.[1] ?? 0;
    const data = values(100 * width);
    const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
    const rows = device.createBuffer({ size: data.byteLength, usage });
    device.queue.writeBuffer(rows, 0, data.slice());
    const mapped = vi.spyOn(GPUBuffer.prototype, "mapAsync");
    try {
      const x = tf.tensor({ buffer: rows, zeroCopy: true }, [100, width], "float32");
      const outputs = [graph.execute({ [graph.inputs[0]!.name]: x })].flat();
      const answer = outputs.find((output) => output.dtype === "float32")!;
      const { buffer, tensorRef } = answer.dataToGPU();
      expect(mapped).not.toHaveBeenCalled();
      const size = 4 * answer.size;
      const host = device.createBuffer({ size, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
      const encoder = device.createCommandEncoder();
      encoder.copyBufferToBuffer(buffer!, 0, host, 0, size);
      device.queue.submit([encoder.finish()]);
      await host.mapAsync(GPUMapMode.READ);
      const got = Array.from(new Float32Array(host.getMappedRange().slice(0)));
      expect(mapped).toHaveBeenCalledTimes(1);
      const scorer = await compile(model, { backend: "tfjs", device: "webgpu" });
      const want = await scorer.run({ [model.inputs[0]?.name ?? ""]: { data, shape: [100, width] } });
      const scores = Object.values(want).find((output) => output.data instanceof Float32Array);
      expect(got).toEqual(Array.from(scores?.data as Float32Array));
      // The buffer stays its owner's.
      graph.dispose();
      for (const tensor of [x, ...outputs, tensorRef]) tensor.dispose();
      device.queue.writeBuffer(rows, 0, data.slice());
      host.unmap();
      scorer.dispose();
    } finally {
      mapped.mockRestore();
      rows.destroy();
      await core.setBackend("cpu");
    }
  },
);

test("fused is refused where nothing could run it", async () => {
  const model = await modelOf("iris-tree");
  await expect(convert(model, { target: "tfjs", fused: true, device: "webgl" })).rejects.toThrow(OptionError);
  await expect(convert(model, { target: "onnx", fused: true })).rejects.toThrow(OptionError);
});
