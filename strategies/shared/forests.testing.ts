/**
 * Random forests, and rows that hit their thresholds, for property tests (fast-check) of whatever evaluates or rewrites
 * forests. Test code: nothing in the library imports it.
 */

import fc from "fast-check";
import { createBuilder } from "../../src/ir/builder.js";
import { N } from "../../src/ir/dims.js";
import { evaluateInstruction } from "../../src/ir/evaluate.js";
import {
  nextDown32,
  nextDown64,
  nextUp32,
  nextUp64,
  roundDownToFloat32,
  roundUpToFloat32,
} from "../../src/ir/float.js";
import type { Forest } from "../../src/ir/forest.js";
import { SplitMode } from "../../src/ir/forest.js";
import { buildForest } from "../../src/ir/forest-builder.js";
import { createSetCollector } from "../../src/ir/interval-sets.js";
import type { Program, ValueId } from "../../src/ir/program.js";
import type { Strategy, Target } from "../../src/ir/target.js";
import { float32, float64, type Tensor } from "../../src/ir/tensor.js";
import { typeOf } from "../../src/ir/types.js";

/** A tree as nested data: how tests write forests by hand, too. */
export type TreeSpec = LeafSpec | SplitSpec;

export interface LeafSpec {
  /** Output column and value of each vote, or the one value for column 0. */
  readonly votes: number | readonly (readonly [target: number, value: number])[];
  /** Default: ids count up in pre-order from 0 in each tree. */
  readonly id?: number;
}

export interface SplitSpec {
  readonly feature: number;
  readonly mode: keyof Omit<typeof SplitMode, "leaf">;
  /** Not for `member`. */
  readonly threshold?: number;
  /** For `member`: bounds of the set, [low, high, low, high, …]. */
  readonly set?: readonly number[];
  /** Whether NaN goes to `yes`. Default: false. */
  readonly missingTrue?: boolean;
  readonly yes: TreeSpec;
  readonly no: TreeSpec;
  readonly id?: number;
}

export interface ForestSpec {
  readonly trees: readonly TreeSpec[];
  /** Default: one more than the largest feature. */
  readonly nFeatures?: number;
  /** Default: 1. */
  readonly nOutputs?: number;
  /** Default: "float32". */
  readonly compare?: "float32" | "float64";
  /** Default: "float32". */
  readonly sum?: "float32" | "float64";
  /** Default: "sum". */
  readonly aggregate?: "sum" | "min" | "max";
}

/** A checked Forest from nested data. */
export function forestOf(spec: ForestSpec): Forest {
  const node = { tree: [], id: [], mode: [], feature: [], threshold: [], trueId: [], falseId: [], missingTrue: [] } as {
    [K in "tree" | "id" | "mode" | "feature" | "threshold" | "trueId" | "falseId" | "missingTrue"]: number[];
  };
  const vote = { voteTree: [], voteId: [], voteTarget: [], voteValue: [] } as {
    [K in "voteTree" | "voteId" | "voteTarget" | "voteValue"]: number[];
  };
  const sets = createSetCollector("test");
  for (const [t, tree] of spec.trees.entries()) {
    let count = 0;
    const add = (at: TreeSpec): number => {
      const id = at.id ?? count;
      count++;
      const row = node.tree.length;
      const leaf = "votes" in at;
      node.tree.push(t);
      node.id.push(id);
      node.mode.push(leaf ? SplitMode.leaf : SplitMode[at.mode]);
      node.feature.push(leaf ? 0 : at.feature);
      node.threshold.push(leaf ? 0 : at.mode === "member" ? sets.add(at.set ?? []) : (at.threshold ?? 0));
      node.missingTrue.push(!leaf && at.missingTrue === true ? 1 : 0);
      node.trueId.push(0);
      node.falseId.push(0);
      if (leaf) {
        for (const [target, value] of typeof at.votes === "number" ? [[0, at.votes] as const] : at.votes) {
          vote.voteTree.push(t);
          vote.voteId.push(id);
          vote.voteTarget.push(target);
          vote.voteValue.push(value);
        }
      } else {
        node.trueId[row] = add(at.yes);
        node.falseId[row] = add(at.no);
      }
      return id;
    };
    add(tree);
  }
  const { nFeatures, nOutputs = 1, compare = "float32", sum = "float32", aggregate = "sum" } = spec;
  const all = { ...node, ...vote, sets: sets.finish() };
  return buildForest({ ...all, nFeatures, nOutputs, compare, sum, aggregate }, "test", "forest");
}

export interface ForestLimits {
  /** Default: either. */
  readonly compare?: "float32" | "float64";
  /** Default: either. */
  readonly sum?: "float32" | "float64";
  /** Default: 12. */
  readonly maxTrees?: number;
  /** Default: 8. */
  readonly maxDepth?: number;
}

