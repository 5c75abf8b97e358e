import { describe, expect, it } from "vitest";
import { compile } from "../../compile.js";
import { OptionError, UnsupportedError } from "../../errors.js";
import type { Scorer } from "../../scorer.js";
import { looksLikeXgboost } from "./looks-like-xgboost.js";
import { readXgboost } from "./read-xgboost.js";
import { jsonBytes, type SmallModel, smallModel, smallTree, ubjsonBytes } from "./small-model.testing.js";

const read = (change: SmallModel = {}) => readXgboost(jsonBytes(smallModel(change)));
const scorerOf = (change: SmallModel, options = {}): Promise<Scorer> =>
  compile(read(change), { backend: "reference", ...options });
const predict = async (change: SmallModel, X: number[][], options = {}) =>
  Array.from((await (await scorerOf(change, options)).predict(X)).data as Float32Array);
const raw = async (change: SmallModel, X: number[][] = [[0, 0]]) =>
  Array.from((await (await scorerOf(change)).rawScore(X)).data as Float32Array);

/** A tree that sends the categories of its set right. */
const categoryTree = (categories: number[], defaultLeft: number) => ({
  ...smallTree(0, 0, 0, -1, 1),
  categories,
  categories_nodes: [0],
  categories_segments: [0],
  categories_sizes: [categories.length],
  default_left: [defaultLeft, 0, 0],
  split_type: [1, 0, 0],
});

const rows = [
  [0, 0],
  [0.5, 3],
  [Number.NaN, Number.NaN],
  [1, 2.5],
];

describe("an XGBoost model", () => {
  it("is known by its content", () => {
    expect(looksLikeXgboost(jsonBytes(smallModel()))).toBe(true);
    expect(looksLikeXgboost(new TextEncoder().encode(JSON.stringify(smallModel(), null, 2)))).toBe(true);
    expect(looksLikeXgboost(ubjsonBytes(smallModel()))).toBe(true);
    expect(looksLikeXgboost(new TextEncoder().encode('{"nodes": []}'))).toBe(false);
    expect(looksLikeXgboost(new Uint8Array())).toBe(false);
  });

  it("says what it is", () => {
    const model = read();
    expect(model.producer).toBe("XGBoost 2.1.4");
    expect(model.inputs).toEqual([{ name: "X", dtype: "float32", shape: [{ N: 1, plus: 0 }, 2], columns: ["a", "b"] }]);
    expect(model.outputs).toEqual([{ name: "predict", role: "values" }]);
    expect(Object.fromEntries(model.facts ?? [])).toEqual({
      objective: "reg:squarederror",
      booster: "gbtree",
      "library version": "2.1.4",
      rounds: "2",
      trees: "2",
      "best iteration": "1",
      "best score": "0.25",
    });
  });

  it("goes left below the threshold and by the default direction, and sums from the base score on", async () => {
    expect(await predict({}, rows)).toEqual([-0.25, 2, -0.25, 2.75]);
    const ubjson = await compile(readXgboost(ubjsonBytes(smallModel())), { backend: "reference" });
    expect(Array.from((await ubjson.predict(rows)).data as Float32Array)).toEqual([-0.25, 2, -0.25, 2.75]);
    expect((await ubjson.leafIndices(rows)).toArray()).toEqual([
      [1, 1],
      [2, 2],
      [1, 1],
      [2, 1],
    ]);
  });

  it("rounds after the base score and after each tree", async () => {
    // 1 + 2^-24 rounds to 1, twice; the trees alone would give 2^-23.
    const tiny = 2 ** -24;
    const trees = [smallTree(0, 0, 0.5, tiny, tiny), smallTree(1, 1, 3, tiny, tiny)];
    expect(await predict({ trees, param: { base_score: "1" } }, [[0, 0]])).toEqual([1]);
    expect(await predict({ trees, param: { base_score: "0" } }, [[0, 0]])).toEqual([2 ** -23]);
  });

  it("weighs the trees of dart, rounding each product", async () => {
    expect(await predict({ weightDrop: [0.5, 2] }, rows)).toEqual([0.5, 0.5, 0.5, 2]);
    const third = Math.fround(1 / 3);
    const trees = [smallTree(0, 0, 0.5, third, third)];
    const want = Math.fround(third * third);
    expect(await predict({ trees, weightDrop: [1 / 3], param: { base_score: "0" } }, [[0, 0]])).toEqual([want]);
  });

  it("gives each tree to its output, and vector leaves to all", async () => {
    const param = { num_target: "2" };
    expect(await predict({ param, treeInfo: [1, 0], forest: { iteration_indptr: [0, 2] } }, [[0, 0]])).toEqual([
      0.75, -0.5,
    ]);
    const vector = (leaves: object) => ({
      ...smallTree(0, 0, 0.5, 0, 0),
      tree_param: { num_deleted: "0", num_feature: "2", num_nodes: "3", size_leaf_vector: "2" },
      ...leaves,
    });
    const old = vector({ base_weights: [9, 9, 1, 2, 3, 4] });
    expect(await predict({ param, trees: [old] }, rows.slice(0, 2))).toEqual([1.5, 2.5, 3.5, 4.5]);
    expect(() => read({ param, trees: [old], version: [3, 2, 0] })).toThrow("trees[0].leaf_weights: it is missing");
    const recent = vector({ base_weights: [9, 9, 9, 9, 9, 9], leaf_weights: [1, 2, 3, 4], right_children: [2, 1, 0] });
    expect(await predict({ param, trees: [recent], version: [3, 2, 0] }, rows.slice(0, 2))).toEqual([
      3.5, 4.5, 1.5, 2.5,
    ]);
  });

  it("answers the base score where there is no tree", async () => {
    const none = { trees: [], objective: { name: "survival:cox" }, param: { base_score: "2" } };
    expect(await predict(none, rows)).toEqual([2, 2, 2, 2].map((v) => Math.fround(Math.exp(Math.fround(Math.log(v))))));
    expect(await predict(none, [])).toEqual([]);
  });

  it("leaves out deleted nodes", async () => {
    const tree = smallTree(0, 0, 0.5, -1, 2);
    const pruned = Object.fromEntries(
      Object.entries(tree).map(([key, v]) => [
        key,
        Array.isArray(v) && v.length === 3 ? [...v, ...(key === "split_indices" ? [2 ** 31 - 1] : [-1])] : v,
      ]),
    );
    const param = { num_deleted: "1", num_feature: "2", num_nodes: "4", size_leaf_vector: "0" };
    expect(await predict({ trees: [{ ...pruned, split_type: [0, 0, 0, 0], tree_param: param }] }, [[0, 0]])).toEqual([
      -0.5,
    ]);
    expect(() =>
      read({ trees: [{ ...pruned, split_type: [0, 0, 0, 0], tree_param: { ...param, num_deleted: "0" } }] }),
    ).toThrow("trees[0].tree_param.num_deleted: 0, but 1 nodes are marked as deleted");
  });
});

