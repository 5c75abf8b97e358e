/**
 * What each backend and strategy would make of a model, without running any of it: the forests, and for every target the choice of
 * `auto`, the estimates and the reasons. For `calypte inspect`.
 */

import { referenceTarget } from "./backends/reference/reference-backend.js";
import { wasmTarget } from "./backends/wasm/target.js";
import { chooseBackend } from "./choose-backend.js";
import { lowerFor, optimize } from "./compile.js";
import { CalypteError } from "./errors.js";
import type { ForestShape } from "./ir/forest.js";
import type { Model } from "./ir/model.js";
import type { BackendOptions, Target } from "./ir/target.js";
import { lowerModel } from "./lower.js";
import { checkBatchHint } from "./options.js";
import type { ForestChoice, StrategyVerdict } from "./passes/lower-forests.js";

export interface SurveyedForest {
  readonly origin: string;
  readonly shape: ForestShape;
  /** What `auto` takes. */
  readonly strategy: string;
  readonly verdicts: readonly StrategyVerdict[];
}

export interface SurveyedTarget {
  readonly backend: string;
  readonly device: string;
  /** Why the model cannot run there; then there are no forests. */
  readonly refused?: string;
  /** In the order of the Program. */
  readonly forests: readonly SurveyedForest[];
}

/**
 * Every backend and device that Node can have, the best first. Whether they are installed is not asked. `fused`: as `compile` takes it,
 * for TF.js.
 */
export async function survey(model: Model, batchHint: number, fused = true): Promise<readonly SurveyedTarget[]> {
  const rows = checkBatchHint(batchHint);
  const program = optimize(lowerModel(model));
  const { emitSplit } = await import("./backends/tfjs/emit-split.js");
  const { tfjsEmitter } = await import("./emitters/tfjs/tfjs-emitter.js");
  const targets: readonly Target[] = [
    wasmTarget(rows),
    referenceTarget(rows),
    ...["wasm", "cpu"].map((device) => tfjsEmitter.target({ device, batchHint: rows, fused })),
  ];
  const { strategies } = await import("../strategies/index.js");
  const surveyed = targets.map(async (target): Promise<SurveyedTarget> => {
    const { backend, device } = target;
    try {
      const { choices, program: lowered } = await lowerFor(program, target, "auto", strategies);
      // On the others what the device lacks runs on the host.
      if (backend === "tfjs") emitSplit(lowered, target);
      return { backend, device, forests: choices.map(surveyedForest) };
    } catch (error) {
      if (!(error instanceof CalypteError) || error.code === "INTERNAL") throw error;
      return { backend, device, refused: error.message, forests: [] };
    }
  });
  return Promise.all(surveyed);
}

/** The forests, and all strategies, on one backend that is there. Throws what `compile` throws. */
export async function surveyOn(
  model: Model,
  backend: string,
  options: BackendOptions,
): Promise<readonly SurveyedForest[]> {
  const { strategies } = await import("../strategies/index.js");
  const { target } = await chooseBackend(backend, options, undefined);
  const { choices } = await lowerFor(optimize(lowerModel(model)), target, "auto", strategies);
  return choices.map(surveyedForest);
}

const surveyedForest = ({ origin, shape, strategy, verdicts }: ForestChoice): SurveyedForest => ({
  origin,
  shape,
  strategy,
  verdicts,
});
