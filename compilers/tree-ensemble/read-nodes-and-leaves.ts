/**
 * The forest of a TreeEnsemble node of ai.onnx.ml 5, whose nodes and leaves stand in arrays of their own and name each other by
 * position. A root whose both children are one leaf is a tree of that leaf. The sets whose members nodes test are numbers, each an
 * interval of its own.
 */

import { ModelParseError } from "../../src/errors.js";
import { type Forest, naturalMissingTrue, SplitMode } from "../../src/ir/forest.js";
import { buildForest } from "../../src/ir/forest-builder.js";
import { createSetCollector, type IntervalSets } from "../../src/ir/interval-sets.js";
import type { NodeView } from "../../src/ir/sources.js";
import { numbersOf } from "../../src/ir/tensor.js";
import type { FileNumbers } from "./read-forest.js";

/** By the number in nodes_modes. */
const modes: readonly SplitMode[] = [
  SplitMode.lessEqual,
  SplitMode.less,
  SplitMode.greaterEqual,
  SplitMode.greater,
  SplitMode.equal,
  SplitMode.notEqual,
  SplitMode.member,
];

/** Throws ModelParseError for arrays that contradict each other, and for whatever `buildForest` refuses. */
export function readNodesAndLeaves(node: NodeView, targets: number, aggregate: Forest["aggregate"]): Forest {
  const { attrs } = node;
  const fail = (message: string): never => {
    throw new ModelParseError(node.format, node.where, message);
  };
  attrs.ignore("nodes_hitrates");
  const splits = numbers(node, "nodes_splits");
  const weights = numbers(node, "leaf_weights");
  const modeTensor = attrs.tensor("nodes_modes");
  if (modeTensor.dtype !== "uint8") fail(`nodes_modes is of type ${modeTensor.dtype}, expected uint8`);
  const written = numbersOf(modeTensor.data);
  const count = written.length;
  const lists = {
    nodes_featureids: attrs.ints("nodes_featureids"),
    nodes_truenodeids: attrs.ints("nodes_truenodeids"),
    nodes_falsenodeids: attrs.ints("nodes_falsenodeids"),
    nodes_trueleafs: attrs.ints("nodes_trueleafs"),
    nodes_falseleafs: attrs.ints("nodes_falseleafs"),
    nodes_missing_value_tracks_true: attrs.ints("nodes_missing_value_tracks_true", new Array<number>(count).fill(0)),
    nodes_splits: splits.values,
  };
  for (const [name, list] of Object.entries(lists)) {
    if (list.length !== count) fail(`${name} has ${list.length} entries, but nodes_modes has ${count}`);
  }
  const leafTargets = attrs.ints("leaf_targetids");
  if (leafTargets.length !== weights.values.length) {
    fail(`leaf_targetids has ${leafTargets.length} entries, but leaf_weights has ${weights.values.length}`);
  }
  const roots = attrs.ints("tree_roots");
  if (roots.length === 0) fail("tree_roots is empty, expected at least one tree");
  const { setOf, sets } = readSets(node, written, splits.dtype);

  const rows = {
    tree: [] as number[],
    id: [] as number[],
    mode: [] as number[],
    feature: [] as number[],
    threshold: [] as number[],
    trueId: [] as number[],
    falseId: [] as number[],
    missingTrue: [] as number[],
    voteTree: [] as number[],
    voteId: [] as number[],
    voteTarget: [] as number[],
    voteValue: [] as number[],
  };
  const seen = new Uint8Array(count);
  const isLeaf = (flag: number | undefined): boolean => {
    if (flag !== 0 && flag !== 1) fail(`nodes_trueleafs and nodes_falseleafs hold ${flag}, expected 0 or 1`);
    return flag === 1;
  };
  for (const [t, root] of roots.entries()) {
    /** Nodes yet to be written: their position, and the id that their parent gave them. */
    const open: { readonly at: number; readonly leaf: boolean; readonly id: number }[] = [];
    let next = 0;
    const push = (at: number | undefined, leaf: boolean): number => {
      const size = leaf ? leafTargets.length : count;
      if (at === undefined || at < 0 || at >= size) {
        return fail(`tree ${t} names ${leaf ? "leaf" : "node"} ${at}, of which there are ${size}`);
      }
      if (!leaf) {
        if (seen[at] === 1) fail(`node ${at} has two parents`);
        seen[at] = 1;
      }
      open.push({ at, leaf, id: next });
      return next++;
    };
    const both = isLeaf(lists.nodes_trueleafs[root] ?? 0) && isLeaf(lists.nodes_falseleafs[root] ?? 0);
    const only = both && lists.nodes_truenodeids[root] === lists.nodes_falsenodeids[root];
    if (only) seen[root] = 1;
    push(only ? lists.nodes_truenodeids[root] : root, only);
    for (let item = open.pop(); item !== undefined; item = open.pop()) {
      const { at, leaf, id } = item;
      rows.tree.push(t);
      rows.id.push(id);
      if (leaf) {
        for (const list of [rows.feature, rows.threshold, rows.trueId, rows.falseId, rows.missingTrue]) list.push(0);
        rows.mode.push(SplitMode.leaf);
        rows.voteTree.push(t);
        rows.voteId.push(id);
        rows.voteTarget.push(leafTargets[at]!);
        rows.voteValue.push(weights.values[at]!);
        continue;
      }
      const mode = modes[written[at]!];
      if (mode === undefined) return fail(`nodes_modes[${at}] is ${written[at]}, expected 0 to ${modes.length - 1}`);
      const tracks = lists.nodes_missing_value_tracks_true[at]!;
      if (tracks !== 0 && tracks !== 1) fail(`nodes_missing_value_tracks_true[${at}] is ${tracks}, expected 0 or 1`);
      rows.mode.push(mode);
      rows.feature.push(lists.nodes_featureids[at]!);
      rows.threshold.push(setOf.get(at) ?? splits.values[at]!);
      rows.missingTrue.push(tracks === 1 ? 1 : naturalMissingTrue(mode));
      rows.trueId.push(push(lists.nodes_truenodeids[at], isLeaf(lists.nodes_trueleafs[at])));
      rows.falseId.push(push(lists.nodes_falsenodeids[at], isLeaf(lists.nodes_falseleafs[at])));
    }
  }
  const lost = seen.indexOf(0);
  if (lost !== -1) fail(`node ${lost} cannot be reached from a root`);
  return buildForest(
    { ...rows, sets, nFeatures: undefined, nOutputs: targets, compare: splits.dtype, sum: weights.dtype, aggregate },
    node.format,
    node.where,
  );
}

