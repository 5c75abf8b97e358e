/**
 * docs/coverage.md: which fixture covers what. Families of models, ONNX operators by the versions that are read, boosters' objectives
 * and settings; and what each backend makes of them, from the record that the answers' tests check (test-models/coverage.ts).
 */

import { operators } from "../compilers/index.js";
import { load } from "../src/load.js";
import { decodeModel } from "../src/readers/onnx/decode.js";
import type { GraphProto, NodeProto } from "../src/readers/onnx/generated/onnx-ml.js";
import { domainOf, indexOperators, readOpsets, versionFor } from "../src/readers/onnx/opsets.js";
import { type BoosterFormat, boosterNames, loadBooster } from "../test-models/boosters.js";
import { recordedOutcome } from "../test-models/coverage.js";
import { type Fixture, fixtureNames, loadFixture } from "../test-models/fixtures.js";

/** Adds a name under a key, once. */
function put(map: Map<string, Set<string>>, key: string, name: string): void {
  const names = map.get(key) ?? new Set<string>();
  map.set(key, names.add(name));
}

const byKey = <T>(map: ReadonlyMap<string, T>): (readonly [string, T])[] =>
  [...map].sort(([a], [b]) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1));

const cell = (text: string): string => text.replaceAll("|", "\\|").replaceAll("\n", " ");

/** "1.6.2, 2.1.4": distinct texts, sorted as versions are. */
const distinct = (texts: Iterable<string>): string =>
  [...new Set(texts)].sort((a, b) => a.localeCompare(b, "en", { numeric: true })).join(", ");

/** 9, 15, 16, 17 → "9, 15–17". */
function ranges(versions: Iterable<number>): string {
  const sorted = [...new Set(versions)].sort((a, b) => a - b);
  const found: [from: number, to: number][] = [];
  for (const v of sorted) {
    const last = found.at(-1);
    if (last !== undefined && last[1] === v - 1) last[1] = v;
    else found.push([v, v]);
  }
  return found.map(([from, to]) => (from === to ? `${from}` : `${from}–${to}`)).join(", ");
}

// ---------------------------------------------------------------------------------------------------------------- families

function familyRows(fixtures: readonly Fixture[]): string[] {
  const families = new Map<string, Fixture[]>();
  for (const fixture of fixtures) families.set(fixture.family, [...(families.get(fixture.family) ?? []), fixture]);
  return byKey(families).map(([family, members]) => {
    const trainers = distinct(members.map(({ source }) => `${source.library} ${source.version}`));
    const exporters = distinct(members.map(({ exporter }) => `${exporter.name} ${exporter.version}`));
    return `| ${family} | ${members.length} | ${trainers} | ${exporters} | ${members.map((m) => m.name).join(", ")} |`;
  });
}

// --------------------------------------------------------------------------------------------------------------- operators

type Use = { readonly op: string; readonly domain: string; readonly version: number };

/** The operators of a file, those of subgraphs and of its own functions too, each with the operator set that it is read by. */
function usesOf(bytes: Uint8Array): Use[] {
  const model = decodeModel(bytes);
  const own = new Set(model.functions.map((f) => `${domainOf(f.domain)}:${f.name}`));
  const uses: Use[] = [];
  const visit = (nodes: readonly NodeProto[], opsets: ReadonlyMap<string, number>): void => {
    for (const { op_type: op, domain: written, attribute } of nodes) {
      const domain = domainOf(written);
      if (op !== null && !own.has(`${domain}:${op}`)) {
        uses.push({ op, domain, version: versionFor(opsets, domain, op) });
      }
      const graphs = attribute.flatMap(({ g, graphs: more }): GraphProto[] => [...(g === null ? [] : [g]), ...more]);
      for (const graph of graphs) visit(graph.node, opsets);
    }
  };
  visit(model.graph?.node ?? [], readOpsets(model));
  for (const f of model.functions) visit(f.node, readOpsets(f));
  return uses;
}

interface OperatorCoverage {
  readonly name: string;
  readonly since: number;
  /** The version at which the next reader takes over. */
  readonly until: number | undefined;
  readonly fixtures: Set<string>;
  readonly versions: Set<number>;
}

