import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { kernelBytes } from "../src/backends/wasm/generated/kernels.js";
import { kernelModuleBytes } from "../src/backends/wasm/kernel-module.js";

test("the built kernels are those of the sources", () => {
  const script = fileURLToPath(new URL("build-kernels.mjs", import.meta.url));
  execFileSync(process.execPath, [script, "--check"], { stdio: "pipe" });
});

test("the kernel module is small, and imports nothing", async () => {
  const bytes = await kernelModuleBytes();
  expect(bytes.length).toBe(kernelBytes);
  expect(kernelBytes).toBeLessThan(140_000);
  expect(WebAssembly.Module.imports(new WebAssembly.Module(bytes))).toEqual([]);
});
