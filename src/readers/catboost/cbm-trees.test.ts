import { describe, expect, it } from "vitest";
import { SplitMode } from "../../ir/forest.js";
import { catboostForest, checkTrees } from "./catboost-forest.js";
import { type StepNodes, stepTrees } from "./cbm-trees.js";
import { conditionsOf } from "./conditions.js";
import { checkRepackedBins } from "./repacked-bins.js";
import { symmetricTrees } from "./symmetric-trees.js";

/** One tree: node 0 splits, its left way ends at itself (leaf 1), its right child is leaf node 1 (leaf 0). */
const half: StepNodes = {
  TreeSizes: Int32Array.of(2),
  TreeSplits: Int32Array.of(5, 0),
  NonSymmetricStepNodes: Uint16Array.of(0, 1, 0, 0),
  NonSymmetricNodeIdToLeafId: Uint32Array.of(1, 0),
  LeafValues: Float64Array.of(10, 20),
};

describe("step nodes", () => {
  it("end at themselves where a distance is 0", () => {
    expect(stepTrees(half, 1)).toEqual({
      symmetric: false,
      dimension: 1,
      innerStart: Int32Array.of(0, 1),
      leafStart: Int32Array.of(0, 2),
      split: Int32Array.of(5),
      no: Int32Array.of(-2),
      yes: Int32Array.of(-1),
      leafValues: Float64Array.of(10, 20),
    });
  });

  it.each([
    [
      "a child past the end of its tree",
      { NonSymmetricStepNodes: Uint16Array.of(0, 2, 0, 0) },
      "child 2 is not in [0, 2)",
    ],
    ["leaf values left over", { LeafValues: Float64Array.of(1, 2, 3) }, "3 leaf values for 2 leaves of 1"],
    [
      "leaves that start late",
      { NonSymmetricNodeIdToLeafId: Uint32Array.of(2, 1) },
      "its leaves start at value 1, expected 0",
    ],
    ["a leaf too high", { NonSymmetricNodeIdToLeafId: Uint32Array.of(2, 0) }, "its leaf 2 is not in [0, 2)"],
    ["too few nodes", { TreeSizes: Int32Array.of(3) }, "tree 0 has 3 nodes from 0 on, of 2"],
    ["nodes left over", { TreeSizes: Int32Array.of(1) }, "its child 1 is not in [0, 1)"],
    ["a negative size", { TreeSizes: Int32Array.of(-1) }, "tree 0 has -1 nodes"],
    ["splits of another number", { TreeSplits: Int32Array.of(5) }, "1 TreeSplits for 2 step nodes"],
    ["leaf ids of another number", { NonSymmetricNodeIdToLeafId: Uint32Array.of(1) }, "1 NonSymmetricNodeIdToLeafId"],
    [
      "a leaf for a root",
      { NonSymmetricStepNodes: Uint16Array.of(0, 0, 0, 0) },
      "its root is a leaf, but it has 2 nodes",
    ],
  ])("are refused with %s", (_, change, message) => {
    expect(() => stepTrees({ ...half, ...change }, 1)).toThrow(message);
  });

  it("are refused where a leaf starts inside another", () => {
    const file = { ...half, LeafValues: new Float64Array(4) };
    expect(() => stepTrees(file, 2)).toThrow("its leaf 0.5 is not in [0, 2)");
  });
});

/** So many conditions, on columns of their own. */
const conditionsFor = (count: number) => ({
  column: Int32Array.from({ length: count }, (_, i) => i),
  mode: new Uint8Array(count).fill(SplitMode.greater),
  threshold: Float32Array.from({ length: count }, (_, i) => i / 2),
  missingTrue: new Uint8Array(count),
  refusal: new Map(),
  texts: new Map(),
});

