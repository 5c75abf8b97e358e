/** For the browser tests: where a Chromium is on this machine. scripts/browser/setup.sh installs one. */

import { accessSync, constants, realpathSync } from "node:fs";
import { delimiter, join } from "node:path";

const names = ["chromium", "chromium-browser", "google-chrome"];

/** Path of a Chromium: CALYPTE_CHROMIUM if set, else the first on PATH; undefined where there is none. */
export function findChromium(): string | undefined {
  const given = process.env["CALYPTE_CHROMIUM"];
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  const candidates = given ? [given] : names.flatMap((name) => folders.map((folder) => join(folder, name)));
  return candidates.find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(realpathSync(path), constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
