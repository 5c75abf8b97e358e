/**
 * `npm run bench -- charts [RESULTS.json…]`: draws docs/charts/*.svg from results files; without names, from the newest runs for them in
 * bench/results/. What a file holds is told from its content.
 */

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import type { CrossoverResult } from "../crossover-cells.js";
import { crossoverPage, depthPage } from "./crossover.js";
import { pageSvg } from "./page.js";
import { type EnginesResult, throughputPage } from "./throughput.js";

const root = fileURLToPath(new URL("../../", import.meta.url));
const resultsFolder = `${root}bench/results/`;
export const chartsFolder = `${root}docs/charts/`;

/** Names that results for charts end in. */
const endings = ["-throughput.json", "-crossover.json"] as const;

/** The newest results file of each kind; results are named by their day. */
export function newestResults(): readonly string[] {
  const names = readdirSync(resultsFolder).sort();
  return endings.map((ending) => {
    const found = names.filter((name) => name.endsWith(ending)).at(-1);
    if (found === undefined) throw new Error(`bench/results has no …${ending}; ${howToMeasure}`);
    return resultsFolder + found;
  });
}

const howToMeasure = "measure with npm run bench -- throughput, npm run bench -- crossover";

/** Charts by file name. Throws where the file holds nothing to draw. */
export function chartsOf(path: string): ReadonlyMap<string, string> {
  const result = JSON.parse(readFileSync(path, "utf8")) as {
    readonly cells?: readonly Readonly<Record<string, unknown>>[];
  };
  const file = relative(root, path);
  const [first] = result.cells ?? [];
  if (first !== undefined && "engine" in first) {
    return new Map([["throughput.svg", pageSvg(throughputPage(result as unknown as EnginesResult, file))]]);
  }
  if (first !== undefined && "depth" in first) {
    const crossover = result as unknown as CrossoverResult;
    return new Map([
      ["crossover.svg", pageSvg(crossoverPage(crossover, file))],
      ["depth.svg", pageSvg(depthPage(crossover, file))],
    ]);
  }
  throw new Error(`${file} holds neither a comparison of engines nor a crossover of strategies; ${howToMeasure}`);
}

export function runCharts(paths: readonly string[]): void {
  mkdirSync(chartsFolder, { recursive: true });
  for (const path of paths.length > 0 ? paths : newestResults()) {
    for (const [name, svg] of chartsOf(path)) {
      writeFileSync(chartsFolder + name, svg);
      console.log(`docs/charts/${name} from ${relative(root, path)}`);
    }
  }
}