function operatorCoverage(fixtures: readonly Fixture[]): readonly OperatorCoverage[] {
  const index = indexOperators(operators);
  const rows = new Map<string, OperatorCoverage>();
  for (const [domain, ops] of index) {
    for (const [op, readers] of ops) {
      for (const [i, { since }] of readers.entries()) {
        const name = domain === "ai.onnx" ? op : `${domain}:${op}`;
        const until = readers[i + 1]?.since;
        rows.set(`${domain}:${op}:${since}`, { name, since, until, fixtures: new Set(), versions: new Set() });
      }
    }
  }
  for (const { name, model } of fixtures) {
    for (const { op, domain, version } of usesOf(model)) {
      const since = index
        .get(domain)
        ?.get(op)
        ?.findLast((r) => r.since <= version)?.since;
      const row = rows.get(`${domain}:${op}:${since}`);
      row?.fixtures.add(name);
      row?.versions.add(version);
    }
  }
  return [...rows.values()].sort(
    (a, b) => (a.name.toLowerCase() < b.name.toLowerCase() ? -1 : 1) * Number(a.name !== b.name) || a.since - b.since,
  );
}

const span = ({ since, until }: OperatorCoverage): string =>
  until === undefined ? `${since} on` : until === since + 1 ? `${since}` : `${since}–${until - 1}`;

/** How many of these fixtures a target answers, and how many of them not wholly in its own way. */
function answered(names: ReadonlySet<string>, target: string): string {
  const outcomes = [...names].map((name) => recordedOutcome(`onnx/${name}`, target));
  const refused = outcomes.filter((o) => o?.startsWith("refused")).length;
  const host = outcomes.filter((o) => o !== undefined).length - refused;
  return `${names.size - refused}${host === 0 ? "" : ` (host ${host})`}${refused === 0 ? "" : `, refuses ${refused}`}`;
}

const operatorRow = (row: OperatorCoverage): string => {
  const [first = ""] = row.fixtures;
  const targets = ["reference", "wasm", "tfjs cpu"].map((target) => answered(row.fixtures, target));
  return `| ${row.name} | ${span(row)} | ${ranges(row.versions)} | ${row.fixtures.size} | ${first} | ${targets.join(" | ")} |`;
};

/** Fixtures by what a target says of them. */
function remarks(fixtures: readonly Fixture[], target: string, shown: (outcome: string) => string): string[] {
  const found = new Map<string, Set<string>>();
  for (const { name } of fixtures) {
    const outcome = recordedOutcome(`onnx/${name}`, target);
    if (outcome !== undefined) put(found, shown(outcome), name);
  }
  return byKey(found).map(([outcome, names]) => `- ${outcome}: ${[...names].join(", ")}`);
}

