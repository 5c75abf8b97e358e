/**
 * Measures every primitive and every fixture on every backend and device that this machine has, and writes docs/devices.md:
 * `npx tsx scripts/devices.ts [DEVICE…]`, all by default. Of devices that are left out or absent the table keeps the figures of an earlier
 * run (bench/results/devices.json). A device that is absent is named on standard error.
 */

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { referenceBackend } from "../src/backends/reference/reference-backend.js";
import { compileGraph } from "../src/backends/tfjs/compile-graph.js";
import { loadTfjs, type TfjsDevice } from "../src/backends/tfjs/load-tfjs.js";
import { hasWebgpu } from "../src/backends/tfjs/software-gpu.testing.js";
import { hasTfjsNode } from "../src/backends/tfjs/tfjs-node.testing.js";
import { wasmBackend } from "../src/backends/wasm/wasm-backend.js";
import type { CompileOptions } from "../src/compile.js";
import { tfjsTarget } from "../src/emitters/tfjs/target.js";
import type { Backend } from "../src/ir/target.js";
import { fixtureNames } from "../test-models/fixtures.js";
import { findChromium } from "./browser/find-chromium.js";
import { fixtureTask } from "./devices/fixture-task.js";
import { measureInChromium } from "./devices/in-chromium.js";
import { type Cell, measureFixture, measurePrimitives } from "./devices/measure.js";
import { type DeviceResult, renderDevices } from "./devices/render.js";

const root = join(import.meta.dirname, "..");
const resultsPath = join(root, "bench/results/devices.json");
const require = createRequire(import.meta.url);
const versionOf = (name: string): string => (require(`${name}/package.json`) as { version: string }).version;
const date = new Date().toISOString().slice(0, 10);

async function measureFixtures(options: CompileOptions, float64: boolean): Promise<Record<string, Cell>> {
  const cells: Record<string, Cell> = {};
  for (const name of fixtureNames()) cells[name] = await measureFixture(fixtureTask(name, float64), options);
  return cells;
}

async function onBackend(backend: Backend): Promise<DeviceResult> {
  const name = backend.name as "reference" | "wasm";
  const target = await backend.probe({ batchHint: 100 });
  return {
    date,
    on: `Node ${process.version}`,
    primitives: await measurePrimitives(name, (program) => backend.compile(program, target)),
    fixtures: await measureFixtures({ backend: name }, true),
  };
}

async function inNode(device: TfjsDevice, what: string): Promise<DeviceResult> {
  await loadTfjs(device);
  const target = tfjsTarget(device, 16);
  return {
    date,
    on: `Node ${process.version}, ${what}`,
    primitives: await measurePrimitives(device, (program) => compileGraph(program, target, device)),
    fixtures: await measureFixtures({ backend: "tfjs", device }, false),
  };
}

async function inBrowser(device: "webgl" | "webgpu", executable: string): Promise<DeviceResult> {
  const task = { device, primitives: "all" as const, fixtures: fixtureNames() };
  const { report, version } = await measureInChromium(executable, task, 3600);
  return {
    date,
    on: `Chromium ${version}, TF.js ${versionOf("@tensorflow/tfjs-core")}, ${report.adapter ?? "unknown"}`,
    primitives: report.primitives ?? {},
    fixtures: report.fixtures ?? {},
  };
}

const tfjs = `TF.js ${versionOf("@tensorflow/tfjs-core")}`;
const chromium = findChromium();
const runs: Readonly<Record<string, (() => Promise<DeviceResult>) | string>> = {
  reference: () => onBackend(referenceBackend),
  wasm: () => onBackend(wasmBackend),
  "tfjs cpu": () => inNode("cpu", tfjs),
  "tfjs wasm": () => inNode("wasm", tfjs),
  "tfjs tensorflow": hasTfjsNode
    ? () => inNode("tensorflow", `tfjs-node ${versionOf("@tensorflow/tfjs-node")}`)
    : "tfjs-node is not installed (npm run setup:tfjs-node)",
  "tfjs webgpu": hasWebgpu
    ? () => inNode("webgpu", `${tfjs}, webgpu ${versionOf("webgpu")} (Dawn) on SwiftShader`)
    : "no WebGPU in Node",
  "tfjs webgpu, Chromium": chromium === undefined ? "no Chromium" : () => inBrowser("webgpu", chromium),
  "tfjs webgl, Chromium": chromium === undefined ? "no Chromium" : () => inBrowser("webgl", chromium),
};

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !Object.hasOwn(runs, name));
if (unknown.length > 0) throw new Error(`no device ${unknown.join(", ")}; there are ${Object.keys(runs).join("; ")}`);
const readResults = (): Record<string, DeviceResult> =>
  existsSync(resultsPath) ? (JSON.parse(readFileSync(resultsPath, "utf8")) as Record<string, DeviceResult>) : {};
for (const [name, run] of Object.entries(runs)) {
  if (asked.length > 0 && !asked.includes(name)) continue;
  if (typeof run === "string") {
    console.error(`${name} is left out: ${run}`);
    continue;
  }
  const start = Date.now();
  const result = await run();
  console.error(`${name}: ${Math.round((Date.now() - start) / 1000)} s`);
  // Read again: another run may have measured another device meanwhile.
  const results = { ...readResults(), [name]: result };
  const ordered = Object.keys(runs).flatMap((key) => (results[key] === undefined ? [] : [[key, results[key]]]));
  writeFileSync(resultsPath, `${JSON.stringify(Object.fromEntries(ordered))}\n`);
  writeFileSync(join(root, "docs/devices.md"), renderDevices(Object.fromEntries(ordered)));
}
process.exit(0);
