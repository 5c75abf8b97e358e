/** The last pass before a backend: each forest is written out by a strategy that suits it and the target. */

import { OptionError } from "../errors.js";
import { type Forest, type ForestShape, forestShape } from "../ir/forest.js";
import type { Program } from "../ir/program.js";
import type { Strategy, Target } from "../ir/target.js";
import { rewrite } from "./rewrite.js";

/** What one strategy would do with a forest. */
export interface StrategyVerdict {
  readonly strategy: string;
  /** Why it cannot; absent where it can. */
  readonly refused?: string;
  /** Estimated seconds for `batchHint` rows; absent where it refuses. */
  readonly seconds?: number;
}

/** The strategy taken for one forest, and what the others would have cost. */
export interface ForestChoice {
  readonly origin: string;
  readonly shape: ForestShape;
  readonly strategy: string;
  readonly verdicts: readonly StrategyVerdict[];
}

export interface LoweredForests {
  readonly program: Program;
  readonly choices: readonly ForestChoice[];
}

/** `wanted` is the name of a strategy, or "auto" for the one with the least estimated cost. */
export function lowerForests(
  program: Program,
  target: Target,
  strategies: readonly Strategy[],
  wanted: string,
): LoweredForests {
  const choices = new Map<Forest, ForestChoice>();
  const byName = new Map(strategies.map((s) => [s.name, s]));
  const choose = (forest: Forest, origin: string): Strategy => {
    const known = choices.get(forest);
    const choice = known ?? chooseStrategy(forest, origin, target, strategies, wanted);
    if (known === undefined) choices.set(forest, choice);
    return byName.get(choice.strategy)!;
  };
  const lowered = rewrite(program, (build, instruction, args) => {
    if (instruction.op !== "forest" && instruction.op !== "forestLeaves") return undefined;
    const { forest } = instruction.attrs;
    const strategy = choose(forest, instruction.origin ?? "forest");
    const want = instruction.op === "forest" ? "raw" : "leaves";
    return [strategy.lower(build, forest, args[0]!, want, target)];
  });
  return { program: lowered, choices: [...choices.values()] };
}

function chooseStrategy(
  forest: Forest,
  origin: string,
  target: Target,
  strategies: readonly Strategy[],
  wanted: string,
): ForestChoice {
  const verdicts = strategies.map((s): StrategyVerdict => {
    const refused = s.refuse(forest, target);
    return refused === undefined
      ? { strategy: s.name, seconds: s.cost(forest, target) }
      : { strategy: s.name, refused };
  });
  const able = verdicts.filter((v) => v.refused === undefined);
  const named = verdicts.find((v) => v.strategy === wanted);
  if (wanted !== "auto" && named === undefined) {
    throw new OptionError(
      "strategy",
      `unknown strategy "${wanted}"; use one of auto, ${strategies.map((s) => s.name).join(", ")}`,
    );
  }
  if (named?.refused !== undefined) {
    const others = able.map((v) => v.strategy).join(", ");
    throw new OptionError(
      "strategy",
      `${origin}: ${wanted} on ${target.backend} ${target.device}: ${named.refused}; use auto, ${others}`,
    );
  }
  const best = named ?? able.reduce((a, b) => ((a.seconds ?? 0) <= (b.seconds ?? 0) ? a : b));
  return { origin, shape: forestShape(forest), strategy: best.strategy, verdicts };
}