/** A refusal without the place, which differs from file to file. */
const reasonOf = (outcome: string): string =>
  outcome.replace(/^refused: (?:node "[^"]*" )?/, "").replace(/^\(([^)]*)\): /, "$1: ");

// ---------------------------------------------------------------------------------------------------------------- boosters

/** Settings of a run, not of the model; and what has a column or a table of its own. */
const apart = new Set(
  (
    "seed nthread thread_count random_seed verbose allow_writing_files iterations num_boost_round eta objective loss_function " +
    "objective_seed num_class missing iterationRange booster boosting depth max_depth"
  ).split(" "),
);

interface BoosterCoverage {
  readonly objectives: Map<string, Set<string>>;
  readonly settings: Map<string, Set<string>>;
  readonly versions: Map<string, string>;
}

async function boosterCoverage(format: BoosterFormat): Promise<BoosterCoverage> {
  const [objectives, settings] = [new Map<string, Set<string>>(), new Map<string, Set<string>>()];
  const versions = new Map<string, string>();
  for (const name of boosterNames(format)) {
    const fixture = loadBooster(format, name);
    const facts = new Map((await load(fixture.bytes)).facts ?? []);
    versions.set(name, fixture.version);
    put(objectives, facts.get("objective") ?? "none in the file", name);
    put(settings, `file of the kind ${fixture.file.split(".").at(-1)}`, name);
    const booster = facts.get("booster") ?? facts.get("boosting");
    if (booster !== undefined) put(settings, `booster: ${booster}`, name);
    for (const [key, value] of Object.entries({ ...fixture.params, ...fixture.options })) {
      if (key === "iterationRange") put(settings, "some of the rounds (iterationRange)", name);
      else if (key === "missing") put(settings, "a value that means missing (missing)", name);
      else if (key === "num_class") put(settings, "several classes (num_class)", name);
      else if (!apart.has(key))
        put(settings, typeof value === "string" || typeof value === "boolean" ? `${key} = ${value}` : key, name);
    }
  }
  return { objectives, settings, versions };
}

function boosterTable(title: string, rows: Map<string, Set<string>>, versions: ReadonlyMap<string, string>): string[] {
  return [
    `| ${title} | versions | fixtures | |`,
    "|---|---|--:|---|",
    ...byKey(rows).map(([key, names]) => {
      const of = distinct([...names].map((n) => versions.get(n) ?? ""));
      const shown = [...names].slice(0, 6).join(", ");
      return `| ${cell(key)} | ${of} | ${names.size} | ${shown}${names.size > 6 ? ", …" : ""} |`;
    }),
  ];
}

// -------------------------------------------------------------------------------------------------------------------- page

const titles = { lightgbm: "LightGBM", xgboost: "XGBoost", catboost: "CatBoost" } as const;

/** The page, from the fixtures as they lie in test-models/. */
export async function coveragePage(): Promise<string> {
  const fixtures = fixtureNames().map(loadFixture);
  const covered = operatorCoverage(fixtures);
  const formats = ["lightgbm", "xgboost", "catboost"] as const;
  const counts = formats.map((format) => `${boosterNames(format).length} of ${titles[format]}`);
  const boosters: string[] = [];
  for (const format of formats) {
    const { objectives, settings, versions } = await boosterCoverage(format);
    boosters.push(
      ...["", `### ${titles[format]}`, "", ...boosterTable("objective", objectives, versions)],
      ...["", ...boosterTable("setting", settings, versions)],
    );
  }
  const bare = covered.filter((row) => row.fixtures.size === 0).map((row) => `${row.name} ${span(row)}`);
  return `${[
    "# What is covered by which model",
    "",
    "Written by `npm run generate` from `test-models/`; do not edit. Every fixture is a model with its trainer's answers and, for ONNX, the",
    `file's own: ${fixtures.length} ONNX files, ${counts.join(", ")}. The tests run each of them on \`reference\`, \`wasm\` and TF.js`,
    "(`test-models/README.md` says how, `test-models/coverage.json` what is refused or runs on the host; the tests check that, too).",
    "",
    "## Families of ONNX files",
    "",
    "| family | fixtures | trainer | exporter | |",
    "|---|--:|---|---|---|",
    ...familyRows(fixtures),
    "",
    "## ONNX operators",
    "",
    "An operator has a row for each reader: `read` are the versions of the operator set that it reads, `in files` those that the fixtures",
    "import. Then how many fixtures hold it, one of them, and how many of these each backend answers: `host` counts those of which a part",
    "runs in JavaScript beside the kernels. What a backend refuses, for whatever operator of the file, stands below.",
    "",
    "| operator | read | in files | fixtures | such as | reference | wasm | tfjs |",
    "|---|---|---|--:|---|--:|--:|--:|",
    ...covered.filter((row) => row.fixtures.size > 0).map(operatorRow),
    "",
    "### Readers without a fixture",
    "",
    "[ONNX's node tests](node-tests.md) are what these are tried on, where it has some:",
    "",
    `${bare.join(", ")}.`,
    "",
    "### What TF.js refuses",
    "",
    ...remarks(fixtures, "tfjs cpu", reasonOf),
    "",
    "### What runs on the host beside wasm",
    "",
    ...remarks(fixtures, "wasm", (outcome) => outcome),
    "",
    "## Boosters' own files",
    "",
    "The objective is what the file says; the settings are those that it was trained with, and options of `compile`. All backends answer all of them.",
    ...boosters,
  ].join("\n")}\n`;
}
