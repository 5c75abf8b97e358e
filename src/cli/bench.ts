/**
 * `calypte bench MODEL [DATA]`: every strategy on every backend at several batch sizes, and onnxruntime-node where it is installed.
 * Answers are compared before anything is timed; contenders take turns on the same rows.
 */

import { readFile } from "node:fs/promises";
import { cpus } from "node:os";
import type { Argv, CommandModule } from "yargs";
import { BackendUnavailableError, OptionError, UnsupportedError } from "../errors.js";
import type { Model, Scorer } from "../index.js";
import type { Contender, Timing } from "../timing/time-interleaved.js";
import { version } from "../version.js";
import type { Rows } from "./bench-rows.js";
import { compareLabels, compareNumbers, sameShape, type Values } from "./compare.js";
import { MismatchError, UsageError } from "./exit-code.js";
import { dash } from "./files.js";
import { type CliIo, createProgress, type Progress, writeText } from "./io.js";
import type { Peer } from "./onnxruntime.js";
import { openBatches } from "./open-batches.js";
import { type DataArguments, dataOptions, listOf, modelArgument, orList, quietOption } from "./options.js";
import { count, formatSeconds, tableLines, threeDigits, wrap } from "./table.js";

export interface BenchArguments extends DataArguments {
  readonly model: string;
  readonly data: string | undefined;
  readonly batches: string;
  readonly backends: string | undefined;
  readonly strategies: string | undefined;
  readonly seconds: number;
  readonly clock: string;
  readonly seed: number;
  readonly json: boolean;
  readonly quiet: boolean;
}

function build(yargs: Argv): Argv<BenchArguments> {
  const io = yargs
    .positional("model", modelArgument)
    .positional("data", { describe: "File of rows, or - for stdin; drawn by default", type: "string" })
    .option("batches", { describe: "Rows per call", type: "string", default: "1,100,1000,10000", requiresArg: true })
    .option("backends", {
      describe: "wasm, reference, tfjs-wasm, tfjs-cpu, onnxruntime-node; all that work here by default",
      type: "string",
      requiresArg: true,
    })
    .option("strategies", { describe: "Strategies to time; all by default", type: "string", requiresArg: true })
    .option("seconds", { describe: "Seconds of samples for each", type: "number", default: 0.1, requiresArg: true })
    .option("clock", {
      describe: "wall, or cpu (processor time, on a busy machine)",
      type: "string",
      default: "wall",
      requiresArg: true,
    })
    .option("seed", { describe: "Of the drawn rows", type: "number", default: 1, requiresArg: true });
  return dataOptions(io)
    .option("json", { describe: "Write JSON with all samples; errors as JSON too", type: "boolean", default: false })
    .option("quiet", quietOption)
    .example("$0 bench model.onnx rows.csv", "On your own rows")
    .example("$0 bench model.onnx --backends wasm,onnxruntime-node", "Against onnxruntime-node alone");
}

/** Where calypte can run, as the table calls it. */
const places = [
  { name: "wasm", backend: "wasm", device: "cpu" },
  { name: "reference", backend: "reference", device: "cpu" },
  { name: "tfjs-wasm", backend: "tfjs", device: "wasm" },
  { name: "tfjs-cpu", backend: "tfjs", device: "cpu" },
] as const;
type Place = (typeof places)[number];
const peerName = "onnxruntime-node";

/** One engine on one batch size. */
interface Entrant extends Contender {
  /** "wasm", "onnxruntime-node". */
  readonly place: string;
  readonly strategy: string;
  /** What calypte takes by itself there. */
  readonly auto: boolean;
  answers(rows: Rows): Promise<ReadonlyMap<string, Values>>;
  dispose(): Promise<void>;
}

interface Cell {
  readonly place: string;
  readonly strategy: string;
  readonly batch: number;
  readonly auto: boolean;
  /** Seconds per call; absent where it was not timed, for the reason in `skipped`. */
  readonly timing?: Timing;
  readonly skipped?: string;
}

/** A call that is estimated to take longer is not made. */
const mostSeconds = 2;

