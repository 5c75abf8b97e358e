/**
 * One tree of a model as nested plain objects, for people and pages that draw it. Reads the forests of the lowered Program, in the
 * order of `plan.forests`, as the source file has them: before any narrowing or strategy.
 */

import { optimize } from "./compile.js";
import { OptionError } from "./errors.js";
import { type ComparisonSign, comparisonOf, type Forest, intervalsOf, isLeaf } from "./ir/forest.js";
import type { Model } from "./ir/model.js";
import { lowerModel } from "./lower.js";
import { checkOptions } from "./options.js";

export interface TreeLeaf {
  readonly kind: "leaf";
  /** As the source names it: what `leafIndices` answers. */
  readonly id: number;
  /** What it adds to the outputs. */
  readonly votes: readonly { readonly output: number; readonly value: number }[];
}

export interface TreeSplit {
  readonly kind: "split";
  readonly id: number;
  /** Column of what the forest compares: the model's input, or what the operators before the forest made of it. */
  readonly column: number;
  /** "in": x lies in one of `intervals`, bounds included; else x is compared with `threshold`. */
  readonly comparison: ComparisonSign;
  readonly threshold?: number;
  readonly intervals?: readonly (readonly [low: number, high: number])[];
  /** Where a missing value goes. */
  readonly missing: "yes" | "no";
  /** Taken where the comparison holds, and where not; absent below the depth asked for. */
  readonly yes?: TreeNode;
  readonly no?: TreeNode;
}

export type TreeNode = TreeLeaf | TreeSplit;

export interface TreeOptions {
  /** Index into `plan.forests`; 0 by default. */
  readonly forest?: number;
  /** Index of the tree; 0 by default. */
  readonly tree?: number;
  /** Levels below the root to give; at most and by default 64. */
  readonly depth?: number;
}

const deepest = 64;

/** The tree's root. Throws OptionError where the model has no such forest or tree. */
export function treeOf(model: Model, options: TreeOptions = {}): TreeNode {
  checkOptions("treeOf", options, ["forest", "tree", "depth"]);
  const { forest: which = 0, tree = 0, depth = deepest } = options;
  const forests = new Set<Forest>();
  for (const i of optimize(lowerModel(model)).instructions) {
    if (i.op === "forest" || i.op === "forestLeaves") forests.add(i.attrs.forest);
  }
  const forest = [...forests][which];
  if (forest === undefined) throw new OptionError("forest", `expected a forest below ${forests.size}, got ${which}`);
  const root = Number.isInteger(tree) && tree >= 0 && tree < forest.nTrees ? forest.treeStart[tree] : undefined;
  if (root === undefined) throw new OptionError("tree", `expected a tree below ${forest.nTrees}, got ${tree}`);
  if (!Number.isInteger(depth) || depth < 0 || depth > deepest) {
    throw new OptionError("depth", `expected a whole number from 0 to ${deepest}, got ${depth}`);
  }
  return nodeAt(forest, root, depth);
}

function nodeAt(forest: Forest, node: number, depth: number): TreeNode {
  const id = forest.nodeId[node]!;
  if (isLeaf(forest, node)) {
    const votes = [];
    for (let i = forest.leafStart[node]!; i < forest.leafStart[node + 1]!; i++) {
      votes.push({ output: forest.leafTarget[i]!, value: forest.leafValue[i]! });
    }
    return { kind: "leaf", id, votes };
  }
  const threshold = forest.threshold[node]!;
  const comparison = comparisonOf(forest, node);
  return {
    kind: "split",
    id,
    column: forest.feature[node]!,
    comparison,
    ...(comparison === "in" ? { intervals: intervalsOf(forest, threshold) } : { threshold }),
    missing: forest.missingTrue[node] === 1 ? "yes" : "no",
    ...(depth === 0
      ? {}
      : {
          yes: nodeAt(forest, forest.trueChild[node]!, depth - 1),
          no: nodeAt(forest, forest.falseChild[node]!, depth - 1),
        }),
  };
}