describe("a base score", () => {
  const logistic = { name: "binary:logistic" };
  it("is taken through the objective's own inverse link", async () => {
    const trees: never[] = [];
    const margin = async (name: string, base_score: string, version = [2, 1, 4]) =>
      (await raw({ trees, objective: { name }, param: { base_score }, version }))[0];
    // In float32: 1 / 0.75 - 1 is a little more than a third.
    expect(await margin("binary:logistic", "0.75")).toBe(1.0986121892929077);
    expect(await margin("binary:logitraw", "0.75")).toBe(0.75);
    expect(await margin("binary:hinge", "0.75")).toBe(0.75);
    expect(await margin("count:poisson", "0.75")).toBe(Math.fround(Math.log(0.75)));
    expect(await margin("reg:pseudohubererror", "-3")).toBe(-3);
    // 3.2 keeps it away from 0 and 1.
    const edge = Math.fround(1e-6);
    const kept = -Math.fround(Math.log(Math.fround(Math.fround(1 / edge) - 1)));
    expect(await margin("binary:logistic", "[0]", [3, 2, 0])).toBe(kept);
    expect(await margin("binary:logistic", "1E-7", [2, 1, 4])).toBeLessThan(kept);
  });

  it("may be one for each output", async () => {
    const many = { trees: [], version: [3, 2, 0], param: { num_target: "3", base_score: "[1E0,2E0,-3E0]" } };
    expect(await raw(many)).toEqual([1, 2, -3]);
  });

  it.each([
    [{ base_score: "0" }, logistic, "expected one between 0 and 1"],
    [{ base_score: "-1" }, { name: "reg:gamma" }, "expected one above 0"],
    [{ base_score: "nan" }, logistic, 'expected a number, got "nan"'],
    [{ base_score: "1e40" }, { name: "binary:hinge" }, "expected a finite float32"],
    [{ base_score: "[1,2]" }, logistic, 'expected a number, got "[1,2]"'],
  ])("that cannot be is refused: %j", (param, objective, message) => {
    expect(() => read({ param, objective })).toThrow(`learner.learner_model_param.base_score: `);
    expect(() => read({ param, objective })).toThrow(message);
  });
});

