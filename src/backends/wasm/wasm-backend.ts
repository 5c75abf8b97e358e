/**
 * The wasm backend: Programs run in a module of our own kernels (kernels/), as images that it walks. What has no kernel there runs
 * on the host, and the executable's notes name it.
 */

import { OptionError } from "../../errors.js";
import type { Backend } from "../../ir/target.js";
import { createExecutable } from "./executable.js";
import { inOwnMemory, kernelModule } from "./kernel-module.js";
import { wasmTarget } from "./target.js";
import { whyNoThreads } from "./threads/why-no-threads.js";

export const wasmBackend: Backend = {
  name: "wasm",
  async probe({ device, batchHint, threads }) {
    if (device !== undefined && device !== "cpu") {
      throw new OptionError("device", `wasm has the device "cpu", got "${device}"`);
    }
    await kernelModule();
    return wasmTarget(batchHint, threads);
  },
  async compile(program, { batchHint, threads = 1 }) {
    const whyOne = threads > 1 ? whyNoThreads() : undefined;
    if (threads === 1 || whyOne !== undefined) {
      const choice = { threads: 1, ...(whyOne === undefined ? {} : { whyOne }) };
      return createExecutable(program, inOwnMemory(await kernelModule()), batchHint, choice);
    }
    // Few programs use threads: loaded when first asked for.
    const { placeShared, sharedMemory } = await import("./threads/place-shared.js");
    return createExecutable(program, placeShared(await sharedMemory(), threads), batchHint, { threads });
  },
};
