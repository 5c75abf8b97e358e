/** `calypte convert MODEL -o DIR --target tfjs`: a model file → the files of another format. */

import { stat } from "node:fs/promises";
import type { Argv, CommandModule } from "yargs";
import { OptionError } from "../errors.js";
import type { CliIo } from "./io.js";
import { writeText } from "./io.js";
import {
  examples,
  listOf,
  type ModelArguments,
  modelArgument,
  modelOptions,
  openModel,
  sharedOptions,
} from "./options.js";
import { count } from "./table.js";

export interface ConvertArguments extends ModelArguments {
  readonly out: string;
  readonly target: string;
  readonly strategy: string;
  readonly "batch-hint": number;
  readonly device: string;
  readonly fused: boolean;
  readonly quantized: boolean;
  readonly outputs: string | undefined;
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
    .options(sharedOptions("strategy", "batch-hint"))
    .options(modelOptions)
    .option("device", {
      describe: "Where TF.js files run: portable (right everywhere), cpu, wasm, webgl, webgpu, tensorflow",
      type: "string",
      default: "portable",
      requiresArg: true,
    })
    .option("fused", {
      describe: 'TF.js: keep each forest as one fast node, for pages that import "calypte/tfjs"',
      type: "boolean",
      default: false,
    })
    .option("quantized", {
      describe: "TF.js: weights as 8-bit or 16-bit numbers where these give the same bits",
      type: "boolean",
      default: false,
    })
    .option("outputs", {
      alias: "output",
      describe: "Outputs to keep, by the names that inspect shows: a,b; all by default",
      type: "string",
      requiresArg: true,
    })
    .options(sharedOptions("force"))
    .option("json", { describe: "List the files as JSON", type: "boolean", default: false })
    .epilogue(
      examples(
        ["calypte convert model.onnx -o web/model --target tfjs", "Write a TF.js graph model"],
        ["calypte convert model.onnx -o scorer --target wasm", "Write one WebAssembly module that needs nothing else"],
      ),
    );
}

async function run(args: ConvertArguments, io: CliIo): Promise<void> {
  const { convert, save } = await import("../index.js");
  const model = await openModel(args);
  // The whole may be a name with a comma in it.
  const single = model.outputs.some((o) => o.name === args.outputs);
  const files = await convert(model, {
    target: args.target,
    strategy: args.strategy,
    batchHint: args["batch-hint"],
    device: args.device,
    ...(args.fused ? { fused: true } : {}),
    ...(args.quantized ? { quantized: true } : {}),
    ...(args.outputs === undefined ? {} : { outputs: single ? [args.outputs] : listOf(args.outputs) }),
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
  const width = Math.max(...list.map((f) => f.path.length));
  const text = args.json
    ? JSON.stringify({ target: args.target, files: list })
    : list.map((f) => `${f.path.padEnd(width)}  ${count(f.bytes, "byte").padStart(15)}`).join("\n");
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