async function run(args: BenchArguments, io: CliIo): Promise<void> {
  const batches = listOf(args.batches).map((text) => wholeNumber("batches", text));
  const clock = args.clock === "cpu" ? "cpu" : "wall";
  if (args.clock !== clock) throw new OptionError("clock", `--clock is wall or cpu, got "${args.clock}"`);
  if (!(args.seconds > 0 && args.seconds <= 60)) {
    throw new OptionError("seconds", `expected seconds above 0, at most 60, got ${args.seconds}`);
  }
  const { compile, load } = await import("../index.js");
  const { median, quantile } = await import("../timing/statistics.js");
  const progress = createProgress(io, args.quiet);
  const model = await load(args.model);
  const notes: string[] = [];
  const chosen = await choosePlaces(args, model, notes);
  const peer = chosen.peer ? await openPeer(args, notes) : undefined;
  const cells: Cell[] = [];
  let wrong: string | undefined;
  try {
    const base = await compile(model, { backend: chosen.places.some((p) => p.name === "wasm") ? "wasm" : "reference" });
    let pool: Rows;
    try {
      pool = await readPool(args, io, base, model, Math.max(...batches), notes);
    } finally {
      base.dispose();
    }
    for (const batch of batches) {
      const { rowBatches } = await import("./bench-rows.js");
      const rows = rowBatches(pool, batch);
      progress.show(`${count(batch, "row")}: compiling …`);
      const { entrants, refused } = await enter(model, chosen.places, args, batch, rows, peer);
      cells.push(...refused);
      const odd = await compareAll(model, entrants, rows[0]!);
      for (const { entrant, says, defect } of odd) {
        notes.push(`${labelOf(entrant)} at ${count(batch, "row")}: ${says}`);
        if (defect) wrong ??= `${labelOf(entrant)} ${says}`;
      }
      const agreed = entrants.filter((e) => !odd.some((o) => o.entrant === e));
      cells.push(
        ...odd.map(
          ({ entrant: e }): Cell => ({
            place: e.place,
            strategy: e.strategy,
            batch,
            auto: e.auto,
            skipped: "other answers",
          }),
        ),
      );
      cells.push(...(await timeAll(agreed, batch, args, progress)));
      for (const entrant of entrants) await entrant.dispose();
    }
  } finally {
    progress.clear();
    await peer?.dispose();
  }
  const machine = {
    cpu: cpus()[0]?.model ?? "unknown",
    cores: cpus().length,
    platform: `${process.platform} ${process.arch}`,
  };
  const about = {
    model: args.model,
    calypte: version,
    node: process.versions.node,
    machine,
    clock,
    peer: peer?.version,
  };
  if (args.json) {
    const measured = cells.map(({ timing, ...cell }) => ({
      ...cell,
      ...(timing === undefined
        ? {}
        : {
            secondsPerCall: median(timing[clock]),
            nanosecondsPerRow: (median(timing[clock]) * 1e9) / cell.batch,
            ...timing,
          }),
    }));
    await writeText(io.stdout, `${JSON.stringify({ ...about, batches, notes, cells: measured }, null, 2)}\n`);
  } else {
    const shown = cells.map((c): ShownCell => {
      const samples = c.timing?.[clock];
      if (samples === undefined)
        return { ...c, text: c.skipped === "other answers" ? "differs" : "–", seconds: Number.NaN };
      const seconds = median(samples);
      const spread = (quantile(samples, 0.75) - quantile(samples, 0.25)) / 2 / seconds;
      return { ...c, text: `${threeDigits((seconds * 1e9) / c.batch)} ±${Math.round(spread * 100)}%`, seconds };
    });
    const title = `${machine.cpu}, ${count(machine.cores, "core")}; Node ${about.node}, one thread each`;
    await writeText(
      io.stdout,
      `${[...wrap(title), ...print(shown, batches, clock), ...notes.flatMap((n) => wrap(n, "", "  "))].join("\n")}\n`,
    );
  }
  if (wrong !== undefined) throw new MismatchError(`answers differ: ${wrong}`);
}

function wholeNumber(option: string, text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 1 && value <= 1e7) return value;
  throw new OptionError(option, `expected whole numbers from 1 to 10000000 for --${option}, got "${text}"`);
}

