/** Plain text tables, for a terminal of 100 columns. */

import { type Column, tableLines as plainLines } from "../src/cli/table.js";

export { type Column, formatSeconds, threeDigits } from "../src/cli/table.js";

/** Lines of a table: titles, a rule, the rows; two spaces between columns, none at the end of a line. */
export function tableLines(columns: readonly Column[], rows: readonly (readonly string[])[]): string[] {
  const [titles = "", ...lines] = plainLines(columns, rows);
  const widths = columns.map((c, i) => Math.max(c.title.length, ...rows.map((row) => (row[i] ?? "").length)));
  return [titles, "─".repeat(widths.reduce((sum, w) => sum + w, 2 * (widths.length - 1))), ...lines];
}

/** "×1.23", "×12", "×1200". */
export function formatRatio(ratio: number): string {
  if (Number.isNaN(ratio)) return "–";
  return `×${ratio >= 100 ? Math.round(ratio) : Number(ratio.toPrecision(2))}`;
}
