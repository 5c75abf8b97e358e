/**
 * Runs ONNX's node tests and writes docs/node-tests.md. They ship in the Python package onnx up to 1.19:
 *
 *     pip download onnx==1.19.1 --no-deps && unzip onnx-1.19.1-*.whl 'onnx/backend/test/data/node/*'
 *     npx tsx scripts/node-tests.ts onnx/backend/test/data/node
 *
 * With --sample it also packs one case of each operator for the tests: test-models/node-tests.zip.
 */

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { zipSync } from "fflate";
import { operators } from "../compilers/index.js";
import {
  type NodeTestBackend,
  type NodeTestFiles,
  type NodeTestResult,
  runNodeTest,
} from "../test-models/node-tests.js";

type Column = NodeTestBackend | "module";
const columns: readonly (readonly [Column, string])[] = [
  ["reference", "reference"],
  ["wasm", "wasm"],
  ["module", "in the module"],
  ["tfjs", "tfjs cpu"],
];

interface Row {
  tests: number;
  /** Cases that pass; "module": on wasm without anything on the host. */
  readonly passed: Record<Column, number>;
  readonly reasons: Map<string, string[]>;
}

const newRow = (): Row => ({
  tests: 0,
  passed: { reference: 0, wasm: 0, module: 0, tfjs: 0 },
  reasons: new Map<string, string[]>(),
});

/** Cases whose answers calypte does not give, and why it is right not to. ONNX's own runner allows a thousandth. */
const cancelled = "float32 rounding of numbers near 1 that cancel; in float64 the answer lies between the two";
const summed = "a float32 sum of 6,480 terms, rounded after each as a trainer's sums are; ONNX adds in pairs";
const disputed: ReadonlyMap<string, string> = new Map([
  ["test_l2normalization_axis_0", "ONNX divides by a norm of 0 here; since 1.20 it defines the result to be 0"],
  ["test_layer_normalization_4d_axis1", cancelled],
  ["test_nllloss_NCd1d2d3d4d5_mean_weight_expanded", summed],
  ["test_ai_onnx_ml_tree_ensemble_single_tree", "its float64 rows are rounded to float32 (`strict` refuses them)"],
]);

function filesOf(folder: string): NodeTestFiles {
  const paths = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((e) => e.isFile());
  return new Map(
    paths.map((e) => {
      const path = join(e.parentPath, e.name);
      return [relative(folder, path).replaceAll("\\", "/"), new Uint8Array(readFileSync(path))];
    }),
  );
}

/** A message without what differs from case to case. */
const shortened = (reason: string): string =>
  reason
    .replace(/onnx: |node #\d+ |node "[^"]*" /g, "")
    .replace(/of opset \d+ /, "")
    .slice(0, 160);

const [folder, ...flags] = process.argv.slice(2);
if (folder === undefined) throw new Error("usage: tsx scripts/node-tests.ts FOLDER [--sample]");

const known = new Set(
  operators.flatMap(({ sources }) =>
    Object.entries(sources).flatMap(([domain, ops]) => Object.keys(ops).map((op) => `${domain}:${op}`)),
  ),
);
const rows = new Map<string, Row>();
const others = new Map<string, number>();
const samples = new Map<string, { readonly name: string; readonly files: NodeTestFiles; readonly size: number }>();
for (const name of readdirSync(folder).sort()) {
  const files = filesOf(join(folder, name));
  if (!files.has("model.onnx")) continue;
  const result: NodeTestResult = await runNodeTest(files);
  // Composite operators also come written out as the function that defines them.
  const [op = "?"] = result.ops;
  const expanded = name.includes("_expanded");
  if (expanded || !result.ops.every((o) => known.has(o))) {
    if (!expanded) for (const o of result.ops) if (!known.has(o)) others.set(o, (others.get(o) ?? 0) + 1);
    if (!expanded) continue;
  }
  const key = expanded ? "functions written out" : op;
  const row = rows.get(key) ?? newRow();
  rows.set(key, row);
  row.tests++;
  const { answers } = result;
  for (const backend of ["reference", "wasm", "tfjs"] as const)
    if (answers[backend] === undefined) row.passed[backend]++;
  if (answers.wasm === undefined && result.host.length === 0) row.passed.module++;
  for (const backend of ["reference", "wasm", "tfjs"] as const) {
    const found = answers[backend];
    // What no backend does is said once.
    if (found === undefined || (backend !== "reference" && found === answers.reference)) continue;
    const explained = found.startsWith("refused: ") ? found : (disputed.get(name) ?? `WRONG: ${found}`);
    const reason = `${backend === "reference" ? "" : `on ${backend} `}${shortened(explained)}`;
    row.reasons.set(reason, [...(row.reasons.get(reason) ?? []), name]);
  }
  const reason = answers.reference ?? answers.wasm ?? disputed.get(name);
  const size = [...files.values()].reduce((sum, bytes) => sum + bytes.length, 0);
  const sample = samples.get(key);
  if (reason === undefined && !expanded && (sample === undefined || size < sample.size))
    samples.set(key, { name, files, size });
}

const total = newRow();
for (const row of rows.values()) {
  total.tests += row.tests;
  for (const [column] of columns) total.passed[column] += row.passed[column];
}
const line = (name: string, { tests, passed }: Row): string =>
  `| ${[name, tests, ...columns.map(([column]) => passed[column])].join(" | ")} |`;
const sorted = [...rows].sort(([a], [b]) => (a < b ? -1 : 1));
const lines = [
  "# ONNX's node tests",
  "",
  "Written by `scripts/node-tests.ts` from the node tests of onnx 1.19.1. A case passes where every output has the type and shape of ONNX's",
  "answer, and each number is within 1e-7 + 1e-5 of it (1e-2 for 16-bit floats). `wasm` counts cases that pass on the wasm backend, parts of",
  "which may run on the host; `in the module` those where nothing does. `tfjs cpu` runs the emitted graph, whose element types are float32,",
  "int32 and bool. There, and for `in the module`, axes, shapes and counts that the cases take as inputs are constants, as exporters write them.",
  "",
  `| operator | cases | ${columns.map(([, title]) => title).join(" | ")} |`,
  `|---|--:|${"--:|".repeat(columns.length)}`,
  ...sorted.map(([op, row]) => line(op, row)),
  line("**all**", total),
  "",
  "## What does not pass, and why",
  "",
  ...sorted.flatMap(([op, r]) =>
    [...r.reasons].map(([reason, names]) => {
      const shown = names.slice(0, 3).map((n) => n.replace(/^test_/, ""));
      const more = names.length > 3 ? ` and ${names.length - 3} more` : "";
      return `- ${op}: ${shown.join(", ")}${more}: ${reason}`;
    }),
  ),
  "",
  "## Operators of the tests that calypte does not have",
  "",
  [...others]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([op, n]) => `${op} (${n})`)
    .join(", "),
  "",
];
writeFileSync(new URL("../docs/node-tests.md", import.meta.url), lines.join("\n"));
console.error(`of ${total.tests} cases pass:`, total.passed);

if (flags.includes("--sample")) {
  const entries: Record<string, Uint8Array> = {};
  for (const { name, files } of samples.values()) for (const [path, bytes] of files) entries[`${name}/${path}`] = bytes;
  writeFileSync(
    new URL("../test-models/node-tests.zip", import.meta.url),
    zipSync(entries, { level: 9, mtime: "2020-01-01" }),
  );
}
