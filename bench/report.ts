/** The tables that the harness prints. */

import type { Fixture } from "../test-models/fixtures.js";
import type { Cell } from "./compare-engines.js";
import { type Column, formatRatio, formatSeconds, tableLines } from "./table.js";

/** One table of a fixture: a line per engine, and per batch the time per row and its ratio to onnxruntime-node's. */
export function comparisonLines(fixture: Pick<Fixture, "name" | "title" | "stats">, cells: readonly Cell[]): string[] {
  const own = cells.filter((c) => c.fixture === fixture.name);
  const batches = [...new Set(own.map((c) => c.batch))].sort((a, b) => a - b);
  const engines = [...new Set(own.map((c) => c.engine))];
  const columns: Column[] = [
    { title: "per row, and ÷ onnxruntime", align: "left" },
    ...batches.flatMap((b): Column[] => [
      { title: b === 1 ? "1 row" : `${b}`, align: "right" },
      { title: "", align: "right" },
    ]),
  ];
  const notes: string[] = [];
  const rows = engines.map((engine) => [
    engine,
    ...batches.flatMap((batch) => {
      const cell = own.find((c) => c.engine === engine && c.batch === batch);
      if (cell?.nsPerRow === undefined) {
        if (cell?.skipped !== undefined) notes.push(`${engine}, ${batch} rows: ${cell.skipped}`);
        return ["–", ""];
      }
      const ratio = formatRatio(cell.ratio ?? Number.NaN);
      return [formatSeconds(cell.nsPerRow.median / 1e9), `${ratio}${cell.auto === true ? "*" : " "}`];
    }),
  ]);
  const { trees, nodes, maxDepth, outputs } = fixture.stats;
  const counts = `${trees} trees, ${nodes} nodes, depth ${maxDepth}, ${outputs} output${outputs === 1 ? "" : "s"}`;
  return [
    `${fixture.name}: ${counts}`,
    ...tableLines(columns, rows),
    ...unique(notes.map((n) => `  – ${short(n)}`)),
    "",
  ];
}

const short = (line: string): string => (line.length <= 96 ? line : `${line.slice(0, 95)}…`);
const unique = (lines: readonly string[]): string[] => [...new Set(lines)];
