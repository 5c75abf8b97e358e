/**
 * The files that the notebook reads, from the fixture cancer-boosting: a model that scikit-learn trained, rows that it was not trained
 * on, and scikit-learn's own answers. `npx tsx examples/notebooks/data.ts` writes them; scripts/notebook.test.ts compares.
 */

import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { fixtureInputs, loadFixture } from "../../test-models/fixtures.js";

/** Texts and bytes by name. */
export function notebookData(): ReadonlyMap<string, string | Uint8Array> {
  const fixture = loadFixture("cancer-boosting");
  const set = fixture.sets.find(({ name }) => name === "trainer");
  const X = set === undefined ? undefined : fixtureInputs(fixture, set).get("X");
  const [labels, probabilities] = ["predict", "predictProba"].map((verb) => fixture.answer(set?.trainer?.[verb] ?? ""));
  if (X === undefined || labels === undefined || probabilities === undefined)
    throw new Error("the fixture lacks arrays");
  const width = X.shape[1] ?? 0;
  // Nine digits name a float32, seventeen a float64.
  const cells = (row: number) =>
    Array.from({ length: width }, (_, c) => Number(Number(X.data[row * width + c]).toPrecision(9)));
  const rows = Array.from({ length: X.shape[0] ?? 0 }, (_, row) => row);
  const header = Array.from({ length: width }, (_, c) => `x${c}`);
  const table = (head: readonly string[], lines: readonly (readonly unknown[])[]) =>
    `${[head, ...lines].map((line) => line.join(",")).join("\n")}\n`;
  return new Map<string, string | Uint8Array>([
    ["model.onnx", fixture.model],
    ["rows.csv", table(header, rows.map(cells))],
    [
      "expected.csv",
      table(
        ["label", "p0", "p1"],
        rows.map((r) => [labels.data[r], probabilities.data[2 * r], probabilities.data[2 * r + 1]]),
      ),
    ],
  ]);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [name, content] of notebookData()) writeFileSync(new URL(`cancer/${name}`, import.meta.url), content);
}
