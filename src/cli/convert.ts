/** `calypte convert MODEL -o DIR --target tfjs`: a model file → the files of another format. */

import { stat } from "node:fs/promises";
import type { Argv, CommandModule } from "yargs";
import { OptionError } from "../errors.js";
import type { CliIo } from "./io.js";
import { writeText } from "./io.js";
import { batchHintOption, forceOption, modelArgument, strategyOption } from "./options.js";

export interface ConvertArguments {
  readonly model: string;
  readonly out: string;
  readonly target: string;
  readonly strategy: string;
  readonly "batch-hint": number;
  readonly device: string;
  readonly force: boolean;
  readonly json: boolean;
}

function build(yargs: Argv): Argv<ConvertArguments> {
  return yargs
    .positional("model", modelArgument)
    .option("out", { alias: "o", describe: "Folder to write", type: "string", demandOption: true, requiresArg: true })
    .option("target", {
      describe: "Kind of files: tfjs, wasm, onnx, savedmodel",
      type: "string",
      default: "tfjs",
      requiresArg: true,
    })
    .option("strategy", strategyOption)
    .option("batch-hint", batchHintOption)
    .option("device", {
      describe: "Where TF.js files run: portable (right everywhere), cpu, wasm, webgl, webgpu, tensorflow",
      type: "string",
      default: "portable",
      requiresArg: true,
    })
    .option("force", forceOption)
    .option("json", { describe: "List the files as JSON", type: "boolean", default: false })
    .example("$0 convert model.onnx -o web/model --target tfjs", "Write a TF.js graph model")
    .example("$0 convert model.onnx -o scorer --target wasm", "Write one WebAssembly module that needs nothing else");
}

async function run(args: ConvertArguments, io: CliIo): Promise<void> {
  const { convert, load, save } = await import("../index.js");
  const files = await convert(await load(args.model), {
    target: args.target,
    strategy: args.strategy,
    batchHint: args["batch-hint"],
    device: args.device,
  });
  const there = await stat(args.out).catch(() => undefined);
  if (there !== undefined && !there.isDirectory()) {
    throw new OptionError("out", `${args.out} is no folder; name one that is, or a new one`);
  }
  await save(files, args.out, { force: args.force });
  const list = [...files].map(([path, bytes]) => ({
    path: `${args.out.replace(/\/+$/, "")}/${path}`,
    bytes: bytes.length,
  }));
  const text = args.json
    ? JSON.stringify({ target: args.target, files: list })
    : list.map((f) => `${f.path}\t${f.bytes} bytes`).join("\n");
  await writeText(io.stdout, `${text}\n`);
}

export function convertCommand(io: CliIo): CommandModule<object, ConvertArguments> {
  return {
    command: "convert <model>",
    describe: "Write a model as files for others",
    builder: build,
    handler: (args) => run(args, io),
  };
}
