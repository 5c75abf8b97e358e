/** What the file holds and how it runs: inputs, outputs, and for each forest what every strategy would cost. */

import type { Model, Scorer } from "calypte";
import { element, seconds, table } from "./elements.js";

/** `[rows, 4]`. */
function shapeText(shape: Scorer["inputs"][number]["shape"]): string {
  const words = shape.map((d) => (typeof d === "object" ? "rows" : d === "?" ? "any" : String(d)));
  return `[${words.join(", ")}]`;
}

export function planView(file: string, bytes: number, model: Model, scorer: Scorer): readonly HTMLElement[] {
  const { plan } = scorer;
  const facts: [string, string][] = [
    ["File", `${file}, ${Math.max(1, Math.round(bytes / 1024)).toLocaleString("en")} KB`],
    ["Format", model.producer === "" ? model.format : `${model.format}, ${model.producer}`],
    ...(scorer.classes === undefined ? [] : [["Classes", listed(scorer.classes.map(String))] as [string, string]]),
    ["Runs on", [plan.backend, ...new Set(plan.forests.map((f) => f.strategy))].join(", ")],
    ...plan.notes.map((note): [string, string] => ["Note", note]),
  ];
  const list = element(
    "dl",
    {},
    ...facts.flatMap(([dt, dd]) => [element("dt", { text: dt }), element("dd", { text: dd })]),
  );
  const ports = table(
    ["", "name", "type"],
    [
      ...scorer.inputs.map((i) => ["input", i.name, i.dtype + shapeText(i.shape)]),
      ...scorer.outputs.map((o) => ["output", o.name, o.dtype + shapeText(o.shape)]),
    ],
  );
  const forests = plan.forests.map(({ shape, strategy, verdicts }) =>
    element(
      "details",
      {},
      element("summary", { text: `${shape.trees} trees, ${shape.nodes} nodes, depth ${shape.depth}: ${strategy}` }),
      table(
        ["strategy", `estimate for ${plan.batchHint} rows`],
        verdicts.map((v) => [
          v.strategy === strategy ? `${v.strategy} ✓` : v.strategy,
          v.refused ?? seconds(v.seconds ?? 0),
        ]),
      ),
    ),
  );
  return [list, ports, ...forests];
}

function listed(names: readonly string[]): string {
  return names.length <= 12 ? names.join(", ") : `${names.slice(0, 12).join(", ")}, … (${names.length})`;
}
