import { expect, test } from "vitest";
import { createReferenceExecutable, referenceTarget } from "../backends/reference/reference-backend.js";
import { createBuilder } from "../ir/builder.js";
import { N } from "../ir/dims.js";
import { printProgram } from "../ir/print.js";
import type { Program } from "../ir/program.js";
import { rowWise } from "../ir/rows.js";
import { strings } from "../ir/tensor.js";
import { Expression } from "../ir/text/expression.js";
import { GramTable } from "../ir/text/n-grams.js";
import { validateProgram } from "../ir/validate.js";
import { countInTexts } from "./count-in-texts.js";
import { removeDeadCode } from "./dead-code.js";

function program(pad: string, columns: number): Program {
  const b = createBuilder();
  const x = b.input("x", { dtype: "string", shape: [N, columns] });
  const expression = new Expression("[a-z]+", { dotAll: true });
  const tokens = { by: { kind: "matches", expression }, leastCharacters: 1, mark: false } as const;
  const cut = b.op("reshape", [b.op("tokenize", [x], { tokens, pad })], { shape: [N, "?"] });
  const table = new GramTable([["a"], ["b"], ["a", "b"]], [0, 1, 2], [1, 1, 1], 3);
  const counts = b.op("nGrams", [cut], { table, least: 1, most: 2, maxSkip: 0, mode: "TF" });
  return b.finish([{ name: "y", value: counts }]);
}

const run = (p: Program, x: readonly string[], columns: number) => {
  const n = x.length / columns;
  return createReferenceExecutable(p, referenceTarget(10)).runSync(new Map([["x", strings(x, [n, columns])]]), n, [
    "y",
  ]);
};

test("n-grams are counted in the texts, row by row, with the same counts", () => {
  const before = program("#", 1);
  const after = validateProgram(removeDeadCode(countInTexts(before)));
  expect(printProgram(after)).toMatchInlineSnapshot(`
    "program(x %0: string[N, 1])
      %3: float32[N, 1, 3] = nGrams(%0) {table: 3 columns, least: 1, most: 2, maxSkip: 0, mode: TF, tokens: {by: {kind: matches, expression: "[a-z]+"}, leastCharacters: 1, mark: false}}
      %4: float32[N, 3] = reshape(%3) {shape: [N, 3]}
      return y %4
    "
  `);
  expect(rowWise(before).rowWise).toBe(false);
  expect(rowWise(after).rowWise).toBe(true);
  const texts = ["a b a", "", "b,a b c a b", "日本 b"];
  expect(run(after, texts, 1)).toEqual(run(before, texts, 1));
  expect(run(after, texts, 1).get("y")?.data).toEqual(Float32Array.of(2, 1, 1, 0, 0, 0, 2, 3, 2, 0, 1, 0));
  expect(run(after, [], 1).get("y")?.shape).toEqual([0, 3]);
});

test("stays as it is where filling up counts, or several texts make a row", () => {
  for (const p of [program("a", 1), program("#", 2)]) {
    expect(countInTexts(p).instructions.map((i) => i.op)).toEqual(["tokenize", "reshape", "nGrams"]);
  }
});
