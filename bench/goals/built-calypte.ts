/**
 * calypte as it is published, built from the source at hand: what runs the source itself (tsx) wraps every closure, which costs a
 * call for one row a tenth of its time.
 */

import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import type * as calypte from "../../src/index.js";

/** Where the build goes: not into dist/, which tests use, nor where another checkout would build. */
export const builtFolder = fileURLToPath(new URL("../dist/", import.meta.url));
const root = fileURLToPath(new URL("../../", import.meta.url));

let built: Promise<typeof calypte> | undefined;

/** Builds calypte once in this process, and imports it. */
export function builtCalypte(): Promise<typeof calypte> {
  built ??= importBuilt();
  return built;
}

async function importBuilt(): Promise<typeof calypte> {
  buildCalypte();
  return (await import(`${builtFolder}index.js`)) as typeof calypte;
}

export function buildCalypte(): void {
  execFileSync(process.execPath, ["scripts/build.mjs", "--no-types", "--outdir", builtFolder], {
    cwd: root,
    stdio: "inherit",
  });
}
