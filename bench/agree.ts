/**
 * `npm run bench -- agree A.json B.json`: how far two runs of one command are apart. Headlines are the geometric means, or every ratio of a
 * results file that has none: beyond 15 % in one of them, the runs do not agree.
 */

import { readFileSync } from "node:fs";
import { type Column, formatRatio, tableLines } from "./table.js";

/** Largest quotient of two runs' headlines, less 1. */
export const mostApart = 0.15;

export interface ComparedRatio {
  /** What was measured: model, batch size, engine, … */
  readonly place: string;
  readonly headline: boolean;
  readonly first: number;
  readonly second: number;
  /** The larger over the smaller, less 1. */
  readonly apart: number;
}

/** What tells one measurement of a file from another; a strategy is an outcome. */
const naming = [
  "title",
  "family",
  "fixture",
  "model",
  "variant",
  "against",
  "engine",
  "side",
  "batch",
  "rows",
] as const;

interface Found {
  readonly place: string;
  readonly mean: boolean;
  readonly ratio: number;
}

/** The ratios of a results file, wherever they stand. */
function ratiosIn(value: unknown): readonly Found[] {
  if (Array.isArray(value)) return value.flatMap(ratiosIn);
  if (typeof value !== "object" || value === null) return [];
  const record = value as Readonly<Record<string, unknown>>;
  const { ratio, reached } = record;
  const number =
    reached ?? (typeof ratio === "object" && ratio !== null ? (ratio as { median?: unknown }).median : ratio);
  const inner = Object.values(record).flatMap(ratiosIn);
  if (typeof number !== "number") return inner;
  const place = naming
    .flatMap((key) => (key in record ? [`${key === "batch" ? "rows " : ""}${record[key]}`] : []))
    .join(", ");
  return [{ place, mean: reached !== undefined, ratio: number }, ...inner];
}

/** The ratios that both have, furthest apart first. Throws where they have none in common. */
export function compareResults(first: unknown, second: unknown): readonly ComparedRatio[] {
  const [a, b] = [ratiosIn(first), ratiosIn(second)];
  const others = new Map(b.map((found) => [found.place, found.ratio]));
  const means = a.some(({ mean }) => mean);
  const pairs = a.flatMap(({ place, mean, ratio }): readonly ComparedRatio[] => {
    const other = others.get(place);
    if (other === undefined) return [];
    const apart = Math.max(ratio / other, other / ratio) - 1;
    return [{ place, headline: mean || !means, first: ratio, second: other, apart }];
  });
  if (pairs.length === 0) throw new Error("the two results have no ratio in common; give two runs of one command");
  return pairs.sort((p, q) => q.apart - p.apart);
}

const percent = (apart: number): string => `${(100 * apart).toFixed(1)} %`;

export function agreementLines(pairs: readonly ComparedRatio[], shown = 10): readonly string[] {
  const left: Column = { title: "", align: "left" };
  const right = (title: string): Column => ({ title, align: "right" });
  const columns = [left, right("first"), right("second"), right("apart")];
  const cells = (list: readonly ComparedRatio[]) =>
    list.map((p) => [p.place, formatRatio(p.first), formatRatio(p.second), percent(p.apart)]);
  const headlines = pairs.filter((p) => p.headline);
  const far = headlines.filter((p) => !(p.apart <= mostApart));
  const within = pairs.filter((p) => p.apart <= mostApart).length;
  return [
    "headlines, furthest apart first",
    ...tableLines(columns, cells(headlines.slice(0, shown))),
    "",
    "all ratios, furthest apart first",
    ...tableLines(columns, cells(pairs.slice(0, shown))),
    "",
    `${within} of ${pairs.length} ratios are within ${percent(mostApart)}; headlines ${far.length === 0 ? "agree" : `do not: ${far.map((p) => p.place).join("; ")}`}`,
  ];
}

/** Prints the comparison; true where the headlines agree. */
export function runAgree(paths: readonly string[]): boolean {
  const [first, second, ...more] = paths;
  if (first === undefined || second === undefined || more.length > 0) {
    throw new Error("agree takes two results files: npm run bench -- agree A.json B.json");
  }
  const read = (path: string): unknown => JSON.parse(readFileSync(path, "utf8"));
  const pairs = compareResults(read(first), read(second));
  console.log(agreementLines(pairs).join("\n"));
  return pairs.every((p) => !p.headline || p.apart <= mostApart);
}