describe("links", () => {
  const zero = { param: { base_score: "0" } };
  const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
  it("follow the objective", async () => {
    expect(await predict({ ...zero, objective: { name: "binary:hinge" } }, rows)).toEqual([0, 1, 0, 1]);
    expect(
      (await predict({ ...zero, objective: { name: "count:poisson" }, param: { base_score: "1" } }, [[1, 5]]))[0],
    ).toBeCloseTo(Math.exp(1.5), 5);
    expect((await predict({ param: {}, objective: { name: "reg:logistic" } }, [[1, 5]]))[0]).toBeCloseTo(
      sigmoid(1.5),
      6,
    );
  });

  it("give probabilities to classifiers alone", async () => {
    const binary = await scorerOf({ objective: { name: "binary:logistic" } });
    const [row] = (await binary.predictProba([[1, 5]])).toArray() as [[number, number]];
    expect(row[0]).toBeCloseTo(1 - sigmoid(1.5), 6);
    expect(row[1]).toBeCloseTo(sigmoid(1.5), 6);
    const classes = {
      objective: { name: "multi:softmax", softmax_multiclass_param: { num_class: "2" } },
      param: { num_class: "2" },
      treeInfo: [0, 1],
      forest: { iteration_indptr: [0, 2] },
    };
    // Raw scores [-0.5, 0.75], then [2.5, 0]; at a tie the first class.
    expect(
      await predict(classes, [
        [0, 0],
        [1, 5],
      ]),
    ).toEqual([1, 0]);
    expect(await predict({ ...classes, trees: [], treeInfo: [], forest: {} }, [[0, 0]])).toEqual([0]);
    expect(read({ objective: { name: "binary:logitraw" } }).outputs.map((o) => o.name)).toEqual(["predict"]);
  });
});

describe("categories", () => {
  const values = [1, 0, 33, 31, 32, 1.9, -0.5, 2 ** 24, Number.POSITIVE_INFINITY, Number.NaN].map((v) => [v, 0]);
  const zero = { param: { base_score: "0" } };

  it("in the set go right, all others left", async () => {
    expect(await predict({ ...zero, trees: [categoryTree([1, 33], 0)] }, values)).toEqual([
      1, -1, 1, -1, -1, 1, -1, -1, -1, 1,
    ]);
  });

  it("before 1.7.3 take the default direction beyond the bit field", async () => {
    // The set [1] has room for 32 categories.
    const old = { ...zero, version: [1, 7, 2], trees: [categoryTree([1], 0)] };
    expect(await predict(old, values)).toEqual([1, -1, 1, -1, 1, 1, 1, 1, 1, 1]);
    expect(await predict({ ...old, version: [1, 7, 3] }, values)).toEqual([1, -1, -1, -1, -1, 1, -1, -1, -1, 1]);
    expect(await predict({ ...old, trees: [categoryTree([1], 1)] }, values)).toEqual([
      1, -1, -1, -1, -1, 1, -1, -1, -1, -1,
    ]);
  });

  const frameOf = (...enc: Readonly<Record<string, number | number[]>>[]): SmallModel => ({
    version: [3, 2, 0],
    forest: { cats: { enc, feature_segments: [], sorted_idx: [] } },
    trees: [categoryTree([1], 0)],
  });
  const xy = { offsets: [0, 1, 3], values: [120, 121, 122] };

  it("of a data frame may be given by name; one that the file lacks is refused", async () => {
    const change = frameOf(xy, { type: 15, values: [] });
    expect(read(change).facts).toContainEqual(["codes of a", "0 x, 1 yz"]);
    const scorer = await scorerOf(change);
    const answers = async (X: unknown) => Array.from((await scorer.predict(X)).data as Float32Array);
    const [left, right] = await answers([
      [0, 0],
      [1, 0],
    ]);
    expect(left).not.toBe(right);
    expect(
      await answers([
        ["x", 0],
        ["yz", 0],
      ]),
    ).toEqual([left, right]);
    expect(
      await answers([
        { a: "yz", b: 0 },
        { a: "x", b: 0 },
        { a: 1, b: 0 },
      ]),
    ).toEqual([right, left, right]);
    await expect(answers([{ a: "y", b: 0 }])).rejects.toThrow('column "a": expected one of the categories');
  });

  it("of a data frame may be numbers: values by column name, codes in a matrix", async () => {
    const scorer = await scorerOf(frameOf({ type: 15, values: [7, -3] }, { offsets: [], values: [] }));
    const answers = async (X: unknown) => Array.from((await scorer.predict(X)).data as Float32Array);
    const codes = await answers([
      [0, 0],
      [1, 0],
    ]);
    expect(
      await answers([
        { a: 7, b: 0 },
        { a: -3, b: 0 },
      ]),
    ).toEqual(codes);
    await expect(answers([{ a: 1, b: 0 }])).rejects.toThrow('column "a": expected one of the categories');
  });

  it("of a data frame are codes alone where XGBoost has cut their names", async () => {
    // "ü", "x": XGBoost 3.2 writes characters where it means bytes.
    const change = frameOf({ offsets: [0, 1, 2], values: [-61, -68] }, { offsets: [], values: [] });
    expect(read(change).inputs[0]?.categories).toBeUndefined();
    expect(read(change).facts?.find(([name]) => name === "codes of a")?.[1]).toContain(
      "(the names are not reliable: give codes)",
    );
    await expect((await scorerOf(change)).predict([{ a: "x", b: 0 }])).rejects.toThrow('column "a": expected a number');
  });
});

