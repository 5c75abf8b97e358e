/** What `calypte verify` found, in lines of 80 columns and as JSON values. */

import type { Difference, Tolerance } from "./compare.js";
import { count, wrap } from "./table.js";

/** What was found out about one output. */
export interface Finding extends Difference {
  /** Lines that say why, where something is wrong. */
  readonly explained?: readonly string[];
  readonly output: string;
  readonly kind: "numbers" | "labels" | "leaves";
  readonly tolerance: Tolerance;
}

/** A finding as plain JSON values. */
export function findingToJson({
  output,
  kind,
  tolerance,
  rows,
  wrongRows,
  tied,
  absolute,
  relative,
  worst,
  explained,
}: Finding) {
  const text = (v: unknown) =>
    typeof v === "number" && !Number.isFinite(v) ? String(v) : typeof v === "bigint" ? String(v) : v;
  return {
    output,
    kind,
    rows,
    wrongRows,
    tied,
    ...(kind === "numbers" ? { largestError: text(absolute), ofTolerance: text(relative), tolerance } : {}),
    ...(explained === undefined ? {} : { explained: explained.map((line) => line.trim()) }),
    ...(worst === undefined ? {} : { worst: { ...worst, got: text(worst.got), want: text(worst.want) } }),
  };
}

/** The report for a terminal. */
export function reportLines(
  facts: { readonly rows: number; readonly expected: string; readonly backend: string; readonly device: string },
  findings: readonly Finding[],
): string[] {
  const on = facts.backend === "tfjs" ? `tfjs ${facts.device}` : facts.backend;
  return [
    `${count(facts.rows, "row")} on ${on} against ${facts.expected}`,
    ...findings.flatMap((f) => [
      "",
      `${f.wrongRows === 0 ? "ok    " : "DIFFER"}  ${f.output}`,
      ...findingLines(f),
      ...(f.explained ?? []),
    ]),
  ];
}

function findingLines(f: Finding): string[] {
  const place = f.worst === undefined ? "" : `row ${f.worst.row}, column ${f.worst.column}`;
  if (f.kind !== "numbers") {
    const ties = f.tied === 0 ? "" : `; ${count(f.tied, "row")} of tied scores not counted`;
    const what = f.kind === "labels" ? "labels" : "leaves";
    if (f.worst === undefined) return [`  all ${what} equal${ties}`];
    return [
      `  ${count(f.wrongRows)} of ${count(f.rows, "row")} with other ${what}${ties}`,
      ...wrap(`first in ${place}: got ${String(f.worst.got)}, expected ${String(f.worst.want)}`, "  "),
    ];
  }
  const { rtol, scale, exponential } = f.tolerance;
  const bound = exponential
    ? `max(1, ${short(scale)} + |log expected|) · |expected|`
    : `max(|expected|, ${short(scale)})`;
  if (f.worst === undefined) return ["  equal, bit for bit"];
  return [
    ...(f.wrongRows === 0 ? [] : [`  ${count(f.wrongRows)} of ${count(f.rows, "row")} outside the tolerance`]),
    ...wrap(
      `largest error ${short(f.absolute)}; at worst ${short(f.relative)} of the tolerance ${short(rtol)} · ${bound}`,
      "  ",
    ),
    ...wrap(`in ${place}: got ${String(f.worst.got)}, expected ${String(f.worst.want)}`, "  "),
  ];
}

/** Three digits: 0.0123, 1.23e-7. */
function short(value: number): string {
  const rounded = Number(value.toPrecision(3));
  return rounded !== 0 && Math.abs(rounded) < 1e-3 ? rounded.toExponential() : String(rounded);
}
