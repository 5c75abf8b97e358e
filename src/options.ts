/** Checks of the options objects of the public functions: an unknown key is an error, never ignored. */

import { OptionError } from "./errors.js";
import { nodeModule } from "./node-module.js";

/** Throws OptionError for a key that `known` lacks. */
export function checkOptions(what: string, options: object, known: readonly string[]): void {
  for (const key of Object.keys(options)) {
    if (!known.includes(key)) throw new OptionError(key, `${what} has no option "${key}"; it has ${known.join(", ")}`);
  }
}

/** The batch hint, checked: a positive whole number, 1000 by default. */
export function checkBatchHint(batchHint: number | undefined): number {
  const value = batchHint ?? 1000;
  if (!Number.isSafeInteger(value) || value < 1) {
    throw new OptionError("batchHint", `batchHint must be a positive whole number, got ${String(batchHint)}`);
  }
  return value;
}

/** More would be a mistake. */
const mostThreads = 256;
/** What "auto" stands for at most: each thread has memory of its own. */
const mostThreadsByItself = 16;

/** The number of threads, checked: 1 to 256, 1 by default, as many as the machine runs at once (16 at most) for "auto". */
export function checkThreads(threads: number | "auto" | undefined): number {
  if (threads === "auto") {
    const atOnce = nodeModule("node:os")?.availableParallelism() ?? globalThis.navigator?.hardwareConcurrency ?? 1;
    return Math.max(1, Math.min(mostThreadsByItself, atOnce));
  }
  const value = threads === undefined ? 1 : threads;
  if (!Number.isSafeInteger(value) || value < 1 || value > mostThreads) {
    const got = typeof threads === "string" ? JSON.stringify(threads) : String(threads);
    throw new OptionError("threads", `threads must be "auto" or a whole number from 1 to ${mostThreads}, got ${got}`);
  }
  return value;
}
