/** How a command ends: the exit code of each kind of error, and its one line on stderr. */

import { CalypteError, type ErrorCode } from "../errors.js";
import { systemCode } from "./io.js";

/** Wrong arguments: an unknown command or option, a missing argument. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** `verify` found answers that differ from the expected ones. */
export class MismatchError extends Error {
  override readonly name = "MismatchError";
}

const exitCodes: { readonly [C in ErrorCode]: number } = {
  INTERNAL: 1,
  OPTION: 2,
  MODEL_PARSE: 3,
  DATA: 3,
  SHAPE: 3,
  UNSUPPORTED: 4,
  BACKEND_UNAVAILABLE: 4,
  LIMIT: 6,
};

/** 0 ok, 1 internal, 2 usage, 3 malformed model or data, 4 unsupported, 5 verification mismatch, 6 limit, 130 interrupted. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof CalypteError) return exitCodes[error.code];
  if (error instanceof MismatchError) return 5;
  return error instanceof UsageError ? 2 : 1;
}

/** The error as text for stderr, newline included: `calypte: …` on one line, or `{"error":{"code","message"}}`. */
export function formatError(error: unknown, json: boolean): string {
  const message = error instanceof Error ? error.message : String(error);
  if (json) return `${JSON.stringify({ error: { code: codeOf(error), message } })}\n`;
  const known =
    error instanceof CalypteError ||
    error instanceof UsageError ||
    error instanceof MismatchError ||
    systemCode(error) !== undefined;
  const [first = ""] = message.split("\n");
  return `calypte: ${known ? first : `internal error: ${first}; please report it`}\n`;
}

function codeOf(error: unknown): string {
  if (error instanceof CalypteError) return error.code;
  if (error instanceof MismatchError) return "MISMATCH";
  return error instanceof UsageError ? "USAGE" : (systemCode(error) ?? "INTERNAL");
}
