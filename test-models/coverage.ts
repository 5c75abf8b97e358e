/**
 * What becomes of each fixture on each backend under `auto`, as one line: answered, answered with parts on the host, or refused with
 * the reason. The lines that say more than "answered" are kept in coverage.json, which scripts/coverage-record.ts writes, the answers'
 * tests check and docs/coverage.md shows.
 */

import { readFileSync } from "node:fs";
import { CalypteError } from "../src/errors.js";

/** By fixture ("onnx/iris-tree"), then by backend ("wasm", "tfjs cpu", …). What is not there is answered without remark. */
export type CoverageRecord = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** The backends and devices that every fixture is tried on with npm's packages alone. */
export const coveredTargets = [
  { name: "reference", options: { backend: "reference" } },
  { name: "wasm", options: { backend: "wasm" } },
  { name: "tfjs cpu", options: { backend: "tfjs", device: "cpu" } },
  { name: "tfjs wasm", options: { backend: "tfjs", device: "wasm" } },
] as const;

export const recordUrl = new URL("./coverage.json", import.meta.url);

let record: CoverageRecord | undefined;

/** What coverage.json says of a fixture on a target, `undefined` where it is answered without remark. */
export function recordedOutcome(fixture: string, target: string): string | undefined {
  record ??= JSON.parse(readFileSync(recordUrl, "utf8")) as CoverageRecord;
  return record[fixture]?.[target];
}

/** "refused: …" for the error of `compile`, which is thrown on where it is none of calypte's. */
export function refusedOutcome(error: unknown): string {
  if (!(error instanceof CalypteError)) throw error;
  return `refused: ${error.message}`;
}

/** "host: …" with the primitives that run beside the kernel module; `undefined` where the notes name none. */
export function outcomeOf(notes: readonly string[]): string | undefined {
  const primitives = notes.flatMap((note) =>
    [...note.matchAll(/(?:^|[:;] )(\w+)(?: of [^;]*?)? runs on the host:/g)].map(([, primitive]) => primitive ?? ""),
  );
  const whole = notes.some((note) => note.startsWith("the whole model runs on the host"));
  if (primitives.length === 0 && !whole) return undefined;
  return `${whole ? "all on the host" : "on the host"}: ${[...new Set(primitives)].sort().join(", ") || "nothing else to do"}`;
}
