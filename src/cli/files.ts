/** The files of a command: data read as a stream, and output that appears whole or not at all. */

import { createReadStream, unlinkSync } from "node:fs";
import { lstat, open, rename, stat } from "node:fs/promises";
import { DataError, OptionError } from "../errors.js";
import { type CliIo, systemCode, writeText } from "./io.js";

/** What stands for stdin or stdout on the command line. */
export const dash = "-";

/** Bytes of a file, or of stdin for "-". Throws DataError, before anything is read, where the file cannot be opened. */
export async function openData(path: string, io: CliIo): Promise<AsyncIterable<Uint8Array>> {
  if (path === dash) return io.stdin;
  const stream = createReadStream(path);
  try {
    if ((await stat(path)).isDirectory()) throw new DataError(`${path}: expected a file, got a directory`);
    await new Promise<void>((resolve, reject) => {
      stream.once("open", () => resolve());
      stream.once("error", reject);
    });
  } catch (error) {
    stream.destroy();
    stream.on("error", () => {});
    if (error instanceof DataError) throw error;
    throw new DataError(`${path}: could not be read (${systemCode(error) ?? String(error)})`);
  }
  return stream;
}

/** Where a command's data goes. */
export interface TextOutput {
  write(text: string): Promise<void>;
  /** Makes the output visible under its name. */
  commit(): Promise<void>;
  /** Removes what was written, after an error. Does nothing once committed. */
  discard(): Promise<void>;
}

/**
 * Opens the output: stdout for undefined or "-"; else a file that is written beside its place and renamed into it. Throws OptionError
 * where the file exists and `force` is not set, or where it cannot be made.
 */
export async function openOutput(path: string | undefined, force: boolean, io: CliIo): Promise<TextOutput> {
  if (path === undefined || path === dash) {
    return { write: (text) => writeText(io.stdout, text), commit: async () => {}, discard: async () => {} };
  }
  const existing = await lstat(path).catch(() => undefined);
  if (existing?.isDirectory() === true)
    throw new OptionError("out", `${path}: expected a file to write, got a directory`);
  // A device or a pipe is written as it is: renaming over it would replace it.
  const inPlace = existing !== undefined && !existing.isFile() && !existing.isSymbolicLink();
  if (existing !== undefined && !inPlace && !force) {
    throw new OptionError("force", `${path} exists; use --force to replace it`);
  }
  const target = inPlace ? path : `${path}.${process.pid}.tmp`;
  const file = await open(target, "w").catch((error: unknown) => {
    throw new OptionError("out", `${path}: could not be written (${systemCode(error) ?? String(error)})`);
  });
  let pending = true;
  const removeTemporary = (): void => {
    try {
      unlinkSync(target);
    } catch (error) {
      if (systemCode(error) !== "ENOENT") throw error;
    }
  };
  // An interrupt ends the process; the half file must not outlive it.
  const onExit = (): void => {
    if (pending && !inPlace) removeTemporary();
  };
  process.once("exit", onExit);
  const close = async (): Promise<void> => {
    pending = false;
    process.removeListener("exit", onExit);
    await file.close();
  };
  return {
    async write(text) {
      await file.write(text);
    },
    async commit() {
      await close();
      if (!inPlace) await rename(target, path);
    },
    async discard() {
      if (!pending) return;
      await close();
      if (!inPlace) removeTemporary();
    },
  };
}
