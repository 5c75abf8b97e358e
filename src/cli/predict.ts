/** `calypte predict MODEL [DATA|-] [-o OUT]`: rows of a CSV file → the model's answers as CSV or JSON lines, in batches of rows. */

import { basename } from "node:path";
import type { Argv, CommandModule } from "yargs";
import type { OutputColumns } from "../data/csv-write.js";
import { OptionError } from "../errors.js";
import type { Scorer } from "../index.js";
import { UsageError } from "./exit-code.js";
import { dash, openData, openOutput } from "./files.js";
import { type CliIo, createProgress } from "./io.js";
import {
  backendName,
  backendOption,
  deviceOption,
  forceOption,
  modelArgument,
  quietOption,
  strategyOption,
} from "./options.js";

export interface PredictArguments {
  readonly model: string;
  readonly data: string | undefined;
  readonly out: string | undefined;
  readonly backend: string;
  readonly strategy: string;
  readonly device: string | undefined;
  readonly output: readonly string[] | undefined;
  readonly proba: boolean;
  readonly columns: string | undefined;
  readonly header: boolean;
  readonly json: boolean;
  readonly force: boolean;
  readonly quiet: boolean;
}

/** Most rows and most cells of a batch: what bounds memory, whatever the file's length. */
const maxBatchRows = 8192;
const maxBatchCells = 1 << 20;

function build(yargs: Argv): Argv<PredictArguments> {
  return yargs
    .positional("model", modelArgument)
    .positional("data", { describe: "CSV file, or - for stdin", type: "string" })
    .option("out", { alias: "o", describe: "File to write instead of stdout", type: "string", requiresArg: true })
    .option("backend", backendOption)
    .option("strategy", strategyOption)
    .option("device", deviceOption)
    .option("output", { describe: "Output to write; may be repeated", type: "string", array: true, nargs: 1 })
    .option("proba", { describe: "Write class probabilities only", type: "boolean", default: false })
    .option("columns", {
      describe: "Columns of the CSV file, in the model's order: a,b,c",
      type: "string",
      requiresArg: true,
    })
    .option("header", {
      describe: "The first line names the columns (--no-header: it is data)",
      type: "boolean",
      default: true,
    })
    .option("json", { describe: "Write a JSON object per row; errors as JSON too", type: "boolean", default: false })
    .option("force", forceOption)
    .option("quiet", quietOption)
    .example("$0 predict model.onnx rows.csv -o answers.csv", "Answers for each row of a file")
    .example("cat rows.csv | $0 predict model.onnx - --proba", "From stdin, probabilities only");
}

async function run(args: PredictArguments, io: CliIo): Promise<void> {
  const stdin = io.stdin as { readonly isTTY?: boolean };
  if (args.data === undefined && stdin.isTTY === true) {
    throw new UsageError("predict needs a CSV file, or - for stdin");
  }
  // Not yargs' `conflicts`, which takes the default of --proba for given.
  if (args.proba && args.output !== undefined) throw new UsageError("--proba and --output exclude each other");
  // yargs makes an empty string of a positional "-".
  const path = args.data === undefined || args.data === "" ? dash : args.data;
  const file = path === dash ? "stdin" : basename(path);
  const backend = backendName(args.backend);
  if (backend === undefined) {
    throw new OptionError("backend", `unknown backend "${args.backend}"; use auto, wasm, reference or tfjs`);
  }
  const bytes = await openData(path, io);
  const output = await openOutput(args.out, args.force, io);
  const progress = createProgress(io, args.quiet);
  let scorer: Scorer | undefined;
  try {
    const { compile, load } = await import("../index.js");
    const { csvBatches } = await import("../data/csv-tensors.js");
    const { readCsv } = await import("../data/csv-records.js");
    const { csvHeader, csvRows, jsonRows } = await import("../data/csv-write.js");
    const model = await load(args.model);
    const width = model.inputs.reduce((sum, i) => sum + (typeof i.shape[1] === "number" ? i.shape[1] : 1), 0);
    const batchRows = Math.max(1, Math.min(maxBatchRows, Math.floor(maxBatchCells / Math.max(1, width))));
    scorer = await compile(model, {
      backend,
      strategy: args.strategy,
      batchHint: batchRows,
      ...(args.device === undefined ? {} : { device: args.device }),
    });
    const batches = csvBatches(scorer.inputs, readCsv(bytes, file), {
      file,
      // An operator that mixes rows must see them all at once.
      batchRows: scorer.plan.rowWise ? batchRows : Infinity,
      header: args.header,
      ...(args.columns === undefined ? {} : { columns: args.columns.split(",") }),
    });
    let rows = 0;
    for await (const batch of batches) {
      const answers = await answer(scorer, Object.fromEntries(batch.tensors), args);
      if (rows === 0 && !args.json) await output.write(csvHeader(answers));
      await output.write(args.json ? jsonRows(answers) : csvRows(answers));
      rows += batch.rows;
      progress.show(`${rows} rows`);
    }
    await output.commit();
  } finally {
    progress.clear();
    scorer?.dispose();
    await output.discard();
  }
}

/** The asked-for outputs of one batch, as columns of the table to write. */
async function answer(
  scorer: Scorer,
  inputs: Record<string, unknown>,
  args: PredictArguments,
): Promise<OutputColumns[]> {
  const classes = scorer.classes === undefined ? {} : { classes: scorer.classes };
  if (args.proba) {
    return [{ name: "probabilities", value: await scorer.predictProba(inputs), rowAxis: 0, ...classes }];
  }
  const answers = await scorer.run(inputs, args.output === undefined ? {} : { outputs: args.output });
  return Object.entries(answers).map(([name, value]) => {
    const output = scorer.outputs.find((o) => o.name === name);
    const byClass = output?.role === "probabilities" || output?.role === "decision";
    // Raw scores and leaves, which the file does not name, count rows along their first axis.
    const rowAxis = output === undefined ? 0 : output.shape.findIndex((d) => typeof d === "object");
    return { name, value, rowAxis, ...(byClass ? classes : {}) };
  });
}

export function predictCommand(io: CliIo): CommandModule<object, PredictArguments> {
  return {
    command: "predict <model> [data]",
    describe: "Answers for the rows of a CSV file",
    builder: build,
    handler: (args) => run(args, io),
  };
}
