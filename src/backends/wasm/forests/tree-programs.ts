/**
 * Trees as the programs that the bit-sliced kernels run (kernels/forest/tree-bits.ts), and the numbers that leaves have in them.
 * By levels and in symmetric trees, a leaf's number is its path (its bits the turns, then zeros). In general, leaves are counted
 * from left to right, in binary or Gray code, and a node changes the bits in which the first leaves of its two sides differ.
 */

import type { Forest } from "../../../ir/forest.js";

/** How programs are written; the numbers of kernels/forest/bit-sliced.ts. */
export const ProgramShape = { general: 0, levels: 1, oblivious: 2 } as const;
export type ProgramShape = (typeof ProgramShape)[keyof typeof ProgramShape];

/** A node's condition: the words that name it, and the children in the order that it puts them in. */
export interface Condition {
  readonly words: readonly number[];
  readonly left: number;
  readonly right: number;
}

export interface TreeProgram {
  readonly words: readonly number[];
  /** Per number, of 2^bits: its leaf (a node of the forest); -1 for numbers that no leaf has. */
  readonly leaves: Int32Array;
}

/** Bytes of a reach mask: 256 rows. */
const maskBytes = 32;

interface Step {
  readonly condition: Condition;
  /** Where the mask of the rows that reach it stands. */
  readonly reach: number;
  readonly level: number;
}

/** Inner nodes in breadth-first order; the k-th writes its children's masks to places 2k + 1 and 2k + 2. */
function stepsOf(forest: Forest, root: number, conditionOf: (node: number) => Condition): Step[] {
  const steps: Step[] = [];
  const queue = [{ node: root, reach: 0, level: 0 }];
  for (let i = 0; i < queue.length; i++) {
    const { node, reach, level } = queue[i]!;
    if (forest.feature[node] === -1) continue;
    const condition = conditionOf(node);
    const place = (2 * steps.length + 1) * maskBytes;
    steps.push({ condition, reach, level });
    queue.push(
      { node: condition.left, reach: place, level: level + 1 },
      { node: condition.right, reach: place + maskBytes, level: level + 1 },
    );
  }
  return steps;
}

/** Leaves by their paths, of `bits` turns, zeros after the last. */
function leavesByPath(
  forest: Forest,
  root: number,
  bits: number,
  conditionOf: (node: number) => Condition,
): Int32Array {
  const leaves = new Int32Array(2 ** bits).fill(-1);
  const descend = (node: number, number: number, level: number): void => {
    if (forest.feature[node] === -1) {
      leaves[number] = node;
      return;
    }
    const { left, right } = conditionOf(node);
    descend(left, number, level + 1);
    descend(right, number | (1 << (bits - 1 - level)), level + 1);
  };
  descend(root, 0, 0);
  return leaves;
}

/** For a tree of at most `bits` levels. */
function levelProgram(
  forest: Forest,
  root: number,
  bits: number,
  conditionOf: (node: number) => Condition,
): TreeProgram {
  const steps = stepsOf(forest, root, conditionOf);
  const words: number[] = [];
  for (let level = 0; level < bits; level++) {
    const here = steps.filter((s) => s.level === level);
    words.push(here.length);
    for (const { condition, reach } of here) words.push(...condition.words, reach);
  }
  return { words, leaves: leavesByPath(forest, root, bits, conditionOf) };
}

/**
 * For a symmetric tree of at most `bits` levels. The nodes that are true children, and the root, stand for their levels: no other's
 * condition is asked for. `never` stands for the levels that the tree lacks.
 */
function obliviousProgram(
  forest: Forest,
  root: number,
  bits: number,
  conditionOf: (node: number) => Condition,
  never: readonly number[],
): TreeProgram {
  const words: number[] = [];
  const leaves = new Int32Array(2 ** bits).fill(-1);
  // The nodes of a level, at the numbers that the leaves on their left ends have.
  leaves[0] = root;
  let node = root;
  for (let level = 0; level < bits; level++) {
    if (forest.feature[node] === -1) {
      words.push(...never);
      continue;
    }
    const condition = conditionOf(node);
    words.push(...condition.words);
    const [left, right] =
      condition.right === forest.trueChild[node]
        ? [forest.falseChild, forest.trueChild]
        : [forest.trueChild, forest.falseChild];
    const apart = 1 << (bits - level);
    for (let number = 0; number < leaves.length; number += apart) {
      const above = leaves[number]!;
      leaves[number] = left[above]!;
      leaves[number + (apart >> 1)] = right[above]!;
    }
    node = forest.trueChild[node]!;
  }
  return { words, leaves };
}

/** One node for each level of the symmetric trees from … to-1: those whose conditions their programs ask for. */
export function levelNodes(forest: Forest, from: number, to: number): number[] {
  const nodes: number[] = [];
  for (let t = from; t < to; t++) {
    for (let node = forest.treeStart[t]!; forest.feature[node] !== -1; node = forest.trueChild[node]!) nodes.push(node);
  }
  return nodes;
}

/** For a tree of at most 2^bits leaves. */
function generalProgram(
  forest: Forest,
  root: number,
  bits: number,
  conditionOf: (node: number) => Condition,
): TreeProgram {
  const steps = stepsOf(forest, root, conditionOf);
  const order: number[] = [];
  // Per node: which leaf, from the left, is its first.
  const first = new Map<number, number>();
  const descend = (node: number): void => {
    first.set(node, order.length);
    if (forest.feature[node] === -1) {
      order.push(node);
      return;
    }
    const { left, right } = conditionOf(node);
    descend(left);
    descend(right);
  };
  descend(root);
  const codings = [(i: number) => i, (i: number) => i ^ (i >> 1)].map((label) => {
    const changes = steps.map(({ condition: { left, right } }) => label(first.get(left)!) ^ label(first.get(right)!));
    return { label, changes, ones: changes.reduce((sum, c) => sum + popcount(c), 0) };
  });
  const { label, changes } = codings.reduce((a, b) => (b.ones < a.ones ? b : a));
  const words = [steps.length];
  for (const { condition, reach } of steps) words.push(...condition.words, reach);
  for (let bit = 0; bit < bits; bit++) {
    const count = words.push(0) - 1;
    for (const [k, change] of changes.entries()) if ((change >> bit) & 1) words.push((2 * k + 2) * maskBytes);
    words[count] = words.length - count - 1;
  }
  const leaves = new Int32Array(2 ** bits).fill(-1);
  for (const [i, leaf] of order.entries()) leaves[label(i)] = leaf;
  return { words, leaves };
}

/** The program of the tree at `root`. `never` names a condition that never holds. */
export function treeProgram(
  shape: ProgramShape,
  forest: Forest,
  root: number,
  bits: number,
  conditionOf: (node: number) => Condition,
  never: readonly number[],
): TreeProgram {
  if (shape === ProgramShape.oblivious) return obliviousProgram(forest, root, bits, conditionOf, never);
  return (shape === ProgramShape.levels ? levelProgram : generalProgram)(forest, root, bits, conditionOf);
}

function popcount(x: number): number {
  let count = 0;
  for (let rest = x; rest !== 0; rest &= rest - 1) count++;
  return count;
}
