import { describe, expect, it } from "vitest";
import { compile } from "../../compile.js";
import { UnsupportedError } from "../../errors.js";
import { load } from "../../load.js";
import {
  bytesOf,
  document,
  floatFeature,
  floatSplit,
  labelParams,
  lossInfo,
  oneHotSplit,
  plainTree,
} from "./documents.testing.js";
import { readCatboost } from "./read-catboost.js";

const rows = [
  [1, 2.5],
  [1.0000001, 2.5],
  [-Infinity, 3],
  [Infinity, Infinity],
  [NaN, NaN],
  [-0, 5],
];

async function scorerOf(changes: Parameters<typeof document>[0], options: { iterationRange?: [number, number] } = {}) {
  const model = await load(bytesOf(document(changes)));
  return compile(model, { backend: "reference", ...options });
}

const refusal = (changes: Parameters<typeof document>[0]) => {
  return () => readCatboost(bytesOf(document(changes)));
};

describe("a symmetric tree", () => {
  it("goes on where a float32 is above the border, its first condition in the lowest bit", async () => {
    const scorer = await scorerOf({});
    expect(Array.from((await scorer.leafIndices(rows)).data as Int32Array)).toEqual([0, 1, 2, 3, 0, 2]);
    expect(Array.from((await scorer.predict(rows)).data as Float64Array)).toEqual([10, 20, 30, 40, 10, 30]);
    expect((await scorer.predict(rows)).shape).toEqual([6]);
  });

  it("may be a single leaf", async () => {
    const scorer = await scorerOf({ oblivious_trees: [{ leaf_values: [7], splits: null }, plainTree] });
    expect(Array.from((await scorer.predict(rows)).data as Float64Array)).toEqual([17, 27, 37, 47, 17, 37]);
  });

  it.each([
    ["AsIs", true, 10],
    ["AsFalse", true, 10],
    ["AsTrue", true, 40],
    ["AsTrue", false, 10],
  ] as const)("treats NaN %s (NaN in training: %s)", async (treatment, hasNans, expected) => {
    const more = { has_nans: hasNans, nan_value_treatment: treatment };
    const scorer = await scorerOf({
      features_info: { float_features: [floatFeature(0, [1], more), floatFeature(1, [2.5], more)] },
    });
    expect(Array.from((await scorer.predict([[NaN, NaN]])).data as Float64Array)).toEqual([expected]);
  });

  it("is scaled and moved, but not moved when the range leaves the first tree out", async () => {
    const changes = { oblivious_trees: [plainTree, plainTree], scale_and_bias: [0.5, [100]] };
    const all = await scorerOf(changes);
    expect(Array.from((await all.rawScore(rows)).data as Float64Array)).toEqual([110, 120, 130, 140, 110, 130]);
    const last = await scorerOf(changes, { iterationRange: [1, 2] });
    expect(Array.from((await last.rawScore(rows)).data as Float64Array)).toEqual([5, 10, 15, 20, 5, 15]);
    await expect(scorerOf(changes, { iterationRange: [1, 3] })).rejects.toThrow(
      "iterationRange is [1, 3], expected 0 ≤ first < end ≤ 2, the trees of the model",
    );
  });
});

describe("a non-symmetric tree", () => {
  it("numbers its leaves from left to right", async () => {
    const tree = {
      left: { value: 1, weight: 3 },
      right: { left: { value: 2 }, right: { value: 3 }, split: floatSplit(1, 1, 2.5) },
      split: floatSplit(0, 0, 1),
    };
    const scorer = await scorerOf({ oblivious_trees: undefined, trees: [tree, { value: 0.5 }] });
    expect(Array.from((await scorer.leafIndices(rows)).data as Int32Array)).toEqual([
      0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 0, 0,
    ]);
    expect(Array.from((await scorer.predict(rows)).data as Float64Array)).toEqual([1.5, 2.5, 1.5, 3.5, 1.5, 1.5]);
  });
});