/** float16 values are float32 ones as they stand. */
function numbers(node: NodeView, name: string): FileNumbers {
  const { dtype, data } = node.attrs.tensor(name);
  if (dtype === "float64" && data instanceof Float64Array) return { values: data, dtype };
  if ((dtype === "float32" || dtype === "float16") && data instanceof Float32Array) {
    return { values: data, dtype: "float32" };
  }
  throw new ModelParseError(
    node.format,
    node.where,
    `${name} is of type ${dtype}, expected float16, float32 or float64`,
  );
}

/**
 * The sets of `membership_values`, one after the other in the order of the nodes that test them, each ended by NaN, and which of them
 * each node tests. ONNX gives them the type of nodes_splits, in which x is compared.
 */
function readSets(
  node: NodeView,
  written: ArrayLike<number>,
  compare: FileNumbers["dtype"],
): { readonly setOf: ReadonlyMap<number, number>; readonly sets: IntervalSets } {
  const fail = (message: string): never => {
    throw new ModelParseError(node.format, node.where, message);
  };
  const lists: number[][] = [];
  if (node.attrs.has("membership_values")) {
    const { values, dtype } = numbers(node, "membership_values");
    if (dtype !== compare) fail(`membership_values is of type ${dtype}, expected ${compare} as nodes_splits`);
    let open: number[] = [];
    for (const value of values) {
      if (Number.isNaN(value)) {
        lists.push(open);
        open = [];
      } else open.push(value);
    }
    // The last set may do without its NaN.
    if (open.length > 0) lists.push(open);
  }
  const collector = createSetCollector(node.where);
  const setOf = new Map<number, number>();
  for (let i = 0; i < written.length; i++) {
    if (modes[written[i]!] !== SplitMode.member) continue;
    const list = lists[setOf.size];
    if (list === undefined) return fail(`membership_values holds ${lists.length} sets, too few for the nodes`);
    const members = [...new Set(list)].sort((a, b) => a - b);
    setOf.set(i, collector.add(members.flatMap((value) => [value, value])));
  }
  if (setOf.size !== lists.length) {
    fail(`membership_values holds ${lists.length} sets, but ${setOf.size} nodes test one`);
  }
  return { setOf, sets: collector.finish() };
}
