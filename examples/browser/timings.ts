/** The same rows on each backend that this browser has: the median time of a call, and how far its numbers are from wasm's. */

import { type Answers, type CompileOptions, compile, type Model, type Scorer } from "calypte";
import { message, number, seconds } from "./elements.js";

export const entrants: readonly { readonly name: string; readonly options: CompileOptions }[] = [
  { name: "wasm", options: { backend: "wasm" } },
  { name: "reference", options: { backend: "reference" } },
  ...["cpu", "wasm", "webgl", "webgpu"].map((device) => ({
    name: `TF.js ${device}`,
    options: { backend: "tfjs", device } as const,
  })),
];

/** How long calls are repeated for, and how long one measurement takes at least, in milliseconds: a page's clock is coarse. */
const budget = 250;
const leastSpan = 10;

/** One line of the table: name, strategy, time a call, largest difference from `expected`. */
export async function timeBackend(
  { name, options }: (typeof entrants)[number],
  model: Model,
  given: unknown,
  rows: number,
  expected: Answers,
): Promise<readonly string[]> {
  let scorer: Scorer | undefined;
  try {
    if (options.device === "wasm") {
      const { setWasmPaths } = await import("@tensorflow/tfjs-backend-wasm");
      setWasmPaths(new URL("tfjs/", document.baseURI).href);
    }
    scorer = await compile(model, { ...options, batchHint: Math.max(1, rows) });
    const answers = await run(scorer, given);
    const median = await timeCalls(scorer, given);
    const strategies = [...new Set(scorer.plan.forests.map((f) => f.strategy))].join(", ");
    return [name, strategies || "–", seconds(median), difference(answers, expected)];
  } catch (error) {
    return [name, "–", "–", message(error)];
  } finally {
    scorer?.dispose();
  }
}

/** The median over measurements of the seconds that a call takes, each of as many calls as the clock can tell. */
async function timeCalls(scorer: Scorer, given: unknown): Promise<number> {
  const times: number[] = [];
  const end = performance.now() + budget;
  let calls = 1;
  while (times.length === 0 || performance.now() < end) {
    const start = performance.now();
    for (let i = 0; i < calls; i++) await run(scorer, given);
    const span = performance.now() - start;
    if (span < leastSpan) calls *= 2;
    else times.push(span / calls / 1000);
  }
  times.sort((a, b) => a - b);
  return times[times.length >> 1]!;
}

/** Every output of the file, for rows as a person gives them or for inputs by name. */
export function run(scorer: Scorer, given: unknown): Promise<Answers> {
  const [only] = scorer.inputs;
  const named = typeof given === "object" && given !== null && !Array.isArray(given);
  if (only !== undefined && scorer.inputs.length === 1 && !named) return scorer.run({ [only.name]: given });
  return scorer.run(given as Readonly<Record<string, unknown>>);
}

function difference(got: Answers, want: Answers): string {
  let largest = 0;
  let labels = 0;
  for (const [name, { data }] of Object.entries(want)) {
    const other = got[name]?.data;
    for (let i = 0; i < data.length; i++) {
      const [a, b] = [data[i], other?.[i]];
      if (Object.is(a, b)) continue;
      if (typeof a === "number" && typeof b === "number" && Number.isFinite(a - b))
        largest = Math.max(largest, Math.abs(a - b));
      else labels++;
    }
  }
  if (labels > 0) return `${labels} values differ`;
  return largest === 0 ? "the same" : `differs by ${number(Number(largest.toPrecision(2)))}`;
}