const modeNames = ["lessEqual", "less", "greaterEqual", "greater", "equal", "notEqual", "member"] as const;

const float32Thresholds = [
  0,
  -0,
  1,
  -1,
  2.5,
  Math.fround(0.1),
  Infinity,
  -Infinity,
  2 ** -149,
  -(2 ** -149),
  2 ** -130,
  2 ** 127,
];
const float64Thresholds = [...float32Thresholds, 0.1, 1 / 3, -1 / 3, 1e-300, -1e-300, 1e300, 5e-324, 1 + 2 ** -40];

/**
 * Forests of every kind that `buildForest` lets through: 1 to 12 trees up to depth 8 (single leaves among them), one to four features,
 * one or all split modes, NaN routed by rule or by chance, one output or several with full, single or sparse votes.
 */
export function forestArbitrary(limits: ForestLimits = {}): fc.Arbitrary<Forest> {
  const { maxTrees = 12, maxDepth = 8 } = limits;
  const precision = (fixed: "float32" | "float64" | undefined) =>
    fixed === undefined ? fc.constantFrom("float32" as const, "float64" as const) : fc.constant(fixed);
  const kind = fc.record({
    compare: precision(limits.compare),
    sum: precision(limits.sum),
    aggregate: fc.constantFrom("sum" as const, "sum" as const, "sum" as const, "min" as const, "max" as const),
    nFeatures: fc.integer({ min: 1, max: 4 }),
    nOutputs: fc.constantFrom(1, 1, 2, 3, 5),
    modes: fc.constantFrom<readonly (typeof modeNames)[number][]>(
      modeNames,
      ["lessEqual", "less"],
      ["lessEqual", "greater"],
      ["lessEqual", "equal"],
      ["lessEqual", "member"],
      ...modeNames.map((m) => [m] as const),
    ),
    missing: fc.constantFrom("false", "true", "any"),
    votes: fc.constantFrom("full", "one per tree", "sparse"),
    depth: fc.integer({ min: 0, max: maxDepth }),
  });
  return kind.chain((k) => {
    const thresholds = k.compare === "float32" ? float32Thresholds : float64Thresholds;
    // Decimals in [-100, 100] that no float holds exactly: fc.double would mostly give magnitudes like 1e-180.
    const value = fc
      .integer({ min: -1e9, max: 1e9 })
      .map((v) => (k.sum === "float32" ? Math.fround(v / 1e7) : v / 1e7));
    const votesOn = (target: number): fc.Arbitrary<readonly (readonly [number, number])[]> => {
      if (k.votes === "one per tree") return value.map((v) => [[target, v]]);
      const all = fc.tuple(...Array.from({ length: k.nOutputs }, () => value));
      if (k.votes === "full") return all.map((vs) => vs.map((v, i) => [i, v] as const));
      return fc
        .tuple(all, fc.array(fc.boolean(), { minLength: k.nOutputs, maxLength: k.nOutputs }))
        .map(([vs, on]) => vs.map((v, i) => [i, v] as const).filter(([i]) => on[i]));
    };
    const treeOn = (target: number, depth: number): fc.Arbitrary<TreeSpec> => {
      const leaf: fc.Arbitrary<TreeSpec> = votesOn(target).map((votes) => ({ votes }));
      if (depth === 0) return leaf;
      const below = treeOn(target, depth - 1);
      const split: fc.Arbitrary<TreeSpec> = fc.record({
        feature: fc.integer({ min: 0, max: k.nFeatures - 1 }),
        mode: fc.constantFrom(...k.modes),
        threshold: fc.constantFrom(...thresholds),
        set: setOn(thresholds, k.compare),
        missingTrue: k.missing === "any" ? fc.boolean() : fc.constant(k.missing === "true"),
        yes: below,
        no: below,
      });
      return fc.oneof({ arbitrary: leaf, weight: 1 }, { arbitrary: split, weight: 3 });
    };
    const tree = fc
      .integer({ min: 0, max: k.nOutputs - 1 })
      .chain((target) => fc.integer({ min: 0, max: k.depth }).chain((depth) => treeOn(target, depth)));
    return fc.tuple(fc.array(tree, { minLength: 1, maxLength: maxTrees }), fc.nat(1000)).map(([trees, firstId]) =>
      forestOf({
        trees: trees.map((t) => withIds(t, firstId)),
        nFeatures: k.nFeatures,
        nOutputs: k.nOutputs,
        compare: k.compare,
        sum: k.sum,
        aggregate: k.aggregate,
      }),
    );
  });
}

