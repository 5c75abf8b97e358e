/** For tests of TreeEnsemble: nodes from trees written as nested tuples. */

import { float32, float64, type Tensor } from "../../src/ir/tensor.js";
import type { OnnxAttribute } from "../../test-models/onnx-file.js";
import type { MlNode } from "../shared/ml-node.testing.js";

/** Votes of one leaf: weight by class or target. */
export type Leaf = Readonly<Record<number, number>>;
/** A tree is a leaf, or [mode, feature, threshold, true child, false child, where NaN goes]. */
export type Tree =
  | Leaf
  | readonly [mode: string, feature: number, threshold: number, yes: Tree, no: Tree, nanTrue?: 0 | 1];

export interface Ensemble {
  readonly kind: "class" | "target";
  readonly trees: readonly Tree[];
  readonly doubles?: boolean;
}

export const isInner = (tree: Tree): tree is Exclude<Tree, Leaf> => Array.isArray(tree);

/** Node attributes, node ids in pre-order. */
function attributesOf({ kind, trees, doubles = false }: Ensemble): Record<string, OnnxAttribute> {
  const nodes: {
    tree: number;
    id: number;
    mode: string;
    feature: number;
    value: number;
    yes: number;
    no: number;
    nan: number;
  }[] = [];
  const votes: { tree: number; id: number; target: number; weight: number }[] = [];
  for (const [t, root] of trees.entries()) {
    let next = 0;
    const add = (tree: Tree): number => {
      const id = next++;
      const node = { tree: t, id, mode: "LEAF", feature: 0, value: 0, yes: 0, no: 0, nan: 0 };
      nodes.push(node);
      if (isInner(tree)) {
        const [mode, feature, value, yes, no, nan = 0] = tree;
        Object.assign(node, { mode, feature, value, nan, yes: add(yes), no: add(no) });
      } else {
        for (const [target, weight] of Object.entries(tree))
          votes.push({ tree: t, id, target: Number(target), weight });
      }
      return id;
    };
    add(root);
  }
  const numbers = (name: string, values: readonly number[]): Record<string, OnnxAttribute> =>
    doubles ? { [`${name}_as_tensor`]: { tensor: float64(values) } } : { [name]: { floats: values } };
  return {
    nodes_treeids: { ints: nodes.map((n) => n.tree) },
    nodes_nodeids: { ints: nodes.map((n) => n.id) },
    nodes_modes: { strings: nodes.map((n) => n.mode) },
    nodes_featureids: { ints: nodes.map((n) => n.feature) },
    ...numbers(
      "nodes_values",
      nodes.map((n) => n.value),
    ),
    nodes_truenodeids: { ints: nodes.map((n) => n.yes) },
    nodes_falsenodeids: { ints: nodes.map((n) => n.no) },
    nodes_missing_value_tracks_true: { ints: nodes.map((n) => n.nan) },
    [`${kind}_treeids`]: { ints: votes.map((v) => v.tree) },
    [`${kind}_nodeids`]: { ints: votes.map((v) => v.id) },
    [`${kind}_ids`]: { ints: votes.map((v) => v.target) },
    ...numbers(
      `${kind}_weights`,
      votes.map((v) => v.weight),
    ),
  };
}

/** One tree over column 0 whose leaf i is reached for x = i, from 0 on. */
export function ladder(leaves: readonly Leaf[]): Tree {
  const [first = {}, ...rest] = leaves;
  return rest.reduceRight<Tree>((no, _, i) => ["BRANCH_LEQ", 0, i, leaves[i] ?? {}, no], leaves.at(-1) ?? first);
}

/** x of one column: 0, 1, …, n - 1. */
export const column = (n: number): Tensor =>
  float32(
    Array.from({ length: n }, (_, i) => i),
    [n, 1],
  );

/** A TreeEnsembleClassifier of version 3. */
export function classifier(
  trees: readonly Tree[],
  labels: readonly string[] | readonly number[],
  postTransform: string,
  inputs: readonly Tensor[],
  base?: readonly number[],
): MlNode {
  const isText = (l: readonly string[] | readonly number[]): l is readonly string[] => typeof l[0] === "string";
  return {
    op: "TreeEnsembleClassifier",
    version: 3,
    outputs: 2,
    inputs,
    attributes: {
      ...attributesOf({ kind: "class", trees }),
      post_transform: { string: postTransform },
      ...(isText(labels) ? { classlabels_strings: { strings: labels } } : { classlabels_int64s: { ints: labels } }),
      ...(base === undefined ? {} : { base_values: { floats: base } }),
    },
  };
}

/** A TreeEnsembleRegressor of version 3. */
export function regressor(
  ensemble: Omit<Ensemble, "kind">,
  targets: number,
  inputs: readonly Tensor[],
  more: Readonly<Record<string, OnnxAttribute>> = {},
): MlNode {
  const attributes = { ...attributesOf({ kind: "target", ...ensemble }), n_targets: { int: targets }, ...more };
  return { op: "TreeEnsembleRegressor", version: 3, inputs, attributes };
}

/** Softmax and exp of onnxruntime and of the reference differ in the last places; onnxruntime approximates PROBIT to 3 digits. */
export const close = (transform: string) =>
  transform === "PROBIT" ? { ulps: 2 ** 15, absolute: 3e-4 } : { ulps: 4, absolute: 3e-7 };
