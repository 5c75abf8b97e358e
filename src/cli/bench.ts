/**
 * `calypte bench MODEL [DATA]`: every strategy on every backend at several batch sizes, and onnxruntime-node and
 * onnxruntime-web where they are installed.
 * Answers are compared before anything is timed; contenders take turns on the same rows.
 */

import { readFile } from "node:fs/promises";
import { cpus } from "node:os";
import type { Argv, CommandModule } from "yargs";
import { BackendUnavailableError, OptionError, UnsupportedError } from "../errors.js";
import type { Model, Scorer } from "../index.js";
import { version } from "../version.js";
import { compareAll, type Entrant, enter, labelOf, places, withoutSlow } from "./bench-entrants.js";
import type { Rows } from "./bench-rows.js";
import { benchLines, type Cell, type ShownCell } from "./bench-table.js";
import { MismatchError, UsageError } from "./exit-code.js";
import { dash } from "./files.js";
import { type CliIo, createProgress, type Progress, writeText } from "./io.js";
import { type Peer, type PeerName, peerNames } from "./onnxruntime.js";
import { openBatches } from "./open-batches.js";
import {
  type DataArguments,
  dataOptions,
  examples,
  listOf,
  type ModelArguments,
  modelArgument,
  modelOptions,
  openModel,
  orList,
  sharedOptions,
  threadsOf,
} from "./options.js";
import { count, formatSeconds, wrap } from "./table.js";

export interface BenchArguments extends DataArguments, ModelArguments {
  readonly data: string | undefined;
  readonly batches: string | undefined;
  readonly backends: string | undefined;
  readonly strategies: string | undefined;
  readonly threads: string | undefined;
  readonly seconds: number;
  readonly clock: string;
  readonly seed: number;
  readonly json: boolean;
  readonly quiet: boolean;
}

const defaultBatches = [1, 10, 100, 1000, 10_000, 100_000] as const;

function build(yargs: Argv): Argv<BenchArguments> {
  const io = yargs
    .positional("model", modelArgument)
    .positional("data", { describe: "File of rows, or - for stdin; drawn by default", type: "string" })
    .option("batches", {
      describe: `Rows per call; ${defaultBatches.join(",")} by default, of wide rows fewer`,
      type: "string",
      requiresArg: true,
    })
    .option("backends", {
      describe:
        "wasm, reference, tfjs-wasm, tfjs-cpu, onnxruntime-node, onnxruntime-web; all that work here by default",
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
  return io
    .options(dataOptions)
    .options(modelOptions)
    .options(sharedOptions("threads"))
    .option("json", { describe: "Write JSON with all samples; errors as JSON too", type: "boolean", default: false })
    .options(sharedOptions("quiet"))
    .epilogue(
      examples(
        ["calypte bench model.onnx rows.csv", "On your own rows"],
        ["calypte bench model.onnx --backends wasm,onnxruntime-node", "Against onnxruntime-node alone"],
      ),
    );
}

async function run(args: BenchArguments, io: CliIo): Promise<void> {
  const given = args.batches === undefined ? undefined : listOf(args.batches);
  const sizes = given?.map((text) => wholeNumber("batches", text));
  const clock = args.clock === "cpu" ? "cpu" : "wall";
  if (args.clock !== clock) throw new OptionError("clock", `--clock is wall or cpu, got "${args.clock}"`);
  if (!(args.seconds > 0 && args.seconds <= 60)) {
    throw new OptionError("seconds", `expected seconds above 0, at most 60, got ${args.seconds}`);
  }
  const { compile } = await import("../index.js");
  const { median, quantile } = await import("../timing/statistics.js");
  const strategies = args.strategies === undefined ? undefined : listOf(args.strategies);
  const progress = createProgress(io, args.quiet);
  const model = await openModel(args);
  const notes: string[] = [];
  const chosen = await choosePlaces(args, model);
  const base = await compile(model, {
    backend: chosen.places.some((p) => p.name === "wasm") ? "wasm" : "reference",
    ...threadsOf(args.threads),
  });
  const { threads } = base.plan;
  const { fitting } = await import("./bench-rows.js");
  const batches = [...new Set(sizes ?? fitting(base.inputs, defaultBatches))].sort((a, b) => a - b);
  const perRow = new Map<string, number>();
  const peers: Peer[] = [];
  const cells: Cell[] = [];
  let wrong: string | undefined;
  try {
    let pool: Rows;
    try {
      for (const name of chosen.peers) peers.push(...(await openPeer(name, args, threads, notes)));
      pool = await readPool(args, io, base, model, Math.max(...batches), notes);
    } finally {
      base.dispose();
    }
    for (const batch of batches) {
      const { rowBatches } = await import("./bench-rows.js");
      const rows = rowBatches(pool, batch);
      progress.show(`${count(batch, "row")}: compiling …`);
      const entered = await enter(model, chosen.places, strategies, batch, rows, threads, peers);
      const { quick: entrants, slow } = await withoutSlow(entered.entrants, batch, perRow);
      cells.push(...entered.refused, ...slow);
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
      const timed = await timeAll(agreed, batch, args, progress);
      cells.push(...timed);
      for (const [i, { timing }] of timed.entries()) {
        if (timing !== undefined) perRow.set(labelOf(agreed[i]!), median(timing[clock]) / batch);
      }
      for (const entrant of entrants) await entrant.dispose();
    }
  } finally {
    progress.clear();
    for (const peer of peers) await peer.dispose();
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
    threads,
    peers: Object.fromEntries(peers.map((peer) => [peer.name, peer.version])),
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
      return {
        ...c,
        text: `${formatSeconds(seconds / c.batch).replace(" ", "")} ±${Math.round(spread * 100)}%`,
        seconds,
      };
    });
    const title = `${machine.cpu}, ${count(machine.cores, "core")}; Node ${about.node}, ${threads === 1 ? "one thread each" : `${threads} threads (reference and TF.js: one)`}`;
    await writeText(
      io.stdout,
      `${[...wrap(title), ...benchLines(shown, batches, clock), ...(notes.length === 0 ? [] : [""]), ...notes.flatMap((n) => wrap(n, "", "  "))].join("\n")}\n`,
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
async function choosePlaces(args: BenchArguments, model: Model) {
  const known = [...places.map((p) => p.name), ...peerNames] as readonly string[];
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
  const peers = peerNames.filter((name) => (wanted === undefined ? model.format === "onnx" : wanted.includes(name)));
  if (peers.length > 0 && model.format !== "onnx")
    throw new OptionError("backends", `${peers.join(" and ")} run ONNX files only; leave them out`);
  return { places: chosen, peers };
}

/** The peer, or none, with a note, where nobody asked for it. That onnxruntime-web is not installed is not worth a note. */
async function openPeer(
  name: PeerName,
  args: BenchArguments,
  threads: number,
  notes: string[],
): Promise<readonly Peer[]> {
  const { createPeer } = await import("./onnxruntime.js");
  try {
    return [await createPeer(await readFile(args.model), threads, name)];
  } catch (error) {
    if (!(error instanceof BackendUnavailableError || error instanceof UnsupportedError) || args.backends !== undefined)
      throw error;
    if (name === "onnxruntime-node" || error instanceof UnsupportedError) notes.push(error.message);
    return [];
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

export function benchCommand(io: CliIo): CommandModule<object, BenchArguments> {
  return {
    command: "bench <model> [data]",
    describe: "Time strategies and backends on a model",
    builder: build,
    handler: (args) => run(args, io),
  };
}
