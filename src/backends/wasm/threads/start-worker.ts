/** Starts a worker thread, Node's or the web's: a file of the package, never a text, so that a page's policy can allow it. */

import { nodeModule } from "../../../node-module.js";
import type { WorkerMessage, WorkerStart } from "./control-block.js";

export interface WorkerThread {
  /** A worker that is held keeps Node running; one that is not, does not. */
  hold(held: boolean): void;
  /** Resolves when it runs no more. */
  stop(): Promise<void>;
}

export interface WorkerEvents {
  message(message: WorkerMessage): void;
  /** It ended, or could not begin. */
  failure(reason: string): void;
}

/** Throws whatever the engine throws where no worker may be started. */
export function startWorker(start: WorkerStart, events: WorkerEvents): WorkerThread {
  const threads = nodeModule("node:worker_threads");
  if (threads !== undefined) {
    const { Worker } = threads;
    // Options of the process (loaders, inspectors) are not for this worker.
    const worker = new Worker(new URL("./worker.js", import.meta.url), { name: "calypte", execArgv: [] });
    worker.on("message", events.message);
    worker.on("error", (error: unknown) => events.failure(error instanceof Error ? error.message : String(error)));
    worker.on("exit", (code) => events.failure(`it ended with code ${code}`));
    worker.postMessage(start);
    worker.unref();
    return {
      hold: (held) => {
        if (held) worker.ref();
        else worker.unref();
      },
      stop: async () => {
        await worker.terminate();
      },
    };
  }
  // Written so that bundlers see it.
  const worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module", name: "calypte" });
  worker.addEventListener("message", (event: MessageEvent<WorkerMessage>) => events.message(event.data));
  worker.addEventListener("error", (event) => {
    event.preventDefault();
    events.failure(event.message || "worker.js could not be loaded; ship calypte/worker.js beside the bundle");
  });
  worker.postMessage(start);
  return {
    hold: () => undefined,
    stop: async () => worker.terminate(),
  };
}
