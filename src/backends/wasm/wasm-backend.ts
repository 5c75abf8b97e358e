/**
 * The wasm backend: Programs run in a module of our own kernels (kernels/), as images that it walks. What has no kernel there runs
 * on the host, and the executable's notes name it.
 */

import { OptionError } from "../../errors.js";
import type { Backend } from "../../ir/target.js";
import { createExecutable } from "./executable.js";
import { kernelModule } from "./kernel-module.js";
import { wasmTarget } from "./target.js";

export const wasmBackend: Backend = {
  name: "wasm",
  async probe({ device, batchHint }) {
    if (device !== undefined && device !== "cpu") {
      throw new OptionError("device", `wasm has the device "cpu", got "${device}"`);
    }
    await kernelModule();
    return wasmTarget(batchHint);
  },
  async compile(program, target) {
    return createExecutable(program, await kernelModule(), target.batchHint);
  },
};
