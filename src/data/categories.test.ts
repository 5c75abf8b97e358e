import { describe, expect, it } from "vitest";
import { DataError } from "../errors.js";
import { categoriesOf } from "../ir/categories.js";
import { N } from "../ir/dims.js";
import type { CsvRecord } from "./csv-records.js";
import { csvBatches } from "./csv-tensors.js";
import type { InputSpec } from "./input-spec.js";
import type { JsonRow } from "./json-rows.js";
import { jsonBatches } from "./json-tensors.js";
import { toTensors } from "./to-tensors.js";

/** Columns: a text, a number, a boolean, and a plain number. */
function specOf(unknown: "refuse" | "missing", texts: readonly string[] = ["red", " green", ""]): InputSpec {
  const lists = [texts, [30, 10, 2.5], [false, true]].map((values) => categoriesOf(values, unknown));
  const columns = ["color", "size", "flag", "n"];
  const categories = new Map(lists.flatMap((list, i) => (list === undefined ? [] : [[i, list] as const])));
  return { name: "X", dtype: "float32", shape: [N, 4], columns, categories };
}

const spec = specOf("refuse");
const values = (given: unknown, of = spec): readonly unknown[] =>
  Array.from<unknown>(toTensors([of], given).tensors.get("X")?.data ?? []);

async function* records(lines: readonly string[]): AsyncGenerator<CsvRecord> {
  for (const [i, line] of lines.entries()) yield { cells: line.split(","), line: i + 1 };
}
async function csv(of: InputSpec, header: boolean, ...lines: readonly string[]): Promise<readonly unknown[]> {
  const all: unknown[] = [];
  const options = { file: "data.csv", batchRows: 2, header, missingValues: ["NA"] };
  const given = records(header ? ["color,size,flag,n", ...lines] : lines);
  for await (const { tensors } of csvBatches([of], given, options)) all.push(...(tensors.get("X")?.data ?? []));
  return all;
}
async function json(of: InputSpec, ...rows: readonly unknown[]): Promise<readonly unknown[]> {
  async function* given(): AsyncGenerator<JsonRow> {
    for (const [row, value] of rows.entries()) yield { value, source: { file: "data.json", row } };
  }
  const all: unknown[] = [];
  for await (const { tensors } of jsonBatches([of], given(), { file: "data.json", batchRows: 9 })) {
    all.push(...(tensors.get("X")?.data ?? []));
  }
  return all;
}