describe("trees that lie", () => {
  const three: StepNodes = {
    TreeSizes: Int32Array.of(3),
    TreeSplits: Int32Array.of(0, 0, 0),
    NonSymmetricStepNodes: Uint16Array.of(1, 2, 0, 0, 0, 0),
    NonSymmetricNodeIdToLeafId: Uint32Array.of(0, 0, 1),
    LeafValues: Float64Array.of(10, 20),
  };
  const forestOf = (change: Partial<StepNodes>) => {
    const trees = stepTrees({ ...three, ...change }, 1);
    return catboostForest(trees, conditionsFor(1), 1, 0, 1);
  };

  it("have leaves or nodes with two parents, and are refused", () => {
    expect(forestOf({}).nTrees).toBe(1);
    expect(() => forestOf({ NonSymmetricNodeIdToLeafId: Uint32Array.of(0, 0, 0) })).toThrow("child 0 has two parents");
    const both = { NonSymmetricStepNodes: Uint16Array.of(1, 1, 0, 0, 0, 0) };
    expect(() => forestOf(both)).toThrow("child 0 has two parents");
    // Distances lead forwards only, so that there is no cycle; nodes that nothing leads to have no parent.
    const alone = { NonSymmetricStepNodes: Uint16Array.of(2, 0, 0, 0, 0, 0) };
    expect(() => forestOf({ ...alone, LeafValues: Float64Array.of(1, 2, 3) })).toThrow("both have no parent");
  });

  it("name conditions that are not there", () => {
    const trees = symmetricTrees([0, 2], [7, 8], Float64Array.of(9, 1, 2, 3, 4), 1);
    checkTrees(trees, conditionsFor(9));
    expect(() => checkTrees(trees, conditionsFor(8))).toThrow("tree 1: its condition 8 is not in [0, 8)");
    const negative = symmetricTrees([1], [-1], Float64Array.of(1, 2), 1);
    expect(() => checkTrees(negative, conditionsFor(9))).toThrow("tree 0: its condition -1 is not in [0, 9)");
    const step = stepTrees({ ...three, TreeSplits: Int32Array.of(4, 0, 0) }, 1);
    expect(() => checkTrees(step, conditionsFor(4))).toThrow("tree 0: its condition 4 is not in [0, 4)");
  });

  it("compare with NaN, or give it", () => {
    for (const borders of [Float32Array.of(Number.NaN), Float32Array.of(1, Number.NaN)]) {
      const floats = [{ index: 0, flatIndex: 0, name: "", borders, hasNans: false, nanTreatment: "AsIs" as const }];
      const of = { floats, categoricals: [], oneHots: [], categoryNames: [] };
      expect(() => conditionsOf(of)).toThrow("is NaN after");
    }
    const leaf = symmetricTrees([1], [0], Float64Array.of(1, Number.NaN), 1);
    expect(() => checkTrees(leaf, conditionsFor(1))).toThrow("leaf values: value 1 is NaN");
  });
});

describe("symmetric trees", () => {
  it("have the last condition at the root, so that leaves stand in the order of their numbers", () => {
    const trees = symmetricTrees([0, 2], [7, 8], Float64Array.of(9, 1, 2, 3, 4), 1);
    expect(trees.splitStart).toEqual(Int32Array.of(0, 0, 2));
    expect(trees.leafStart).toEqual(Int32Array.of(0, 1, 5));
    const conditions = { ...conditionsFor(9), missingTrue: new Uint8Array(9).fill(1, 8) };
    const forest = catboostForest(trees, conditions, 9, 0, 2);
    expect([...forest.treeStart]).toEqual([0, 1, 8]);
    expect([...forest.feature]).toEqual([-1, 8, 7, -1, -1, 7, -1, -1]);
    expect([...forest.threshold]).toEqual([0, 4, 3.5, 0, 0, 3.5, 0, 0]);
    expect([...forest.missingTrue]).toEqual([0, 1, 0, 0, 0, 0, 0, 0]);
    // True children first: both conditions hold in leaf 3.
    expect([...forest.nodeId]).toEqual([0, 4, 6, 3, 2, 5, 1, 0]);
    expect([...forest.leafValue]).toEqual([9, 4, 3, 2, 1]);
    expect([...catboostForest(trees, conditions, 9, 1, 2).leafValue]).toEqual([4, 3, 2, 1]);
  });

  it("are refused where counts lie, before memory is taken", () => {
    expect(() => symmetricTrees([26], [], new Float64Array(1), 1)).toThrow("ask for 67108864");
    expect(() => symmetricTrees([27], [], new Float64Array(1), 1)).toThrow("tree 0 has 27 conditions");
    expect(() => symmetricTrees([-1], [], new Float64Array(1), 1)).toThrow("tree 0 has -1 conditions");
    expect(() => symmetricTrees([26, 26, 26, 26, 26], [], new Float64Array(1), 1)).toThrow("over the limit");
    expect(() => symmetricTrees([1], [], new Float64Array(2), 1)).toThrow("0 conditions, but the trees have 1");
  });
});

describe("packed conditions", () => {
  const features = {
    floats: [
      { index: 0, flatIndex: 0, name: "", borders: new Float32Array(300), hasNans: false, nanTreatment: "AsIs" },
      { index: 1, flatIndex: 1, name: "", borders: [], hasNans: false, nanTreatment: "AsIs" },
    ],
    oneHots: [{ categorical: 0, values: [5, 6] }],
  } as const;
  // Conditions 0, 253, 254 (the second bucket), 301 (one-hot, second value: bin 2, mask ~2).
  const packed = Uint8Array.of(0, 0, 0, 1, 0, 0, 0, 254, 1, 0, 0, 1, 2, 0, 253, 255);

  it("must say what the numbers say", () => {
    checkRepackedBins(packed, Int32Array.of(0, 253, 254, 301), features);
    checkRepackedBins(new Uint8Array(), Int32Array.of(0, 253), features);
    expect(() => checkRepackedBins(packed, Int32Array.of(0, 253, 255, 301), features)).toThrow(
      "condition 2 is packed as",
    );
    expect(() => checkRepackedBins(packed, Int32Array.of(0, 253, 254, 302), features)).toThrow("but there are 302");
    expect(() => checkRepackedBins(packed, Int32Array.of(0), features)).toThrow("4 entries for 1 conditions");
  });
});
