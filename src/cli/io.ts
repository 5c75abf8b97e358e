/**
 * The world of a command: its streams and environment, handed in so that tests run commands in-process, and writing that waits
 * for slow readers. Data goes to stdout and nothing else does; messages go to stderr.
 */

import type { Readable, Writable } from "node:stream";

export interface CliIo {
  readonly stdin: Readable;
  readonly stdout: Writable & { readonly isTTY?: boolean };
  readonly stderr: Writable & { readonly isTTY?: boolean; readonly columns?: number };
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Writes and waits until the stream can take more, so that a slow reader bounds memory. Rejects with the stream's error (EPIPE). */
export function writeText(stream: Writable, text: string | Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(text, (error) => {
      if (error === null || error === undefined) resolve();
      else reject(error);
    });
  });
}

/** True for the error of writing to a reader that has gone (`calypte predict … | head`). */
export function isBrokenPipe(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "EPIPE";
}

/** The system's code (ENOENT, EACCES, …) of a failed file operation; undefined for other errors. */
export function systemCode(error: unknown): string | undefined {
  return error instanceof Error && "syscall" in error && "code" in error ? String(error.code) : undefined;
}

/** Says how far a long command is, on one line of stderr that it rewrites; silent where nobody watches. */
export interface Progress {
  show(text: string): void;
  /** Removes the line. */
  clear(): void;
}

export function createProgress(io: CliIo, quiet: boolean): Progress {
  if (quiet || io.stderr.isTTY !== true || io.env["CI"] !== undefined || io.env["TERM"] === "dumb") {
    return { show: () => {}, clear: () => {} };
  }
  let [last, width] = [0, 0];
  return {
    show(text) {
      const now = Date.now();
      if (now - last < 100) return;
      last = now;
      io.stderr.write(`\r${text.padEnd(width)}`);
      width = text.length;
    },
    clear() {
      if (width > 0) io.stderr.write(`\r${" ".repeat(width)}\r`);
      width = 0;
    },
  };
}
