/** Who takes part in `calypte bench`: each strategy on each backend, and the peers; and whether they answer alike. */

import { OptionError, UnsupportedError } from "../errors.js";
import type { Model, Scorer } from "../index.js";
import type { Contender } from "../timing/time-interleaved.js";
import type { Rows } from "./bench-rows.js";
import type { Cell } from "./bench-table.js";
import { compareLabels, compareNumbers, sameShape, type Values } from "./compare.js";
import type { Peer } from "./onnxruntime.js";
import { orList } from "./options.js";
import { count, formatSeconds } from "./table.js";

/** Where calypte can run, as the table calls it. */
export const places = [
  { name: "wasm", backend: "wasm", device: "cpu" },
  { name: "reference", backend: "reference", device: "cpu" },
  { name: "tfjs-wasm", backend: "tfjs", device: "wasm" },
  { name: "tfjs-cpu", backend: "tfjs", device: "cpu" },
] as const;
export type Place = (typeof places)[number];

/** One engine on one batch size. */
export interface Entrant extends Contender {
  /** "wasm", "onnxruntime-node". */
  readonly place: string;
  readonly strategy: string;
  /** What calypte takes by itself there. */
  readonly auto: boolean;
  answers(rows: Rows): Promise<ReadonlyMap<string, Values>>;
  dispose(): Promise<void>;
}

/** A call that is estimated to take longer is not made. */
const mostSeconds = 2;

/** An entrant for each place and strategy; those that refuse, or would take too long, as cells without a time. */
export async function enter(
  model: Model,
  chosen: readonly Place[],
  wanted: readonly string[] | undefined,
  batch: number,
  rows: readonly Rows[],
  threads: number,
  peers: readonly Peer[],
): Promise<{ readonly entrants: readonly Entrant[]; readonly refused: readonly Cell[] }> {
  const { compile } = await import("../index.js");
  const { surveyOn } = await import("../survey.js");
  const entrants: Entrant[] = [];
  const refused: Cell[] = [];
  for (const place of chosen) {
    const options = {
      backend: place.backend,
      batchHint: batch,
      ...(place.backend === "tfjs" ? { device: place.device } : {}),
      ...(place.backend === "wasm" ? { threads } : {}),
    };
    const auto = await compile(model, options).catch((error: unknown) => {
      if (error instanceof UnsupportedError) return error.message;
      throw error;
    });
    if (typeof auto === "string") {
      refused.push({ place: place.name, strategy: "", batch, auto: false, skipped: auto });
      continue;
    }
    const taken = [...new Set(auto.plan.forests.map((f) => f.strategy))].join("+");
    // The plan tells of the strategies that `auto` weighs; here all compete.
    const surveyed = await surveyOn(model, place.backend, options);
    const names = surveyed[0]?.verdicts.map((v) => v.strategy) ?? [];
    const unknown = wanted?.find((name) => name !== "auto" && !names.includes(name));
    if (unknown !== undefined && names.length > 0) {
      throw new OptionError("strategies", `unknown strategy "${unknown}"; use ${orList(["auto", ...names])}`);
    }
    const isWanted = (name: string) => wanted === undefined || wanted.includes(name);
    if (isWanted("auto") || isWanted(taken)) entrants.push(entrantOf(place.name, taken, true, auto, rows));
    else auto.dispose();
    for (const strategy of names.filter((name) => name !== taken && isWanted(name))) {
      const verdicts = surveyed.map((f) => f.verdicts.find((v) => v.strategy === strategy));
      const reason = verdicts.find((v) => v?.refused !== undefined)?.refused;
      const estimate = verdicts.reduce((sum, v) => sum + (v?.seconds ?? 0), 0);
      if (reason !== undefined || estimate > mostSeconds) {
        refused.push({
          place: place.name,
          strategy,
          batch,
          auto: false,
          skipped: reason ?? `estimated at ${formatSeconds(estimate)} a call`,
        });
        continue;
      }
      entrants.push(entrantOf(place.name, strategy, false, await compile(model, { ...options, strategy }), rows));
    }
  }
  entrants.push(...peers.map((peer) => peerEntrant(peer, rows)));
  return { entrants, refused };
}

