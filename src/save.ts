/** Writes converted files into a folder. */

import { OptionError } from "./errors.js";
import { checkOptions } from "./options.js";

export interface SaveOptions {
  /** Replace files that exist. */
  readonly force?: boolean;
}

/**
 * Writes `files` under `folder`, which is made where absent. Each file is written beside its place and renamed into it, so that no
 * half file stays behind. Throws OptionError where a file exists and `force` is not set; then nothing is written.
 */
export async function save(
  files: ReadonlyMap<string, Uint8Array>,
  folder: string,
  options: SaveOptions = {},
): Promise<void> {
  checkOptions("save", options, ["force"]);
  const { access, mkdir, rename, writeFile } = await import("node:fs/promises");
  const { dirname, join } = await import("node:path");
  const paths = [...files].map(([name, bytes]) => ({ path: join(folder, name), bytes }));
  if (options.force !== true) {
    for (const { path } of paths) {
      const exists = await access(path).then(
        () => true,
        () => false,
      );
      if (exists) throw new OptionError("force", `${path} exists; set force to replace it`);
    }
  }
  for (const { path, bytes } of paths) {
    await mkdir(dirname(path), { recursive: true });
    const beside = `${path}.${process.pid}.tmp`;
    await writeFile(beside, bytes);
    await rename(beside, path);
  }
}
