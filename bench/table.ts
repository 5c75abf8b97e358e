/** Plain text tables, for a terminal of 100 columns. */

export interface Column {
  readonly title: string;
  readonly align: "left" | "right";
}

/** Lines of a table: titles, a rule, the rows; two spaces between columns, none at the end of a line. */
export function tableLines(columns: readonly Column[], rows: readonly (readonly string[])[]): string[] {
  const widths = columns.map((c, i) => Math.max(c.title.length, ...rows.map((row) => (row[i] ?? "").length)));
  const line = (cells: readonly string[]): string =>
    columns
      .map((c, i) => {
        const cell = cells[i] ?? "";
        return c.align === "left" ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!);
      })
      .join("  ")
      .trimEnd();
  return [
    line(columns.map((c) => c.title)),
    "─".repeat(line(widths.map((w) => "x".repeat(w))).length),
    ...rows.map(line),
  ];
}

/** A duration with three digits: "12.3 µs". NaN is "–". */
export function formatSeconds(seconds: number): string {
  if (Number.isNaN(seconds)) return "–";
  const [factor, unit] =
    seconds >= 1 ? [1, "s"] : seconds >= 1e-3 ? [1e3, "ms"] : seconds >= 1e-6 ? [1e6, "µs"] : [1e9, "ns"];
  return `${threeDigits(seconds * factor)} ${unit}`;
}

/** 0.123, 1.23, 12.3, 123, 1234. */
export function threeDigits(value: number): string {
  const digits = value === 0 ? 0 : Math.floor(Math.log10(Math.abs(value)));
  return value.toFixed(Math.min(3, Math.max(0, 2 - digits)));
}

/** "×1.23", "×12", "×1200". */
export function formatRatio(ratio: number): string {
  if (Number.isNaN(ratio)) return "–";
  return `×${ratio >= 100 ? Math.round(ratio) : Number(ratio.toPrecision(2))}`;
}
