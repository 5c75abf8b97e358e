/** `calypte verify MODEL --data X --expected Y`: the model's answers against expected ones, or against onnxruntime-node's. */

import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import type { Argv, CommandModule } from "yargs";
import type { DataBatch } from "../data/row-batches.js";
import { BackendUnavailableError, DataError, LimitError, OptionError, UnsupportedError } from "../errors.js";
import type { Model, Scorer } from "../index.js";
import { compareLabels, compareNumbers, sameShape, type Values } from "./compare.js";
import { MismatchError, UsageError } from "./exit-code.js";
import type { Candidate, Expected } from "./expected.js";
import { dash } from "./files.js";
import { type CliIo, createProgress, writeText } from "./io.js";
import { batchRowsFor, openBatches } from "./open-batches.js";
import {
  compileOptionsOf,
  type DataArguments,
  dataOptions,
  type EngineArguments,
  engineOptions,
  examples,
  modelArgument,
  openModel,
  sharedOptions,
} from "./options.js";
import { count } from "./table.js";
import { type Finding, findingToJson, reportLines } from "./verify-report.js";

export interface VerifyArguments extends DataArguments, EngineArguments {
  readonly data: string;
  readonly expected: string | undefined;
  readonly output: string | undefined;
  readonly tolerance: number | undefined;
  readonly scale: number | undefined;
  readonly json: boolean;
  readonly quiet: boolean;
}

function build(yargs: Argv): Argv<VerifyArguments> {
  const io = yargs
    .positional("model", modelArgument)
    .option("data", { describe: "File of rows, or - for stdin", type: "string", demandOption: true, requiresArg: true })
    .option("expected", {
      describe: "File of expected answers: .npy, .csv, .json; without it onnxruntime-node is asked",
      type: "string",
      requiresArg: true,
    })
    .option("output", {
      describe: "The output that the expected answers are, where they do not say",
      type: "string",
      requiresArg: true,
    })
    .option("tolerance", {
      describe: "Relative: |got - want| <= tolerance * max(|want|, scale)",
      type: "number",
      requiresArg: true,
      defaultDescription: "1e-12 float64, 1e-6 float32, 1e-5 tfjs",
    })
    .option("scale", {
      describe: "Size of the numbers that answers are summed from",
      type: "number",
      requiresArg: true,
      defaultDescription: "from the model and the data",
    });
  return io
    .options(dataOptions)
    .options(engineOptions)
    .option("json", { describe: "Write JSON; errors as JSON too", type: "boolean", default: false })
    .options(sharedOptions("quiet"))
    .epilogue(
      examples(
        ["calypte verify model.txt --data X.npy --expected y.npy", "Against what the trainer predicted"],
        ["calypte verify model.onnx --data rows.csv", "Against onnxruntime-node, where it is installed"],
      ),
    );
}

/** Cells of data that are held, to look into rows that differ. */
const mostCells = 1 << 27;

async function run(args: VerifyArguments, io: CliIo): Promise<void> {
  for (const name of ["tolerance", "scale"] as const) {
    const value = args[name];
    if (value !== undefined && !(value >= 0 && value < Infinity)) {
      throw new OptionError(name, `expected a number of at least 0 for --${name}, got ${value}`);
    }
  }
  if (args.expected === undefined && args.output !== undefined) {
    throw new UsageError("--output goes with --expected; onnxruntime-node names its outputs");
  }
  const { compile } = await import("../index.js");
  const model = await openModel(args);
  const scorer = await compile(model, compileOptionsOf(args, batchRowsFor(model.inputs)));
  const progress = createProgress(io, args.quiet);
  try {
    const batches = await readAll(scorer, args, io);
    const first = batches[0]!;
    const candidates = await candidatesOf(scorer, first);
    const expected =
      args.expected === undefined
        ? await askOnnxruntime(model, args.model, batches, progress.show)
        : {
            from: basename(args.expected),
            outputs: await (await import("./expected.js")).readExpected(
              args.expected,
              args.output,
              candidates,
              scorer,
              io,
            ),
          };
    const rows = batches.reduce((sum, b) => sum + b.rows, 0);
    const { findings: found, got } = await compareAll(
      model,
      scorer,
      batches,
      expected,
      candidates,
      args,
      progress.show,
    );
    progress.clear();
    const findings: Finding[] = [];
    for (const f of found) {
      const [want, mine] = [expected.outputs.get(f.output), got.get(f.output)];
      findings.push(
        f.wrongRows === 0 ? f : { ...f, explained: await explanation(model, scorer, batches, f, want, mine) },
      );
    }
    const wrong = findings.filter((f) => f.wrongRows > 0);
    const facts = {
      model: args.model,
      rows,
      expected: expected.from,
      backend: scorer.plan.backend,
      device: scorer.plan.device,
    };
    await writeText(
      io.stdout,
      args.json
        ? `${JSON.stringify({ ...facts, ok: wrong.length === 0, outputs: findings.map(findingToJson) }, null, 2)}\n`
        : `${reportLines(facts, findings).join("\n")}\n`,
    );
    if (wrong.length > 0) {
      const parts = wrong.map((f) => `${f.output} in ${count(f.wrongRows)} of ${count(f.rows, "row")}`);
      throw new MismatchError(`answers differ from ${expected.from}: ${parts.join(", ")}`);
    }
  } finally {
    progress.clear();
    scorer.dispose();
  }
}

