/** The last pass before a backend: each forest is written out by a strategy that suits it and the target. */

import { InternalError, OptionError } from "../errors.js";
import { type Forest, type ForestShape, forestShape } from "../ir/forest.js";
import type { Program } from "../ir/program.js";
import { restingForest } from "../ir/resting-forest.js";
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
  /** What each strategy that was weighed would do; estimated when first read. Where forests can stay whole, these are those that keep them so. */
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
  const refusals = new Map(strategies.map((s) => [s, s.refuse(forest, target)]));
  const able = strategies.filter((s) => refusals.get(s) === undefined);
  let best = strategies.find((s) => s.name === wanted);
  if (wanted !== "auto") {
    if (best === undefined) {
      const names = strategies.map((s) => s.name).join(", ");
      throw new OptionError("strategy", `unknown strategy "${wanted}"; use one of auto, ${names}`);
    }
    const refused = refusals.get(best);
    if (refused !== undefined) {
      const others = able.map((s) => s.name).join(", ");
      const place = `${origin}: ${wanted} on ${target.backend} ${target.device}`;
      throw new OptionError("strategy", `${place}: ${refused}; use auto, ${others}`);
    }
  } else {
    const fused = able.filter((s) => s.fused === true);
    best = cheapest(fused.length > 0 ? fused : able, forest, target);
  }
  const reasons = strategies.map((s) => refusals.get(s));
  return choiceOf(origin, forestShape(forest), best.name, strategies, reasons, target, restingForest(forest));
}

/** Apart from `chooseStrategy`, since it is kept: it must not hold the forest. */
function choiceOf(
  origin: string,
  shape: ForestShape,
  strategy: string,
  strategies: readonly Strategy[],
  reasons: readonly (string | undefined)[],
  target: Target,
  back: () => Forest,
): ForestChoice {
  let verdicts: readonly StrategyVerdict[] | undefined;
  return {
    origin,
    shape,
    strategy,
    get verdicts() {
      if (verdicts === undefined) {
        const forest = back();
        verdicts = strategies.map((s, i): StrategyVerdict => {
          const refused = reasons[i];
          return refused === undefined
            ? { strategy: s.name, seconds: s.cost(forest, target) }
            : { strategy: s.name, refused };
        });
      }
      return verdicts;
    },
  };
}

function cheapest(able: readonly Strategy[], forest: Forest, target: Target): Strategy {
  const [only, ...others] = able;
  if (only === undefined) throw new InternalError(`no strategy can lower a forest for ${target.backend}`);
  if (others.length === 0) return only;
  return able.map((s) => [s, s.cost(forest, target)] as const).reduce((a, b) => (a[1] <= b[1] ? a : b))[0];
}
