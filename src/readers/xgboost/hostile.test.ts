import { describe, expect, it } from "vitest";
import { CalypteError, LimitError, ModelParseError } from "../../errors.js";
import { lowerModel } from "../../lower.js";
import { readXgboost } from "./read-xgboost.js";
import { jsonBytes, type Loose, type SmallModel, smallModel, smallTree, ubjsonBytes } from "./small-model.testing.js";

const categorical = {
  ...smallTree(1, 1, 0, 0.25, -0.5),
  categories: [0, 2, 5],
  categories_nodes: [0],
  categories_segments: [0],
  categories_sizes: [3],
  split_type: [1, 0, 0],
};
const model = smallModel({
  version: [3, 2, 0],
  trees: [smallTree(0, 0, 0.5, -1, 2.5), categorical],
  weightDrop: [0.5, 1.25],
  param: { base_score: "[5E-1]" },
  forest: { cats: { enc: [], feature_segments: [], sorted_idx: [] } },
});
const files = { json: jsonBytes(model), ubj: ubjsonBytes(model) };

/** "ok", or the kind of the typed error. Any other error fails the test. */
function outcome(file: Uint8Array): string {
  try {
    lowerModel(readXgboost(file));
    return "ok";
  } catch (error) {
    if (!(error instanceof CalypteError)) throw error;
    expect(error.message).not.toContain("undefined");
    return error.code;
  }
}

describe.each(["json", "ubj"] as const)("a damaged %s file", (kind) => {
  const bytes = files[kind];

  it("is refused wherever it is cut", () => {
    expect(outcome(bytes)).toBe("ok");
    for (let length = 0; length < bytes.length; length++)
      expect(outcome(bytes.subarray(0, length))).toBe("MODEL_PARSE");
  });
});

