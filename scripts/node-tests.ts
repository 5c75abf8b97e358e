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
import { type NodeTestFiles, type NodeTestResult, runNodeTest } from "../test-models/node-tests.js";

interface Row {
  tests: number;
  reference: number;
  wasm: number;
  /** Passed without anything on the host. */
  module: number;
  readonly reasons: Map<string, string[]>;
}

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
  const row = rows.get(key) ?? { tests: 0, reference: 0, wasm: 0, module: 0, reasons: new Map<string, string[]>() };
  rows.set(key, row);
  row.tests++;
  if (result.reference === undefined) row.reference++;
  if (result.wasm === undefined) row.wasm++;
  if (result.wasm === undefined && result.host.length === 0) row.module++;
  const reason = result.reference ?? result.wasm;
  if (reason !== undefined) row.reasons.set(shortened(reason), [...(row.reasons.get(shortened(reason)) ?? []), name]);
  const size = [...files.values()].reduce((sum, bytes) => sum + bytes.length, 0);
  const sample = samples.get(key);
  if (reason === undefined && !expanded && (sample === undefined || size < sample.size))
    samples.set(key, { name, files, size });
}

const total = [...rows.values()].reduce(
  (sum, r) => ({
    tests: sum.tests + r.tests,
    reference: sum.reference + r.reference,
    wasm: sum.wasm + r.wasm,
    module: sum.module + r.module,
  }),
  { tests: 0, reference: 0, wasm: 0, module: 0 },
);
const sorted = [...rows].sort(([a], [b]) => (a < b ? -1 : 1));
const lines = [
  "# ONNX's node tests",
  "",
  "Written by `scripts/node-tests.ts` from the node tests of onnx 1.19.1. A case passes where every output has the type and shape of ONNX's",
  "answer, and each number is within 1e-7 + 1e-5 of it (1e-2 for 16-bit floats). `wasm` counts cases that pass on the wasm backend, parts of",
  "which may run on the host; `in the module` those where nothing does.",
  "",
  "| operator | cases | reference | wasm | in the module |",
  "|---|--:|--:|--:|--:|",
  ...sorted.map(([op, r]) => `| ${op} | ${r.tests} | ${r.reference} | ${r.wasm} | ${r.module} |`),
  `| **all** | ${total.tests} | ${total.reference} | ${total.wasm} | ${total.module} |`,
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
console.error(`${total.reference} of ${total.tests} cases pass on reference, ${total.wasm} on wasm`);

if (flags.includes("--sample")) {
  const entries: Record<string, Uint8Array> = {};
  for (const { name, files } of samples.values()) for (const [path, bytes] of files) entries[`${name}/${path}`] = bytes;
  writeFileSync(
    new URL("../test-models/node-tests.zip", import.meta.url),
    zipSync(entries, { level: 9, mtime: "2020-01-01" }),
  );
}