/** Bounds of up to eight intervals: between thresholds, of single numbers, and of categories as libraries truncate to them. */
function setOn(thresholds: readonly number[], compare: "float32" | "float64"): fc.Arbitrary<readonly number[]> {
  const [up, down] = compare === "float32" ? [nextUp32, nextDown32] : [nextUp64, nextDown64];
  const interval = fc.oneof(
    fc.tuple(fc.constantFrom(...thresholds), fc.constantFrom(...thresholds)),
    fc.constantFrom(...thresholds).map((t) => [t, t] as const),
    fc.integer({ min: 0, max: 6 }).map((k) => [k === 0 ? up(-1) : k, down(k + 1)] as const),
  );
  return fc.array(interval, { maxLength: 8 }).map((intervals) => {
    const bounds: number[] = [];
    for (const [a, b] of intervals
      .map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const)
      .sort((p, q) => p[0] - q[0])) {
      const last = bounds.at(-1);
      if (last === undefined || a > last) bounds.push(a, b);
      else bounds[bounds.length - 1] = Math.max(last, b);
    }
    return bounds;
  });
}

/** Ids in post-order from `first`, three apart: unlike any order that a lowering might take for them. */
function withIds(tree: TreeSpec, first: number): TreeSpec {
  let next = first;
  const visit = (at: TreeSpec): TreeSpec => {
    const below = "votes" in at ? at : { ...at, no: visit(at.no), yes: visit(at.yes) };
    const id = next;
    next += 3;
    return { ...below, id };
  };
  return visit(tree);
}

const specials = [NaN, Infinity, -Infinity, 0, -0, 2 ** -149, -(2 ** -149), 2 ** -130, 1e30, -7.25];

/**
 * Matrices [0, 1 or 7 rows, nFeatures or more] in the forest's compare dtype, of its thresholds, their neighbours in float32
 * (in float64, too, where it compares so), NaN, ±Infinity, ±0, denormals. With `values` "float32" all are float32 numbers.
 */
export function rowsFor(forest: Forest, values: "any" | "float32" = "any"): fc.Arbitrary<Tensor> {
  const wide = forest.compare === "float64" && values === "any";
  const pool = new Set<number>(specials);
  for (let i = 0; i < forest.nNodes; i++) {
    if (forest.feature[i] === -1) continue;
    for (const t of boundsOf(forest, i)) {
      for (const near of [roundDownToFloat32(t), roundUpToFloat32(t)]) {
        for (const v of [near, nextUp32(near), nextDown32(near)]) pool.add(v);
      }
      if (wide) for (const v of [t, nextUp64(t), nextDown64(t)]) pool.add(v);
    }
  }
  const make = forest.compare === "float32" ? float32 : float64;
  return fc.tuple(fc.constantFrom(0, 1, 7), fc.constantFrom(0, 0, 1, 3)).chain(([rows, extra]) => {
    const width = forest.nFeatures + extra;
    const size = rows * width;
    return fc
      .array(fc.constantFrom(...pool), { minLength: size, maxLength: size })
      .map((data) => make(data, [rows, width]));
  });
}

/** The threshold of a node, or the bounds of its set. */
function boundsOf({ mode, threshold, sets }: Forest, node: number): readonly number[] {
  if (mode[node] !== SplitMode.member) return [threshold[node]!];
  const [from, to] = [sets.start[threshold[node]!]!, sets.start[threshold[node]! + 1]!];
  return [...sets.low.subarray(from, to), ...sets.high.subarray(from, to)];
}

/** A Program that lowers the forest by `strategy`, with outputs "raw" and "leaves", for x of `width` columns. */
export function lowered(
  strategy: Pick<Strategy, "lower">,
  forest: Forest,
  target: Target,
  width = forest.nFeatures,
): Program {
  const build = createBuilder();
  const x = build.input("x", typeOf(forest.compare, [N, width]));
  const raw = strategy.lower(build, forest, x, "raw", target);
  const leaves = strategy.lower(build, forest, x, "leaves", target);
  return build.finish([
    { name: "raw", value: raw },
    { name: "leaves", value: leaves },
  ]);
}

/** Evaluates a Program of one input by the primitive table; results in the order of its outputs. */
export function interpret(program: Program, x: Tensor): readonly Tensor[] {
  const n = x.shape[0]!;
  const values = new Map<ValueId, Tensor>(program.inputs.map((i) => [i.value, x]));
  for (const instruction of program.instructions) {
    const args = instruction.args.map((a) => values.get(a)!);
    const results = evaluateInstruction(instruction, args, n);
    for (const [i, result] of instruction.results.entries()) values.set(result, results[i]!);
  }
  return program.outputs.map((o) => values.get(o.value)!);
}

/** Largest Σ |vote| over the trees that a row of x reaches, in any output: the scale of the sums' tolerance. */
export function voteScale(forest: Forest, x: Tensor): number {
  const magnitudes: Forest = { ...forest, aggregate: "sum", leafValue: forest.leafValue.map(Math.abs) };
  const [sums] = evaluateInstruction({ op: "forest", attrs: { forest: magnitudes } }, [x], x.shape[0]!);
  return Math.max(0, ...Array.from(sums!.data, Number));
}
