/** One of ONNX's node tests for each operator (node-tests.zip); docs/node-tests.md has the results of all of them. */

import { readFileSync } from "node:fs";
import { unzipSync } from "fflate";
import { expect, test } from "vitest";
import { type NodeTestFiles, runNodeTest } from "./node-tests.js";

const archive = unzipSync(readFileSync(new URL("node-tests.zip", import.meta.url)));
const cases = new Map<string, Map<string, Uint8Array>>();
for (const [path, bytes] of Object.entries(archive)) {
  const [name = "", ...rest] = path.split("/");
  const files = cases.get(name) ?? new Map<string, Uint8Array>();
  cases.set(name, files.set(rest.join("/"), bytes));
}

test("there is a case for each of some hundred operators", () => {
  expect(cases.size).toBeGreaterThan(90);
});

test.each([...cases.keys()])("%s", async (name) => {
  const files: NodeTestFiles = cases.get(name) ?? new Map();
  const { reference, wasm, tfjs } = (await runNodeTest(files)).answers;
  // TF.js may refuse what it has no element types or kernels for, but answers right or not at all.
  const wrong = tfjs?.startsWith("refused: ") === true ? undefined : tfjs;
  expect({ reference, wasm, wrong }).toEqual({ reference: undefined, wasm: undefined, wrong: undefined });
});
