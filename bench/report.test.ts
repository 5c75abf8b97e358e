import { expect, test } from "vitest";
import type { Cell } from "./compare-engines.js";
import { comparisonLines } from "./report.js";

const stats = { trees: 1, nodes: 3, maxDepth: 1, maxLeaves: 2, outputs: 2, maxDistinctThresholds: 1 };
const fixture = { name: "stump", title: "A stump", stats };
const cell = (engine: string, batch: number, ns: number, ratio: number, auto?: boolean): Cell => ({
  fixture: "stump",
  batch,
  engine,
  nsPerRow: { samples: 1, min: ns, p25: ns, median: ns, p75: ns },
  nsPerTreeRow: ns,
  ratio,
  ...(auto === undefined ? {} : { auto }),
});

test("engines are lines, batches are columns; gaps are explained, engines that never run are left out", () => {
  const cells: Cell[] = [
    { fixture: "stump", batch: 100, engine: "tfjs-cpu/gemm", skipped: "one call would take about 2 s" },
    { fixture: "stump", batch: 1, engine: "tfjs-cpu/walk", skipped: "no kernel" },
    cell("tfjs-cpu/gemm", 1, 250_000, 10, true),
    cell("onnxruntime-node", 1, 25_000, 1),
    cell("onnxruntime-node", 100, 500, 1),
    { ...cell("other", 1, 1, 1), fixture: "another" },
  ];
  expect(comparisonLines(fixture, cells)).toEqual([
    "stump: 1 tree, 3 nodes, depth 1, 2 outputs",
    "per row, and ÷ onnxruntime    1 row           100",
    "──────────────────────────────────────────────────────",
    "onnxruntime-node            25.0 µs   ×1   500 ns  ×1",
    "tfjs-cpu/gemm                250 µs  ×10*       –",
    "  – tfjs-cpu/gemm, 100 rows: one call would take about 2 s",
    "",
  ]);
});
