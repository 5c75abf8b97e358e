/** A forest as an ONNX TreeEnsembleRegressor (ai.onnx.ml 3), so that other engines can run what the kernels run in a benchmark. */

import { type Forest, SplitMode } from "../src/ir/forest.js";
import { onnxFile } from "../test-models/onnx-file.js";

const modeNames = Object.fromEntries(
  Object.entries({
    leaf: "LEAF",
    lessEqual: "BRANCH_LEQ",
    less: "BRANCH_LT",
    greaterEqual: "BRANCH_GTE",
    greater: "BRANCH_GT",
    equal: "BRANCH_EQ",
    notEqual: "BRANCH_NEQ",
  }).map(([name, onnx]) => [SplitMode[name as keyof typeof SplitMode], onnx]),
);

/** Input "X" float32 [N, nFeatures], output "Y" float32 [N, nOutputs]. The forest compares and sums in float32. */
export function forestOnnx(forest: Forest): Uint8Array {
  const nodes = Array.from({ length: forest.nNodes }, (_, i) => i);
  const tree = new Int32Array(forest.nNodes);
  for (let t = 0; t < forest.nTrees; t++) tree.fill(t, forest.treeStart[t], forest.treeStart[t + 1]);
  const local = (i: number): number => (i === -1 ? 0 : i - forest.treeStart[tree[i]!]!);
  const voteNode = nodes.flatMap((i) => new Array<number>(forest.leafStart[i + 1]! - forest.leafStart[i]!).fill(i));
  return onnxFile({
    nodes: [
      {
        op: "TreeEnsembleRegressor",
        domain: "ai.onnx.ml",
        inputs: ["X"],
        outputs: ["Y"],
        attributes: {
          n_targets: { int: forest.nOutputs },
          nodes_treeids: { ints: Array.from(tree) },
          nodes_nodeids: { ints: nodes.map(local) },
          nodes_featureids: { ints: nodes.map((i) => Math.max(0, forest.feature[i]!)) },
          nodes_modes: { strings: nodes.map((i) => modeNames[forest.mode[i]!]!) },
          nodes_values: { floats: forest.threshold },
          nodes_truenodeids: { ints: nodes.map((i) => local(forest.trueChild[i]!)) },
          nodes_falsenodeids: { ints: nodes.map((i) => local(forest.falseChild[i]!)) },
          nodes_missing_value_tracks_true: { ints: Array.from(forest.missingTrue) },
          target_treeids: { ints: voteNode.map((i) => tree[i]!) },
          target_nodeids: { ints: voteNode.map(local) },
          target_ids: { ints: Array.from(forest.leafTarget) },
          target_weights: { floats: forest.leafValue },
        },
      },
    ],
    inputs: [{ name: "X", dtype: "float32", shape: ["N", forest.nFeatures] }],
    outputs: [{ name: "Y", dtype: "float32", shape: ["N", forest.nOutputs] }],
    opsets: { "": 17, "ai.onnx.ml": 3 },
  });
}
