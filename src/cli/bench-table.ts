/** What `calypte bench` measured, as tables of 80 columns. */

import type { Timing } from "../timing/time-interleaved.js";
import { peerNames } from "./onnxruntime.js";
import { count, formatSeconds, tableLines, terminalColumns, threeDigits } from "./table.js";

/** One engine on one batch size. */
export interface Cell {
  readonly place: string;
  readonly strategy: string;
  readonly batch: number;
  readonly auto: boolean;
  /** Seconds per call; absent where it was not timed, for the reason in `skipped`. */
  readonly timing?: Timing;
  readonly skipped?: string;
}

export interface ShownCell extends Cell {
  readonly text: string;
  readonly seconds: number;
}

export function benchLines(cells: readonly ShownCell[], batches: readonly number[], clock: string): string[] {
  const what = clock === "cpu" ? "of the processor" : "by the clock";
  const lines = ["", `Time a row (${what}: median ± half the quartile range)`, ""];
  for (let from = 0; from < batches.length; ) {
    // As many batch sizes side by side as fit, at least one.
    let size = batches.length - from;
    let part = table(cells, batches.slice(from, from + size));
    while (size > 1 && part.some((line) => line.length > terminalColumns)) {
      size--;
      part = table(cells, batches.slice(from, from + size));
    }
    lines.push(...part, "");
    from += size;
  }
  return [...lines, "* what auto takes; – refused, or too slow to be tried", "", ...verdictLines(cells, batches)];
}

function table(cells: readonly ShownCell[], batches: readonly number[]): string[] {
  const rows: string[][] = [];
  for (const place of new Set(cells.map((c) => c.place))) {
    const own = cells.filter((c) => c.place === place);
    const strategies = [...new Set(own.map((c) => c.strategy))].sort();
    const shown = strategies.filter((s) => own.some((c) => c.strategy === s && c.text !== "–"));
    if (shown.length === 0) continue;
    if (!shown.includes("")) rows.push([place]);
    for (const strategy of shown) {
      rows.push([
        strategy === "" ? place : `  ${strategy}`,
        ...batches.map((batch) => {
          const cell = own.find((c) => c.strategy === strategy && c.batch === batch);
          return `${cell?.text ?? "–"}${cell?.auto === true && strategy !== "" ? "*" : " "}`;
        }),
      ]);
    }
  }
  const right = "right" as const;
  return tableLines(
    [{ title: "rows a call", align: "left" }, ...batches.map((b) => ({ title: `${count(b)} `, align: right }))],
    rows,
  );
}

const isPeer = (place: string): boolean => peerNames.some((name) => name === place);

/** For each batch size the fastest of calypte, and how the peers compare. */
function verdictLines(cells: readonly ShownCell[], batches: readonly number[]): string[] {
  const peers = peerNames.filter((name) => cells.some((c) => c.place === name && !Number.isNaN(c.seconds)));
  const rows = batches.flatMap((batch) => {
    const timed = cells.filter((c) => c.batch === batch && !Number.isNaN(c.seconds));
    const ours = timed.filter((c) => !isPeer(c.place)).sort((a, b) => a.seconds - b.seconds);
    const [best] = ours;
    if (best === undefined) return [];
    const name = `${best.place}${best.strategy === "" ? "" : ` ${best.strategy}`}`;
    const against = peers.map((peer) => {
      const seconds = timed.find((c) => c.place === peer)?.seconds;
      return seconds === undefined ? "" : `${threeDigits(seconds / best.seconds)} times that`;
    });
    return [[count(batch), name, formatSeconds(best.seconds), ...against]];
  });
  return tableLines(
    [
      { title: "rows", align: "right" },
      { title: "the fastest", align: "left" },
      { title: "a call", align: "right" },
      ...peers.map((title) => ({ title, align: "right" as const })),
    ],
    rows,
  );
}
