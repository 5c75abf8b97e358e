/** `calypte inspect MODEL`: what a model file holds, and what each backend and strategy would make of it. */

import type { Argv, CommandModule } from "yargs";
import type { Model, Scorer } from "../index.js";
import type { SurveyedTarget } from "../survey.js";
import { type CliIo, writeText } from "./io.js";
import {
  compileOptionsOf,
  type EngineArguments,
  engineOptions,
  examples,
  modelArgument,
  openModel,
  sharedOptions,
} from "./options.js";
import { count, formatSeconds, tableLines, wrap } from "./table.js";

export interface InspectArguments extends EngineArguments {
  readonly "batch-hint": number;
  readonly program: boolean;
  readonly json: boolean;
}

function build(yargs: Argv): Argv<InspectArguments> {
  return yargs
    .positional("model", modelArgument)
    .options(engineOptions)
    .options(sharedOptions("batch-hint"))
    .option("program", { describe: "Print the compiled program, too", type: "boolean", default: false })
    .option("json", { describe: "Write JSON; errors as JSON too", type: "boolean", default: false })
    .epilogue(examples(["calypte inspect model.onnx", "Inputs, outputs, operators, forests and the plan"]));
}

async function run(args: InspectArguments, io: CliIo): Promise<void> {
  const { compile } = await import("../index.js");
  const { survey } = await import("../survey.js");
  const { formatShape } = await import("../data/input-spec.js");
  const loaded = await openModel(args);
  const options = compileOptionsOf(args, args["batch-hint"]);
  const scorer = await compile(loaded, options);
  try {
    const targets = await survey(loaded, args["batch-hint"], args.fused);
    const facts = describe(loaded, scorer, targets, formatShape);
    const program = args.program ? scorer.plan.program : undefined;
    await writeText(
      io.stdout,
      args.json
        ? `${JSON.stringify({ ...facts, ...(program === undefined ? {} : { program }) }, null, 2)}\n`
        : `${[...print(facts), ...(program === undefined ? [] : ["", program])].join("\n")}\n`,
    );
  } finally {
    scorer.dispose();
  }
}

/** Everything that `inspect` says, as plain JSON values. */
function describe(
  model: Model,
  scorer: Scorer,
  targets: readonly SurveyedTarget[],
  formatShape: (shape: Scorer["inputs"][number]["shape"]) => string,
) {
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
    onRequest: scorer.extraOutputs,
    // BigInt has no JSON form; labels beyond 2^53 are written as text.
    classes: scorer.classes?.map((c) => {
      if (typeof c !== "bigint") return c;
      return Number.isSafeInteger(Number(c)) ? Number(c) : String(c);
    }),
    operators: [...operators].map(([name, uses]) => ({ name, count: uses })),
    forests: plan.forests.map((f) => ({ origin: f.origin, strategy: f.strategy, ...f.shape })),
    plan: {
      backend: plan.backend,
      device: plan.device,
      batchHint: plan.batchHint,
      rowWise: plan.rowWise,
      instructions: plan.instructions,
      notes: plan.notes,
    },
    targets: targets.map(({ backend, device, refused, forests }) => ({
      backend,
      device,
      ...(refused === undefined ? {} : { refused }),
      forests: forests.map(({ origin, strategy, verdicts }) => ({ origin, strategy, verdicts })),
    })),
  };
}

type Facts = ReturnType<typeof describe>;

/** Most names or labels of one list. */
const mostListed = 20;

function print(facts: Facts): string[] {
  const opsets = Object.entries(facts.opsets).map(([domain, version]) => `${domain} ${version}`);
  const format = facts.format === "onnx" ? "ONNX" : (facts.producer.split(/[\s,]/)[0] ?? facts.format);
  const producer = facts.producer === "" ? "" : `, ${facts.producer}`;
  const imported = opsets.length === 0 ? "" : `, operator sets ${opsets.join(", ")}`;
  return [
    ...wrap(`${format} model${producer}${imported}`),
    ...Object.entries(facts.facts).flatMap(([name, value]) => wrap(`${name}: ${value}`, "  ", "    ")),
    "",
    "Inputs",
    ...valueLines(facts.inputs),
    ...facts.inputs.flatMap((i) =>
      "columns" in i && i.columns !== undefined ? listLines(`columns of ${i.name}: `, i.columns) : [],
    ),
    "",
    "Outputs",
    ...valueLines(facts.outputs),
    ...(facts.onRequest.length === 0 ? [] : [`  on request (predict --outputs): ${facts.onRequest.join(", ")}`]),
    ...(facts.classes === undefined
      ? []
      : ["", `Classes (${facts.classes.length})`, ...listLines("", facts.classes.map(String))]),
    "",
    "Operators",
    ...wrap(`${facts.operators.map((o) => (o.count === 1 ? o.name : `${o.name}\u00a0×${o.count}`)).join(", ")}`, "  "),
    ...facts.forests.flatMap((_, i) => forestLines(facts, i)),
    "",
    "Plan",
    ...planLines(facts),
  ];
}

