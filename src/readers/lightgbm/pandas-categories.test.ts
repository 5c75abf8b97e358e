import { describe, expect, it } from "vitest";
import { ModelParseError, UnsupportedError } from "../../errors.js";
import { readPandasCategories } from "./pandas-categories.js";

/** Columns by their entries of feature_infos; "*" marks a declared categorical feature. */
const columnsOf = (...infos: readonly string[]) =>
  infos.map((info, i) => {
    const bare = info.replace("*", "");
    return { name: `c${i}`, info: bare, categorical: info.startsWith("*") };
  });
/** Categories by column. */
const read = (lists: unknown, ...infos: readonly string[]) => {
  const { categories } = readPandasCategories(JSON.stringify(lists), columnsOf(...infos));
  return Object.fromEntries([...categories].map(([column, { codes }]) => [column, [...codes.keys()]]));
};
const number = "[-1.5:2.25]";

describe("the categories of a pandas frame", () => {
  it("belong to the columns that their codes fit, in order", () => {
    const lists = [
      ["b", "a"],
      ["x", "y", "z"],
      [30, 10],
    ];
    expect(read(lists, number, "*-1:0:1", "*0:2:1", number, "*1:0")).toEqual({
      1: ["b", "a"],
      2: ["x", "y", "z"],
      4: [30, 10],
    });
    // Ordered ones are no categorical features: they have a range.
    expect(
      read(
        [
          ["b", "a"],
          [30, 10],
        ],
        "[0:1]",
        number,
        "*1:0",
      ),
    ).toEqual({ 0: ["b", "a"], 2: [30, 10] });
  });

  it("of texts and booleans go to the categorical features where a column of numbers would fit, too", () => {
    expect(
      read(
        [
          ["b", "a"],
          [false, true],
        ],
        "[0:1]",
        "*1:0",
        "*0:1",
        "[0:1]",
      ),
    ).toEqual({ 1: ["b", "a"], 2: [false, true] });
    // A column without variety has any codes.
    expect(read([["b", "a"]], "none", "*1:0")).toEqual({ 1: ["b", "a"] });
    expect(read([["b"]], "*none", "none")).toEqual({ 0: ["b"] });
  });

  it("of texts are facts alone where no column is known", () => {
    expect(read([["b", "a"]], "[0:1]", "[0:1]")).toEqual({});
    expect(read([["b", "a"]], number, "*0:1:2")).toEqual({});
    const { facts } = readPandasCategories('[["b","a"]]', columnsOf("[0:1]", "[0:1]"));
    expect(facts).toEqual([["categories 0, codes 0, 1, …", "b, a"]]);
    const known = readPandasCategories('[["b","a"]]', columnsOf(number, "*0:1"));
    expect(known.facts).toEqual([["categories of c1, codes 0, 1, …", "b, a"]]);
  });

  it("of numbers are refused unless their column is certain, or they are the codes themselves", () => {
    expect(() => read([[30, 10]], "[0:1]", "*1:0")).toThrow(UnsupportedError);
    expect(() => read([[30, 10]], "none", "*1:0")).toThrow(
      "list 0 holds categories that are not text, and it is not certain",
    );
    expect(() => read([["a", 1]], number, "*1:0")).toThrow(UnsupportedError);
    expect(read([[0, 1]], "[0:1]", "*1:0")).toEqual({});
    expect(read([[0, 1]], number, "*1:0")).toEqual({ 1: [0, 1] });
    expect(read([[]], number)).toEqual({});
  });

  it("are a list of lists", () => {
    for (const json of ['{"a": 1}', "[1]", '[["a"', "7"]) {
      expect(() => readPandasCategories(json, [])).toThrow(ModelParseError);
    }
  });
});
