/** The tables that the harness prints. */

import type { Fixture } from "../test-models/fixtures.js";
import type { Cell } from "./compare-engines.js";
import { type Column, formatRatio, formatSeconds, tableLines } from "./table.js";

/**
 * One table of a fixture: a line per engine, and per batch the time per row and its ratio to onnxruntime-node's. Engines that refuse
 * the model at every batch are left out; other gaps are explained below the table.
 */
export function comparisonLines(fixture: Pick<Fixture, "name" | "title" | "stats">, cells: readonly Cell[]): string[] {
  const own = cells.filter((c) => c.fixture === fixture.name);
  const batches = [...new Set(own.map((c) => c.batch))].sort((a, b) => a - b);
  const timed = own.filter((c) => c.nsPerRow !== undefined);
  const engines = [...new Set(timed.map((c) => c.engine))].sort();
  const columns: Column[] = [
    { title: "per row, and ÷ onnxruntime", align: "left" },
    ...batches.flatMap((b): Column[] => [
      { title: b === 1 ? "1 row" : `${b}`, align: "right" },
      { title: "", align: "right" },
    ]),
  ];
  const notes = new Set<string>();
  const rows = engines.map((engine) => [
    engine,
    ...batches.flatMap((batch) => {
      const cell = own.find((c) => c.engine === engine && c.batch === batch);
      if (cell?.nsPerRow === undefined) {
        if (cell?.skipped !== undefined) notes.add(`${engine}, ${batch} rows: ${cell.skipped}`);
        return ["–", ""];
      }
      const ratio = formatRatio(cell.ratio ?? Number.NaN);
      return [formatSeconds(cell.nsPerRow.median / 1e9), `${ratio}${cell.auto === true ? "*" : " "}`];
    }),
  ]);
  const { trees, nodes, maxDepth, outputs } = fixture.stats;
  const counts = `${plural(trees, "tree")}, ${nodes} nodes, depth ${maxDepth}, ${plural(outputs, "output")}`;
  return [`${fixture.name}: ${counts}`, ...tableLines(columns, rows), ...[...notes].map((n) => `  – ${short(n)}`), ""];
}

const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`;
const short = (line: string): string => (line.length <= 96 ? line : `${line.slice(0, 95)}…`);
