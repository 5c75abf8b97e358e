/** The emitted files: bytes, manifest, the loader in a process of its own, and the module under wasmtime from Python. */

import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { referenceBackend, referenceTarget } from "../../backends/reference/reference-backend.js";
import { grownForest } from "../../backends/wasm/forests/forests.testing.js";
import { difference } from "../../backends/wasm/within-accuracy.testing.js";
import { UnsupportedError } from "../../errors.js";
import { createBuilder } from "../../ir/builder.js";
import { N } from "../../ir/dims.js";
import { primitives } from "../../ir/primitives.js";
import type { Program } from "../../ir/program.js";
import { float32, int32, strings, type Tensor } from "../../ir/tensor.js";
import type { Manifest } from "./manifest.js";
import { sha256 } from "./sha256.js";
import { wasmEmitter } from "./wasm-emitter.js";

const provenance = { format: "onnx", producer: "skl2onnx 1.20", strategy: "walk", calypte: "0.1.0" };
const target = wasmEmitter.target({ batchHint: 100 });

/** Probabilities of a small forest and the label of the larger. */
function classifier(): Program {
  const b = createBuilder();
  const x = b.input("X", { dtype: "float32", shape: [N, 3] });
  const raw = b.op("forest", [x], { forest: grownForest({ trees: 7, features: 3, leaves: 8, outputs: 2 }) });
  const labels = b.constant(int32([0, 1]), { dtype: "string", values: ["no", "yes"] });
  const label = b.op("gather", [labels, b.op("argMax", [raw], { axis: 1, last: false })], { axis: 0 });
  return b.finish([
    { name: "label", value: label, role: "label" },
    { name: "probabilities", value: b.op("softmax", [raw], { axis: 1 }), role: "probabilities" },
  ]);
}

const files = await wasmEmitter.emit(classifier(), target, provenance);
const file = (name: string): Uint8Array => files.get(name) ?? expect.fail(`no ${name}`);
const manifest = JSON.parse(new TextDecoder().decode(file("manifest.json"))) as Manifest;
/** More rows than fit a block. */
const rows = manifest.blockRows + 37;
const x = Float32Array.from({ length: rows * 3 }, (_, i) => ((i * 7919) % 1000) / 1000);

