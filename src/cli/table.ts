/** Plain text for a terminal of 80 columns: tables, wrapped lines, figures with three digits. */

export interface Column {
  readonly title: string;
  readonly align: "left" | "right";
}

export const terminalColumns = 80;

/** Lines of a table: titles, then rows; two spaces between columns, none at the end of a line. */
export function tableLines(columns: readonly Column[], rows: readonly (readonly string[])[]): string[] {
  const widths = columns.map((c, i) => Math.max(c.title.length, ...rows.map((row) => (row[i] ?? "").length)));
  const line = (cells: readonly string[]): string =>
    columns
      .map((c, i) => (c.align === "left" ? (cells[i] ?? "").padEnd(widths[i]!) : (cells[i] ?? "").padStart(widths[i]!)))
      .join("  ")
      .trimEnd();
  return [line(columns.map((c) => c.title)), ...rows.map(line)];
}

/** The words of a text on lines of at most `width` characters: the first after `start`, the others after `indent`. Long words stay whole. */
export function wrap(text: string, start = "", indent = start, width = terminalColumns): string[] {
  const lines: string[] = [];
  let line = start;
  let fresh = true;
  for (const word of text.split(" ")) {
    if (!fresh && line.length + 1 + word.length > width) {
      lines.push(line);
      [line, fresh] = [indent, true];
    }
    line += fresh ? word : ` ${word}`;
    fresh = false;
  }
  return [...lines, line];
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

const grouped = new Intl.NumberFormat("en");

/** 1,234,567. */
export function count(n: number, one?: string, many = `${one}s`): string {
  const digits = grouped.format(n);
  return one === undefined ? digits : `${digits} ${n === 1 ? one : many}`;
}
