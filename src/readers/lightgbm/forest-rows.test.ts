import { describe, expect, it } from "vitest";
import { nextDown64, nextUp64 } from "../../ir/float.js";
import { snapThreshold, zeroThreshold } from "./forest-rows.js";
import { predictions, stump, type TreeText } from "./model-text.testing.js";

const z = zeroThreshold;
const { NaN: nan } = Number;

/** What a stump on x0 answers: "1" on the left, "2" on the right. */
async function sides(tree: TreeText, values: readonly number[]): Promise<string> {
  return (
    await predictions(
      { trees: [{ ...stump, ...tree }] },
      values.map((v) => [v, 0]),
    )
  ).join("");
}

describe("number splits", () => {
  it("move thresholds within ±1e-35 to the ends of the band that counts as zero", () => {
    expect(z).toBe(1.0000000180025095e-35);
    for (const t of [0, -0, 1e-36, nextDown64(z)]) expect(snapThreshold(t)).toBe(z);
    for (const t of [-1e-36, -Number.MIN_VALUE, -z]) expect(snapThreshold(t)).toBe(nextDown64(-z));
    for (const t of [z, nextUp64(z), nextDown64(-z), 1, -1, Infinity]) expect(snapThreshold(t)).toBe(t);
  });

  it("take numbers of the band for zero", async () => {
    const values = [nextDown64(-z), -z, -1e-40, -0, 0, z, nextUp64(z)];
    expect(await sides({ threshold: 0 }, values)).toBe("1111112");
    expect(await sides({ threshold: -1e-36 }, values)).toBe("1222222");
    expect(await sides({ threshold: 5e-36 }, values)).toBe("1111112");
    expect(await sides({ threshold: -z }, values)).toBe("1222222");
    expect(await sides({ threshold: nextUp64(z) }, values)).toBe("1111111");
  });

  it("send NaN where their missing type says", async () => {
    // decision_type: 2 default left, 4 zero is missing, 8 NaN is missing.
    expect(await sides({ threshold: 1.5, decision_type: 0 }, [nan])).toBe("1");
    expect(await sides({ threshold: -1.5, decision_type: 0 }, [nan])).toBe("2");
    expect(await sides({ threshold: -1.5, decision_type: 2 }, [nan])).toBe("2");
    expect(await sides({ threshold: -1e-36, decision_type: 0 }, [nan, 0])).toBe("22");
    expect(await sides({ threshold: 1.5, decision_type: 8 }, [nan, 0])).toBe("21");
    expect(await sides({ threshold: 1.5, decision_type: 10 }, [nan, 0, 2])).toBe("112");
    expect(await sides({ threshold: 1.5, decision_type: 4 }, [nan, 0, -0, z, -z, nextUp64(z), 1, 2])).toBe("22222112");
    expect(await sides({ threshold: -1.5, decision_type: 6 }, [nan, 0, 1e-36, -1, -2])).toBe("11121");
    expect(await sides({ threshold: 1.5, decision_type: undefined }, [nan, 2])).toBe("12");
  });

  it("may take zero for missing in one node and not in another of the same column", async () => {
    const tree = {
      num_leaves: 3,
      split_feature: "0 0",
      threshold: "1.5 -1.5",
      decision_type: "4 0",
      left_child: "-1 -2",
      right_child: "1 -3",
      leaf_value: "1 2 3",
    };
    // Zero goes right at the first node, though below its threshold, and is a number at the second.
    expect(await sides(tree, [0, nan, 1, -2, 2])).toBe("33113");
  });
});

describe("categorical splits", () => {
  // Set 0 has 0 and 2, set 1 has 31, 32 and 63.
  const tree = { num_cat: 2, decision_type: 1, cat_boundaries: "0 1 3", cat_threshold: "5 2147483648 2147483649" };
  const values = [0, -0, -0.99, -1, 1, 2, 2.9, 3, 31, 32, 63, 64, 1e10, Infinity, -Infinity, nan];

  it("send members of the set left", async () => {
    expect(await sides({ ...tree, threshold: 0 }, values)).toBe("1112211222222222");
    expect(await sides({ ...tree, threshold: 1 }, values)).toBe("2222222211122222");
  });

  it("do not heed missing types", async () => {
    expect(await sides({ ...tree, threshold: 0, decision_type: 7 }, values)).toBe("1112211222222222");
    expect(await sides({ ...tree, threshold: 1, decision_type: 11 }, values)).toBe("2222222211122222");
  });

  it("send everything right where the set is empty", async () => {
    expect(await sides({ ...tree, cat_boundaries: "0 0 3", threshold: 0 }, values)).toBe("2".repeat(16));
  });
});

describe("linear leaves", () => {
  const tree = { is_linear: 1, leaf_const: "0.5 -1", num_features: "0 2", leaf_features: "0 1", leaf_coeff: "2 3" };

  it("answer their constant and terms, or their value where a term is NaN", async () => {
    const rows = [
      [1, 5],
      [2, 5],
      [2, nan],
      [nan, 1],
      [1, nan],
      [2, Infinity],
      [2, 1e-36],
    ];
    expect(await predictions({ trees: [{ ...stump, ...tree }] }, rows)).toEqual([0.5, 18, 2, 2, 0.5, Infinity, 3]);
  });

  it("stand beside plain trees, and may have no terms at all", async () => {
    const flat = { ...stump, is_linear: 1, leaf_const: "7 8", num_features: "0 0", leaf_features: "", leaf_coeff: "" };
    expect(
      await predictions({ trees: [stump, { ...stump, ...tree }, flat] }, [
        [1, 0],
        [2, 1],
      ]),
    ).toEqual([8.5, 16]);
  });

  it("serve every score of the row", async () => {
    const trees = [stump, { ...stump, ...tree }, { ...stump, leaf_value: "10 20" }, stump];
    expect(
      await predictions({ trees, classes: 2, objective: undefined }, [
        [1, 5],
        [2, 5],
      ]),
    ).toEqual([11, 1.5, 22, 20]);
  });
});
