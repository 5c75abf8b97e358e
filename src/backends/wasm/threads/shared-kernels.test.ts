/** The kernel module with a shared memory differs from the other in its memory's declaration alone. */

import { expect, test } from "vitest";
import { kernelModuleBytes } from "../kernel-module.js";
import { moduleOf, Section, sectionsOf } from "../module-sections.js";
import { sharedKernels } from "./shared-kernels.js";

const bytes = await kernelModuleBytes();

test("it imports a memory, which must be shared, and exports what the other exports", () => {
  const [own, shared] = [bytes, sharedKernels(bytes)].map((b) => new WebAssembly.Module(b));
  expect(WebAssembly.Module.imports(shared!)).toMatchObject([{ module: "env", name: "memory", kind: "memory" }]);
  expect(WebAssembly.Module.exports(shared!)).toEqual(WebAssembly.Module.exports(own!));
  const instance = (memory: WebAssembly.Memory) => new WebAssembly.Instance(shared!, { env: { memory } });
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 4, shared: true });
  expect(instance(memory).exports["memory"]).toBe(memory);
  expect(() => instance(new WebAssembly.Memory({ initial: 1, maximum: 4 }))).toThrow(WebAssembly.LinkError);
});

test("all sections but that of the memory are the same bytes", () => {
  const own = sectionsOf(bytes).filter((s) => s.id !== Section.memory);
  const shared = sectionsOf(sharedKernels(bytes)).filter((s) => s.id !== Section.import);
  expect(Buffer.compare(moduleOf(shared), moduleOf(own))).toBe(0);
});

test("what has no memory of its own is refused", () => {
  expect(() => sharedKernels(sharedKernels(bytes))).toThrow("has no memory of its own");
});
