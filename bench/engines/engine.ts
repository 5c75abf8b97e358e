/** What the harness asks of an engine: anything that scores rows with an ONNX file. One file per engine stands beside this one. */

import type { TensorData } from "../../src/ir/dtype.js";
import type { Inputs } from "../rows.js";

export interface Output {
  readonly data: TensorData;
  readonly shape: readonly number[];
}

/** A model ready to score. */
export interface Prepared {
  /** True where calypte's `auto` would take this strategy for every forest of the model. */
  readonly auto?: boolean;
  /** Answers by output name; outputs that the engine cannot hand over are absent. */
  run(inputs: Inputs): Promise<ReadonlyMap<string, Output>>;
  dispose(): Promise<void>;
}

export interface Refusal {
  /** Why this engine does not score this model. */
  readonly refused: string;
}

export interface Engine {
  readonly name: string;
  /** `batch` rows per call are to come. An engine that cannot run the model says why; any other failure is thrown. */
  prepare(model: Uint8Array, batch: number): Promise<Prepared | Refusal>;
}
