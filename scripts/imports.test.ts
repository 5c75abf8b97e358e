/** Imports run one way: src/ir below everything, the readers, passes, compilers, strategies, backends and emitters above it. */

import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "..");

/** What each layer may import besides itself; the first prefix that fits names a file's layer. */
const layers: readonly (readonly [prefix: string, allowed: readonly string[]])[] = [
  ["src/errors.ts", []],
  ["src/ir/", ["src/errors.ts"]],
  ["compilers/", ["src/ir/", "src/errors.ts"]],
  ["strategies/", ["src/ir/", "src/errors.ts"]],
  ["src/readers/", ["src/ir/", "src/errors.ts"]],
  ["src/data/", ["src/ir/", "src/errors.ts"]],
  ["src/passes/", ["src/ir/", "src/errors.ts"]],
  // The image that the emitted module carries is the one that the backend runs.
  ["src/emitters/wasm/", ["src/ir/", "src/errors.ts", "src/passes/", "src/backends/wasm/"]],
  // So is the image in a fused TF.js graph.
  [
    "src/emitters/tfjs/formulations/forests.ts",
    ["src/ir/", "src/errors.ts", "src/emitters/tfjs/", "src/backends/wasm/"],
  ],
  ["src/emitters/", ["src/ir/", "src/errors.ts", "src/passes/"]],
  ["src/backends/", ["src/ir/", "src/errors.ts", "src/node-module.ts", "src/passes/", "src/emitters/"]],
  ["src/timing/", []],
  [
    "src/cli/",
    [
      "src/index.ts",
      "src/version.ts",
      "src/survey.ts",
      "src/trace.ts",
      "src/diagnose.ts",
      "src/timing/",
      "src/data/",
      "src/errors.ts",
      "src/ir/",
    ],
  ],
  ["src/index.ts", ["src/"]],
  ["src/", ["src/", "compilers/common.ts", "compilers/on-demand.ts", "strategies/fused.ts", "strategies/index.ts"]],
];

function sources(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((e) => e.isFile() && e.name.endsWith(".ts") && !/\.(test|testing|d)\.ts$/.test(e.name))
    .map((e) => relative(root, join(e.parentPath, e.name)))
    .filter((path) => !path.includes("/generated/") && !path.includes("/kernels/"));
}

function importsOf(path: string): string[] {
  const text = readFileSync(join(root, path), "utf8");
  const found = [...text.matchAll(/(?:from|import)\s*\(?\s*"(\.[^"]+)"/g)].map((m) => m[1] ?? "");
  return found.map((spec) => relative(root, join(root, dirname(path), spec)).replace(/\.js$/, ".ts"));
}

const files = ["src", "compilers", "strategies"].flatMap(sources);

test("there are files to check, in every layer", () => {
  for (const [prefix] of layers) expect(files.filter((f) => f.startsWith(prefix)).length, prefix).toBeGreaterThan(0);
});

test("every import goes down", () => {
  const wrong: string[] = [];
  for (const file of files) {
    const [prefix, allowed] = layers.find(([p]) => file.startsWith(p)) ?? ["", []];
    for (const target of importsOf(file)) {
      const fine = (prefix.endsWith("/") && target.startsWith(prefix)) || allowed.some((a) => target.startsWith(a));
      if (!fine) wrong.push(`${file} imports ${target}`);
      // The driver may import everything in src but the layers above it.
      if (prefix === "src/" && (target.startsWith("src/cli/") || target === "src/index.ts"))
        wrong.push(`${file} imports ${target}`);
    }
  }
  expect(wrong).toEqual([]);
});
