/** Checks of the options objects of the public functions: an unknown key is an error, never ignored. */

import { OptionError } from "./errors.js";

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