/** The places that are asked for, or that work here. */
async function choosePlaces(args: BenchArguments, model: Model, notes: string[]) {
  const known = [...places.map((p) => p.name), peerName] as readonly string[];
  const wanted =
    args.backends === undefined
      ? undefined
      : listOf(args.backends).flatMap((n) => (n === "tfjs" ? ["tfjs-wasm", "tfjs-cpu"] : [n]));
  const unknown = wanted?.find((name) => !known.includes(name));
  if (unknown !== undefined) throw new OptionError("backends", `unknown backend "${unknown}"; use ${orList(known)}`);
  const { diagnose } = await import("../diagnose.js");
  const diagnoses = await diagnose();
  const chosen = places.filter((p) => {
    const found = diagnoses.find((d) => d.backend === p.backend && d.device === p.device);
    if (found?.works === true) return wanted === undefined || wanted.includes(p.name);
    if (wanted?.includes(p.name) === true) {
      throw new BackendUnavailableError(
        p.name,
        found?.says ?? `${p.name} does not work here`,
        found?.next ?? "see calypte doctor",
      );
    }
    return false;
  });
  if (chosen.length === 0)
    throw new UsageError(`--backends names no backend of calypte to time; add ${places[0].name}`);
  const peer = wanted === undefined ? model.format === "onnx" : wanted.includes(peerName);
  if (peer && model.format !== "onnx")
    throw new OptionError("backends", "onnxruntime-node runs ONNX files only; leave it out");
  void notes;
  return { places: chosen, peer };
}

async function openPeer(args: BenchArguments, notes: string[]): Promise<Peer | undefined> {
  const { createPeer } = await import("./onnxruntime.js");
  try {
    return await createPeer(await readFile(args.model));
  } catch (error) {
    if (!(error instanceof BackendUnavailableError || error instanceof UnsupportedError) || args.backends !== undefined)
      throw error;
    notes.push(error.message);
    return undefined;
  }
}

async function readPool(
  args: BenchArguments,
  io: CliIo,
  scorer: Scorer,
  model: Model,
  largest: number,
  notes: string[],
): Promise<Rows> {
  const { collectRows, drawRows, poolRows } = await import("./bench-rows.js");
  const most = poolRows(scorer.inputs, largest);
  if (args.data === undefined) {
    const { forestsOf } = await import("../trace.js");
    return drawRows(scorer.inputs, forestsOf(model), most, args.seed);
  }
  const { batches } = await openBatches(scorer, args.data === "" ? dash : args.data, args, io);
  const pool = await collectRows(batches, most);
  const have = pool.values().next().value?.shape[0] ?? 0;
  if (have < largest) notes.push(`The data has ${count(have, "row")}; larger batches repeat them.`);
  return pool;
}

