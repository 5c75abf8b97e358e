/** The command line for tests: run in this process, with its streams captured. */

import { Readable, Writable } from "node:stream";
import { runCli } from "./run.js";

/** What a run of the command line left behind. */
export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs the command line in this process with captured streams. */
export async function calypte(
  args: readonly string[],
  stdin: string | Uint8Array = "",
  terminal = false,
): Promise<Ran> {
  const said = { out: "", err: "" };
  const capture = (key: "out" | "err") =>
    Object.assign(
      new Writable({
        write(chunk, _encoding, done) {
          said[key] += String(chunk);
          done();
        },
      }),
      { isTTY: terminal },
    );
  const io = {
    stdin: Object.assign(Readable.from([Buffer.from(stdin)]), { isTTY: terminal }),
    stdout: capture("out"),
    stderr: capture("err"),
    env: {},
  };
  const code = await runCli(args, io);
  return { code, ...said };
}
