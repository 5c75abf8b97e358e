/** SavedModels that calypte wrote, in Python TensorFlow under XLA (bench/python/savedmodel.py), one process for all of them. */

import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { readNpy } from "../../src/data/npy.js";
import type { Contender, Sample } from "../../src/timing/time-interleaved.js";
import { type GoalModel, modelsFolder } from "./models.js";
import { conversation, oneThread } from "./python-peers.js";

const script = fileURLToPath(new URL("../python/savedmodel.py", import.meta.url));
const interpreter =
  process.env["CALYPTE_TENSORFLOW_PYTHON"] ??
  fileURLToPath(new URL("../../test-models/.venv-tensorflow/bin/python", import.meta.url));

export interface SavedModels {
  versions(): Promise<Readonly<Record<string, string>>>;
  /** Loads the folder as `name` and compiles it for batches of these sizes; why it does not run, undefined where it does. */
  prepare(
    name: string,
    folder: string,
    output: string,
    model: GoalModel,
    batches: readonly number[],
  ): Promise<string | undefined>;
  answers(name: string, rows: number): Promise<Float32Array>;
  contender(name: string, batch: number): Contender;
  release(): Promise<void>;
  stop(): void;
}

/** Starts the process. Throws where there is no Python with TensorFlow. */
export function startSavedModels(): SavedModels {
  if (!existsSync(interpreter)) {
    throw new Error(`${interpreter} is missing; set CALYPTE_TENSORFLOW_PYTHON to a Python that has TensorFlow`);
  }
  const child = spawn(interpreter, [script], {
    env: { ...process.env, ...oneThread },
    stdio: ["pipe", "pipe", "inherit"],
  });
  const ask = conversation(child);
  const time = async (peer: string, batch: number, turn: number, calls: number): Promise<Sample> => {
    const { wall, cpu } = await ask({ op: "time", peer, batch, turn, calls });
    return { wall: Number(wall), cpu: Number(cpu) };
  };
  return {
    versions: async () => (await ask({ op: "versions" }))["versions"] as Readonly<Record<string, string>>,
    async prepare(name, folder, output, model, batches) {
      const rows = modelsFolder + model.rows;
      const { refused } = await ask({ op: "prepare", peer: name, folder, output, rows, batches });
      return refused === undefined ? undefined : String(refused);
    },
    async answers(name, rows) {
      const { path } = await ask({ op: "answers", peer: name, rows });
      const { data } = readNpy(readFileSync(String(path)), String(path));
      if (data instanceof Float32Array) return data;
      throw new Error(`${name} answered no float32`);
    },
    contender: (name, batch) => ({
      name,
      run: (turn) => time(name, batch, turn, 1),
      sample: (turn, calls) => time(name, batch, turn, calls),
    }),
    release: async () => void (await ask({ op: "release" })),
    stop: () => void child.kill(),
  };
}
