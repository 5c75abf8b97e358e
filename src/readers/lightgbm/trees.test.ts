import { describe, expect, it } from "vitest";
import { ModelParseError } from "../../errors.js";
import { splitLines } from "./lines.js";
import { bytesOf, chain, stump, type TreeText, textOf } from "./model-text.testing.js";
import { readLightgbm } from "./read-lightgbm.js";
import { readTrees, sliceTrees } from "./trees.js";

const treesOf = (trees: readonly TreeText[], features = 2) => {
  const bytes = bytesOf(textOf({ trees, features }));
  return readTrees(bytes, splitLines(bytes).trees, features);
};

const categorical: TreeText = {
  ...stump,
  num_cat: 2,
  threshold: 1,
  decision_type: 1,
  cat_boundaries: "0 1 3",
  cat_threshold: "5 4294967295 1",
};
const linear: TreeText = {
  ...stump,
  is_linear: 1,
  leaf_const: "0.5 -1",
  num_features: "0 2",
  leaf_features: " 0 1  ",
  leaf_coeff: " 2 3  ",
};

describe("trees", () => {
  it("are read side by side", () => {
    const trees = treesOf([chain, stump]);
    expect(Array.from(trees.leafStart)).toEqual([0, 4, 6]);
    expect(Array.from(trees.leafValue)).toEqual([10, 20, 30, 40, 1, 2]);
    expect(Array.from(trees.threshold)).toEqual([0.5, 1.5, 2.5, 1.5]);
    expect(Array.from(trees.right)).toEqual([1, 2, -4, -2]);
    expect(trees.linear).toBeUndefined();
  });

  it("hold words of 32 bits and linear terms", () => {
    const trees = treesOf([stump, categorical, linear]);
    expect(Array.from(trees.categories[1]?.words ?? [])).toEqual([5, 4294967295, 1]);
    expect(Array.from(trees.linear?.constant ?? [])).toEqual([1, 2, 1, 2, 0.5, -1]);
    expect(Array.from(trees.linear?.termStart ?? [])).toEqual([0, 0, 0, 0, 0, 0, 2]);
    expect(Array.from(trees.linear?.coefficient ?? [])).toEqual([2, 3]);
  });

  it("of one leaf have no nodes", () => {
    const leaf = {
      num_leaves: 1,
      num_cat: 0,
      split_feature: "",
      threshold: "",
      left_child: "",
      right_child: "",
      leaf_value: "-0.25",
    };
    const trees = treesOf([leaf, stump]);
    expect(Array.from(trees.leafStart)).toEqual([0, 1, 3]);
    expect(Array.from(trees.feature)).toEqual([0]);
  });

  it("are cut by rounds", () => {
    const cut = sliceTrees(treesOf([chain, linear, stump]), 1, 3);
    expect(cut.count).toBe(2);
    expect(Array.from(cut.leafStart)).toEqual([0, 2, 4]);
    expect(Array.from(cut.leafValue)).toEqual([1, 2, 1, 2]);
    expect(Array.from(cut.threshold)).toEqual([1.5, 1.5]);
    expect(Array.from(cut.linear?.constant ?? [])).toEqual([0.5, -1, 1, 2]);
    expect(Array.from(cut.linear?.termStart ?? [])).toEqual([0, 0, 2, 2, 2]);
  });

  it("take inf and nan where strtod does", () => {
    expect(Array.from(treesOf([{ ...stump, threshold: "inf", leaf_value: "nan -inf" }]).leafValue)).toEqual([
      Number.NaN,
      -Infinity,
    ]);
  });

  it.each<[string, TreeText, string]>([
    [
      "no leaves",
      { ...stump, num_leaves: 0 },
      "tree 0, num_leaves: value 0 is 0, expected an integer in [1, 2147483647]",
    ],
    ["a leaf too many", { ...stump, num_leaves: 3 }, "tree 0, leaf_value: expected 3 values, but its line has 3 bytes"],
    [
      "two billion leaves",
      { ...stump, num_leaves: 2147483647 },
      "tree 0, leaf_value: expected 2147483647 values, but its line has 3 bytes",
    ],
    [
      "beyond 2^53",
      { ...stump, num_leaves: "99999999999999999999" },
      'tree 0, num_leaves: value 0 is "99999999999999999999", expected a number',
    ],
    ["a leaf too few", { ...chain, num_leaves: 3 }, "tree 0, leaf_value: it has 4 values, expected 3"],
    ["no leaf values", { ...stump, leaf_value: undefined }, 'tree 0: it has no line "leaf_value"'],
    ["no children", { ...stump, left_child: undefined }, 'tree 0: it has no line "left_child"'],
    [
      "a child beyond the nodes",
      { ...chain, right_child: "1 3 -4" },
      "tree 0, right_child: value 1 is 3, expected an integer in [-4, 2]",
    ],
    ["a leaf beyond the leaves", { ...chain, right_child: "1 2 -5" }, "tree 0, right_child: value 2 is -5"],
    [
      "a feature beyond the columns",
      { ...stump, split_feature: 2 },
      "tree 0, split_feature: value 0 is 2, expected an integer in [0, 1]",
    ],
    ["a cycle", { ...chain, right_child: "1 0 -4" }, "tree 0, node 1: the root is a child of it"],
    ["a node its own child", { ...chain, right_child: "1 1 -4" }, "tree 0, node 1: its child, node 1, has two parents"],
    [
      "a cycle away from the root",
      { ...chain, left_child: "-1 2 -3", right_child: "-2 -4 1" },
      "tree 0: 4 nodes cannot be reached from the root (a cycle)",
    ],
    ["a leaf used twice", { ...chain, left_child: "-1 -1 -3" }, "tree 0, node 1: its child, leaf 0, has two parents"],
    ["a shared inner node", { ...chain, left_child: "-1 2 -3" }, "tree 0, node 1: its child, node 2, has two parents"],
    ["a NaN threshold", { ...stump, threshold: "nan" }, "the threshold is NaN"],
    ["an odd float", { ...stump, threshold: "1.5x" }, 'tree 0, threshold: value 0 is "1.5x", expected a number'],
    ["an odd integer", { ...stump, left_child: "-" }, 'tree 0, left_child: value 0 is "-", expected a number'],
    ["bytes beyond ASCII", { ...stump, threshold: "１" }, "tree 0, threshold: value 0 is "],
    ["a decision beyond 7 bits", { ...stump, decision_type: 128 }, "tree 0, decision_type: value 0 is 128"],
    ["a set beyond the sets", { ...categorical, threshold: 2 }, "tree 0, node 0: category set 2 is not in [0, 2)"],
    ["a fraction of a set", { ...categorical, threshold: 0.5 }, "tree 0, node 0: category set 0.5 is not in [0, 2)"],
    ["no set at all", { ...stump, decision_type: 1 }, "tree 0, node 0: category set 1.5 is not in [0, 0)"],
    [
      "sets that end before they start",
      { ...categorical, cat_boundaries: "0 3 1" },
      "tree 0, cat_boundaries: value 2 is below the one before it",
    ],
    [
      "sets that start late",
      { ...categorical, cat_boundaries: "1 1 3" },
      "tree 0, cat_boundaries: it starts with 1, expected 0",
    ],
    [
      "words that are missing",
      { ...categorical, cat_boundaries: "0 1 2000000000" },
      "tree 0, cat_threshold: expected 2000000000 values",
    ],
    ["sets without words", { ...categorical, cat_threshold: undefined }, 'tree 0: it has no line "cat_threshold"'],
    ["two billion sets", { ...categorical, num_cat: 2147483647 }, "tree 0, cat_boundaries: expected 2147483648 values"],
    [
      "a word beyond 32 bits",
      { ...categorical, cat_threshold: "5 4294967296 1" },
      "tree 0, cat_threshold: value 1 is 4294967296",
    ],
    [
      "a linear leaf without its terms",
      { ...linear, leaf_coeff: "2" },
      "tree 0, leaf_coeff: it has 1 values, expected 2",
    ],
    [
      "a linear leaf of many terms",
      { ...linear, num_features: "0 3" },
      "tree 0, num_features: value 1 is 3, expected an integer in [0, 2]",
    ],
    ["a term beyond the columns", { ...linear, leaf_features: "0 2" }, "tree 0, leaf_features: value 1 is 2"],
    ["half linear", { ...linear, is_linear: 2 }, "tree 0, is_linear: value 0 is 2"],
  ])("with %s are refused", (_, tree, message) => {
    const read = () => readLightgbm(bytesOf(textOf({ trees: [tree] })));
    expect(read).toThrow(ModelParseError);
    expect(read).toThrow(message);
  });
});
