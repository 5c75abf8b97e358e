/**
 * The wasm backend on a kernel module that the host has compiled: edge workers forbid compiling at run time, but import a .wasm
 * file as a module. The driver's side of `compile(model, { kernels })`; every other way the backend compiles its own copy.
 */

import { createExecutable } from "./backends/wasm/executable.js";
import { kernelSourceHash } from "./backends/wasm/generated/kernels.js";
import { inOwnMemory } from "./backends/wasm/kernel-module.js";
import { wasmTarget } from "./backends/wasm/target.js";
import { OptionError } from "./errors.js";
import type { Backend } from "./ir/target.js";

/** Custom section of the file calypte/kernels.wasm (WebAssembly core specification, 5.5.3): the hash of what it was built from. */
export const kernelsSection = "calypte.kernels";

/** The wasm backend over `kernels`. `probe` throws OptionError for a module that is not this version's calypte/kernels.wasm. */
export function wasmBackendOn(kernels: WebAssembly.Module): Backend {
  return {
    name: "wasm",
    async probe({ device, batchHint, threads }) {
      if (device !== undefined && device !== "cpu") {
        throw new OptionError("device", `wasm has the device "cpu", got "${device}"`);
      }
      checkKernels(kernels);
      return wasmTarget(batchHint, threads);
    },
    async compile(program, target) {
      const whyOne = target.threads === 1 ? {} : { whyOne: "the module given as kernels has a memory of its own" };
      return createExecutable(program, inOwnMemory(kernels), target.batchHint, { threads: 1, ...whyOne });
    },
  };
}

/** Images and kernels of different versions do not fit, and would give wrong numbers. */
function checkKernels(kernels: unknown): void {
  const expected = "import calypte/kernels.wasm of the same version";
  if (typeof WebAssembly === "undefined" || !(kernels instanceof WebAssembly.Module)) {
    throw new OptionError(
      "kernels",
      `kernels must be a WebAssembly.Module, got ${kernels === null ? "null" : typeof kernels}; ${expected}`,
    );
  }
  const [section] = WebAssembly.Module.customSections(kernels, kernelsSection);
  if (section === undefined)
    throw new OptionError("kernels", `the module given as kernels is not calypte's; ${expected}`);
  if (new TextDecoder().decode(section) !== kernelSourceHash) {
    throw new OptionError("kernels", `the module given as kernels is that of another version of calypte; ${expected}`);
  }
}
