/** `calypte predict MODEL [DATA|-] [-o OUT]`: rows of a file or of stdin → the model's answers, in batches of rows. */

import type { Argv, CommandModule } from "yargs";
import type { OutputColumns } from "../data/csv-write.js";
import { type DataForm, formOfName } from "../data/data-forms.js";
import type { KeptColumns } from "../data/row-batches.js";
import { OptionError } from "../errors.js";
import type { Scorer } from "../index.js";
import { UsageError } from "./exit-code.js";
import { dash, openOutput } from "./files.js";
import { type CliIo, createProgress } from "./io.js";
import { batchRowsFor, openBatches } from "./open-batches.js";
import {
  compileOptionsOf,
  type DataArguments,
  dataFormNamed,
  dataOptions,
  type EngineArguments,
  engineOptions,
  examples,
  listOf,
  modelArgument,
  openModel,
  orList,
  sharedOptions,
} from "./options.js";

export interface PredictArguments extends DataArguments, EngineArguments {
  readonly data: string | undefined;
  readonly out: string | undefined;
  readonly to: string | undefined;
  readonly outputs: string | undefined;
  readonly proba: boolean;
  readonly keep: string | undefined;
  readonly "keep-all": boolean;
  readonly json: boolean;
  readonly force: boolean;
  readonly quiet: boolean;
}

function build(yargs: Argv): Argv<PredictArguments> {
  const io = yargs
    .positional("model", modelArgument)
    .positional("data", { describe: "File of rows, or - for stdin", type: "string" })
    .option("out", { alias: "o", describe: "File to write instead of stdout", type: "string", requiresArg: true })
    .option("to", {
      describe: "Form of the answers: csv, json, jsonl, npy (else told from -o)",
      type: "string",
      requiresArg: true,
    })
    .option("outputs", {
      alias: "output",
      describe: "Outputs to write, by the names that inspect shows: a,b",
      type: "string",
      requiresArg: true,
    })
    .option("proba", { describe: "Write class probabilities only", type: "boolean", default: false })
    .option("keep", { describe: "Columns of the data to write first: id,name", type: "string", requiresArg: true })
    .option("keep-all", { describe: "Write all columns of the data first", type: "boolean", default: false });
  return io
    .options(dataOptions)
    .options(engineOptions)
    .option("json", { describe: "Write JSON lines (--to jsonl); errors as JSON", type: "boolean", default: false })
    .options(sharedOptions("force", "quiet"))
    .epilogue(
      examples(
        ["calypte predict model.onnx rows.csv -o answers.csv", "Answers for each row of a file"],
        ["cat rows.csv | calypte predict model.onnx - --proba", "From stdin, probabilities only"],
        ["calypte predict model.onnx rows.jsonl --keep id", "JSON lines, with the id of each row"],
      ),
    );
}

async function run(args: PredictArguments, io: CliIo): Promise<void> {
  const stdin = io.stdin as { readonly isTTY?: boolean };
  if (args.data === undefined && stdin.isTTY === true) {
    throw new UsageError("predict needs a file of rows, or - for stdin");
  }
  // Not yargs' `conflicts`, which takes the default of a boolean for given.
  if (args.proba && args.outputs !== undefined) throw new UsageError("--proba and --outputs exclude each other");
  if (args["keep-all"] && args.keep !== undefined) throw new UsageError("--keep and --keep-all exclude each other");
  // yargs makes an empty string of a positional "-".
  const path = args.data === undefined || args.data === "" ? dash : args.data;
  const form = outputForm(args);
  if (form === "npy" && args.out === undefined && io.stdout.isTTY === true) {
    throw new UsageError("a .npy array is binary; write it to a file with -o");
  }
  const keep = args["keep-all"] ? "all" : args.keep === undefined ? undefined : listOf(args.keep);
  if (form === "npy" && keep !== undefined) throw new UsageError("a .npy array keeps no columns; write csv or jsonl");
  const { compile } = await import("../index.js");
  const { createRowWriter } = await import("../data/row-writer.js");
  const model = await openModel(args);
  const scorer = await compile(model, compileOptionsOf(args, batchRowsFor(model.inputs)));
  const progress = createProgress(io, args.quiet);
  let output: Awaited<ReturnType<typeof openOutput>> | undefined;
  try {
    const names = args.outputs === undefined ? undefined : outputsNamed(scorer, args.outputs);
    const { batches, share } = await openBatches(scorer, path, args, io, keep);
    output = await openOutput(args.out, args.force, io);
    const textWidth = Math.max(1, ...(scorer.classes ?? []).map((c) => [...String(c)].length));
    const writer = createRowWriter(form, output, { special: args["json-special"], textWidth });
    const started = performance.now();
    let rows = 0;
    for await (const batch of batches) {
      const answers = await answer(scorer, Object.fromEntries(batch.tensors), args.proba, names);
      if (rows === 0) refuseSameNames(answers, batch.kept);
      await writer.write(answers, batch.kept);
      rows += batch.rows;
      progress.show(progressText(rows, (performance.now() - started) / 1e3, share()));
    }
    await writer.end();
    await output.commit();
  } finally {
    progress.clear();
    scorer.dispose();
    await output?.discard();
  }
}

