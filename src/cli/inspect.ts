/** `calypte inspect MODEL`: what a model file holds and how calypte would run it. */

import type { Argv, CommandModule } from "yargs";
import { OptionError } from "../errors.js";
import type { Model, Scorer } from "../index.js";
import { type CliIo, writeText } from "./io.js";
import { backendName, backendOption, batchHintOption, deviceOption, modelArgument, strategyOption } from "./options.js";

export interface InspectArguments {
  readonly model: string;
  readonly backend: string;
  readonly strategy: string;
  readonly "batch-hint": number;
  readonly device: string | undefined;
  readonly json: boolean;
}

function build(yargs: Argv): Argv<InspectArguments> {
  return yargs
    .positional("model", modelArgument)
    .option("backend", backendOption)
    .option("strategy", strategyOption)
    .option("batch-hint", batchHintOption)
    .option("device", deviceOption)
    .option("json", { describe: "Write JSON; errors as JSON too", type: "boolean", default: false })
    .example("$0 inspect model.onnx", "Inputs, outputs, operators, forests and the plan");
}

async function run(args: InspectArguments, io: CliIo): Promise<void> {
  const backend = backendName(args.backend);
  if (backend === undefined) {
    throw new OptionError("backend", `unknown backend "${args.backend}"; use auto, wasm, reference or tfjs`);
  }
  const { compile, load } = await import("../index.js");
  const { formatShape } = await import("../data/input-spec.js");
  const model = await load(args.model);
  const scorer = await compile(model, {
    backend,
    strategy: args.strategy,
    batchHint: args["batch-hint"],
    ...(args.device === undefined ? {} : { device: args.device }),
  });
  try {
    const facts = describe(model, scorer, formatShape);
    await writeText(io.stdout, args.json ? `${JSON.stringify(facts, null, 2)}\n` : print(facts));
  } finally {
    scorer.dispose();
  }
}

/** Everything that `inspect` says, as plain JSON values. */
function describe(model: Model, scorer: Scorer, formatShape: (shape: Scorer["inputs"][number]["shape"]) => string) {
  const operators = new Map<string, number>();
  for (const node of model.nodes) operators.set(node.operator.op, (operators.get(node.operator.op) ?? 0) + 1);
  const { plan } = scorer;
  return {
    format: model.format,
    producer: model.producer,
    opsets: model.opsets,
    facts: Object.fromEntries(model.facts ?? []),
    inputs: scorer.inputs.map((i) => ({
      name: i.name,
      dtype: i.dtype,
      shape: formatShape(i.shape),
      ...(i.columns === undefined ? {} : { columns: i.columns }),
    })),
    outputs: scorer.outputs.map((o) => ({
      name: o.name,
      dtype: o.dtype,
      shape: formatShape(o.shape),
      ...(o.role === undefined ? {} : { role: o.role }),
    })),
    // BigInt has no JSON form; labels beyond 2^53 are written as text.
    classes: scorer.classes?.map((c) => {
      if (typeof c !== "bigint") return c;
      return Number.isSafeInteger(Number(c)) ? Number(c) : String(c);
    }),
    operators: [...operators].map(([name, count]) => ({ name, count })),
    forests: plan.forests.map((f) => ({ origin: f.origin, strategy: f.strategy, ...f.shape })),
    plan: {
      backend: plan.backend,
      device: plan.device,
      batchHint: plan.batchHint,
      rowWise: plan.rowWise,
      instructions: plan.instructions,
      text: plan.toString(),
    },
  };
}

function print(facts: ReturnType<typeof describe>): string {
  const opsets = Object.entries(facts.opsets).map(([domain, version]) => `${domain} ${version}`);
  const imported = opsets.length === 0 ? "" : `, opsets ${opsets.join(", ")}`;
  const io = (part: { name: string; dtype: string; shape: string; role?: string }) =>
    `  ${part.name}  ${part.dtype}${part.shape}${part.role === undefined ? "" : `  ${part.role}`}`;
  const classes = facts.classes?.slice(0, 20).map(String).join(", ");
  return [
    `${facts.format} model, ${facts.producer === "" ? "unknown producer" : facts.producer}${imported}`,
    ...Object.entries(facts.facts).map(([name, value]) => `  ${name}: ${value}`),
    "inputs",
    ...facts.inputs.map(io),
    "outputs",
    ...facts.outputs.map(io),
    ...(facts.classes === undefined ? [] : [`classes (${facts.classes.length})`, `  ${classes}`]),
    "operators",
    ...facts.operators.map((o) => `  ${o.count} × ${o.name}`),
    "plan",
    ...facts.plan.text.split("\n").map((line) => `  ${line}`),
    "",
  ].join("\n");
}

export function inspectCommand(io: CliIo): CommandModule<object, InspectArguments> {
  return {
    command: "inspect <model>",
    describe: "What a model file holds, and how it would run",
    builder: build,
    handler: (args) => run(args, io),
  };
}
