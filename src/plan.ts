/** What was compiled, and why: the answer to "what will this scorer do". */

import type { ForestChoice } from "./passes/lower-forests.js";

export interface Plan {
  readonly backend: string;
  readonly device: string;
  readonly batchHint: number;
  /** Threads that a call of many rows may use. */
  readonly threads: number;
  /** One entry per forest, in the order of the Program. */
  readonly forests: readonly ForestChoice[];
  /** Instructions of the lowered Program. */
  readonly instructions: number;
  /** Whether batches are cut into row blocks and streamed; false where an operator mixes rows. */
  readonly rowWise: boolean;
  /** What the user should know: fall-backs, rounding. */
  readonly notes: readonly string[];
  /** The lowered Program as text. */
  readonly program: string;
  toString(): string;
}

export type PlanFacts = Omit<Plan, "toString" | "program">;

/** `print` writes the Program out; only when somebody reads it. */
export function createPlan(facts: PlanFacts, print: () => string): Plan {
  return {
    ...facts,
    get program() {
      return print();
    },
    toString: () => printPlan(facts),
  };
}

function printPlan(plan: PlanFacts): string {
  const lines = [
    `backend ${plan.backend} (${plan.device}), batch hint ${plan.batchHint}, ${plan.threads === 1 ? "" : `${plan.threads} threads, `}${plan.instructions} instructions`,
  ];
  for (const f of plan.forests) {
    const s = f.shape;
    lines.push(
      `${f.origin}: ${s.trees} trees, ${s.nodes} nodes, depth ${s.depth}, ${s.maxLeaves} leaves at most, ${s.outputs} outputs`,
    );
    for (const v of f.verdicts) {
      const mark = v.strategy === f.strategy ? "*" : " ";
      const verdict = v.refused === undefined ? `${seconds(v.seconds ?? 0)} estimated` : `cannot: ${v.refused}`;
      lines.push(`  ${mark} ${v.strategy.padEnd(24)} ${verdict}`);
    }
  }
  if (!plan.rowWise) lines.push("the whole batch is computed at once: an operator mixes rows");
  lines.push(...plan.notes);
  return lines.join("\n");
}

function seconds(s: number): string {
  if (s >= 1) return `${s.toPrecision(3)} s`;
  return s >= 1e-3 ? `${(s * 1e3).toPrecision(3)} ms` : `${(s * 1e6).toPrecision(3)} µs`;
}
