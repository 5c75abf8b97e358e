/**
 * The peers that run in Python: one process (bench/python/peers.py) that prepares them and times their calls on request, one line
 * of JSON each way, so that they take turns with calypte in one run.
 */

import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { readNpy } from "../../src/data/npy.js";
import type { Contender, Sample } from "../../src/timing/time-interleaved.js";
import { type GoalModel, modelsFolder } from "./models.js";

export interface PythonPeers {
  /** Versions of Python and of the peers' packages, or why one cannot be imported. */
  versions(): Promise<Readonly<Record<string, string>>>;
  /** Peers that take models of this kind. */
  peersOf(model: GoalModel): Promise<readonly string[]>;
  /** Why the peer does not run the model; undefined where it does. */
  prepare(model: GoalModel, peer: string): Promise<string | undefined>;
  /** Probabilities of the first `rows` rows. */
  answers(peer: string, rows: number): Promise<Float32Array | Float64Array>;
  contender(peer: string, batch: number): Contender;
  /** Lets go of the models prepared. */
  release(): Promise<void>;
  stop(): void;
}

const folder = fileURLToPath(new URL("../python/", import.meta.url));
const interpreter = `${folder}.venv/bin/python`;

/** One thread for whatever library starts its own. */
export const oneThread = {
  OMP_NUM_THREADS: "1",
  OPENBLAS_NUM_THREADS: "1",
  MKL_NUM_THREADS: "1",
  NUMEXPR_NUM_THREADS: "1",
};

type Reply = Readonly<Record<string, unknown>>;

/** Starts the process. `strategies`: Hummingbird in each of its ways, and the trainers. Throws where the environment has not been made. */
export function startPythonPeers({ strategies = false }: { readonly strategies?: boolean } = {}): PythonPeers {
  if (!existsSync(interpreter)) throw new Error(`${interpreter} is missing; run bench/python/setup.sh`);
  const child = spawn(interpreter, [`${folder}peers.py`, modelsFolder], {
    env: { ...process.env, ...oneThread },
    stdio: ["pipe", "pipe", "inherit"],
  });
  const ask = conversation(child);
  const run = async (peer: string, batch: number, turn: number, calls: number): Promise<Sample> => {
    const { wall, cpu } = await ask({ op: "time", peer, batch, turn, calls });
    return { wall: Number(wall), cpu: Number(cpu) };
  };
  return {
    versions: async () => (await ask({ op: "versions" }))["versions"] as Readonly<Record<string, string>>,
    peersOf: async ({ kind }) => (await ask({ op: "peers", kind, strategies }))["peers"] as readonly string[],
    prepare: async (model, peer) => {
      const { refused } = await ask({ op: "prepare", peer, model });
      return refused === undefined ? undefined : String(refused);
    },
    answers: async (peer, rows) => {
      const { path } = await ask({ op: "answers", peer, rows });
      const { data } = readNpy(readFileSync(String(path)), String(path));
      if (data instanceof Float32Array || data instanceof Float64Array) return data;
      throw new Error(`${peer} answered no floats`);
    },
    contender: (peer, batch) => ({
      name: peer,
      run: (turn) => run(peer, batch, turn, 1),
      sample: (turn, calls) => run(peer, batch, turn, calls),
    }),
    release: async () => void (await ask({ op: "release" })),
    stop: () => void child.kill(),
  };
}

/** Sends a request and waits for its answer; the process answers one at a time. Rejects where it fails or ends. */
export function conversation(child: ChildProcess): (request: Reply) => Promise<Reply> {
  const { stdin, stdout } = child;
  if (stdin === null || stdout === null) throw new Error("the peers' process has no pipes");
  let waiting: { readonly resolve: (reply: Reply) => void; readonly reject: (error: Error) => void } | undefined;
  const lines = createInterface({ input: stdout });
  lines.on("line", (line) => {
    const reply = JSON.parse(line) as Reply;
    const { resolve, reject } = waiting ?? {};
    waiting = undefined;
    if (reply["error"] === undefined) resolve?.(reply);
    else reject?.(new Error(`bench/python/peers.py: ${String(reply["error"])}`));
  });
  child.on("exit", (code) => waiting?.reject(new Error(`bench/python/peers.py ended with ${code}`)));
  return (request) =>
    new Promise((resolve, reject) => {
      waiting = { resolve, reject };
      stdin.write(`${JSON.stringify(request)}\n`);
    });
}
