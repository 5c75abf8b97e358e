/** TreeEnsemble nodes against onnxruntime: comparisons, precision, regression, marks, and what is refused. */

import { describe, expect, it } from "vitest";
import { ModelParseError } from "../src/errors.js";
import { float32, float64, int32, int64 } from "../src/ir/tensor.js";
import type { OnnxAttribute } from "../test-models/onnx-file.js";
import { expectLikeOnnxruntime, lowerMl, outputsOf, runMl } from "./shared/ml-node.testing.js";
import { classifier, close, column, isInner, ladder, regressor, type Tree } from "./tree-ensemble/ensembles.testing.js";

const [inf, nan] = [Number.POSITIVE_INFINITY, Number.NaN];
const edges = float32([0.5, 0.49999997, 0.50000006, 0, -0, inf, -inf, nan, 1e-45, -1e-45, 1, 2], [12, 1]);

describe("comparisons", () => {
  for (const mode of ["BRANCH_LEQ", "BRANCH_LT", "BRANCH_GTE", "BRANCH_GT", "BRANCH_EQ", "BRANCH_NEQ"]) {
    for (const threshold of [0.5, 0, inf, -inf]) {
      it(`${mode} ${threshold}, NaN both ways`, async () => {
        const trees: readonly Tree[] = [
          [mode, 0, threshold, { 0: 1 }, { 0: 2 }, 0],
          [mode, 0, threshold, { 0: 10 }, { 0: 20 }, 1],
        ];
        await expectLikeOnnxruntime(regressor({ trees }, 1, [edges]));
        await expectLikeOnnxruntime(regressor({ trees: trees.slice(0, 1) }, 1, [edges]));
      });
    }
  }
  it("mixes modes within a tree", async () => {
    const tree: Tree = [
      "BRANCH_LT",
      1,
      0.5,
      ["BRANCH_EQ", 0, 1, { 0: 1 }, ["BRANCH_GT", 1, -1, { 0: 2 }, { 0: 3 }, 1]],
      ["BRANCH_NEQ", 0, 2, { 0: 4 }, ["BRANCH_GTE", 1, 3, { 0: 5 }, { 0: 6 }], 1],
      1,
    ];
    const x = float32([1, 0, 2, 0, nan, -2, nan, nan, 2, 3, 2, nan, 2, 0.5, -0, inf], [8, 2]);
    await expectLikeOnnxruntime(regressor({ trees: [tree, { 0: 0.1 }] }, 1, [x]));
  });
  it("casts integers to float32", async () => {
    const tree: Tree = ["BRANCH_LEQ", 0, 16777216, { 0: 1, 1: 0.5, 2: 0 }, { 0: 2, 1: 3, 2: 1 }];
    const numbers = [16777216, 16777217, 16777218, -5];
    for (const x of [int64(numbers, [4, 1]), int32(numbers, [4, 1])]) {
      await expectLikeOnnxruntime(classifier([tree], [0, 1, 2], "NONE", [x]));
    }
  });
});

describe("precision", () => {
  const sums: readonly Tree[] = [{ 0: 1e8 }, { 0: 1 }, { 0: -1e8 }];
  it("sums float32 in tree order", async () => {
    const node = regressor({ trees: sums }, 1, [column(3)]);
    expect(outputsOf(node)).toEqual([float32([0, 0, 0], [3, 1])]);
    await expectLikeOnnxruntime(node);
  });
  it("compares and sums in float64 for a float64 input", async () => {
    const trees: readonly Tree[] = [...sums, ["BRANCH_LEQ", 0, 0.5, { 0: 0.25 }, { 0: 0.75 }]];
    const node = regressor({ trees }, 1, [float64([0.5, 0.5 + 2 ** -50], [2, 1])]);
    expect(outputsOf(node)).toEqual([float32([1.25, 1.75], [2, 1])]);
    await expectLikeOnnxruntime(node);
  });
  it("takes doubles from tensors", async () => {
    const trees: readonly Tree[] = [["BRANCH_LEQ", 0, 0.1, { 0: 1 + 2 ** -40 }, { 0: 2 }], { 0: -1 }];
    const wide = regressor({ trees, doubles: true }, 1, [float64([0.1, 0.1 + 2 ** -50, Math.fround(0.1)], [3, 1])]);
    await expectLikeOnnxruntime(wide);
    expect(outputsOf(wide)).toEqual([float32([2 ** -40, 1, 1], [3, 1])]);
    // float32(0.1) is above 0.1, and below the float32 threshold that a reader without doubles would have.
    const narrow = regressor({ trees, doubles: true }, 1, [float32([0.1, 0.0999], [2, 1])]);
    expect(outputsOf(narrow)).toEqual([float32([1, 2 ** -40], [2, 1])]);
  });
  it("refuses tensors in version 1 and of other types", () => {
    const node = regressor({ trees: [{ 0: 1 }], doubles: true }, 1, [column(1)]);
    expect(() => lowerMl({ ...node, version: 1 })).toThrow(
      /target_weights_as_tensor exists from version 3 of ai.onnx.ml on, but the file imports 1/,
    );
    const wrong = { ...node.attributes, target_weights_as_tensor: { tensor: int32([1]) } };
    expect(() => lowerMl({ ...node, attributes: wrong })).toThrow(
      new ModelParseError(
        "onnx",
        'node "tested" (ai.onnx.ml:TreeEnsembleRegressor)',
        "target_weights_as_tensor is of type int32, expected float32 or float64",
      ),
    );
  });
});