let folder = "";
let want: ReadonlyMap<string, Tensor>;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "calypte-wasm-"));
  for (const [name, bytes] of files) await writeFile(join(folder, name), bytes);
  await writeFile(join(folder, "x.bin"), new Uint8Array(x.buffer));
  const reference = await referenceBackend.compile(classifier(), referenceTarget(100));
  want = reference.runSync(new Map([["X", float32(x, [rows, 3])]]), rows, ["label", "probabilities"]);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("the emitted files", () => {
  test("are the same bytes every time", async () => {
    for (const [name, bytes] of await wasmEmitter.emit(classifier(), target, provenance)) {
      expect(Buffer.compare(bytes, file(name)), name).toBe(0);
    }
    expect([...files.keys()]).toEqual(["model.wasm", "model.mjs", "model.d.mts", "manifest.json"]);
  });

  test("hold a module that imports nothing, with the digest that the manifest tells", () => {
    expect(WebAssembly.Module.imports(new WebAssembly.Module(file("model.wasm").slice()))).toEqual([]);
    expect(manifest.module.sha256).toBe(createHash("sha256").update(file("model.wasm")).digest("hex"));
    for (const length of [0, 55, 56, 63, 64, 1000]) {
      const bytes = Uint8Array.from({ length }, (_, i) => i);
      expect(sha256(bytes)).toBe(createHash("sha256").update(bytes).digest("hex"));
    }
  });

  test("say what goes in and comes out", () => {
    expect(manifest.inputs).toEqual([{ name: "X", dtype: "float32", shape: ["N", 3], bytesPerRow: 12, bytes: 0 }]);
    expect(manifest.outputs).toEqual([
      {
        name: "label",
        dtype: "int32",
        shape: ["N"],
        bytesPerRow: 4,
        bytes: 0,
        role: "label",
        labels: { dtype: "string", values: ["no", "yes"] },
      },
      { name: "probabilities", dtype: "float32", shape: ["N", 2], bytesPerRow: 8, bytes: 0, role: "probabilities" },
    ]);
    const types = new TextDecoder().decode(file("model.d.mts"));
    expect(types).toContain('readonly "X": Float32Array;');
    expect(types).toContain('readonly "label": string[];');
  });

  test("score in a process without calypte, across blocks, as the reference does", () => {
    const script = `
      import { readFileSync } from "node:fs";
      import { load } from "./model.mjs";
      const bytes = readFileSync("x.bin");
      const x = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
      const model = await load();
      const { label, probabilities } = model.score({ X: x });
      const none = model.score({ X: new Float32Array(0) });
      const wrong = [];
      for (const bad of [{}, { X: x, Y: x }, { X: new Float64Array(3) }, { X: new Float32Array(4) }]) {
        try { model.score(bad); } catch (e) { wrong.push(e.name); }
      }
      console.log(JSON.stringify({ label, probabilities: [...probabilities], none: none.probabilities.length, wrong }));`;
    const output = execFileSync(
      process.execPath,
      ["--input-type=module", "--disallow-code-generation-from-strings", "-e", script],
      {
        cwd: folder,
        encoding: "utf8",
        maxBuffer: 2 ** 26,
      },
    );
    const got = JSON.parse(output) as { label: string[]; probabilities: number[]; none: number; wrong: string[] };
    expect(got.label).toEqual(Array.from(want.get("label")?.data as Int32Array, (code) => ["no", "yes"][code]));
    expect(new Set(got.label).size).toBe(2);
    const probabilities = float32(got.probabilities, [got.probabilities.length / 2, 2]);
    const wanted = want.get("probabilities") ?? expect.fail("the reference gave no probabilities");
    expect(difference(probabilities, wanted, primitives.softmax.accuracy)).toBeUndefined();
    expect(got.none).toBe(0);
    expect(got.wrong).toEqual(["TypeError", "TypeError", "TypeError", "RangeError"]);
  });

  const python = process.env["CALYPTE_PYTHON"] ?? "python3";
  const reason = (() => {
    try {
      execFileSync(python, ["-c", "import wasmtime"], { stdio: "pipe" });
      return undefined;
    } catch {
      return `${python} has no module wasmtime`;
    }
  })();
  if (reason !== undefined) console.log(`skipped under wasmtime: ${reason}`);
  test.skipIf(reason !== undefined)("score under wasmtime from Python", () => {
    const script = fileURLToPath(new URL("../../../examples/wasmtime/score.py", import.meta.url));
    const csv = Array.from({ length: 40 }, (_, r) => [...x.subarray(3 * r, 3 * r + 3)].join(",")).join("\n");
    const output = execFileSync(python, [script, folder], { encoding: "utf8", input: csv });
    const lines = output
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { label: string; probabilities: number[] });
    const probabilities = want.get("probabilities")?.data ?? [];
    expect(lines.map((l) => l.label)).toEqual(
      Array.from({ length: 40 }, (_, r) => ["no", "yes"][Number(want.get("label")?.data[r])]),
    );
    expect(lines.flatMap((l) => l.probabilities)).toEqual(Array.from({ length: 80 }, (_, i) => probabilities[i]));
  });
});

test("a model with parts for the host is refused, and they are named", async () => {
  const b = createBuilder();
  const city = b.input("city", { dtype: "string", shape: [N, 1] });
  b.setOrigin('node "encode"');
  const program = b.finish([{ name: "y", value: b.op("neg", [b.op("indexOf", [city], { keys: strings(["a"]) })]) }]);
  const refused = async () => wasmEmitter.emit(program, target, provenance);
  await expect(refused).rejects.toThrow(UnsupportedError);
  await expect(refused).rejects.toThrow(
    'indexOf of node "encode" runs on the host: string does not run in WebAssembly',
  );
});
