/** `compile(model, { kernels })`, as in a worker on the edge: a module compiled beforehand, and none may be compiled any more. */

import { afterEach, expect, test, vi } from "vitest";
import { fixtureInputs, loadFixture } from "../test-models/fixtures.js";
import { kernelSourceHash } from "./backends/wasm/generated/kernels.js";
import { kernelModuleBytes } from "./backends/wasm/kernel-module.js";
import { compile } from "./compile.js";
import { OptionError } from "./errors.js";
import { kernelsSection } from "./given-kernels.js";
import { load } from "./load.js";

afterEach(() => vi.restoreAllMocks());

const bytes = await kernelModuleBytes();

/** The kernels with a custom section of that text behind them, as scripts/build.mjs writes them. */
function kernelsWith(text: string): WebAssembly.Module {
  const [name, content] = [new TextEncoder().encode(kernelsSection), new TextEncoder().encode(text)];
  // Below 128 a LEB128 number is the byte itself.
  expect(name.length + content.length).toBeLessThan(127);
  const section = [0, 1 + name.length + content.length, name.length, ...name, ...content];
  return new WebAssembly.Module(Uint8Array.from([...bytes, ...section]));
}

test("it scores with the module given where nothing may be compiled", async () => {
  const kernels = kernelsWith(kernelSourceHash);
  const fixture = loadFixture("lightgbm-binary");
  const [set] = fixture.sets;
  if (set === undefined) throw new Error("the fixture has no rows");
  const inputs = Object.fromEntries(fixtureInputs(fixture, set));
  const model = await load(fixture.model);
  const want = await (await compile(model, { backend: "wasm" })).run(inputs);
  const forbidden = vi.spyOn(WebAssembly, "compile").mockRejectedValue(new WebAssembly.CompileError("disallowed"));
  for (const backend of ["auto", "wasm"] as const) {
    const scorer = await compile(model, { backend, kernels });
    expect(scorer.plan).toMatchObject({ backend: "wasm", notes: [] });
    const got = await scorer.run(inputs);
    for (const [name, { data }] of Object.entries(want)) expect(got[name]?.data, name).toEqual(data);
  }
  expect(forbidden).not.toHaveBeenCalled();
});

const refusals: readonly [string, () => unknown, RegExp][] = [
  ["bytes", () => bytes, /must be a WebAssembly.Module, got object; import calypte\/kernels.wasm/],
  ["null", () => null, /must be a WebAssembly.Module, got null/],
  ["another module", () => new WebAssembly.Module(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0)), /is not calypte's/],
  ["the kernels of another version", () => kernelsWith("0".repeat(64)), /another version of calypte/],
];

test.each(refusals)("%s as kernels", async (_, kernels, message) => {
  const model = await load(loadFixture("iris-tree").model);
  const error = await compile(model, { kernels: kernels() as WebAssembly.Module }).catch((e: unknown) => e);
  expect(error).toBeInstanceOf(OptionError);
  expect(error).toMatchObject({ option: "kernels", message: expect.stringMatching(message) });
});

test.each([{ backend: "reference" }, { backend: "tfjs" }, { device: "cpu" }] as const)(
  "kernels for another backend: %j",
  async (options) => {
    const model = await load(loadFixture("iris-tree").model);
    const error = await compile(model, { ...options, kernels: kernelsWith(kernelSourceHash) }).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(OptionError);
    expect(error).toMatchObject({ option: "kernels", message: expect.stringMatching(/for the wasm backend, not/) });
  },
);