describe("regression", () => {
  const trees: readonly Tree[] = [
    ["BRANCH_LEQ", 0, 0.5, { 0: 0.2, 1: 0.1 }, { 0: 0.7 }],
    ["BRANCH_LEQ", 0, 1.5, { 0: 0.1 }, { 0: -0.3, 1: 0.4 }],
    ["BRANCH_LEQ", 0, 0.5, { 0: 0.15 }, { 0: 0.05 }],
  ];
  const single = trees.map((tree) =>
    isInner(tree) ? ([...tree.slice(0, 3), keep(tree[3]), keep(tree[4])] as unknown as Tree) : tree,
  );
  function keep(tree: Tree): Tree {
    return isInner(tree) ? tree : { 0: tree[0] ?? 0 };
  }
  for (const aggregate of ["SUM", "AVERAGE", "MIN", "MAX"]) {
    for (const base of [undefined, [0.05, 0.5]]) {
      it(`${aggregate}${base === undefined ? "" : " with base values"}`, async () => {
        const more = (k: number): Record<string, OnnxAttribute> => ({
          aggregate_function: { string: aggregate },
          ...(base === undefined ? {} : { base_values: { floats: base.slice(0, k) } }),
        });
        await expectLikeOnnxruntime(regressor({ trees: single }, 1, [column(3)], more(1)));
        const all: readonly Tree[] = base === undefined ? trees : [...trees, { 0: 0.25, 1: 0.3 }];
        await expectLikeOnnxruntime(regressor({ trees: all }, 2, [column(3)], more(2)));
      });
    }
  }
  for (const transform of ["LOGISTIC", "SOFTMAX", "SOFTMAX_ZERO", "PROBIT"]) {
    it(`${transform} of two targets`, async () => {
      const node = regressor({ trees }, 2, [column(3)], { post_transform: { string: transform } });
      await expectLikeOnnxruntime(node, close(transform));
    });
  }
  for (const transform of ["LOGISTIC", "SOFTMAX", "SOFTMAX_ZERO", "PROBIT"]) {
    it(`${transform} of one target`, async () => {
      const node = regressor({ trees: single }, 1, [column(3)], { post_transform: { string: transform } });
      await expectLikeOnnxruntime(node, close(transform));
    });
  }
  it("leaves base values out in rows without a vote for one of several targets", async () => {
    const sparse: readonly Tree[] = [["BRANCH_LEQ", 0, 0.5, { 0: 2, 1: 1 }, { 0: 3 }]];
    for (const aggregate of ["SUM", "AVERAGE", "MIN", "MAX"]) {
      const more = { base_values: { floats: [0.5, 0.25] }, aggregate_function: { string: aggregate } };
      const node = regressor({ trees: sparse }, 2, [column(2)], more);
      expect(outputsOf(node)).toEqual([float32([2.5, 1.25, 3.5, 0], [2, 2])]);
      await expectLikeOnnxruntime(node);
    }
    const one = regressor({ trees: [["BRANCH_LEQ", 0, 0.5, { 0: 2 }, {}]] }, 1, [column(2)], {
      base_values: { floats: [0.5] },
    });
    expect(outputsOf(one)).toEqual([float32([2.5, 0.5], [2, 1])]);
    await expectLikeOnnxruntime(one);
  });
  it("gives 0 for a row without votes", async () => {
    const empty: readonly Tree[] = [["BRANCH_LEQ", 0, 0.5, { 0: 2 }, {}]];
    for (const aggregate of ["SUM", "MIN"]) {
      await expectLikeOnnxruntime(
        regressor({ trees: empty }, 1, [column(2)], { aggregate_function: { string: aggregate } }),
      );
    }
  });
});

