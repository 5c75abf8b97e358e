/**
 * Writes docs/conversions.md: which fixtures each target of `convert` takes, and why it refuses the others. The tests run what is
 * written: test-models/answers-onnx-target.test.ts, wasm-modules.test.ts, and the tests of the emitters.
 *
 *     npx tsx scripts/conversions.ts
 */

import { writeFileSync } from "node:fs";
import { CalypteError } from "../src/errors.js";
import { convert, load } from "../src/index.js";
import { boosterNames, loadBooster } from "../test-models/boosters.js";
import { fixtureNames, loadFixture } from "../test-models/fixtures.js";

interface Given {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Takes text. */
  readonly text: boolean;
}

const onnx = fixtureNames().map((name): Given => {
  const { model, inputs } = loadFixture(name);
  return { name, bytes: model, text: inputs.some(({ dtype }) => dtype === "string") };
});
const boosters = (["lightgbm", "xgboost", "catboost"] as const).flatMap((format) =>
  boosterNames(format).map(
    (name): Given => ({
      name: `${format}/${name}`,
      bytes: loadBooster(format, name).bytes,
      text: false,
    }),
  ),
);

/** A message without the names of nodes, and without what differs between models of a kind. */
const generalised = (message: string): string =>
  message
    .replace(/^convert: /, "")
    .replace(/(?:\w+ of )?node (?:"[^"]*"|#\d+) \(([\w.:]+)\)/g, "$1")
    .replace(/(runs? in WebAssembly alone): .* runs on the host: ([^;]*).*/, "$1: $2")
    .replace(/; cut .* off the model, and convert the rest.*/, "; it names the nodes to cut off")
    .replace(/(?<=\()\w+\[[\w, ]*\]|\w+\[[\w, ]*\] (?=has no row axis)/g, "a tensor ")
    .replace(/; run (the model|it) (with|on) .*$/, "");

async function section(target: string, given: readonly Given[]): Promise<readonly string[]> {
  const converted: Given[] = [];
  const reasons = new Map<string, string[]>();
  for (const model of given) {
    try {
      await convert(await load(model.bytes), { target });
      converted.push(model);
    } catch (error) {
      if (!(error instanceof CalypteError)) throw error;
      const reason = generalised(error.message);
      reasons.set(reason, [...(reasons.get(reason) ?? []), model.name]);
    }
  }
  const withText = converted.filter(({ text }) => text).map(({ name }) => name);
  return [
    `## ${target}`,
    "",
    `Of ${given.length} fixtures ${converted.length} are converted, ${withText.length} of which take text: ${withText.join(", ") || "none"}.`,
    "",
    ...(reasons.size === 0 ? [] : ["| refused, since | fixtures |", "|---|---|"]),
    ...[...reasons].map(([reason, names]) => `| ${reason.replaceAll("|", "\\|")} | ${names.join(", ")} |`),
    ...(reasons.size === 0 ? [] : [""]),
  ];
}

const lines = [
  "# What is converted",
  "",
  "Written by `scripts/conversions.ts`: every fixture under every target of `convert`. The ONNX files and modules are run and compared with",
  "the fixtures' answers by the tests, TF.js graphs by the backend that runs them, and those with hash tables by TF.js alone.",
  "",
];
for (const target of ["onnx", "tfjs", "savedmodel", "wasm"]) {
  lines.push(...(await section(target, [...onnx, ...boosters])));
}
writeFileSync(new URL("../docs/conversions.md", import.meta.url), lines.join("\n"));
