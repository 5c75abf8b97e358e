/** A CatBoost model whose categories are texts: rows are records, one input per column. */

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { compile } from "../src/compile.js";
import { float64 } from "../src/ir/tensor.js";
import { load } from "../src/load.js";
import { compareNumbers, rtol } from "./compare.js";

interface Answers {
  readonly rows: readonly Readonly<Record<string, number | string>>[];
  readonly predict: readonly number[];
  readonly leaves: readonly (readonly number[])[];
}

const fileAt = (name: string) => readFileSync(new URL(`./catboost/${name}`, import.meta.url));
const answers = JSON.parse(fileAt("texts-answers.json").toString()) as Answers;

describe("CatBoost with texts for categories", () => {
  it.each([
    [{ backend: "reference", strategy: "tree-traversal" }, rtol.float64],
    [{ backend: "reference", strategy: "gemm" }, rtol.float64],
    [{ backend: "wasm", strategy: "auto" }, rtol.float64],
    [{ backend: "wasm", strategy: "perfect-tree-traversal" }, rtol.float64],
    [{ backend: "tfjs", device: "cpu", strategy: "perfect-tree-traversal" }, rtol.tfjs],
  ] as const)("%j", async (options, relative) => {
    const scorer = await compile(await load(new Uint8Array(fileAt("texts.json"))), options);
    try {
      const scale = Math.max(...answers.predict.map(Math.abs));
      const got = await scorer.predict(answers.rows);
      const tolerance = { rtol: relative, scale, exponential: false };
      expect(compareNumbers(got, float64(answers.predict), tolerance).first).toBeUndefined();
      expect(Array.from((await scorer.leafIndices(answers.rows)).data as Int32Array)).toEqual(answers.leaves.flat());
    } finally {
      scorer.dispose();
    }
  });

  it("asks for texts", async () => {
    const scorer = await compile(await load(new Uint8Array(fileAt("texts.json"))), { backend: "reference" });
    expect(scorer.inputs.map(({ name, dtype }) => `${name}: ${dtype}`)).toEqual([
      "age: float32",
      "town: string",
      "bmi: float32",
      "code: float32",
      "kind: string",
    ]);
    await expect(scorer.predict([{ ...answers.rows[0], town: 7 }])).rejects.toThrow(/"town"/);
    await expect(scorer.predict([{ ...answers.rows[0], code: "many" }])).rejects.toThrow(/"code"/);
  });
});
