import { describe, expect, it } from "vitest";
import { DataError, LimitError, ModelParseError, OptionError, UnsupportedError } from "../../errors.js";
import { detectFormat } from "../read.js";
import { looksLikeLightgbm } from "./looks-like-lightgbm.js";
import { bytesOf, chain, type ModelText, predictions, scorerOf, stump, textOf } from "./model-text.testing.js";
import { readLightgbm } from "./read-lightgbm.js";

const read = (model: ModelText | string = {}) =>
  readLightgbm(bytesOf(typeof model === "string" ? model : textOf(model)));

describe("a LightGBM text model", () => {
  it("is known by its first line", () => {
    expect(detectFormat(bytesOf(textOf()))).toBe("lightgbm");
    expect(looksLikeLightgbm(bytesOf("tree"))).toBe(true);
    expect(looksLikeLightgbm(bytesOf("tree\r\nversion=v4"))).toBe(true);
    expect(looksLikeLightgbm(bytesOf("trees\n"))).toBe(false);
    expect(looksLikeLightgbm(bytesOf("tre"))).toBe(false);
  });

  it("has one input X with the file's columns, and says what it is", () => {
    const model = read({ trees: [stump, chain] });
    expect(model.inputs).toEqual([
      { name: "X", dtype: "float64", shape: [{ N: 1, plus: 0 }, 2], columns: ["f0", "f1"] },
    ]);
    expect(model.outputs).toEqual([{ name: "predict", role: "values" }]);
    expect(model.producer).toBe("LightGBM, text model v4");
    expect(model.facts).toEqual([
      ["objective", "regression"],
      ["boosting", "gbdt"],
      ["rounds", "2"],
      ["trees", "2"],
      ["file version", "v4"],
    ]);
  });

  it("names leaves by their ordinals and sums trees in order", async () => {
    const scorer = await scorerOf({ trees: [stump, chain] });
    const rows = [
      [0, 0],
      [1.5, 0],
      [2, 0],
      [Number.NaN, 0],
    ];
    expect(Array.from((await scorer.leafIndices(rows)).data as Int32Array)).toEqual([0, 0, 0, 1, 1, 2, 1, 3]);
    expect(Array.from((await scorer.rawScore(rows)).data as Float64Array)).toEqual([11, 21, 32, 42]);
    expect((await scorer.predict(rows)).shape).toEqual([4]);
  });

  it("is read with CRLF line ends, without tree_sizes, and as version v3", async () => {
    const want = await predictions(
      { trees: [chain] },
      [[1], [2]].map((r) => [...r, 0]),
    );
    expect(want).toEqual([20, 30]);
    const rows = [
      [1, 0],
      [2, 0],
    ];
    expect(await predictions(textOf({ trees: [chain] }).replaceAll("\n", "\r\n"), rows)).toEqual(want);
    expect(await predictions(textOf({ trees: [chain] }).replace(/tree_sizes=.*\n/, ""), rows)).toEqual(want);
    expect(await predictions({ trees: [chain], version: "v3" }, rows)).toEqual(want);
  });

  it("sums the rounds asked for, and averages over them where it averages", async () => {
    const trees = [stump, chain, { ...stump, leaf_value: "100 200" }];
    expect(await predictions({ trees }, [[0, 0]])).toEqual([111]);
    expect(await predictions({ trees }, [[0, 0]], { iterationRange: [1, 3] })).toEqual([110]);
    expect(await predictions({ trees, header: ["average_output"] }, [[0, 0]])).toEqual([37]);
    expect(await predictions({ trees, header: ["average_output"] }, [[0, 0]], { iterationRange: [1, 3] })).toEqual([
      55,
    ]);
    const averaged = await scorerOf({ trees, header: ["average_output"] });
    expect(Array.from((await averaged.rawScore([[0, 0]])).data as Float64Array)).toEqual([111]);
  });

  it("refuses a range that it does not have, and a missing value of the user's", () => {
    const model = read({ trees: [stump, chain] });
    for (const range of [
      [0, 3],
      [-1, 1],
      [1, 1],
      [0.5, 2],
      [2, 1],
      [0, Number.NaN],
    ] as const) {
      expect(() => model.configure?.({ iterationRange: range }), String(range)).toThrow(OptionError);
    }
    expect(() => model.configure?.({ iterationRange: [0, 3] })).toThrow(
      "[0, 3) is not a range of this model's 2 rounds; use [first, end) with 0 ≤ first < end ≤ 2",
    );
    expect(() => model.configure?.({ missing: 0 })).toThrow("a LightGBM model holds what stands for missing");
  });

  it("takes columns by name, whatever the names are", async () => {
    const text = textOf({ features: 3 }).replace("f0 f1 f2", "__proto__ größe constructor");
    const records = JSON.parse(
      '[{"größe": 5, "constructor": 6, "__proto__": 2}, {"__proto__": 1, "größe": 5, "constructor": 6}]',
    );
    const scorer = await scorerOf(text);
    expect(Array.from((await scorer.predict(records)).data as Float64Array)).toEqual([2, 1]);
    await expect(scorer.predict([{ größe: 5, constructor: 6 }])).rejects.toThrow(DataError);
  });

  it("without trees scores 0 and has no leaves", async () => {
    const scorer = await scorerOf({ trees: [], objective: "binary sigmoid:1" });
    expect(
      Array.from(
        (
          await scorer.predict([
            [1, 2],
            [3, 4],
          ])
        ).data as Float64Array,
      ),
    ).toEqual([0.5, 0.5]);
    expect(
      (
        await scorer.rawScore([
          [1, 2],
          [3, 4],
        ])
      ).shape,
    ).toEqual([2, 1]);
    await expect(scorer.leafIndices([[1, 2]])).rejects.toThrow(UnsupportedError);
  });

  it("takes the categories of a pandas frame by the columns that the parameters and feature_infos say", async () => {
    const tail = (json: string) =>
      `\nparameters:\n[categorical_feature: 1]\nend of parameters\n\npandas_categorical:${json}\n`;
    const model = read({ tail: tail('[["b", "a"]]') });
    expect(model.facts).toContainEqual(["categories of f1, codes 0, 1, …", "b, a"]);
    const trees = [{ ...stump, split_feature: 1, threshold: 0.5 }];
    const scorer = await scorerOf({ trees, tail: tail('[["b", "a"]]') });
    const given = [
      { f0: 0, f1: "b" },
      { f0: 0, f1: "a" },
      { f0: 0, f1: "unknown" },
      { f0: 0, f1: null },
      { f0: 0, f1: 0 },
    ];
    expect(Array.from((await scorer.predict(given)).data as Float64Array)).toEqual([1, 2, 2, 2, 1]);
    await expect(scorer.predict([{ f0: "b", f1: "b" }])).rejects.toThrow('column "f0": expected a number');
    expect(() => read({ tail: tail("[[1, 2]]") })).toThrow(UnsupportedError);
  });
});

