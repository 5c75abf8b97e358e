/**
 * LightGBM files that are cut or edited: whatever is done to a file, reading and running it ends in numbers or in a CalypteError.
 * test-models/mutants.test.ts breaks them at random.
 */

import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { CalypteError, ModelParseError } from "../../errors.js";
import type { Model } from "../../ir/model.js";
import { bytesOf, chain, scorerOf, stump, textOf } from "./model-text.testing.js";
import { readLightgbm } from "./read-lightgbm.js";

const fixtures = new URL("../../../test-models/lightgbm/", import.meta.url);
const tail =
  "\nfeature_importances:\nf0=1\n\nparameters:\n[boosting: gbdt]\n\nend of parameters\n\npandas_categorical:null\n";

const fixture = (name: string) => new Uint8Array(readFileSync(new URL(`${name}/model.txt`, fixtures)));

/** The model, or undefined where it is refused as it should be. */
function readOrRefuse(bytes: Uint8Array): Model | undefined {
  try {
    return readLightgbm(bytes);
  } catch (error) {
    if (error instanceof CalypteError && error.code !== "INTERNAL") return undefined;
    throw error;
  }
}

/** A seeded source of integers below a bound (mulberry32). */
function integers(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

describe("hostile files", () => {
  it("cut at any byte before the end of the trees are refused", () => {
    const whole = bytesOf(textOf({ trees: [stump, chain], tail }));
    const end = Buffer.from(whole).indexOf("end of trees") + "end of trees".length;
    for (let length = 4; length < end; length++) {
      expect(() => readLightgbm(whole.subarray(0, length)), `${length} bytes`).toThrow(ModelParseError);
    }
    const rest = Array.from({ length: whole.length - end + 1 }, (_, i) => readOrRefuse(whole.subarray(0, end + i)));
    expect(rest[0]?.facts).toContainEqual(["trees", "2"]);
    expect(rest.at(-1)?.facts).toContainEqual(["trees", "2"]);
  });

  it.each(["categorical-one-hot", "linear-infinite"])(
    "cut at any byte are refused, or are whole but for their tail: %s",
    (name) => {
      const whole = fixture(name);
      const end = Buffer.from(whole).indexOf("end of trees") + "end of trees".length;
      for (let length = 4; length < end; length += 7) {
        expect(readOrRefuse(whole.subarray(0, length)), `${length} bytes`).toBeUndefined();
      }
      for (let length = end; length <= whole.length; length++) readOrRefuse(whole.subarray(0, length));
    },
  );

  it("with keys of Object's prototype or bytes of any kind are refused", () => {
    for (const key of ["__proto__", "constructor", "toString", "hasOwnProperty"]) {
      expect(() => readLightgbm(bytesOf(textOf({ header: [`${key}=1`] })))).toThrow(CalypteError);
      expect(() => readLightgbm(bytesOf(textOf({ trees: [{ ...stump, [`${key}_`]: 1 }] })))).toThrow(CalypteError);
      expect(() => readLightgbm(bytesOf(textOf({ objective: key })))).toThrow(CalypteError);
    }
    const next = integers(5);
    for (let i = 0; i < 200; i++) {
      const noise = Uint8Array.from({ length: next(300) }, () => next(256));
      expect(readOrRefuse(Uint8Array.of(...bytesOf("tree\n"), ...noise))).toBeUndefined();
    }
  });

  it("with categories nested 100,000 deep are refused, not overflowing the stack", () => {
    const deep = "[".repeat(100_000) + "]".repeat(100_000);
    expect(() => readLightgbm(bytesOf(textOf({ tail: `\npandas_categorical:${deep}\n` })))).toThrow(CalypteError);
    expect(() => readLightgbm(bytesOf(textOf({ tail: `\npandas_categorical:${"[".repeat(100_000)}\n` })))).toThrow(
      ModelParseError,
    );
  });

  it("with a tree of depth 50,000 are read and run", async () => {
    const inner = 50_000;
    const list = (of: (i: number) => string | number, length = inner) =>
      Array.from({ length }, (_, i) => of(i)).join(" ");
    const tree = {
      num_leaves: inner + 1,
      num_cat: 0,
      split_feature: list(() => 0),
      threshold: list((i) => i + 0.5),
      decision_type: list(() => 8),
      left_child: list((i) => -1 - i),
      right_child: list((i) => (i === inner - 1 ? -1 - inner : i + 1)),
      leaf_value: list((i) => i, inner + 1),
    };
    const scorer = await scorerOf({ trees: [tree] }, { strategy: "walk" });
    expect(
      Array.from(
        (
          await scorer.predict([
            [0, 0],
            [49_999, 0],
            [1e9, 0],
          ])
        ).data as Float64Array,
      ),
    ).toEqual([0, 49_999, 50_000]);
  });
});

describe("all fixtures", () => {
  it("are whole", () => {
    const names = readdirSync(fixtures);
    expect(names.length).toBeGreaterThanOrEqual(45);
    for (const name of names) expect(readOrRefuse(fixture(name)), name).toBeDefined();
  });
});
