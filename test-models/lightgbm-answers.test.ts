/**
 * LightGBM's own files against LightGBM's own answers: every fixture on the reference and on WebAssembly with every strategy, and on TF.js;
 * raw scores without a lowering bit by bit.
 */

import { describe, expect, test } from "vitest";
import { compile } from "../src/compile.js";
import { load } from "../src/load.js";
import { boosterNames, describeBoosters, loadBooster } from "./boosters.js";

// The fused strategies differ on WebAssembly only.
const dense = ["perfect-tree-traversal", "tree-traversal", "gemm"];
describeBoosters("lightgbm", { backend: "reference", strategies: ["walk", ...dense] });
describeBoosters("lightgbm", { backend: "wasm" });
describeBoosters("lightgbm", { backend: "tfjs", device: "cpu", strategies: dense });

/** Elements whose bits differ. */
function differing(got: ArrayLike<unknown>, want: ArrayLike<unknown>): number {
  let count = 0;
  for (let i = 0; i < want.length; i++) if (!Object.is(Number(got[i]), Number(want[i]))) count++;
  return count;
}

describe.each(["reference", "wasm"] as const)("raw scores on %s are LightGBM's own bits", (backend) => {
  test.each(boosterNames("lightgbm"))("%s", async (name) => {
    const fixture = loadBooster("lightgbm", name);
    const strategy = fixture.stats.trees === 0 ? "auto" : "walk";
    const scorer = await compile(await load(fixture.bytes), { ...fixture.options, backend, strategy });
    for (const set of fixture.sets) {
      const raw = await scorer.rawScore(fixture.answer(set.X));
      const want = fixture.answer(set.raw ?? "");
      expect(raw.shape).toEqual(want.shape);
      expect(differing(raw.data as Float64Array, want.data as Float64Array), `${name}/${set.name}`).toBe(0);
    }
    scorer.dispose();
  });
});
