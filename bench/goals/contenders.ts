/** calypte and onnxruntime-node as contenders on a model of the table: rows in as they stand in the pool, all outputs of the file out. */

import * as ort from "onnxruntime-node";
import type { UserTensor } from "../../src/data/output.js";
import type { Scorer } from "../../src/scorer.js";
import { type Contender, startClocks } from "../../src/timing/time-interleaved.js";
import { builtCalypte } from "./built-calypte.js";

type Rows = Float32Array | Float64Array;

/** Answers of one call by output name. */
export type CallAnswers = Readonly<Record<string, Pick<UserTensor, "data" | "shape">>>;

export interface GoalContender extends Contender {
  answers(rows: Rows): Promise<CallAnswers>;
  dispose(): Promise<void>;
  /** How calypte runs the forests. */
  readonly strategy?: string;
}

export interface CalypteOptions {
  readonly backend?: "wasm" | "reference";
  readonly strategy?: string;
  /** Through `run`, which answers a promise, or `runSync`, or `predictProbaSync`. */
  readonly call?: "run" | "runSync" | "predictProbaSync";
}

export async function calypteContender(
  bytes: Uint8Array,
  width: number,
  batch: number,
  batches: readonly Rows[],
  options: CalypteOptions = {},
): Promise<GoalContender> {
  const { backend = "wasm", strategy = "auto", call = "runSync" } = options;
  const { compile, load } = await builtCalypte();
  const scorer = await compile(await load(bytes), { backend, strategy, batchHint: batch });
  const onHost = scorer.plan.notes.join("; ");
  if (backend === "wasm" && onHost !== "") throw new Error(`a part runs outside of the module: ${onHost}`);
  const name = scorer.inputs[0]?.name ?? "";
  const given = (rows: Rows) => ({ data: rows, shape: [rows.length / width, width] });
  const once = callOf(scorer, name, call);
  return {
    name: "calypte",
    strategy: [...new Set(scorer.plan.forests.map((f) => f.strategy))].join("+"),
    run: async (turn) => once(given(batches[turn % batches.length]!)),
    sample: async (turn, calls) => {
      const stop = startClocks();
      // A promise is awaited where the call gives one, and only there.
      if (call === "run") {
        for (let i = 0; i < calls; i++) await once(given(batches[(turn + i) % batches.length]!));
      } else {
        for (let i = 0; i < calls; i++) once(given(batches[(turn + i) % batches.length]!));
      }
      return stop(calls);
    },
    answers: async (rows) =>
      call === "predictProbaSync"
        ? { probabilities: scorer.predictProbaSync(given(rows)) }
        : scorer.runSync({ [name]: given(rows) }),
    dispose: async () => scorer.dispose(),
  };
}

function callOf(scorer: Scorer, input: string, call: NonNullable<CalypteOptions["call"]>): (x: unknown) => unknown {
  if (call === "predictProbaSync") return (x) => scorer.predictProbaSync(x);
  return call === "run" ? (x) => scorer.run({ [input]: x }) : (x) => scorer.runSync({ [input]: x });
}

export async function onnxruntimeContender(
  bytes: Uint8Array,
  width: number,
  batches: readonly Rows[],
): Promise<GoalContender> {
  const session = await ort.InferenceSession.create(bytes, {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    executionMode: "sequential",
    logSeverityLevel: 3,
  });
  const input = session.inputNames[0] ?? "";
  const call = (rows: Rows) => {
    const shape = [rows.length / width, width];
    const x =
      rows instanceof Float32Array ? new ort.Tensor("float32", rows, shape) : new ort.Tensor("float64", rows, shape);
    return session.run({ [input]: x });
  };
  return {
    name: "onnxruntime-node",
    run: (turn) => call(batches[turn % batches.length]!),
    answers: async (rows) => {
      const results = await call(rows);
      return Object.fromEntries(
        Object.entries(results).map(([name, { data, dims }]) => [
          name,
          { data: data as UserTensor["data"], shape: dims },
        ]),
      );
    },
    dispose: () => session.release(),
  };
}