describe("a file that lies", () => {
  const tree = (change: { [key: string]: Loose }): SmallModel => ({
    trees: [{ ...smallTree(0, 0, 1, 1, 1), ...change }],
  });
  const five = {
    ...smallTree(0, 0, 1, 1, 1),
    base_weights: [0, 0, 0, 0, 0],
    default_left: [0, 0, 0, 0, 0],
    split_conditions: [1, 1, 1, 1, 1],
    split_indices: [0, 0, 0, 0, 0],
    split_type: [0, 0, 0, 0, 0],
    tree_param: { num_deleted: "0", num_feature: "2", num_nodes: "5", size_leaf_vector: "1" },
  };
  const param = (change: { [key: string]: string }) => ({
    tree_param: { num_deleted: "0", num_feature: "2", num_nodes: "3", size_leaf_vector: "1", ...change },
  });
  const category = (change: { [key: string]: Loose }): SmallModel => ({
    trees: [{ ...categorical, id: 0, ...change }],
  });

  it.each<[string, SmallModel, string]>([
    [
      "a cycle",
      tree({ left_children: [0, -1, -1], right_children: [1, -1, -1] }),
      "both have no parent|every node has a parent|two parents|cycle",
    ],
    [
      "a cycle below the root",
      { trees: [{ ...five, left_children: [1, 3, -1, 3, -1], right_children: [2, 4, -1, 4, -1] }] },
      "two parents",
    ],
    [
      "a shared child",
      { trees: [{ ...five, left_children: [1, 3, 3, -1, -1], right_children: [2, 4, 4, -1, -1] }] },
      "two parents",
    ],
    [
      "a leaf that nothing reaches",
      { trees: [{ ...five, left_children: [1, -1, -1, -1, -1], right_children: [2, -1, -1, -1, -1] }] },
      "both have no parent",
    ],
    [
      "a child out of range",
      tree({ left_children: [7, -1, -1], right_children: [8, -1, -1] }),
      "child 7 does not exist",
    ],
    [
      "a negative child",
      tree({ left_children: [-5, -1, -1], right_children: [-4, -1, -1] }),
      "child -5 does not exist",
    ],
    [
      "children that are not a pair",
      tree({ right_children: [1, -1, -1] }),
      "right_children\\[0\\]: 1 is not beside the left child 1",
    ],
    [
      "a column out of range",
      tree({ split_indices: [2, 0, 0] }),
      "split_indices\\[0\\]: column 2 is not in \\[0, 2\\)",
    ],
    ["a negative column", tree({ split_indices: [-1, 0, 0] }), "column -1 is not in"],
    ["a NaN threshold", tree({ split_conditions: [null, 1, 1] }), "the threshold is NaN"],
    ["a NaN leaf", tree({ split_conditions: [1, null, 1] }), "the leaf at node 1 gives NaN"],
    ["a leaf beyond float32", tree({ split_conditions: [1, 1e39, 1] }), "the leaf at node 1 gives Infinity"],
    [
      "a default direction that is none",
      tree({ default_left: [2, 0, 0] }),
      "default_left\\[0\\]: it is no flag, 0 or 1",
    ],
    [
      "more nodes than there are",
      tree(param({ num_nodes: "4294967295" })),
      "left_children: 3 entries, expected 4294967295",
    ],
    [
      "a count beyond 2^53",
      tree(param({ num_nodes: "9007199254740993" })),
      'num_nodes: expected a whole number as text, got string "9007199254740993"',
    ],
    [
      "a child beyond 2^53",
      tree({ left_children: [9007199254740994, -1, -1] }),
      "left_children\\[0\\]: expected a whole number, got number 9007199254740994",
    ],
    ["more deleted nodes than there are", tree(param({ num_deleted: "3" })), "num_deleted: 3 of 3 nodes"],
    ["no nodes", tree(param({ num_nodes: "0" })), "a tree has at least one node"],
    ["a negative count", tree(param({ num_nodes: "-3" })), 'expected a whole number as text, got string "-3"'],
    [
      "vectors that are not there",
      tree(param({ size_leaf_vector: "1000000000" })),
      "base_weights: 3 entries, expected 3 vectors of 1000000000",
    ],
    [
      "vectors of another size",
      tree({ ...param({ size_leaf_vector: "3" }), base_weights: [0, 0, 0, 0, 0, 0, 0, 0, 0] }),
      "3, but the model has 1 outputs",
    ],
    [
      "a leaf vector out of range",
      {
        ...tree({ ...param({ size_leaf_vector: "2" }), leaf_weights: [1, 2, 3, 4], right_children: [2, 0, 9] }),
        version: [3, 2, 0],
        param: { num_target: "2" },
      },
      "there is no leaf vector 9",
    ],
    [
      "leaves that share a vector",
      {
        ...tree({ ...param({ size_leaf_vector: "2" }), leaf_weights: [1, 2], right_children: [2, 0, 0] }),
        version: [3, 2, 0],
        param: { num_target: "2" },
      },
      "leaf_weights: 2 entries, expected 2 vectors of 2",
    ],
    ["another tree's id", tree({ id: 1 }), "tree 1 stands where tree 0 belongs"],
    ["a tree for no output", { treeInfo: [0, 1] }, "tree_info\\[1\\]: output 1 is not in \\[0, 1\\)"],
    ["too few outputs of trees", { treeInfo: [0] }, "1 entries for 2 trees"],
    [
      "another count of trees",
      { forest: { gbtree_model_param: { num_trees: "3", num_parallel_tree: "1" } } },
      "num_trees: 3, but the file holds 2 trees",
    ],
    ["rounds that go back", { forest: { iteration_indptr: [0, 2, 1, 2] } }, "iteration_indptr\\[2\\]: 1 after 2"],
    [
      "rounds that end early",
      { forest: { iteration_indptr: [0, 1] } },
      "the rounds end at tree 1, but there are 2 trees",
    ],
    ["no rounds", { forest: { iteration_indptr: [] } }, "the rounds end at tree -1"],
    ["another count of weights", { weightDrop: [1] }, "weight_drop: 1 weights for 2 trees"],
    ["no category", category({ categories_sizes: [0] }), "0 categories from 0 on are not in 3"],
    [
      "categories that are not there",
      category({ categories_sizes: [2147483647] }),
      "2147483647 categories from 0 on are not in 3",
    ],
    ["a negative category", category({ categories: [0, -1, 2] }), "category -1 is not in \\[0, 2\\^24\\)"],
    ["a huge category", category({ categories: [0, 16777216, 2] }), "category 16777216 is not in"],
    ["categories of a leaf", category({ categories_nodes: [1] }), "node 1 is out of place"],
    ["categories of no node", category({ categories_nodes: [] }), "0, 1 and 1 entries, but 1 nodes split by category"],
    [
      "names that do not fit",
      { learner: { feature_names: ["a", "a"] } },
      "feature_names: 2 names, expected 2 different ones",
    ],
    [
      "a text for numbers",
      tree({ split_conditions: "1" }),
      'split_conditions: expected a list of numbers, got string "1"',
    ],
    ["a fraction for a child", tree({ left_children: [1.5, -1, -1] }), "left_children\\[0\\]: expected a whole number"],
    ["a missing list", tree({ id: "0" }), "id: expected a whole number"],
    ["a version of words", { file: { version: ["3", "2", "0"] } }, "version\\[0\\]: expected a whole number"],
    ["trees that are no objects", { trees: [null] }, "trees\\[0\\]: expected an object, got null"],
    ["an attribute that is no text", { learner: { attributes: { best_iteration: 3 } } }, '"best_iteration" is no text'],
    [
      "a name out of its bytes",
      {
        version: [3, 2, 0],
        forest: {
          cats: {
            enc: [
              { offsets: [0, 9], values: [1] },
              { offsets: [], values: [] },
            ],
            feature_segments: [],
            sorted_idx: [],
          },
        },
      },
      "a name from byte 0 to 9 of 1",
    ],
  ])("about %s is refused", (_, change, message) => {
    const file = jsonBytes(smallModel(change));
    expect(() => readXgboost(file)).toThrow(ModelParseError);
    expect(() => readXgboost(file)).toThrow(new RegExp(`^xgboost: .*(${message})`));
  });

  it("about its width is stopped before memory is taken", () => {
    for (const claim of [{ num_feature: "4294967295" }, { num_class: "4294967295" }]) {
      expect(() => readXgboost(jsonBytes(smallModel({ param: claim })))).toThrow(LimitError);
    }
  });

  it("has categories up to 2^24, and takes no memory for those between", () => {
    for (const version of [
      [1, 6, 2],
      [3, 2, 0],
    ]) {
      const model = smallModel({ version, trees: [{ ...categorical, id: 0, categories: [0, 1, 2 ** 24 - 1] }] });
      expect(outcome(jsonBytes(model))).toBe("ok");
    }
  });

  it("nests 100,000 deep where a value belongs", () => {
    const text = JSON.stringify(smallModel()).replace(
      '"loss_changes":[1,0,0]',
      `"loss_changes":${"[".repeat(100_000)}${"]".repeat(100_000)}`,
    );
    expect(["ok", "MODEL_PARSE"]).toContain(outcome(new TextEncoder().encode(text)));
  });
});