describe("categories that a file lists", () => {
  it("become codes in records and columns; numbers too, where numbers are listed", () => {
    const rows = [
      { color: "red", size: 10, flag: true, n: 7 },
      { color: " green", size: 2.5, flag: false, n: 0.5 },
      { color: "", size: null, flag: undefined, n: null },
      { color: null, size: Number.NaN, flag: 1, n: 1 },
      { color: 1, size: 30, flag: 0, n: 1 },
    ];
    const nan = Number.NaN;
    const want = [0, 1, 1, 7, 1, 2, 0, 0.5, 2, nan, nan, nan, nan, nan, 1, 1, 1, 0, 0, 1];
    expect(values(rows)).toEqual(want);
    const column = (key: "color" | "size" | "flag" | "n") => rows.map((row) => row[key]);
    const columns = { color: column("color"), size: column("size"), flag: column("flag"), n: column("n") };
    expect(values(columns)).toEqual(want);
    expect(
      values({ color: [["red"]], size: Float64Array.of(2.5), flag: { data: [true], shape: [1] }, n: [4] }),
    ).toEqual([0, 2, 1, 4]);
    expect(values({ color: Int32Array.of(1), size: [[10]], flag: [0], n: [4] })).toEqual([1, 1, 0, 4]);
  });

  it("become codes in a matrix, where numbers are codes already", () => {
    const want = [0, 2, 1, 7, 2, 0, 0, 1];
    const rows = [
      ["red", 2, true, 7],
      [2, 0, false, 1],
    ];
    expect(values(rows)).toEqual(want);
    expect(values({ X: rows })).toEqual(want);
    expect(values({ data: rows.flat(), shape: [2, 4] })).toEqual(want);
    expect(values({ data: Float32Array.from(want), shape: [2, 4] })).toEqual(want);
    // The user's own rows stay as they are.
    expect(rows[0]).toEqual(["red", 2, true, 7]);
  });

  it("are refused by name or missing where the list lacks them, as the trainer has it", () => {
    const row = (change: object) => [{ color: "red", size: 10, flag: true, n: 7, ...change }];
    expect(() => values(row({ color: "blue" }))).toThrow(DataError);
    expect(() => values(row({ color: "blue" }))).toThrow(
      'input "X", row 0, column "color": expected one of the categories that the model was trained with ("red", " green", ""), got the string "blue"; give null where it is missing',
    );
    expect(() => values(row({ size: 11 }))).toThrow('column "size": expected one of');
    expect(() => values({ color: ["red"], size: [11], flag: [true], n: [1] })).toThrow('row 0, column "size"');
    expect(() => values([["blue", 0, 0, 0]])).toThrow('row 0, column "color"');
    const lenient = specOf("missing");
    expect(values(row({ color: "blue", size: 11 }), lenient)).toEqual([Number.NaN, Number.NaN, 1, 7]);
    // Of another kind than those listed is no category.
    expect(() => values(row({ size: "10" }), lenient)).toThrow('column "size": expected a number for float32');
    expect(() => values(row({ n: "red" }), lenient)).toThrow('column "n": expected a number for float32');
    expect(() => values(row({ color: true }), lenient)).toThrow('column "color": expected a number for float32');
  });

  it("are read from CSV: texts as they stand, numbers by value where a header names the columns", async () => {
    const nan = Number.NaN;
    expect(await csv(spec, true, "red,10,True,1", " green,2.5,false,2", "NA,,NA,NA")).toEqual(
      [0, 1, 1, 1, 1, 2, 0, 2, nan, nan, nan, nan], // the text "" is among the categories, but NA is missing
    );
    expect(await csv(spec, true, ",nan,1,1")).toEqual([2, nan, 1, 1]);
    expect(await csv(spec, false, "red,2,true,1")).toEqual([0, 2, 1, 1]);
    await expect(csv(spec, true, "red,10,true,1", "blue,10,true,1")).rejects.toThrow(
      'data.csv, line 3, column "color"',
    );
    expect(await csv(specOf("missing"), true, "blue,11,true,1")).toEqual([nan, nan, 1, 1]);
    await expect(csv(spec, true, "red,ten,true,1")).rejects.toThrow('column "size": expected a number');
  });

  it("leave a number in CSV a code, unless a listed text reads as a number", async () => {
    expect(await csv(spec, true, "1,10,0,1")).toEqual([1, 1, 0, 1]);
    const digits = specOf("missing", ["7", "8"]);
    expect(await csv(digits, true, "8,10,0,1", "1,10,0,1")).toEqual([1, 1, 0, 1, Number.NaN, 1, 0, 1]);
  });

  it("are read from JSON rows", async () => {
    const record = { color: "red", size: 2.5, flag: true, n: 3 };
    expect(await json(spec, record)).toEqual([0, 2, 1, 3]);
    expect(await json(spec, ["red", 2, true, 3])).toEqual([0, 2, 1, 3]);
    expect(await json(spec, { X: ["red", 2, true, 3] })).toEqual([0, 2, 1, 3]);
    await expect(json(spec, { ...record, color: "blue" })).rejects.toThrow('data.json, row 0, column "color"');
  });
});

describe("a list of categories", () => {
  it("is none where it is empty, mixed, or names one code twice", () => {
    for (const list of [[], ["a", 1], ["a", "a"], [2 ** 53], [Number.NaN], [null], [[]]]) {
      expect(categoriesOf(list, "refuse")).toBeUndefined();
    }
    expect(categoriesOf([0, 1.5], "refuse")?.codes.get(1.5)).toBe(1);
  });
});
