/** The answers of a scorer as a table of one line a row. */

import type { Answers, Scorer } from "calypte";
import { element, number, table } from "./elements.js";

const mostRows = 100;
const mostColumns = 30;

export function answersView(answers: Answers, scorer: Scorer): readonly HTMLElement[] {
  const columns = scorer.outputs.flatMap(({ name, role }) => {
    const { data, shape } = answers[name]!;
    const width = shape.length === 1 ? 1 : shape.slice(1).reduce((product, n) => product * n, 1);
    return Array.from({ length: Math.min(width, mostColumns) }, (_, column) => ({
      title:
        width === 1
          ? name
          : role === "probabilities"
            ? String(scorer.classes?.[column] ?? column)
            : `${name}[${column}]`,
      rows: width === 0 ? 0 : data.length / width,
      cell: (row: number) => {
        const value: unknown = data[row * width + column];
        return typeof value === "number" ? number(value) : String(value);
      },
    }));
  });
  const rows = Math.max(0, ...columns.map((c) => c.rows));
  const lines = Array.from({ length: Math.min(rows, mostRows) }, (_, row) => [
    String(row + 1),
    ...columns.map((c) => (row < c.rows ? c.cell(row) : "")),
  ]);
  const shown = table(["row", ...columns.map((c) => c.title)], lines);
  return rows > mostRows ? [shown, element("p", { class: "soft", text: `and ${rows - mostRows} rows more` })] : [shown];
}
