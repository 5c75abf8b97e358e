/**
 * Non-symmetric trees of the binary format: a step node holds the distances to its children. Where a distance is 0 the way ends
 * at the node itself, in the leaf that it names; so a node may be a leaf on one side only.
 *
 * Source: `CalcNonSymmetricTrees` (catboost/libs/model/cpu/evaluator_impl.cpp) and `TModelTrees::TForApplyData` (model.cpp) for the
 * numbers of the leaves: counted from the tree's lowest.
 */

import { ModelParseError } from "../../errors.js";
import { type BinaryTrees, format } from "./catboost-file.js";

export interface StepNodes {
  /** Nodes per tree. */
  readonly TreeSizes: Int32Array;
  /** Condition per node. */
  readonly TreeSplits: Int32Array;
  /** Per node: distance to the child where the condition does not hold, and where it holds. */
  readonly NonSymmetricStepNodes: Uint16Array;
  /** Per node: where in LeafValues its leaf starts. */
  readonly NonSymmetricNodeIdToLeafId: Uint32Array;
  readonly LeafValues: Float64Array;
}

/** Throws ModelParseError where counts, distances or leaves do not fit together. */
export function stepTrees(file: StepNodes, dimension: number): BinaryTrees {
  const { TreeSizes, TreeSplits, NonSymmetricStepNodes: steps, NonSymmetricNodeIdToLeafId: leafIds, LeafValues } = file;
  const fail = (message: string): never => {
    throw new ModelParseError(format, "TModelTrees", message);
  };
  const nodes = steps.length / 2;
  if (TreeSplits.length !== nodes) fail(`${TreeSplits.length} TreeSplits for ${nodes} step nodes`);
  if (leafIds.length !== nodes) fail(`${leafIds.length} NonSymmetricNodeIdToLeafId for ${nodes} step nodes`);
  const trees = TreeSizes.length;
  const innerStart = new Int32Array(trees + 1);
  const leafStart = new Int32Array(trees + 1);
  const inner: number[] = [];
  const [yes, no, split]: [number[], number[], number[]] = [[], [], []];
  let first = 0;
  for (let t = 0; t < trees; t++) {
    const size = TreeSizes[t]!;
    if (size < 1 || first + size > nodes) fail(`tree ${t} has ${size} nodes from ${first} on, of ${nodes}`);
    const left = (i: number): number => steps[2 * (first + i)]!;
    const right = (i: number): number => steps[2 * (first + i) + 1]!;
    let [lowest, ends] = [2 ** 32, 0];
    inner.length = 0;
    for (let i = 0, next = 0; i < size; i++) {
      const leaf = left(i) === 0 || right(i) === 0;
      if (leaf) {
        lowest = Math.min(lowest, leafIds[first + i]!);
        ends++;
      }
      inner.push(left(i) === 0 && right(i) === 0 ? -1 : next++);
    }
    const leafOf = (i: number): number => {
      const leaf = (leafIds[first + i]! - lowest) / dimension;
      if (!Number.isInteger(leaf) || leaf >= ends)
        fail(`tree ${t}, node ${i}: its leaf ${leaf} is not in [0, ${ends})`);
      return -1 - leaf;
    };
    const child = (i: number, distance: number): number => {
      if (distance === 0) return leafOf(i);
      const to = i + distance;
      if (to >= size) fail(`tree ${t}, node ${i}: its child ${to} is not in [0, ${size})`);
      return inner[to] === -1 ? leafOf(to) : inner[to]!;
    };
    for (let i = 0; i < size; i++) {
      if (inner[i] === -1) continue;
      split.push(TreeSplits[first + i]!);
      no.push(child(i, left(i)));
      yes.push(child(i, right(i)));
    }
    if (inner[0] === -1 && size !== 1) fail(`tree ${t}: its root is a leaf, but it has ${size} nodes`);
    if (lowest !== leafStart[t]! * dimension) {
      fail(`tree ${t}: its leaves start at value ${lowest}, expected ${leafStart[t]! * dimension}`);
    }
    innerStart[t + 1] = split.length;
    leafStart[t + 1] = leafStart[t]! + ends;
    first += size;
  }
  if (first !== nodes) fail(`the trees have ${first} nodes together, but the file ${nodes}`);
  if (LeafValues.length !== leafStart[trees]! * dimension) {
    fail(`${LeafValues.length} leaf values for ${leafStart[trees]} leaves of ${dimension}`);
  }
  return {
    symmetric: false,
    dimension,
    innerStart,
    leafStart,
    split: Int32Array.from(split),
    yes: Int32Array.from(yes),
    no: Int32Array.from(no),
    leafValues: LeafValues,
  };
}
