/**
 * Writes test-models/coverage.json: compiles every fixture for every backend under `auto` and keeps what is refused, and what runs on the
 * host beside the wasm module. Run it where a test of the answers says that an outcome is not the recorded one:
 *
 *     npx tsx scripts/coverage-record.ts
 */

import { writeFileSync } from "node:fs";
import { compile } from "../src/compile.js";
import { load } from "../src/load.js";
import { boosterNames, loadBooster } from "../test-models/boosters.js";
import { coveredTargets, outcomeOf, recordUrl, refusedOutcome } from "../test-models/coverage.js";
import { fixtureNames, loadFixture } from "../test-models/fixtures.js";

const fixtures = [
  ...fixtureNames().map((name) => ({ name: `onnx/${name}`, bytes: loadFixture(name).model, options: {} })),
  ...(["lightgbm", "xgboost", "catboost"] as const).flatMap((format) =>
    boosterNames(format).map((name) => {
      const { bytes, options } = loadBooster(format, name);
      return { name: `${format}/${name}`, bytes, options: options ?? {} };
    }),
  ),
];
const lines: string[] = [];
for (const { name, bytes, options } of fixtures) {
  const model = await load(bytes);
  const outcomes: Record<string, string> = {};
  for (const target of coveredTargets) {
    const outcome = await compile(model, { ...target.options, ...options, batchHint: 100 }).then((scorer) => {
      scorer.dispose();
      return outcomeOf(scorer.plan.notes);
    }, refusedOutcome);
    if (outcome !== undefined) outcomes[target.name] = outcome;
  }
  // One fixture a line: changes of one do not touch the others'.
  if (Object.keys(outcomes).length > 0) lines.push(`  ${JSON.stringify(name)}: ${JSON.stringify(outcomes)}`);
}
writeFileSync(recordUrl, `{\n${lines.join(",\n")}\n}\n`);
console.error(`${fixtures.length} fixtures, ${lines.length} of them with a remark`);