async function readAll(scorer: Scorer, args: VerifyArguments, io: CliIo): Promise<readonly DataBatch[]> {
  const { batches } = await openBatches(scorer, args.data === "" ? dash : args.data, args, io);
  const all: DataBatch[] = [];
  let cells = 0;
  for await (const batch of batches) {
    if (batch.rows === 0) continue;
    all.push(batch);
    for (const { data } of batch.tensors.values()) cells += data.length;
    if (cells > mostCells)
      throw new LimitError(`verify holds its data: ${cells} cells are over the limit of ${mostCells}`);
  }
  if (all.length === 0) throw new DataError("the data has no rows, so there is nothing to compare");
  return all;
}

/** Every output that counts rows along its first axis, with its answers to some rows. */
async function candidatesOf(scorer: Scorer, batch: DataBatch): Promise<readonly Candidate[]> {
  const names = [...scorer.outputs.map((o) => o.name), ...scorer.extraOutputs];
  const answers = await scorer.run(Object.fromEntries(batch.tensors), { outputs: names });
  return Object.entries(answers).flatMap(([name, value]) => {
    const output = scorer.outputs.find((o) => o.name === name);
    if (output !== undefined && typeof output.shape[0] !== "object") return [];
    const byClass = output?.role === "probabilities" || output?.role === "decision";
    return [{ name, value, ...(byClass && scorer.classes !== undefined ? { classes: scorer.classes } : {}) }];
  });
}

interface Expectations {
  /** Where they come from, for messages. */
  readonly from: string;
  readonly outputs: ReadonlyMap<string, Expected>;
}

async function askOnnxruntime(
  model: Model,
  path: string,
  batches: readonly DataBatch[],
  show: (text: string) => void,
): Promise<Expectations> {
  if (model.format !== "onnx") {
    throw new UsageError(`verify needs --expected for this model; onnxruntime-node runs ONNX files only`);
  }
  const { createPeer } = await import("./onnxruntime.js");
  const peer = await createPeer(await readFile(path)).catch((error: unknown) => {
    if (!(error instanceof BackendUnavailableError)) throw error;
    throw new BackendUnavailableError(error.backend, error.reason, `${error.hint}, or give --expected FILE`);
  });
  try {
    const parts = new Map<string, { readonly values: Values[]; readonly precision: Expected["precision"] }>();
    for (const batch of batches) {
      for (const [name, value] of await peer.run(batch.tensors)) {
        const precision = value.dtype === "float64" ? "float64" : "float32";
        const part = parts.get(name) ?? { values: [], precision };
        part.values.push(value);
        parts.set(name, part);
      }
      show("onnxruntime-node …");
    }
    const outputs = [...parts].map(([name, { values, precision }]): [string, Expected] => [
      name,
      { ...joined(values), precision },
    ]);
    if (outputs.length === 0)
      throw new UnsupportedError(
        "onnxruntime-node",
        "hands over no output of this model as a tensor",
        "give --expected",
      );
    return { from: `onnxruntime-node ${peer.version}`, outputs: new Map(outputs) };
  } finally {
    await peer.dispose();
  }
}

/** Parts along the first axis, as one. */
function joined(parts: readonly Values[]): Values {
  const [first] = parts;
  if (first === undefined || parts.length === 1) return first ?? { data: [], shape: [0] };
  const rows = parts.reduce((sum, p) => sum + (p.shape[0] ?? 0), 0);
  const data = parts.flatMap((p) => Array.from<unknown>(p.data));
  return { data: data as unknown as Values["data"], shape: [rows, ...first.shape.slice(1)] };
}

