import { expect, test } from "vitest";
import { forestsWithin, type Verdict, verdictLines } from "./validate.js";

const verdict = (fixture: string, batch: number, ratio: number): Verdict => ({
  fixture,
  device: "tfjs-wasm",
  batch,
  auto: "gemm",
  seconds: { gemm: 1e-3 * ratio, "tree-traversal": 1e-3 },
  refused: ["perfect-tree-traversal"],
  ratio,
});

const verdicts = [verdict("a", 1, 1), verdict("a", 100, 1.3), verdict("b", 1, 1.31), verdict("b", 100, 1)];

test("a forest counts where every cell keeps the promise", () => {
  expect(forestsWithin(verdicts, [1, 100])).toEqual(["a"]);
  expect(forestsWithin(verdicts, [100])).toEqual(["a", "b"]);
});

test("the table marks auto's choice and broken promises", () => {
  expect(verdictLines(verdicts.slice(1, 3))).toEqual([
    "forest  device     rows     gemm   traversal   auto/best",
    "────────────────────────────────────────────────────────",
    "a       tfjs-wasm   100  1.30 ms*    1.00 ms       1.30",
    "b       tfjs-wasm     1  1.31 ms*    1.00 ms       1.31!",
  ]);
});
