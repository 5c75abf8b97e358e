/** An executable on a GPU with another behind it, for calls that a GPU cannot answer: at once, or after it failed. */

import { BackendUnavailableError, InternalError, LimitError } from "../errors.js";
import type { Executable } from "../ir/target.js";

/** Whether the device failed, as opposed to the data. */
export const deviceFailed = (error: unknown): error is Error =>
  error instanceof BackendUnavailableError || error instanceof LimitError || error instanceof InternalError;

/**
 * Runs on `first`; `second`, for the same Program before narrowing, answers where a call is synchronous and once `first` has failed,
 * from then on. `say` is told of the failure.
 */
export function withFallback(first: Executable, second: Executable, say: (note: string) => void): Executable {
  let failed = false;
  return {
    ...(first.notes === undefined ? {} : { notes: first.notes }),
    async run(inputs, n, outputs) {
      if (failed) return second.run(inputs, n, outputs);
      try {
        return await first.run(inputs, n, outputs);
      } catch (error) {
        if (!deviceFailed(error)) throw error;
        if (!failed) say(`runs on wasm since the GPU failed: ${error.message}`);
        failed = true;
        return second.run(inputs, n, outputs);
      }
    },
    runSync: (inputs, n, outputs) => second.runSync(inputs, n, outputs),
    dispose() {
      first.dispose();
      second.dispose();
    },
  };
}