/** An entrant for each place and strategy; those that refuse, or would take too long, as cells without a time. */
async function enter(
  model: Model,
  chosen: readonly Place[],
  args: BenchArguments,
  batch: number,
  rows: readonly Rows[],
  peer: Peer | undefined,
): Promise<{ readonly entrants: readonly Entrant[]; readonly refused: readonly Cell[] }> {
  const { compile } = await import("../index.js");
  const entrants: Entrant[] = [];
  const refused: Cell[] = [];
  const wanted = args.strategies === undefined ? undefined : listOf(args.strategies);
  for (const place of chosen) {
    const options = {
      backend: place.backend,
      batchHint: batch,
      ...(place.backend === "tfjs" ? { device: place.device } : {}),
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
    const names = auto.plan.forests[0]?.verdicts.map((v) => v.strategy) ?? [];
    const unknown = wanted?.find((name) => name !== "auto" && !names.includes(name));
    if (unknown !== undefined && names.length > 0) {
      throw new OptionError("strategies", `unknown strategy "${unknown}"; use ${orList(["auto", ...names])}`);
    }
    const isWanted = (name: string) => wanted === undefined || wanted.includes(name);
    if (isWanted("auto") || isWanted(taken)) entrants.push(entrantOf(place.name, taken, true, auto, rows));
    else auto.dispose();
    for (const strategy of names.filter((name) => name !== taken && isWanted(name))) {
      const verdicts = auto.plan.forests.map((f) => f.verdicts.find((v) => v.strategy === strategy));
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
  if (peer !== undefined) entrants.push(peerEntrant(peer, rows));
  return { entrants, refused };
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
    name: peerName,
    place: peerName,
    strategy: "",
    auto: false,
    run: (turn) => peer.run(rows[turn % rows.length]!),
    answers: (given) => peer.run(given),
    dispose: async () => {},
  };
}

const labelOf = (entrant: Entrant): string =>
  `${entrant.place}${entrant.strategy === "" ? "" : ` ${entrant.strategy}`}`;

/** Rows on which answers are compared. */
const comparedRows = 1000;

/** Entrants whose answers are not those of the first; a defect where the arithmetic is the same. */
async function compareAll(model: Model, entrants: readonly Entrant[], rows: Rows) {
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

async function timeAll(
  entrants: readonly Entrant[],
  batch: number,
  args: BenchArguments,
  progress: Progress,
): Promise<Cell[]> {
  const { timeInterleaved } = await import("../timing/time-interleaved.js");
  let calls = 0;
  const watched = entrants.map((e) => ({
    name: e.name,
    run(turn: number) {
      if (calls++ % 16 === 0) progress.show(`${count(batch, "row")}: ${labelOf(e)} …`);
      return e.run(turn);
    },
  }));
  const timings = await timeInterleaved(watched, {
    seconds: args.seconds,
    leastSamples: 5,
    mostSamples: 25,
    hopeless: 30,
  });
  return entrants.map(({ place, strategy, auto }, i) => ({ place, strategy, batch, auto, timing: timings[i]! }));
}

// --- the table ------------------------------------------------------------------------------------------------------------

interface ShownCell extends Cell {
  readonly text: string;
  readonly seconds: number;
}

/** Batch sizes side by side in 80 columns. */
const columnsPerTable = 4;

function print(cells: readonly ShownCell[], batches: readonly number[], clock: string): string[] {
  const what = clock === "cpu" ? "processor time" : "time";
  const lines = ["", `Nanoseconds a row (${what}; median ± half the quartile range), by rows a call`, ""];
  for (let from = 0; from < batches.length; from += columnsPerTable) {
    const some = batches.slice(from, from + columnsPerTable);
    lines.push(...table(cells, some), "");
  }
  return [...lines, "* what auto takes; – refused, or too slow to be tried", ...verdictLines(cells, batches)];
}

function table(cells: readonly ShownCell[], batches: readonly number[]): string[] {
  const rows: string[][] = [];
  for (const place of new Set(cells.map((c) => c.place))) {
    const own = cells.filter((c) => c.place === place);
    const strategies = [...new Set(own.map((c) => c.strategy))].sort();
    const shown = strategies.filter((s) => own.some((c) => c.strategy === s && c.text !== "–"));
    if (shown.length === 0) continue;
    if (!shown.includes("")) rows.push([place]);
    for (const strategy of shown) {
      rows.push([
        strategy === "" ? place : `  ${strategy}`,
        ...batches.map((batch) => {
          const cell = own.find((c) => c.strategy === strategy && c.batch === batch);
          return `${cell?.text ?? "–"}${cell?.auto === true && strategy !== "" ? "*" : " "}`;
        }),
      ]);
    }
  }
  const right = "right" as const;
  return tableLines(
    [{ title: "", align: "left" }, ...batches.map((b) => ({ title: `${count(b)} `, align: right }))],
    rows,
  );
}

/** For each batch size the fastest, and how the peer compares. */
function verdictLines(cells: readonly ShownCell[], batches: readonly number[]): string[] {
  return batches.flatMap((batch) => {
    const timed = cells.filter((c) => c.batch === batch && !Number.isNaN(c.seconds));
    const ours = timed.filter((c) => c.place !== peerName);
    const best = ours.reduce<ShownCell | undefined>(
      (a, b) => (a === undefined || b.seconds < a.seconds ? b : a),
      undefined,
    );
    const peer = timed.find((c) => c.place === peerName);
    if (best === undefined) return [];
    const name = `${best.place}${best.strategy === "" ? "" : ` ${best.strategy}`}`;
    const against =
      peer === undefined ? "" : `; ${peerName} takes ${threeDigits(peer.seconds / best.seconds)} times as long`;
    return wrap(
      `${count(batch, "row")}: ${name} is the fastest, ${formatSeconds(best.seconds)} a call${against}`,
      "",
      "  ",
    );
  });
}

export function benchCommand(io: CliIo): CommandModule<object, BenchArguments> {
  return {
    command: "bench <model> [data]",
    describe: "Time strategies and backends on a model",
    builder: build,
    handler: (args) => run(args, io),
  };
}