describe("marks", () => {
  it("raw scores with base values, and node ids of leaves", () => {
    const tree = ladder([{ 0: 0.25 }, { 0: 0.5 }, { 0: -1 }]);
    const results = runMl(classifier([tree, { 0: 1 }], [5, 7], "LOGISTIC", [column(3)], [0.125]));
    expect(results.get("@rawScore")).toEqual(float32([1.375, 1.625, 0.125], [3, 1]));
    expect(results.get("@leafIndices")).toEqual(int32([1, 0, 3, 0, 4, 0], [3, 2]));
  });
});

describe("malformed nodes", () => {
  const good = classifier([ladder([{ 0: 1 }, { 1: 1 }, { 2: 1 }])], [1, 2, 3], "NONE", [column(3)]);
  const bad = (changes: Readonly<Record<string, OnnxAttribute>>, message: RegExp) => {
    const attempt = () => lowerMl({ ...good, attributes: { ...good.attributes, ...changes } });
    expect(attempt).toThrow(ModelParseError);
    expect(attempt).toThrow(message);
  };
  it("are refused with the attribute's name", () => {
    bad({ nodes_modes: { strings: ["LEAF"] } }, /"tested".*nodes_modes has 1 entries, but nodes_treeids has 5/);
    bad({ class_weights: { floats: [1] } }, /class_weights has 1 entries, but class_ids has 3/);
    bad({ class_ids: { ints: [0, 1, 3] } }, /class_ids\[2\] is 3, but there are 3 class labels/);
    bad({ class_ids: { ints: [0, -1, 2] } }, /class_ids\[1\] is -1/);
    bad({ class_ids: { ints: [] } }, /class_ids is empty/);
    bad({ nodes_treeids: { ints: [] } }, /nodes_treeids is empty/);
    bad({ nodes_modes: { strings: Array(5).fill("BRANCH_LE") } }, /nodes_modes\[0\] is "BRANCH_LE"/);
    bad({ nodes_missing_value_tracks_true: { ints: [0, 0, 2, 0, 0] } }, /tracks_true\[2\] is 2, expected 0 or 1/);
    bad({ post_transform: { string: "SIGMOID" } }, /post_transform "SIGMOID" is unknown/);
    bad({ base_values: { floats: [1] } }, /base_values has 1 entries, but there are 3 class labels/);
    bad({ classlabels_strings: { strings: ["a"] } }, /both classlabels_strings and classlabels_int64s/);
    bad({ classlabels_int64s: { ints: [] } }, /neither classlabels_strings nor classlabels_int64s/);
    bad({ nodes_truenodeids: { ints: [0, 0, 0, 0, 0] } }, /tree 0/);
    bad({ nodes_values_as_tensor: { tensor: float64([1]) } }, /both nodes_values and nodes_values_as_tensor/);
  });
  it("of regressors too", () => {
    const attempt = (more: Record<string, OnnxAttribute>) => () =>
      lowerMl(regressor({ trees: [{ 0: 1 }] }, 1, [column(1)], more));
    expect(attempt({ n_targets: { int: 0 } })).toThrow(/n_targets is 0/);
    expect(attempt({ aggregate_function: { string: "__proto__" } })).toThrow(
      /aggregate_function "__proto__" is unknown/,
    );
    expect(attempt({ base_values: { floats: [1, 2] } })).toThrow(/base_values has 2 entries, but n_targets is 1/);
  });
  it("and inputs that do not fit", () => {
    const trees: readonly Tree[] = [["BRANCH_LEQ", 3, 0, { 0: 1 }, { 0: 2 }]];
    expect(() => lowerMl(regressor({ trees }, 1, [column(1)]))).toThrow(/read column 3, but its input has 1 columns/);
    expect(() => lowerMl(regressor({ trees }, 1, [float32([1, 2])]))).toThrow(/expected a matrix/);
  });
});
