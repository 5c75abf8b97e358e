import { readdirSync, readFileSync } from "node:fs";
import { parseHTML } from "linkedom";
import { expect, test } from "vitest";
import type { CrossoverCell, CrossoverResult } from "../crossover-cells.js";
import { chartsFolder, chartsOf, newestResults } from "./charts.js";
import { crossoverPage, depthPage } from "./crossover.js";
import { pageSvg, pageWidth, shortCount } from "./page.js";
import { type EnginesResult, throughputPage } from "./throughput.js";

const circumstances: EnginesResult["circumstances"] = {
  date: "2026-01-01T00:00:00.000Z",
  machine: { cpu: "A & B", cores: 2, memoryGb: 8, platform: "linux x64" },
  load: [0, 0, 0],
  versions: { node: "20.0.0", "onnxruntime-node": "1.30.0", "@tensorflow/tfjs-core": "4.22.0" },
  seed: 1,
};

const nsPerRow = (median: number) => ({ samples: 3, min: median, p25: median, median, p75: median });
const engine = (name: string, batch: number, median: number, auto?: boolean) => ({
  fixture: "forest",
  batch,
  engine: name,
  nsPerRow: nsPerRow(median),
  ...(auto === undefined ? {} : { auto }),
});

const textsOf = (svg: string) =>
  [...parseHTML(svg).document.querySelectorAll("text, tspan")].map((t) => t.textContent ?? "");

test("an engine is a line; of a device's strategies, the one that auto takes", () => {
  const cells = [
    engine("onnxruntime-node", 1, 2000),
    engine("onnxruntime-node", 100, 1000),
    engine("wasm/walk", 1, 500, true),
    engine("wasm/bit-sliced", 1, 400, false),
    engine("wasm/walk", 100, 300, false),
    engine("wasm/bit-sliced", 100, 100, true),
    { fixture: "forest", batch: 100, engine: "reference/auto", skipped: "too slow" },
  ];
  const page = throughputPage({ circumstances, clock: "cpu", cells }, "results.json");
  expect(page.legend.map((e) => e.name)).toEqual(["calypte, wasm", "onnxruntime-node"]);
  const svg = pageSvg(page);
  expect(svg.match(/<circle /g)).toHaveLength(4);
  const [dots] = page.plot.marks!.slice(2) as unknown as readonly { readonly data: readonly object[] }[];
  expect(dots!.data).toContainEqual({ model: "forest", engine: "calypte, wasm", batch: 1, rowsPerSecond: 2e6 });
  expect(dots!.data).toContainEqual({ model: "forest", engine: "calypte, wasm", batch: 100, rowsPerSecond: 1e7 });
});

const cell = (device: string, depth: number, batch: number, strategy: string, median: number): CrossoverCell => ({
  device,
  depth,
  batch,
  strategy,
  nsPerRow: nsPerRow(median),
  samples: [median],
});

const crossover: CrossoverResult = {
  circumstances,
  clock: "wall",
  trees: 100,
  cells: [
    cell("wasm", 3, 1, "walk", 1500),
    cell("wasm", 3, 1, "bit-sliced", 1600),
    cell("wasm", 3, 1000, "walk", 300),
    cell("wasm", 3, 1000, "bit-sliced", 100),
    cell("tfjs-wasm", 3, 1000, "gemm", 12_000),
    { device: "tfjs-wasm", depth: 3, batch: 1, strategy: "gemm", skipped: "estimated at 1 s a call" },
  ],
};

test("a field of the crossover is the fastest strategy with its time", () => {
  const svg = pageSvg(crossoverPage(crossover, "results.json"));
  const texts = textsOf(svg);
  for (const text of ["1.50 µs", "100 ns", "12.0 µs", "walk", "bit-sliced", "gemm"]) expect(texts).toContain(text);
  expect(texts).not.toContain("1.60 µs");
  expect(texts).not.toContain("perfect-tree-traversal");
});

test("a page stands by itself: one namespace, white ground, escaped words, the width it says", () => {
  const svg = pageSvg(depthPage(crossover, "results.json"));
  expect(svg).toMatch(/^<svg xmlns="http:\/\/www.w3.org\/2000\/svg"/);
  expect(svg).toContain(`<rect width="${pageWidth}"`);
  expect(svg).toContain("results.json; A &amp; B, Node 20.0.0");
  expect(svg).not.toMatch(/NaN|undefined|<script|https?:\/\/(?!www\.w3\.org)/);
});

test("counts are short", () => {
  expect([1, 10, 1000, 10_000, 100_000, 1e6].map(shortCount)).toEqual(["1", "10", "1,000", "10k", "100k", "1M"]);
});

test("the committed charts are those of the newest results", () => {
  const drawn = new Map(newestResults().flatMap((path) => [...chartsOf(path)]));
  expect([...drawn.keys()].sort()).toEqual(readdirSync(chartsFolder).sort());
  for (const [name, svg] of drawn) expect(readFileSync(chartsFolder + name, "utf8"), name).toBe(svg);
});

test("a file without anything to draw is refused", () => {
  const path = newestResults()[0]!.replace("-throughput.json", "-memory.json");
  expect(() => chartsOf(path)).toThrow("neither a comparison of engines nor a crossover");
});
