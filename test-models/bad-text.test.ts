/** Text and categories through the public API: every form in which rows may come, unknown categories, and what a user can get wrong. */

import { describe, expect, test } from "vitest";
import { compile, DataError, load, ModelParseError, type Scorer, ShapeError } from "../src/index.js";
import { loadFixture } from "./fixtures.js";

const scorerOf = async (name: string): Promise<Scorer> => compile(await load(loadFixture(name).model));

describe("a table of one input per column", () => {
  const rows = [
    { city: "Rome", class: "first", age: 30, fare: 12.5 },
    { city: "東京", class: "third", age: 4, fare: 80 },
    { city: null, class: "second", age: 61, fare: 0 },
  ];
  const column = <K extends keyof (typeof rows)[number]>(name: K) => rows.map((row) => row[name]);
  const numbers = (name: "age" | "fare") => Float32Array.from(column(name));
  const texts = (name: "city" | "class") => column(name).map((v) => v ?? "");

  const forms: Readonly<Record<string, unknown>> = {
    "columns of numbers and texts": {
      city: column("city"),
      class: column("class"),
      age: column("age"),
      fare: column("fare"),
    },
    "typed columns": { city: texts("city"), class: texts("class"), age: numbers("age"), fare: numbers("fare") },
    "columns of one-element rows": {
      city: texts("city").map((v) => [v]),
      class: texts("class").map((v) => [v]),
      age: column("age").map((v) => [v]),
      fare: column("fare").map((v) => [v]),
    },
    tensors: {
      city: { data: texts("city"), shape: [3, 1], dtype: "string" },
      class: { data: texts("class"), shape: [3] },
      age: { data: numbers("age"), shape: [3, 1] },
      fare: { data: numbers("fare"), shape: [3, 1] },
    },
    "rows in the order of the inputs": rows.map((row) => [row.city, row.class, row.age, row.fare]),
    "one table": { data: rows.flatMap((row) => [row.city, row.class, row.age, row.fare]), shape: [3, 4] },
  };

  test.each(Object.keys(forms))("as %s gives what records give", async (form) => {
    const scorer = await scorerOf("columns-logistic");
    const want = await scorer.predictProba(rows);
    expect(want.shape).toEqual([3, 2]);
    expect((await scorer.predictProba(forms[form])).toArray()).toEqual(want.toArray());
    for (const [i, row] of rows.entries()) {
      expect((await scorer.predictProba([row])).toArray()).toEqual([(want.toArray() as number[][])[i]]);
    }
  });

  const wrong: readonly (readonly [string, unknown, RegExp])[] = [
    [
      "a number for text",
      [rows[0], { ...rows[1], city: 7 }],
      /input "city", row 1.*expected a string, got the number 7/,
    ],
    [
      "text for a number",
      [rows[0], { ...rows[1], age: "4" }],
      /input "age", row 1.*expected a number for float32, got the string "4"/,
    ],
    ["a boolean for text", [{ ...rows[0], class: true }], /input "class", row 0.*got the boolean true/],
    ["a missing column", [{ city: "Rome", class: "first", age: 1 }], /fare.* is missing/],
    [
      "numbers for a text column",
      { ...(forms["typed columns"] as object), city: Float32Array.of(1, 2, 3) },
      /input "city"/,
    ],
    [
      "texts for a number column",
      { ...(forms["typed columns"] as object), age: ["1", "2", "3"] },
      /input "age", row 0/,
    ],
    ["columns of different lengths", { ...(forms["typed columns"] as object), city: ["Rome"] }, /rows, but/],
  ];
  test.each(wrong)("refuses %s, naming the place", async (_, given, message) => {
    const scorer = await scorerOf("columns-logistic");
    await expect(scorer.predictProba(given)).rejects.toThrow(message);
    await expect(scorer.predictProba(given)).rejects.toSatisfy(
      (e) => e instanceof DataError || e instanceof ShapeError,
    );
  });
});

describe("unknown categories", () => {
  test("are no category where the encoder ignores them", async () => {
    const scorer = await scorerOf("columns-logistic");
    const row = { class: "first", age: 30, fare: 12.5 };
    const odd = ["rome", "Rome ", "Ro\u0301me", "\ud800", "\u0000"].map((city) => ({ ...row, city }));
    const first = (await scorer.predictProba([{ ...row, city: "nowhere" }])).toArray() as number[][];
    expect((await scorer.predictProba(odd)).toArray()).toEqual(odd.map(() => first[0]));
  });

  test("make the row NaN where the encoder must fail", async () => {
    const scorer = await scorerOf("table-pca-logistic");
    const known = { city: "Rome", size: "XL", price: 10, age: 5 };
    const probabilities = (await scorer.predictProba([known, { ...known, city: "nowhere" }])).toArray() as number[][];
    expect(probabilities[0]?.every(Number.isFinite)).toBe(true);
    expect(probabilities[1]).toEqual([Number.NaN, Number.NaN]);
  });
});

describe("a text", () => {
  test("as a vector, a column, rows, or a tensor is the same", async () => {
    const scorer = await scorerOf("text-tfidf-logistic");
    const texts = ["goal of the team", "", "Étoile 宇宙", "\ud800 lone"];
    const want = await scorer.predictProba(texts);
    expect(want.shape).toEqual([4, 3]);
    const same = async (given: unknown) => expect((await scorer.predictProba(given)).toArray()).toEqual(want.toArray());
    await same(texts.map((text) => [text]));
    await same({ X: texts });
    await same({ data: texts, shape: [4, 1] });
    expect((await scorer.predictProba([])).shape).toEqual([0, 3]);
  });

  test("must be text", async () => {
    const scorer = await scorerOf("text-tfidf-logistic");
    await expect(scorer.predictProba(["a", 3])).rejects.toThrow(/row 1.*expected a string, got the number 3/);
    await expect(scorer.predictProba([["a", "b"]])).rejects.toThrow(DataError);
    await expect(scorer.predictProba(Float32Array.of(1))).rejects.toThrow(DataError);
  });

  test("may be long", async () => {
    const scorer = await scorerOf("text-tfidf-logistic");
    const [short, long] = (await scorer.predictProba(["goal", "goal ".repeat(200_000)])).toArray() as number[][];
    for (const [i, p] of (short ?? []).entries()) expect(long?.[i]).toBeCloseTo(p, 5);
  });
});

describe("a file whose text is not UTF-8", () => {
  /** The model with the byte after the first occurrence of `text` overwritten. */
  const damaged = (name: string, text: string): Uint8Array => {
    const bytes = loadFixture(name).model.slice();
    const at = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).indexOf(text);
    if (at === -1) throw new Error(`${name} does not hold ${text}`);
    bytes[at] = 0xff;
    return bytes;
  };

  test.each([
    ["a word of a vocabulary", "text-tfidf-logistic", "rocket"],
    ["a category", "columns-logistic", "Oslo"],
    ["a class label", "text-tfidf-logistic", "sport"],
    ["a separator", "text-separators-forest", "[.]"],
    ["an expression", "text-presence-tree", "[a-zA-Z]{3,}"],
    ["an entry of a map", "dict-vectorizer-logistic", "soup"],
  ])("is refused: %s", async (_, name, text) => {
    await expect(load(damaged(name, text))).rejects.toThrow(ModelParseError);
    await expect(load(damaged(name, text))).rejects.toThrow(/UTF-8/);
  });
});