describe("a file of another kind is refused by name", () => {
  it.each<[ModelText, string]>([
    [{ version: "v2" }, 'version: the file is of version "v2", expected v3 or v4; load it with LightGBM 3 or 4'],
    [{ version: "v5" }, 'version: the file is of version "v5"'],
    [{ header: ["new_key=1"] }, 'header: the line "new_key" at byte'],
    [{ trees: [{ ...stump, new_key: 1 }] }, 'tree 0: the line "new_key" at byte'],
    [{ trees: [{ ...stump, decision_type: 12 }] }, "tree 0, node 0: decision_type 12 is not one that calypte knows"],
    [{ objective: "regression quadratic" }, 'objective: "quadratic" is not an option of regression that calypte knows'],
    [{ objective: "new_loss" }, 'objective: "new_loss" is not an objective that calypte knows'],
    [{ objective: "__proto__" }, 'objective: "__proto__" is not an objective that calypte knows'],
    [{ header: ["__proto__=1"] }, 'header: the line "__proto__" at byte'],
    [{ tail: "\nnew section:\n" }, 'the section "new section:" after the trees is not one that calypte knows'],
  ])("%j", (model, message) => {
    expect(() => read(model)).toThrow(UnsupportedError);
    expect(() => read(model)).toThrow(message);
  });
});

describe("a damaged file is refused with its place", () => {
  const without = (key: string) => textOf().replace(new RegExp(`^${key}=.*\n`, "m"), "");
  it.each<[string, ModelText | string, string]>([
    ["no version", without("version"), 'header: it has no line "version"'],
    ["no names", without("feature_names"), 'header: it has no line "feature_names"'],
    ["names", textOf().replace("f0 f1", "f0"), "feature_names: it has 1 names, expected 2"],
    ["names twice", textOf().replace("f0 f1", "f0 f0"), 'feature_names: "f0" occurs twice'],
    ["infos", textOf().replace("[0:1] [0:1]", "none"), "feature_infos: it has 1 entries, expected 2"],
    ["a key twice", { header: ["num_class=1"] }, 'header: "num_class" is said twice'],
    ["a flag with a value", { header: ["average_output=1"] }, 'header: the line "average_output" at byte'],
    ["a key without a value", { header: ["monotone_constraints"] }, "has no value"],
    ["classes", textOf().replace("num_class=1", "num_class=2"), "num_class is 2 and num_tree_per_iteration 1"],
    ["no class", { classes: 0 }, "expected the same number, at least 1"],
    ["rounds", { classes: 2, objective: "custom" }, "num_tree_per_iteration: 1 trees do not make whole rounds of 2"],
    [
      "one score",
      { classes: 2, trees: [stump, stump] },
      "objective: regression has one score a row, but num_class is 2",
    ],
    [
      "objective's classes",
      { classes: 2, trees: [stump, stump], objective: "multiclass num_class:3" },
      'option "num_class:3" does not fit',
    ],
    ["sigmoid", { objective: "binary sigmoid:0" }, 'option "sigmoid:0" does not fit'],
    ["sigmoid nan", { objective: "binary sigmoid:x" }, 'option "sigmoid:x" does not fit'],
    ["tree order", textOf({ trees: [stump, stump] }).replace("Tree=1", "Tree=7"), "found tree 7, expected tree 1"],
    [
      "junk between trees",
      textOf({ trees: [stump, stump] }).replace("\n\nTree=1", "\n\nx\nTree=1"),
      'found "x", expected a tree or "end of trees"',
    ],
    ["sizes that lie", { sizes: "7" }, "tree 0: tree_sizes says 7 bytes, but it has 122"],
    ["sizes that are too many", { sizes: "122 122" }, "tree_sizes: it has 2 values, expected 1"],
    ["sizes of none", { sizes: "" }, "tree_sizes: expected 1 values, but its line has 0 bytes"],
    [
      "no end of trees",
      textOf({ tail: "" }).replace("end of trees", ""),
      'tree 0: the file ends before the line "end of trees": it is cut short',
    ],
    [
      "parameters without end",
      { tail: "\nparameters:\n[a: 1]\n" },
      'the file ends before the line "end of parameters"',
    ],
    ["nothing but the word", "tree", 'header: the file ends before the line "end of trees"'],
  ])("%s", (_, model, message) => {
    expect(() => read(model)).toThrow(ModelParseError);
    expect(() => read(model)).toThrow(message);
  });

  it("and one that is out of all proportion with a LimitError", () => {
    expect(() => read({ classes: 70_000, trees: [], objective: "custom" })).toThrow(LimitError);
  });
});
