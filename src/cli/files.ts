/** The files of a command: data read as a stream, and output that appears whole or not at all. */

import { unlinkSync } from "node:fs";
import { lstat, open, rename } from "node:fs/promises";
import { DataError, LimitError, OptionError } from "../errors.js";
import { type CliIo, systemCode, writeText } from "./io.js";

/** What stands for stdin or stdout on the command line. */
export const dash = "-";

export interface OpenData {
  readonly bytes: AsyncIterable<Uint8Array>;
  /** Bytes of the file, where it is one. */
  readonly size: number | undefined;
}

/** Bytes of a file, or of stdin for "-". Throws DataError, before anything is read, where the file cannot be opened. */
export async function openData(path: string, io: CliIo): Promise<OpenData> {
  if (path === dash) return { bytes: io.stdin, size: undefined };
  const file = await open(path).catch((error: unknown) => {
    throw unreadable(path, error);
  });
  try {
    const facts = await file.stat();
    if (facts.isDirectory()) throw new DataError(`${path}: expected a file, got a directory`);
    return { bytes: file.createReadStream(), size: facts.isFile() ? facts.size : undefined };
  } catch (error) {
    await file.close();
    throw error instanceof DataError ? error : unreadable(path, error);
  }
}

/** The whole of a file, or of stdin for "-". Throws DataError where it cannot be read, LimitError where it is huge. */
export async function readWhole(path: string, io: CliIo, most = 2 ** 31 - 1): Promise<Uint8Array> {
  const { bytes } = await openData(path, io);
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of bytes) {
    parts.push(part);
    length += part.length;
    if (length > most) throw new LimitError(`${path}: more than ${most} bytes, which are read whole`);
  }
  return Buffer.concat(parts);
}

function unreadable(path: string, error: unknown): DataError {
  const code = systemCode(error);
  const reason = code === "ENOENT" ? "there is no such file" : `could not be read (${code ?? String(error)})`;
  return new DataError(`${path}: ${reason}`);
}

/** Where a command's data goes. `rewrite` replaces bytes of a file that were written already; streams have none. */
export interface CommandOutput {
  write(data: string | Uint8Array): Promise<void>;
  rewrite?(at: number, data: Uint8Array): Promise<void>;
  /** Makes the output visible under its name. */
  commit(): Promise<void>;
  /** Removes what was written, after an error. Does nothing once committed. */
  discard(): Promise<void>;
}

/**
 * Opens the output: stdout for undefined or "-"; else a file that is written beside its place and renamed into it. Throws OptionError
 * where the file exists and `force` is not set, or where it cannot be made.
 */
export async function openOutput(path: string | undefined, force: boolean, io: CliIo): Promise<CommandOutput> {
  if (path === undefined || path === dash) {
    return { write: (data) => writeText(io.stdout, data), commit: async () => {}, discard: async () => {} };
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
    async write(data) {
      // Not `write`, which may take a part only.
      await file.appendFile(data);
    },
    ...(inPlace
      ? {}
      : {
          async rewrite(at: number, data: Uint8Array) {
            await file.write(data, 0, data.length, at);
          },
        }),
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