async function compareAll(
  model: Model,
  scorer: Scorer,
  batches: readonly DataBatch[],
  expected: Expectations,
  candidates: readonly Candidate[],
  args: VerifyArguments,
  show: (text: string) => void,
): Promise<{ readonly findings: readonly Finding[]; readonly got: ReadonlyMap<string, Values> }> {
  const names = [...expected.outputs.keys()].filter((name) => candidates.some((c) => c.name === name));
  const scores = scorer.outputs.find((o) => o.role === "probabilities" || o.role === "decision")?.name;
  const wanted = [...new Set([...names, ...(scores === undefined ? [] : [scores])])];
  const parts = new Map<string, Values[]>(wanted.map((name) => [name, []]));
  let done = 0;
  for (const batch of batches) {
    const answers = await scorer.run(Object.fromEntries(batch.tensors), { outputs: wanted });
    for (const name of wanted) parts.get(name)?.push(answers[name]!);
    done += batch.rows;
    show(`${count(done)} rows`);
  }
  const got = new Map([...parts].map(([name, values]) => [name, joined(values)]));
  const numeric = names.filter((name) => kindOf(scorer, name, candidates) === "numbers");
  const magnitudes = await magnitudesFor(model, scorer, batches, numeric);
  const findings = names.map((name): Finding => {
    const [mine, want] = [got.get(name)!, expected.outputs.get(name)!];
    if (!sameShape(mine.shape, want.shape)) {
      throw new DataError(
        `${expected.from}: ${name} has shape [${want.shape.join(", ")}], the model answers [${mine.shape.join(", ")}]`,
      );
    }
    const value = { data: want.data as Values["data"], shape: want.shape };
    const kind = kindOf(scorer, name, candidates);
    const double = candidates.find((c) => c.name === name)?.value.dtype === "float64" && want.precision === "float64";
    const rtol = args.tolerance ?? (scorer.plan.backend === "tfjs" ? 1e-5 : double ? 1e-12 : 1e-6);
    const magnitude = magnitudes.get(name) ?? { scale: 1, exponential: false };
    const tolerance = { ...magnitude, rtol, ...(args.scale === undefined ? {} : { scale: args.scale }) };
    const difference =
      kind === "numbers"
        ? compareNumbers(mine, value, tolerance)
        : compareLabels(mine, value, kind === "labels" && scores !== undefined ? got.get(scores) : undefined, rtol);
    return { ...difference, output: name, kind, tolerance };
  });
  return { findings, got };
}

function kindOf(scorer: Scorer, name: string, candidates: readonly Candidate[]): Finding["kind"] {
  if (name === "@leafIndices") return "leaves";
  const dtype = candidates.find((c) => c.name === name)?.value.dtype ?? "";
  const label = scorer.outputs.find((o) => o.name === name)?.role === "label";
  return label || dtype === "string" || dtype === "bool" ? "labels" : "numbers";
}

/** The s of each output's tolerance: 1 for probabilities, else the largest over the batches. */
async function magnitudesFor(model: Model, scorer: Scorer, batches: readonly DataBatch[], names: readonly string[]) {
  const { magnitudesOf } = await import("../trace.js");
  const probable = (name: string) => scorer.outputs.find((o) => o.name === name)?.role === "probabilities";
  const all = new Map(names.map((name) => [name, { scale: probable(name) ? 1 : 0, exponential: false }]));
  const others = names.filter((name) => !probable(name));
  if (others.length === 0) return all;
  for (const batch of batches) {
    for (const [name, { scale, exponential }] of magnitudesOf(model, batch.tensors, batch.rows, others)) {
      all.set(name, { scale: Math.max(scale, all.get(name)?.scale ?? 0), exponential });
    }
  }
  return all;
}

/** Says of an output's worst row what leads to its answer, and of wrong leaves where the ways part. */
async function explanation(
  model: Model,
  scorer: Scorer,
  batches: readonly DataBatch[],
  finding: Finding,
  want: Expected | undefined,
  got: Values | undefined,
): Promise<string[]> {
  const { explainLeaves, explainRow, rowOf } = await import("./explain.js");
  if (finding.kind === "leaves" && want !== undefined && got !== undefined) {
    return explainLeaves(model, batches, got, { data: want.data as Values["data"], shape: want.shape });
  }
  if (finding.worst === undefined || !scorer.extraOutputs.includes("@leafIndices")) return [];
  const { row } = finding.worst;
  const inputs = Object.fromEntries(rowOf(model, batches, row));
  const leaves = (await scorer.run(inputs, { outputs: ["@leafIndices"] }))["@leafIndices"];
  return leaves === undefined ? [] : explainRow(model, batches, row, leaves);
}

export function verifyCommand(io: CliIo): CommandModule<object, VerifyArguments> {
  return {
    command: "verify <model>",
    describe: "Compare a model's answers with expected ones",
    builder: build,
    handler: (args) => run(args, io),
  };
}
