/**
 * Every fixture as a module of its own: it gives the same bytes as the scorer, by the manifest alone, or is refused, and that exactly
 * where the scorer's plan has parts that run on the host or an output does not count rows along its first axis.
 */

import { expect, test } from "vitest";
import { compile } from "../src/compile.js";
import { convert } from "../src/convert.js";
import type { Manifest, Port } from "../src/emitters/wasm/manifest.js";
import { UnsupportedError } from "../src/errors.js";
import type { Tensor } from "../src/ir/tensor.js";
import { load } from "../src/load.js";
import { fixtureInputs, fixtureNames, loadFixture } from "./fixtures.js";

interface ModelExports {
  readonly memory: WebAssembly.Memory;
  alloc(bytes: number): number;
  inputBytes(rows: number): number;
  outputBytes(rows: number): number;
  score(input: number, output: number, rows: number): number;
}

const bytesOf = (data: Tensor["data"]): Uint8Array => {
  if (!ArrayBuffer.isView(data)) throw new Error("expected a typed array");
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
};

/** The bytes of each output, by name. */
function scoreByManifest(files: ReadonlyMap<string, Uint8Array>, inputs: ReadonlyMap<string, Tensor>, rows: number) {
  const manifest = JSON.parse(new TextDecoder().decode(files.get("manifest.json"))) as Manifest;
  const module = new WebAssembly.Module((files.get("model.wasm") ?? new Uint8Array()).slice());
  const model = new WebAssembly.Instance(module).exports as unknown as ModelExports;
  const input = model.alloc(model.inputBytes(rows));
  const output = model.alloc(model.outputBytes(rows));
  const memory = new Uint8Array(model.memory.buffer);
  const { alignment } = manifest.abi;
  const places = (ports: readonly Port[], start: number) => {
    let at = start;
    return ports.map((port) => {
      const size = port.bytesPerRow * rows + port.bytes;
      const place = { port, at, size };
      at += Math.ceil(size / alignment) * alignment;
      return place;
    });
  };
  for (const { port, at, size } of places(manifest.inputs, input)) {
    const given = inputs.get(port.name);
    if (given === undefined) throw new Error(`no input ${port.name}`);
    expect([given.dtype, bytesOf(given.data).length]).toEqual([port.dtype, size]);
    memory.set(bytesOf(given.data), at);
  }
  expect(model.score(input, output, rows)).toBe(0);
  return new Map(
    places(manifest.outputs, output).map(({ port, at, size }) => [port.name, memory.slice(at, at + size)]),
  );
}

const alone: string[] = [];

test.each(fixtureNames())("%s as a module of its own", async (name) => {
  const fixture = loadFixture(name);
  const model = await load(fixture.model);
  const scorer = await compile(model, { backend: "wasm" });
  const { notes } = scorer.plan;
  const refused =
    notes.length > 0
      ? "does not run in WebAssembly alone"
      : scorer.outputs.some(({ shape }) => typeof shape[0] !== "object")
        ? "does not count rows along its first axis"
        : undefined;
  if (refused !== undefined) {
    for (const note of notes) expect(note).toContain("on the host");
    const conversion = convert(model, { target: "wasm" });
    await expect(conversion).rejects.toThrow(UnsupportedError);
    await expect(conversion).rejects.toThrow(refused);
    return;
  }
  alone.push(name);
  const files = await convert(model, { target: "wasm" });
  for (const set of fixture.sets) {
    const inputs = fixtureInputs(fixture, set);
    const emitted = scoreByManifest(files, inputs, set.rows);
    const answers = await scorer.run(Object.fromEntries(inputs));
    for (const output of scorer.outputs) {
      if (output.classes !== undefined || output.dtype === "int64") continue;
      const want = bytesOf(answers[output.name]?.data ?? []);
      expect(Buffer.compare(emitted.get(output.name) ?? new Uint8Array(), want), `${set.name} ${output.name}`).toBe(0);
    }
  }
});

test("forests, linear models, networks and support vectors need no host", () => {
  const some = ["cancer-forest", "isolation-forest", "mlp-classifier", "scaler-logistic", "svc-probability"];
  expect(alone).toEqual(expect.arrayContaining(some));
});