function valueLines(values: readonly { name: string; dtype: string; shape: string; role?: string }[]): string[] {
  const left = { title: "", align: "left" } as const;
  const rows = values.map((v) => [v.name, `${v.dtype}${v.shape}`, v.role ?? ""]);
  return tableLines([left, left, left], rows)
    .slice(1)
    .map((line) => `  ${line}`);
}

function listLines(start: string, names: readonly string[]): string[] {
  const more = names.length > mostListed ? `, … (${names.length - mostListed} more)` : "";
  return wrap(`${start}${names.slice(0, mostListed).join(", ")}${more}`, "  ");
}

/** "wasm", "tfjs cpu". */
const nameOf = ({ backend, device }: { readonly backend: string; readonly device: string }): string =>
  backend === "tfjs" ? `tfjs ${device}` : backend;

function forestLines(facts: Facts, index: number): string[] {
  const forest = facts.forests[index]!;
  const title = facts.forests.length === 1 ? "Forest" : `Forest ${index + 1} of ${facts.forests.length}`;
  const leaves = (forest.nodes + forest.trees) / 2;
  const able = facts.targets.filter((t) => t.refused === undefined);
  const names = able[0]?.forests[index]?.verdicts.map((v) => v.strategy) ?? [];
  const right = "right" as const;
  const table = tableLines(
    [{ title: "strategy", align: "left" }, ...able.map((t) => ({ title: `${nameOf(t)}  `, align: right }))],
    names.map((name, row) => [
      name,
      ...able.map((target) => {
        const forestThere = target.forests[index];
        const seconds = forestThere?.verdicts[row]?.seconds;
        if (seconds === undefined) return "–  ";
        return `${formatSeconds(seconds)}${forestThere?.strategy === name ? " *" : "  "}`;
      }),
    ]),
  );
  const missing = forest.missing ? "missing values have routes of their own" : "no routes for missing values";
  const perTree = `at most ${count(forest.maxLeaves, "leaf", "leaves")} in a tree`;
  return [
    "",
    ...wrap(`${title}: ${forest.origin}`, "", "  "),
    ...wrap(
      `${count(forest.trees, "tree")}, ${count(forest.nodes, "node")}, ${count(leaves, "leaf", "leaves")}, depth ${forest.depth} (mean ${forest.meanDepth.toFixed(1)}), ${perTree}`,
      "  ",
    ),
    ...wrap(`${count(forest.featuresUsed, "feature")} used, ${count(forest.outputs, "output")}; ${missing}`, "  "),
    "",
    `  Estimates for ${count(facts.plan.batchHint, "row")}; * what auto takes`,
    ...table.map((line) => `  ${line}`),
    ...refusalLines(able, index, names),
  ];
}

/** Reasons, each once: a strategy that refuses everywhere for the same reason, or on some backends. */
function refusalLines(targets: Facts["targets"], index: number, names: readonly string[]): string[] {
  return names.flatMap((name, row) => {
    const reasons = new Map<string, string[]>();
    for (const target of targets) {
      const refused = target.forests[index]?.verdicts[row]?.refused;
      if (refused === undefined) continue;
      reasons.set(refused, [...(reasons.get(refused) ?? []), nameOf(target)]);
    }
    return [...reasons].flatMap(([reason, where]) => {
      const on = where.length === targets.length ? "" : ` on ${where.join(", ")}`;
      return wrap(`– ${name}${on}: ${reason}`, "  ", "    ");
    });
  });
}

function planLines(facts: Facts): string[] {
  const { plan } = facts;
  const strategies = facts.forests.map((f) => f.strategy);
  const taken = strategies.length === 0 ? "" : `, ${[...new Set(strategies)].join(" and ")}`;
  const rows = plan.rowWise ? "rows in blocks" : "the whole batch at once, for an operator mixes rows";
  const device = nameOf(plan);
  const refused = new Map<string, string[]>();
  for (const target of facts.targets) {
    if (target.refused === undefined) continue;
    refused.set(target.refused, [...(refused.get(target.refused) ?? []), nameOf(target)]);
  }
  return [
    ...wrap(`on ${device}${taken}; ${count(plan.instructions, "instruction")}; ${rows}`, "  "),
    ...plan.notes.flatMap((note) => wrap(note, "  ", "    ")),
    ...[...refused].flatMap(([reason, where]) => wrap(`not on ${where.join(", ")}: ${reason}`, "  ", "    ")),
  ];
}

export function inspectCommand(io: CliIo): CommandModule<object, InspectArguments> {
  return {
    command: "inspect <model>",
    describe: "What a model file holds, and how it would run",
    builder: build,
    handler: (args) => run(args, io),
  };
}