describe("a categorical feature", () => {
  const features = (values: readonly number[], more = {}) => ({
    float_features: [floatFeature(0, [1])],
    categorical_features: [{ feature_id: "town", feature_index: 0, flat_feature_index: 1, values }],
    ...more,
  });
  const tree = (value: number) => ({
    leaf_values: [10, 20, 30, 40],
    splits: [floatSplit(0, 0, 1), oneHotSplit(1, 0, value)],
  });

  it("is compared by its code, though the file holds a hash", async () => {
    const scorer = await scorerOf({ features_info: features([1145636304]), oblivious_trees: [tree(1145636304)] });
    const given = [42, 41, -42, 42.5, NaN, 1e9, -Infinity].map((code) => [0, code]);
    expect(Array.from((await scorer.predict(given)).data as Float64Array)).toEqual([30, 10, 10, 10, 10, 10, 10]);
  });

  it("is given as text where one of its categories is text", async () => {
    const names = [{ hash: 3429406764, value: "größe" }];
    const info = features([3429406764 | 0, 761118297, 1145636304], { cat_features_hash: names });
    const trees = [3429406764 | 0, 761118297, 1145636304].map((value, i) => ({
      leaf_values: [0, 10 ** i],
      splits: [oneHotSplit(i + 1, 0, value)],
    }));
    const scorer = await scorerOf({ features_info: info, oblivious_trees: trees });
    expect(scorer.inputs.map(({ name, dtype }) => [name, dtype])).toEqual([
      ["0", "float32"],
      ["town", "string"],
    ]);
    const towns = ["größe", "nan", "42", "42.0", "", "Größe"];
    const given = towns.map((town) => ({ 0: 1, town }));
    expect(Array.from((await scorer.predict(given)).data as Float64Array)).toEqual([1, 10, 100, 0, 0, 0]);
  });

  it("is refused where a tree asks for a hash of unknown origin, and only then", () => {
    const info = features([759035679]);
    expect(refusal({ features_info: info, oblivious_trees: [tree(759035679)] })).toThrow(UnsupportedError);
    expect(refusal({ features_info: info, oblivious_trees: [tree(759035679)] })).toThrow(
      'categorical feature "town": its category with the hash 759035679 is neither listed in the file nor a whole number',
    );
    const unused = { leaf_values: [1, 2], splits: [floatSplit(0, 0, 1)] };
    expect(refusal({ features_info: info, oblivious_trees: [unused] })).not.toThrow();
  });
});

describe("a classifier", () => {
  const infoOf = (loss: string, params: unknown, more = {}) => ({
    model_info: { params: lossInfo(loss), class_params: params, ...more },
  });

  it("answers with its labels, above the stored probability threshold", async () => {
    const params = labelParams("String", ["no", "yes"]);
    const changes = { oblivious_trees: [{ ...plainTree, leaf_values: [-1, 0, 1, 2] }] };
    const plain = await scorerOf({ ...changes, ...infoOf("Logloss", params) });
    expect((await plain.predict(rows)).data).toEqual(["no", "no", "yes", "yes", "no", "yes"]);
    expect(plain.classes).toEqual(["no", "yes"]);
    const p = Array.from((await plain.predictProba(rows.slice(0, 2))).data as Float64Array);
    expect(p).toEqual([1 / (1 + Math.exp(-1)), 1 / (1 + Math.E), 0.5, 0.5]);
    const high = await scorerOf({
      ...changes,
      ...infoOf("Logloss", params, { binclass_probability_threshold: "0.8" }),
    });
    expect((await high.predict(rows)).data).toEqual(["no", "no", "no", "yes", "no", "no"]);
  });

  it("gives a class without rows in training the score -Infinity", async () => {
    const changes = {
      oblivious_trees: [{ leaf_values: [1, 2, 4, 3], splits: [floatSplit(0, 0, 1)] }],
      scale_and_bias: [1, [0, 0]],
    };
    const scorer = await scorerOf({ ...changes, ...infoOf("MultiClass", labelParams("Integer", [5, 6, 7], [0, 2])) });
    expect(Array.from((await scorer.rawScore(rows.slice(0, 2))).data as Float64Array)).toEqual([
      1,
      -Infinity,
      2,
      4,
      -Infinity,
      3,
    ]);
    expect(Array.from((await scorer.predict(rows.slice(0, 2))).data as Int32Array)).toEqual([7, 5]);
    expect(Array.from((await scorer.predictProba(rows.slice(0, 1))).data as Float64Array)[1]).toBe(0);
  });

  it.each([
    [labelParams("String", ["a", 3]), '"model_info.class_params.class_names[1]": 3 is no label of the type String'],
    [labelParams("Integer", [0.5, 1]), "0.5 is no label of the type Integer"],
    [labelParams("Complex", ["a", "b"]), 'labels of the type "Complex" are not known'],
    [labelParams("Integer", [0, 1], [1, 0]), "class_to_label is [1,0], expected ascending numbers below 2"],
    [labelParams("Integer", [0, 1, 2]), "class_to_label has 3 entries for 2 classes"],
    [{ ...labelParams("Integer", []), class_to_label: [0, 1], other: 1 }, 'the key "other" is not known'],
    [undefined, "the classifier has no class_params"],
  ])("is refused with labels %j", (params, message) => {
    expect(refusal(infoOf("Logloss", params))).toThrow(message.replaceAll('"model', "model").replaceAll(']"', "]"));
  });

  it.each([
    ["PythonUserDefinedPerObject", 'the loss "PythonUserDefinedPerObject" is not known'],
    ["Combination", 'the loss "Combination" is not known'],
    ["__proto__", 'the loss "__proto__" is not known'],
    ["MultiClass", "MultiClass with 1 scores per row"],
    ["RMSEWithUncertainty", "RMSEWithUncertainty with 1 scores per row"],
  ])("or any model is refused with the loss %s", (loss, message) => {
    expect(refusal(infoOf(loss, undefined))).toThrow(message);
  });
});

