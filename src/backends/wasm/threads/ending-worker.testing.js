/** For a test: a worker that enters its first job, and ends there. */
// @ts-check

import { parentPort } from "node:worker_threads";

parentPort?.once("message", (/** @type {import("./control-block.js").WorkerStart} */ { memory, control, Word }) => {
  const words = new Int32Array(memory.buffer, control);
  parentPort?.postMessage("ready");
  Atomics.wait(words, Word.job, 0);
  Atomics.add(words, Word.gate, 1);
  process.exit(3);
});
