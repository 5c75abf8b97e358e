/**
 * The trainer's verbs over a Program's outputs: which output answers `predict`, `predictProba`, … Names and meanings follow
 * scikit-learn's estimators (sklearn/base.py and the classes' own methods).
 */

import { UnsupportedError } from "./errors.js";
import type { OutputRole, Program, ProgramOutput } from "./ir/program.js";

export type Verb =
  | "predict"
  | "predictProba"
  | "decisionFunction"
  | "transform"
  | "scoreSamples"
  | "rawScore"
  | "leafIndices";

/** Roles that answer a verb, best first. */
const rolesOf: { readonly [V in Verb]: readonly OutputRole[] } = {
  predict: ["label", "values"],
  predictProba: ["probabilities"],
  decisionFunction: ["decision"],
  transform: ["values", "decision"],
  scoreSamples: ["scoreSamples"],
  rawScore: ["rawScore"],
  leafIndices: ["leafIndices"],
};

export const verbs = Object.keys(rolesOf) as readonly Verb[];

export function outputFor(program: Pick<Program, "outputs">, verb: Verb): ProgramOutput | undefined {
  for (const role of rolesOf[verb]) {
    const output = program.outputs.find((o) => o.role === role);
    if (output !== undefined) return output;
  }
  return undefined;
}

/** Throws UnsupportedError that lists the verbs the model has. */
export function requireOutput(program: Pick<Program, "outputs">, verb: Verb): ProgramOutput {
  const output = outputFor(program, verb);
  if (output !== undefined) return output;
  const able = verbs.filter((v) => outputFor(program, v) !== undefined);
  const names = program.outputs.filter((o) => o.extra !== true).map((o) => o.name);
  throw new UnsupportedError(
    verb,
    "this model has no such answer",
    `it has ${able.length === 0 ? "only run()" : able.join(", ")}, and the outputs ${names.join(", ")}`,
  );
}