describe("what a file says of itself", () => {
  it("becomes facts and column names", () => {
    const version = "Git info:\n    Branch: tags/v1.2.10\n";
    const model = readCatboost(
      bytesOf(
        document({
          features_info: { float_features: [floatFeature(0, [1], { feature_id: "a" }), floatFeature(1, [2.5])] },
          model_info: { params: lossInfo("Poisson"), catboost_version_info: version },
        }),
      ),
    );
    expect(model.inputs[0]?.columns).toEqual(["a", "1"]);
    expect(model.facts).toEqual([
      ["objective", "Poisson"],
      ["rounds", "1"],
      ["booster", "symmetric trees"],
      ["library version", "1.2.10"],
    ]);
  });

  it("may leave the loss out, as sums of unlike models do", async () => {
    const scorer = await scorerOf({ model_info: {} });
    expect(Array.from((await scorer.predict([[1, 1]])).data as Float64Array)).toEqual([10]);
  });
});

describe("a file that is not read", () => {
  const features = (...list: unknown[]) => ({ features_info: { float_features: list } });
  const trees = (tree: object) => ({ oblivious_trees: [{ ...plainTree, ...tree }] });
  const cases: readonly (readonly [changes: object, message: string])[] = [
    [{ ctr_data: { a: {} } }, "ctr_data: target statistics of categorical features (CTRs) are not evaluated"],
    [{ features_info: { ctrs: [{}] } }, "features_info.ctrs: target statistics"],
    [{ features_info: { text_features: [{}] } }, "text features are not evaluated"],
    [{ features_info: { embedding_features: [{}] } }, "embedding features are not evaluated"],
    [{ surprise: 1 }, 'CatBoost model: the key "surprise" is not known'],
    [trees({ shrinkage: 2 }), 'oblivious_trees[0]: the key "shrinkage" is not known'],
    [{ trees: [] }, "expected either oblivious_trees or trees"],
    [{ oblivious_trees: [] }, "it has no trees"],
    [trees({ leaf_values: [1, 2, 3] }), "oblivious_trees[0]: 3 leaf_values, expected a multiple of 2^2"],
    [
      trees({ leaf_values: [1, 2, 3, "4"] }),
      "oblivious_trees[0].leaf_values: expected a list of numbers, got a list of 4",
    ],
    [{ oblivious_trees: [plainTree, { leaf_values: [1, 2], splits: [] }] }, "2 leaf_values, expected 1·2^0"],
    [trees({ splits: [floatSplit(0, 0, 1), floatSplit(2, 1, 2.5)] }), "split_index 2 is not in [0, 2)"],
    [
      trees({ splits: [floatSplit(0, 0, 1), floatSplit(1, 1, 2.4)] }),
      "is not that of split_index 1 (FloatFeature, feature 1, 2.5)",
    ],
    [trees({ splits: [floatSplit(0, 0, 1), oneHotSplit(1, 1, 2)] }), "is not that of split_index 1"],
    [
      trees({ splits: [floatSplit(0, 0, 1), { split_type: "OnlineCtr", split_index: 1 }] }),
      '"OnlineCtr" are not evaluated',
    ],
    [features(floatFeature(0, [1]), floatFeature(1, [Number.NaN])), "expected a list of numbers, got a list of 1"],
    [features(floatFeature(0, [1]), floatFeature(1, [2.5, 1])), "border 1 is 1 after 2.5, expected ascending numbers"],
    [features(floatFeature(0, [1]), floatFeature(1, [2.5], { flat_feature_index: 0 })), "its column 0 is not its own"],
    [features(floatFeature(0, [1]), floatFeature(0, [2.5], { flat_feature_index: 1 })), "its index 0 is not its own"],
    [
      features(floatFeature(0, [1]), floatFeature(1, [2.5], { flat_feature_index: 1e6 })),
      "2 features, but a column 1000000",
    ],
    [features(floatFeature(0, [1]), floatFeature(1, [2.5], { flat_feature_index: -1 })), "its column -1"],
    [features(floatFeature(0, [1], { nan_value_treatment: "AsZero" })), 'nan_value_treatment "AsZero" is not known'],
    [{ scale_and_bias: [1, [0, 1]] }, "2 biases for 1 outputs"],
    [{ scale_and_bias: [1] }, "expected [scale, [bias, …]]"],
    [{ scale_and_bias: ["1", [0]] }, "expected [scale, [bias, …]]"],
    [{ model_info: { params: 3, class_params: "{" } }, "model_info.class_params: it is no valid JSON"],
    [{ model_info: [] }, "model_info: expected an object, got a list of 0"],
    [{ model_info: { binclass_probability_threshold: "0.5" } }, "understood for binary classifiers alone"],
  ];
  it.each(cases.map(([changes, message]) => [message, changes] as const))("%s", (message, changes) => {
    expect(refusal({ ...changes })).toThrow(message);
  });

  it("names a feature twice", () => {
    const named = { feature_id: "a" };
    expect(refusal(features(floatFeature(0, [1], named), floatFeature(1, [2.5], named)))).toThrow(
      'two features have the name "a"',
    );
  });
});
