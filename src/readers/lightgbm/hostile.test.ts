/**
 * LightGBM files that are cut, edited or broken at random: whatever is done to a file, reading and running it ends in numbers or in a
 * CalypteError. `MUTANTS=100000 npx vitest run src/readers/lightgbm/hostile.test.ts` runs more mutants than the 2,000 of every day, and says
 * how many were accepted and how long the slowest took.
 */

import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { compile } from "../../compile.js";
import { CalypteError, ModelParseError } from "../../errors.js";
import type { Model } from "../../ir/model.js";
import { bytesOf, chain, scorerOf, stump, textOf } from "./model-text.testing.js";
import { readLightgbm } from "./read-lightgbm.js";

const fixtures = new URL("../../../test-models/lightgbm/", import.meta.url);
const small = ["categorical-one-hot", "linear-infinite", "some-one-leaf", "one-leaf", "zero-as-missing-categorical"];
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

const odd = [
  "-1",
  "0",
  "1",
  "2147483647",
  "2147483648",
  "99999999999999999999",
  "1e400",
  "nan",
  "inf",
  "-0",
  "1e-36",
  "",
  " ",
  "=",
  "\n",
  "__proto__=1\n",
  "end of trees\n",
  "Tree=1\n",
];

/** One to three edits: a byte, a number in place of another, a span lost, moved or doubled. */
function mutate(bytes: Uint8Array, next: (below: number) => number): Uint8Array {
  let text = Buffer.from(bytes).toString("latin1");
  for (let edits = 1 + next(3); edits > 0; edits--) {
    const at = next(text.length);
    const end = Math.min(text.length, at + 1 + next(next(4) === 0 ? 400 : 12));
    switch (next(6)) {
      case 0:
        text = text.slice(0, at) + String.fromCharCode(next(256)) + text.slice(at + 1);
        break;
      case 1:
        text = text.slice(0, at) + text.slice(end);
        break;
      case 2:
        text = text.slice(0, end) + text.slice(at, end) + text.slice(end);
        break;
      case 3: {
        const word = odd[next(odd.length)] ?? "";
        text = text.slice(0, at) + word + text.slice(at);
        break;
      }
      default: {
        // A whole number replaced, so that the rest of the file stays well formed.
        const number = /-?\d[\d.e-]*/y;
        let start = at;
        while (start < text.length && !/[ =\n]/.test(text[start - 1] ?? "")) start++;
        number.lastIndex = start;
        const found = number.exec(text);
        if (found === null) break;
        const word = next(2) === 0 ? (odd[next(11)] ?? "") : String(next(70) - 35);
        text = text.slice(0, start) + word + text.slice(start + found[0].length);
      }
    }
  }
  // Half of the mutants lose the sizes, which would give most edits away.
  if (next(2) === 0) text = text.replace(/^tree_sizes=.*\n/m, "");
  return Uint8Array.from(Buffer.from(text, "latin1"));
}

/** Raw scores of rows of zeros, NaN and numbers. */
async function run(model: Model, backend: "reference" | "wasm"): Promise<readonly number[]> {
  const width = Number(model.inputs[0]?.shape[1]);
  const scorer = await compile(model, { backend });
  const row = (value: number) => new Array<number>(width).fill(value);
  const { data } = await scorer.rawScore([row(0), row(Number.NaN), row(1.5), row(-1e300)]);
  await scorer.predict([row(0)]);
  scorer.dispose();
  return Array.from(data as Float64Array);
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

  const count = Number(process.env["MUTANTS"] ?? 2000);
  it(`broken at random are read and run, or refused: ${count} mutants`, { timeout: 60_000 + 30 * count }, async () => {
    const models = small.map(fixture);
    const next = integers(20_261_124);
    let [accepted, scored, slowest] = [0, 0, 0];
    for (let i = 0; i < count; i++) {
      const mutant = mutate(models[i % models.length] ?? new Uint8Array(), next);
      const start = performance.now();
      const model = readOrRefuse(mutant);
      if (model !== undefined) {
        accepted++;
        try {
          const scores = await run(model, "reference");
          scored += scores.length;
          // What is accepted means the same on the other backend, bit by bit.
          if (accepted <= 200) expect(await run(model, "wasm"), `mutant ${i}`).toEqual(scores);
        } catch (error) {
          if (!(error instanceof CalypteError) || error.code === "INTERNAL") throw error;
        }
      }
      slowest = Math.max(slowest, performance.now() - start);
    }
    if (process.env["MUTANTS"] !== undefined) {
      console.log(`${count} mutants, ${accepted} accepted, slowest ${slowest.toFixed(0)} ms`);
    }
    expect(accepted).toBeGreaterThan(count / 50);
    expect(accepted).toBeLessThan(count);
    expect(scored).toBeGreaterThan(4 * (accepted / 2));
  });
});

describe("all fixtures", () => {
  it("are whole", () => {
    const names = readdirSync(fixtures);
    expect(names.length).toBeGreaterThanOrEqual(45);
    for (const name of names) expect(readOrRefuse(fixture(name)), name).toBeDefined();
  });
});