/** Those whose calls will be short, by the seconds a row that smaller batches took; the others are let go of, as cells without a time. */
export async function withoutSlow(
  entrants: readonly Entrant[],
  batch: number,
  perRow: ReadonlyMap<string, number>,
): Promise<{ readonly quick: readonly Entrant[]; readonly slow: readonly Cell[] }> {
  const quick: Entrant[] = [];
  const slow: Cell[] = [];
  for (const entrant of entrants) {
    const seconds = (perRow.get(labelOf(entrant)) ?? 0) * batch;
    if (seconds <= mostSeconds) {
      quick.push(entrant);
      continue;
    }
    const { place, strategy, auto } = entrant;
    const skipped = `a call would take about ${formatSeconds(seconds)}, by smaller batches`;
    slow.push({ place, strategy, batch, auto, skipped });
    await entrant.dispose();
  }
  return { quick, slow };
}

function entrantOf(place: string, strategy: string, auto: boolean, scorer: Scorer, rows: readonly Rows[]): Entrant {
  const batches = rows.map((r) => Object.fromEntries(r));
  return {
    name: `${place} ${strategy}`,
    place,
    strategy,
    auto,
    run: (turn) => scorer.run(batches[turn % batches.length]!),
    answers: async (given) => new Map(Object.entries(await scorer.run(Object.fromEntries(given)))),
    dispose: async () => scorer.dispose(),
  };
}

function peerEntrant(peer: Peer, rows: readonly Rows[]): Entrant {
  return {
    name: peer.name,
    place: peer.name,
    strategy: "",
    auto: false,
    run: (turn) => peer.run(rows[turn % rows.length]!),
    answers: (given) => peer.run(given),
    dispose: async () => {},
  };
}

export const labelOf = (entrant: Entrant): string =>
  `${entrant.place}${entrant.strategy === "" ? "" : ` ${entrant.strategy}`}`;

/** Rows on which answers are compared. */
const comparedRows = 1000;

/** Entrants whose answers are not those of the first; a defect where the arithmetic is the same. */
export async function compareAll(model: Model, entrants: readonly Entrant[], rows: Rows) {
  const { magnitudesOf } = await import("../trace.js");
  const { rowBatches } = await import("./bench-rows.js");
  const total = rows.values().next().value?.shape[0] ?? 0;
  const some = total > comparedRows ? rowBatches(rows, comparedRows)[0]! : rows;
  const n = Math.min(total, comparedRows);
  const [first, ...others] = entrants;
  const odd: { readonly entrant: Entrant; readonly says: string; readonly defect: boolean }[] = [];
  if (first === undefined) return odd;
  const base = await first.answers(some);
  const numeric = [...base].filter(([, v]) => typeof v.data[0] === "number").map(([name]) => name);
  const magnitudes = magnitudesOf(model, some, n, numeric);
  const scores = [...base.values()].find((v) => v.shape.length === 2 && v.data instanceof Float32Array);
  for (const entrant of others) {
    const rtol = entrant.place === "wasm" || entrant.place === "reference" ? 1e-6 : 1e-5;
    for (const [name, want] of base) {
      const got = (await entrant.answers(some)).get(name);
      if (got === undefined) continue;
      const isFloat = want.data instanceof Float32Array || want.data instanceof Float64Array;
      const { scale = 1, exponential = false } = magnitudes.get(name) ?? {};
      const difference = !sameShape(got.shape, want.shape)
        ? undefined
        : isFloat
          ? compareNumbers(got, want, { rtol, scale: Math.max(scale, 1e-30), exponential })
          : compareLabels(got, want, scores, rtol);
      if (difference !== undefined && difference.wrongRows === 0) continue;
      const says =
        difference === undefined
          ? `${name} has shape [${got.shape.join(", ")}], ${labelOf(first)} gives [${want.shape.join(", ")}]`
          : `${name} differs from ${labelOf(first)} in ${count(difference.wrongRows)} of ${count(n, "row")}; not timed`;
      odd.push({ entrant, says, defect: entrant.place === "wasm" || entrant.place === "reference" });
      break;
    }
  }
  return odd;
}
