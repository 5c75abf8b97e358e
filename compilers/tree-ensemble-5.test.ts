/** TreeEnsemble of ai.onnx.ml 5 against onnxruntime: modes, sets, aggregates, transforms, types. */

import { describe, expect, it } from "vitest";
import { float32, float64, type Tensor, tensor } from "../src/ir/tensor.js";
import type { OnnxAttribute } from "../test-models/onnx-file.js";
import { expectLikeOnnxruntime, lowerMl, type MlNode, outputsOf } from "./shared/ml-node.testing.js";

const uint8 = (values: readonly number[]): Tensor => tensor("uint8", [values.length], Uint8Array.from(values));

/** Two trees over three columns: node 0 tests column 0 by `mode`, node 1 column 1, node 2 (the other root) column 2 for membership. */
function ensemble(mode: number, more: Readonly<Record<string, OnnxAttribute>> = {}, x: Tensor = rows): MlNode {
  const numbers = (values: readonly number[]) => ({
    tensor: x.dtype === "float64" ? float64(values) : float32(values),
  });
  return {
    op: "TreeEnsemble",
    version: 5,
    inputs: [x],
    attributes: {
      n_targets: { int: 2 },
      nodes_modes: { tensor: uint8([mode, 0, 6]) },
      nodes_featureids: { ints: [0, 1, 2] },
      nodes_splits: numbers([1.5, -0.25, 0]),
      nodes_truenodeids: { ints: [1, 0, 2] },
      nodes_falsenodeids: { ints: [3, 1, 4] },
      nodes_trueleafs: { ints: [0, 1, 1] },
      nodes_falseleafs: { ints: [1, 1, 1] },
      nodes_missing_value_tracks_true: { ints: [1, 0, 0] },
      membership_values: numbers([2, 0, 7.5, Number.NaN]),
      leaf_targetids: { ints: [0, 1, 0, 0, 1] },
      leaf_weights: numbers([1.25, -2.5, 0.1, 8, 0.3]),
      tree_roots: { ints: [0, 2] },
      ...more,
    },
  };
}

const { NaN: nan, POSITIVE_INFINITY: inf } = Number;
const cells = [1, -1, 2, 1.5, -0.25, 0, 2, 5, 7.5, nan, 0, nan, nan, nan, 1, -inf, inf, inf, 1.5000001, -0.25, -0];
const rows = float32(cells, [7, 3]);

describe("TreeEnsemble", () => {
  for (const mode of [0, 1, 2, 3, 4, 5]) it(`mode ${mode}`, () => expectLikeOnnxruntime(ensemble(mode)));

  for (const aggregate of [0, 1, 2, 3]) {
    it(`aggregate ${aggregate}`, () => expectLikeOnnxruntime(ensemble(0, { aggregate_function: { int: aggregate } })));
  }

  it("post_transform 3", () =>
    expectLikeOnnxruntime(ensemble(0, { post_transform: { int: 3 } }), { ulps: 4, absolute: 3e-7 }));

  it("refuses the transforms that onnxruntime takes for each other", () => {
    for (const transform of [1, 2]) {
      const refused = () => lowerMl(ensemble(0, { post_transform: { int: transform } }));
      expect(refused).toThrow("but onnxruntime has 1 and 2 the other way round");
    }
  });

  it("float64", () => expectLikeOnnxruntime(ensemble(0, {}, float64(cells, [7, 3]))));

  it("float16 keeps its type", () => {
    const x = tensor("float16", [2, 3], Float32Array.of(1, -1, 2, 3, 0, 1));
    const [y] = outputsOf(ensemble(0, {}, x));
    // 0.1 + 1.25, 0.3 and 8 + 0.3 in float32, then rounded.
    expect(y).toEqual(tensor("float16", [2, 2], Float32Array.of(1.349609375, 0, 8, 0.300048828125)));
  });

  // onnxruntime takes no negative members and no fractions below one; here is what ONNX says.
  it("sets in which -0, negative numbers and fractions are, and NaN in none", () => {
    const given = { membership_values: { tensor: float32([7.5, -0, -3, 0.1, nan]) } };
    const [inside, outside] = [
      [0, -0, 7.5, 0.1, -3],
      [7, 0.1000001, -3.5, inf, nan],
    ];
    const x = [...inside, ...outside].flatMap((value) => [0, 0, value]);
    const [y] = outputsOf(ensemble(0, given, float32(x, [10, 3])));
    // The first tree gives -2.5 to the second target; the other 0.1 to the first where the set has x, else 0.3 to the second.
    const [vote, rest] = [Math.fround(0.1), Math.fround(-2.5 + Math.fround(0.3))];
    const expected = [...inside.map(() => [vote, -2.5]), ...outside.map(() => [0, rest])];
    expect(y).toEqual(float32(expected.flat(), [10, 2]));
  });

  it("a set that NaN is in", () =>
    expectLikeOnnxruntime(ensemble(0, { nodes_missing_value_tracks_true: { ints: [1, 0, 1] } })));

  it("tests sets in the forest, of the input as it stands", () => {
    const ops = lowerMl(ensemble(0)).instructions.map(({ op }) => op);
    expect(ops.filter((op) => op === "indexOf" || op === "concat" || op === "gatherColumns")).toEqual([]);
    expect(ops).toContain("forest");
  });

  it("a tree that is one leaf", () => {
    const alone = ensemble(0, {
      nodes_truenodeids: { ints: [1, 0, 4] },
      nodes_falsenodeids: { ints: [3, 1, 4] },
    });
    return expectLikeOnnxruntime(alone);
  });

  it("refuses what does not fit together", () => {
    const broken = (attributes: Readonly<Record<string, OnnxAttribute>>) => () => lowerMl(ensemble(0, attributes));
    expect(broken({ tree_roots: { ints: [0, 3] } })).toThrow("tree 1 names node 3, of which there are 3");
    expect(broken({ tree_roots: { ints: [0] } })).toThrow("node 2 cannot be reached from a root");
    expect(broken({ nodes_truenodeids: { ints: [0, 0, 2] } })).toThrow("node 0 has two parents");
    expect(broken({ nodes_falsenodeids: { ints: [9, 1, 4] } })).toThrow("names leaf 9, of which there are 5");
    expect(broken({ nodes_modes: { tensor: uint8([0, 7, 6]) } })).toThrow("nodes_modes[1] is 7");
    expect(broken({ membership_values: { tensor: float32([]) } })).toThrow("membership_values holds 0 sets");
    expect(broken({ membership_values: { tensor: float64([2, 0, 7.5, nan]) } })).toThrow(
      "membership_values is of type float64, expected float32 as nodes_splits",
    );
    expect(broken({ aggregate_function: { int: 4 } })).toThrow("aggregate_function is none of 0 to 3");
    expect(broken({ leaf_targetids: { ints: [0, 1, 0, 0, 2] } })).toThrow("output 2 is not in [0, 2)");
  });
});