function outputForm(args: PredictArguments): DataForm {
  const named = args.to === undefined ? undefined : dataFormNamed("to", args.to);
  if (args.json) {
    if (named !== undefined && named !== "json" && named !== "jsonl") {
      throw new UsageError(`--json writes JSON lines, --to ${named} does not; leave one out`);
    }
    return named ?? "jsonl";
  }
  return named ?? (args.out === undefined ? undefined : formOfName(args.out)) ?? "csv";
}

/** The names on the command line, where the whole may be a name with a comma in it. Throws OptionError for one that there is not. */
function outputsNamed(scorer: Scorer, text: string): readonly string[] {
  const known = scorer.outputs.map((o) => o.name);
  const names = known.includes(text) ? [text] : listOf(text);
  const unknown = names.find((name) => !known.includes(name) && !name.startsWith("@"));
  if (unknown === undefined) return names;
  throw new OptionError("outputs", `the model has no output "${unknown}"; use ${orList(known)}`);
}

/** The asked-for outputs of one batch, as columns of the table to write. */
async function answer(
  scorer: Scorer,
  inputs: Record<string, unknown>,
  proba: boolean,
  names: readonly string[] | undefined,
): Promise<OutputColumns[]> {
  const classes = scorer.classes === undefined ? {} : { classes: scorer.classes };
  if (proba) {
    return [{ name: "probabilities", value: await scorer.predictProba(inputs), rowAxis: 0, ...classes }];
  }
  const answers = await scorer.run(inputs, names === undefined ? {} : { outputs: names });
  return Object.entries(answers).map(([name, value]) => {
    const output = scorer.outputs.find((o) => o.name === name);
    const byClass = output?.role === "probabilities" || output?.role === "decision";
    // Raw scores and leaves, which the file does not name, count rows along their first axis.
    const rowAxis = output === undefined ? 0 : output.shape.findIndex((d) => typeof d === "object");
    return {
      name,
      value,
      rowAxis,
      ...(output === undefined ? {} : { declared: output.dtype }),
      ...(byClass ? classes : {}),
    };
  });
}

/** Two columns of one name could not be told apart, and a JSON object has only one of them. */
function refuseSameNames(answers: readonly OutputColumns[], kept: KeptColumns | undefined): void {
  const both = kept?.names.find((name) => answers.some((a) => a.name === name));
  if (both === undefined) return;
  throw new OptionError("keep", `the data and the answers both have a column "${both}"; keep others, with --keep a,b`);
}

const whole = new Intl.NumberFormat("en");

function progressText(rows: number, seconds: number, share: number | undefined): string {
  const rate = seconds > 0 ? `, ${whole.format(Math.round(rows / seconds))} rows/s` : "";
  // The first moments say little about the rest.
  const left = share === undefined || share === 0 || seconds < 1 ? undefined : (seconds / share) * (1 - share);
  return `${whole.format(rows)} rows${rate}${left === undefined ? "" : `, ${formatDuration(left)} left`}`;
}

/** 8 s, 3 min 20 s, 2 h 5 min. */
export function formatDuration(seconds: number): string {
  const s = Math.ceil(seconds);
  if (s < 60) return `${s} s`;
  return s < 3600
    ? `${Math.floor(s / 60)} min ${s % 60} s`
    : `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`;
}

export function predictCommand(io: CliIo): CommandModule<object, PredictArguments> {
  return {
    command: "predict <model> [data]",
    describe: "Answers for the rows of a file",
    builder: build,
    handler: (args) => run(args, io),
  };
}
