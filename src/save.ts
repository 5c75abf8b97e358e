/** Writes converted files into a folder. */

import { OptionError } from "./errors.js";
import { nodeModule } from "./node-module.js";
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
  const [fs, path] = [nodeModule("node:fs/promises"), nodeModule("node:path")];
  if (fs === undefined || path === undefined) {
    throw new OptionError(
      "folder",
      "save writes files, and there is no file system here; offer the files as downloads",
    );
  }
  const { access, mkdir, rename, writeFile } = fs;
  const { dirname, join } = path;
  const paths = [...files].map(([name, bytes]) => ({ at: join(folder, name), bytes }));
  if (options.force !== true) {
    for (const { at } of paths) {
      const exists = await access(at).then(
        () => true,
        () => false,
      );
      if (exists) throw new OptionError("force", `${at} exists; replace it with force (--force on the command line)`);
    }
  }
  for (const { at, bytes } of paths) {
    await mkdir(dirname(at), { recursive: true });
    const beside = `${at}.${process.pid}.tmp`;
    await writeFile(beside, bytes);
    await rename(beside, at);
  }
}