describe("options", () => {
  it("choose rounds", async () => {
    expect(await predict({}, [[0, 0]], { iterationRange: [1, 2] })).toEqual([0.75]);
    expect(await predict({}, [[0, 0]], { iterationRange: [0, 1] })).toEqual([-0.5]);
    const all = read();
    const first = all.configure?.({ iterationRange: [0, 1] });
    expect(first?.configure?.({ missing: 0 }).nodes).toHaveLength(1);
  });

  it("take rounds from num_parallel_tree in files without iteration_indptr", async () => {
    const forest = { gbtree_model_param: { num_parallel_tree: "2", num_trees: "2", size_leaf_vector: "0" } };
    const old = read({ version: [1, 6, 2], forest });
    expect(old.facts).toContainEqual(["rounds", "1"]);
  });

  it.each([[[0, 3]], [[1, 1]], [[-1, 1]], [[0.5, 1]], [[1, 0]], [[0]], [[]], [2], ["01"]])(
    "refuse the rounds %j",
    (range) => {
      const iterationRange = range as unknown as [number, number];
      expect(() => read().configure?.({ iterationRange })).toThrow(OptionError);
      expect(() => read().configure?.({ iterationRange })).toThrow("expected 0 <= first < end <= 2");
    },
  );

  it("name a value that means missing, compared in float32", async () => {
    expect(await predict({}, [[0.5, 3]], { missing: 3 })).toEqual([2.75]);
    expect(await predict({}, [[Math.fround(0.7), 0]], { missing: 0.7 })).toEqual([-0.25]);
    expect(await predict({}, [[5, -0]], { missing: 0 })).toEqual([2.75]);
  });
});

describe("gblinear", () => {
  const linear = (weights: number[], change: SmallModel = {}) => ({
    ...change,
    learner: { gradient_booster: { name: "gblinear", model: { weights, boosted_rounds: 3 } } },
  });

  it("sums what is there", async () => {
    expect(
      await predict(linear([2, -3, 10]), [
        [1, 2],
        [Number.NaN, 1],
        [Number.NaN, Number.NaN],
      ]),
    ).toEqual([6.5, 7.5, 10.5]);
  });

  it("starts all outputs at the first base score", async () => {
    const two = linear([1, 2, 3, 4, 5, 6], { version: [3, 2, 0], param: { num_target: "2", base_score: "[1E0,9E0]" } });
    expect(await predict(two, [[1, 1]])).toEqual([10, 13]);
  });

  it("has no rounds and no leaves", async () => {
    expect(() => read(linear([1, 2, 3])).configure?.({ iterationRange: [0, 1] })).toThrow(OptionError);
    await expect((await scorerOf(linear([1, 2, 3]))).leafIndices([[0, 0]])).rejects.toThrow(UnsupportedError);
  });
});

describe("what calypte does not know", () => {
  it.each([
    [{ version: [1, 5, 2] }, "written by XGBoost 1.5.2, and calypte reads those of 1.6 to 3.2"],
    [{ version: [3, 3, 0] }, "written by XGBoost 3.3.0"],
    [
      { objective: { name: "reg:expectileerror" } },
      'the objective "reg:expectileerror" is unknown; calypte knows reg:squarederror',
    ],
    [{ objective: { name: "survival:cox", scale: 2 } }, 'the key "scale" is unknown for survival:cox'],
    [{ learner: { calibration: [1] } }, 'learner: the key "calibration" is unknown'],
    [{ forest: { weight_drop: [1, 1] } }, 'the key "weight_drop" is unknown'],
    [{ version: [3, 0, 5], forest: { cats: {} } }, 'the key "cats" is unknown in 3.0.5'],
    [{ file: JSON.parse('{"__proto__": 1}') }, 'file: the key "__proto__" is unknown'],
    [
      { learner: { gradient_booster: { name: "gbforest" } } },
      'the booster "gbforest" is unknown; calypte knows gbtree, dart and gblinear',
    ],
    [{ trees: [{ ...smallTree(0, 0, 1, 1, 1), split_type: [2, 0, 0] }] }, "the kind of split 2 is unknown"],
  ])("is refused by name: %j", (change, message) => {
    // Computed keys named __proto__ are lost in an object literal's spread, so the file is patched as text.
    const text = JSON.stringify(smallModel(change as SmallModel));
    const patched = "file" in change ? text.replace(/^\{/, '{"__proto__":1,') : text;
    expect(() => readXgboost(new TextEncoder().encode(patched))).toThrow(UnsupportedError);
    expect(() => readXgboost(new TextEncoder().encode(patched))).toThrow(message);
  });
});
