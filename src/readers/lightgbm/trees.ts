/**
 * The trees of a LightGBM text model as one struct of arrays, in the file's own terms: leaves and inner nodes counted apart, decision bits,
 * bitsets of categories, linear leaves. Third step of `read-lightgbm.ts`; `forest-rows.ts` makes the checked forest of it.
 *
 * Source: `Tree::Tree(const char*, size_t*)` and `Tree::ToString` (src/io/tree.cpp), LightGBM 3.3.5 and 4.7.
 */

import { ModelParseError } from "../../errors.js";
import type { TreeKey } from "./keys.js";
import { format, type Span, type TreeLines } from "./lines.js";
import { checkRoom, readFloats, readInteger, readIntegers } from "./numbers.js";

const maxInt = 2 ** 31 - 1;

/** Sets of categories of one tree: set c has the bits of words[boundaries[c]] … words[boundaries[c+1]-1]. */
export interface TreeCategories {
  readonly boundaries: Int32Array;
  readonly words: Uint32Array;
}

/** Leaves that answer constant + Σ coefficient · x, over the leaves of all trees; leaves of other trees have no terms. */
export interface LinearLeaves {
  readonly constant: Float64Array;
  /** Length leaves + 1: the terms of leaf l are termStart[l] … termStart[l+1]-1. */
  readonly termStart: Int32Array;
  readonly feature: Int32Array;
  readonly coefficient: Float64Array;
}

export interface Trees {
  readonly count: number;
  /** Length count + 1: the leaves of tree t are leafStart[t] … ; its inner nodes start at leafStart[t] - t. */
  readonly leafStart: Int32Array;
  readonly leafValue: Float64Array;
  /** Per inner node: split_feature, threshold, decision_type. Children: ≥ 0 an inner node of the tree, < 0 the leaf ~child. */
  readonly feature: Int32Array;
  readonly threshold: Float64Array;
  readonly decision: Uint8Array;
  readonly left: Int32Array;
  readonly right: Int32Array;
  readonly categories: readonly (TreeCategories | undefined)[];
  readonly linear?: LinearLeaves;
}

/** Reads all trees. Throws ModelParseError naming the tree and the key. */
export function readTrees(bytes: Uint8Array, blocks: readonly TreeLines[], nFeatures: number): Trees {
  const count = blocks.length;
  const leafStart = new Int32Array(count + 1);
  for (const [t, block] of blocks.entries()) {
    const span = lineOf(block, "num_leaves", t);
    const leaves = readInteger(bytes, span, 1, maxInt, `tree ${t}, num_leaves`);
    checkRoom(lineOf(block, "leaf_value", t), leaves, `tree ${t}, leaf_value`);
    leafStart[t + 1] = leafStart[t]! + leaves;
  }
  const leaves = leafStart[count]!;
  const inner = leaves - count;
  const leafValue = new Float64Array(leaves);
  const [feature, left, right] = [new Int32Array(inner), new Int32Array(inner), new Int32Array(inner)];
  const threshold = new Float64Array(inner);
  const decision = new Uint8Array(inner);
  const categories: (TreeCategories | undefined)[] = [];
  const terms: LinearTerms = { constants: [], counts: [], features: [], coefficients: [] };
  for (const [t, block] of blocks.entries()) {
    const place = (key: TreeKey) => `tree ${t}, ${key}`;
    const first = leafStart[t]!;
    const size = leafStart[t + 1]! - first;
    const node = first - t;
    const integers = (key: TreeKey, into: Int32Array | Uint8Array, low: number, high: number) => {
      readIntegers(bytes, lineOf(block, key, t), into, node, size - 1, low, high, place(key));
    };
    readFloats(bytes, lineOf(block, "leaf_value", t), leafValue, first, size, place("leaf_value"));
    if (size > 1) {
      integers("split_feature", feature, 0, nFeatures - 1);
      integers("left_child", left, -size, size - 2);
      integers("right_child", right, -size, size - 2);
      checkChildren(left.subarray(node, node + size - 1), right.subarray(node, node + size - 1), t);
      if (block.lines.has("decision_type")) integers("decision_type", decision, 0, 127);
      readFloats(bytes, lineOf(block, "threshold", t), threshold, node, size - 1, place("threshold"));
    }
    categories.push(readCategories(bytes, block, t));
    readLinear(bytes, block, t, size, nFeatures, leafValue.subarray(first, first + size), terms);
  }
  const linear = joinTerms(terms, leaves);
  return {
    count,
    leafStart,
    leafValue,
    feature,
    threshold,
    decision,
    left,
    right,
    categories,
    ...(linear === undefined ? {} : { linear }),
  };
}

/** Trees [from, to), as views of the same arrays. */
export function sliceTrees(trees: Trees, from: number, to: number): Trees {
  const [leaf, leafEnd] = [trees.leafStart[from]!, trees.leafStart[to]!];
  const inner = <T extends Int32Array | Float64Array | Uint8Array>(array: T) =>
    array.subarray(leaf - from, leafEnd - to) as T;
  const { linear } = trees;
  return {
    count: to - from,
    leafStart: trees.leafStart.slice(from, to + 1).map((v) => v - leaf),
    leafValue: trees.leafValue.subarray(leaf, leafEnd),
    feature: inner(trees.feature),
    threshold: inner(trees.threshold),
    decision: inner(trees.decision),
    left: inner(trees.left),
    right: inner(trees.right),
    categories: trees.categories.slice(from, to),
    ...(linear === undefined
      ? {}
      : {
          linear: {
            ...linear,
            constant: linear.constant.subarray(leaf, leafEnd),
            // The terms stay where they are; only the leaves' share of them is cut out.
            termStart: linear.termStart.subarray(leaf, leafEnd + 1),
          },
        }),
  };
}

/** Every leaf and every inner node but the first must be a child once; what then still hangs on a cycle, `buildForest` finds. */
function checkChildren(left: Int32Array, right: Int32Array, tree: number): void {
  const used = new Uint8Array(2 * left.length + 1);
  used[0] = 1;
  for (let i = 0; i < left.length; i++) {
    for (let child = left[i]!, side = 0; side < 2; child = right[i]!, side++) {
      const at = child < 0 ? left.length + ~child : child;
      if (used[at] === 1) {
        const name = child < 0 ? `leaf ${~child}` : `node ${child}`;
        const message = child === 0 ? "the root is a child of it" : `its child, ${name}, has two parents`;
        throw new ModelParseError(format, `tree ${tree}, node ${i}`, message);
      }
      used[at] = 1;
    }
  }
}

function lineOf(block: TreeLines, key: TreeKey, tree: number): Span {
  const span = block.lines.get(key);
  if (span === undefined) throw new ModelParseError(format, `tree ${tree}`, `it has no line "${key}"`);
  return span;
}

function readCategories(bytes: Uint8Array, block: TreeLines, t: number): TreeCategories | undefined {
  const sets = readInteger(bytes, lineOf(block, "num_cat", t), 0, maxInt, `tree ${t}, num_cat`);
  if (sets === 0) return undefined;
  const place = `tree ${t}, cat_boundaries`;
  const span = lineOf(block, "cat_boundaries", t);
  checkRoom(span, sets + 1, place);
  const boundaries = new Int32Array(sets + 1);
  readIntegers(bytes, span, boundaries, 0, sets + 1, 0, maxInt, place);
  if (boundaries[0] !== 0) throw new ModelParseError(format, place, `it starts with ${boundaries[0]}, expected 0`);
  const broken = boundaries.findIndex((v, i) => i > 0 && v < boundaries[i - 1]!);
  if (broken !== -1) throw new ModelParseError(format, place, `value ${broken} is below the one before it`);
  const total = boundaries[sets]!;
  const words = lineOf(block, "cat_threshold", t);
  checkRoom(words, total, `tree ${t}, cat_threshold`);
  const read = new Uint32Array(total);
  readIntegers(bytes, words, read, 0, total, 0, 2 ** 32 - 1, `tree ${t}, cat_threshold`);
  return { boundaries, words: read };
}

/** Linear leaves tree by tree; `features` and `coefficients` have an entry per linear tree only. */
interface LinearTerms {
  readonly constants: Float64Array[];
  readonly counts: Int32Array[];
  readonly features: Int32Array[];
  readonly coefficients: Float64Array[];
}

/** Joined over all trees; undefined for a file without linear trees. */
function joinTerms(terms: LinearTerms, leaves: number): LinearLeaves | undefined {
  if (terms.features.length === 0) return undefined;
  const constant = new Float64Array(leaves);
  const termStart = new Int32Array(leaves + 1);
  let leaf = 0;
  for (const [t, own] of terms.constants.entries()) {
    constant.set(own, leaf);
    for (const n of terms.counts[t] ?? []) {
      termStart[leaf + 1] = termStart[leaf]! + n;
      leaf++;
    }
  }
  const feature = new Int32Array(termStart[leaves]!);
  const coefficient = new Float64Array(termStart[leaves]!);
  let at = 0;
  for (const [i, own] of terms.features.entries()) {
    feature.set(own, at);
    coefficient.set(terms.coefficients[i] ?? [], at);
    at += own.length;
  }
  return { constant, termStart, feature, coefficient };
}

function readLinear(
  bytes: Uint8Array,
  block: TreeLines,
  t: number,
  leaves: number,
  nFeatures: number,
  leafValue: Float64Array,
  terms: LinearTerms,
): void {
  const flag = block.lines.get("is_linear");
  if (flag === undefined || readInteger(bytes, flag, 0, 1, `tree ${t}, is_linear`) === 0) {
    terms.constants.push(leafValue);
    terms.counts.push(new Int32Array(leaves));
    return;
  }
  const place = (key: TreeKey) => `tree ${t}, ${key}`;
  const constant = new Float64Array(leaves);
  readFloats(bytes, lineOf(block, "leaf_const", t), constant, 0, leaves, place("leaf_const"));
  const counts = new Int32Array(leaves);
  readIntegers(bytes, lineOf(block, "num_features", t), counts, 0, leaves, 0, nFeatures, place("num_features"));
  const total = counts.reduce((a, b) => a + b, 0);
  const featureSpan = lineOf(block, "leaf_features", t);
  checkRoom(featureSpan, total, place("leaf_features"));
  const feature = new Int32Array(total);
  readIntegers(bytes, featureSpan, feature, 0, total, 0, nFeatures - 1, place("leaf_features"));
  const coefficient = new Float64Array(total);
  readFloats(bytes, lineOf(block, "leaf_coeff", t), coefficient, 0, total, place("leaf_coeff"));
  terms.constants.push(constant);
  terms.counts.push(counts);
  terms.features.push(feature);
  terms.coefficients.push(coefficient);
}
