/** The checking forest builder: what it makes of rows in any order, and everything that it refuses. */

import { describe, expect, it } from "vitest";
import { ModelParseError, UnsupportedError } from "../errors.js";
import { evaluateInstruction } from "./evaluate.js";
import { forestShape, SplitMode } from "./forest.js";
import { buildForest, type ForestRows } from "./forest-builder.js";
import { float32, float64, int32 } from "./tensor.js";

/** Tree 7: node 3 asks x[1] <= 0.5; node 4 (true) asks x[0] > 2; leaves 5, 6 and 8. Rows stand in no order. */
const good: ForestRows = {
  nFeatures: 2,
  nOutputs: 2,
  compare: "float32",
  sum: "float32",
  aggregate: "sum",
  tree: [7, 7, 7, 7, 7],
  id: [8, 6, 4, 3, 5],
  mode: [0, 0, SplitMode.greater, SplitMode.lessEqual, 0],
  feature: [99, -1, 0, 1, 99],
  threshold: [Number.NaN, 0, 2, 0.5, 0],
  trueId: [0, 0, 5, 4, 0],
  falseId: [0, 0, 6, 8, 0],
  missingTrue: [0, 0, 1, 0, 0],
  voteTree: [7, 7, 7, 7],
  voteId: [8, 5, 5, 6],
  voteTarget: [0, 1, 0, 1],
  voteValue: [10, 21, 20, 31],
};
const build = (change: Partial<ForestRows> = {}) => buildForest({ ...good, ...change }, "onnx", 'node "trees"');

describe("buildForest", () => {
  it("puts each tree in pre-order, the true child first", () => {
    const forest = build();
    expect([...forest.nodeId]).toEqual([3, 4, 5, 6, 8]);
    expect([...forest.treeStart]).toEqual([0, 5]);
    expect([...forest.feature]).toEqual([1, 0, -1, -1, -1]);
    expect([...forest.threshold]).toEqual([0.5, 2, 0, 0, 0]);
    expect([...forest.trueChild]).toEqual([1, 2, -1, -1, -1]);
    expect([...forest.falseChild]).toEqual([4, 3, -1, -1, -1]);
    expect([...forest.missingTrue]).toEqual([0, 1, 0, 0, 0]);
    expect([...forest.leafStart]).toEqual([0, 0, 0, 2, 3, 4]);
    expect([...forest.leafTarget]).toEqual([0, 1, 1, 0]);
    expect([...forest.leafValue]).toEqual([20, 21, 31, 10]);
    const x = float32([Number.NaN, 0, 3, 0, 2, 0, 0, Number.NaN], [4, 2]);
    expect(evaluateInstruction({ op: "forestLeaves", attrs: { forest } }, [x], 4)[0]).toEqual(
      int32([5, 5, 6, 8], [4, 1]),
    );
    expect(evaluateInstruction({ op: "forest", attrs: { forest } }, [x], 4)[0]).toEqual(
      float32([20, 21, 20, 21, 0, 31, 10, 0], [4, 2]),
    );
  });

  it("knows its shape", () => {
    expect(forestShape(build())).toEqual({
      trees: 1,
      nodes: 5,
      depth: 2,
      maxLeaves: 3,
      maxInner: 2,
      outputs: 2,
      featuresUsed: 2,
      missing: true,
      meanDepth: 5 / 3,
    });
    expect(build({ nFeatures: undefined }).nFeatures).toBe(2);
  });

  it("adds votes of one leaf for one output in the sum's precision, or takes their extreme", () => {
    const votes = { voteTree: [7, 7, 7], voteId: [8, 8, 8], voteTarget: [0, 0, 0], voteValue: [16777216, 1, 1] };
    expect([...build(votes).leafValue]).toEqual([16777216]);
    expect([...build({ ...votes, sum: "float64" }).leafValue]).toEqual([16777218]);
    expect([...build({ ...votes, aggregate: "min" }).leafValue]).toEqual([1]);
    expect([...build({ ...votes, aggregate: "max" }).leafValue]).toEqual([16777216]);
  });

  it("keeps trees in the order in which they appear, and takes single leaves", () => {
    const forest = build({
      tree: [9, 2],
      id: [0, 0],
      mode: [0, 0],
      feature: [0, 0],
      threshold: [0, 0],
      trueId: [0, 0],
      falseId: [0, 0],
      missingTrue: [0, 0],
      voteTree: [2, 9],
      voteId: [0, 0],
      voteTarget: [0, 1],
      voteValue: [5, 6],
    });
    expect([...forest.leafTarget]).toEqual([1, 0]);
    expect([...forest.leafValue]).toEqual([6, 5]);
  });

  const refused: readonly (readonly [string, Partial<ForestRows>, RegExp])[] = [
    ["arrays of different length", { mode: [0] }, /5 nodes, but 1 entries in mode/],
    ["votes of different length", { voteId: [8] }, /4 votes, but 1 entries in voteId/],
    ["a duplicate id", { id: [8, 6, 4, 3, 8] }, /tree 7: node id 8 occurs twice/],
    ["an id that is no int32", { id: [8, 6, 4, 3, 2 ** 31] }, /is not a 32-bit integer/],
    ["a missing child", { trueId: [0, 0, 77, 4, 0] }, /tree 7, node 4: child 77 does not exist/],
    ["two parents", { falseId: [0, 0, 8, 8, 0] }, /child 8 has two parents/],
    ["both children the same", { falseId: [0, 0, 5, 8, 0] }, /node 4: child 5 has two parents/],
    ["a cycle through the root", { trueId: [0, 0, 3, 4, 0] }, /nodes|no root/],
    ["itself as child", { trueId: [0, 0, 4, 4, 0] }, /child 4 has two parents/],
    ["two roots", { mode: [0, 0, 0, SplitMode.lessEqual, 0] }, /both have no parent/],
    ["a feature out of range", { feature: [0, 0, 2, 1, 0] }, /tree 7, node 4: feature 2 is not in \[0, 2\)/],
    ["a negative feature", { feature: [0, 0, -1, 1, 0] }, /feature -1 is not in/],
    ["a NaN threshold", { threshold: [0, 0, Number.NaN, 0.5, 0] }, /node 4: the threshold is NaN/],
    ["a target out of range", { voteTarget: [0, 2, 0, 1] }, /vote 1: output 2 is not in \[0, 2\)/],
    ["a fractional target", { voteTarget: [0, 0.5, 0, 1] }, /output 0.5 is not in/],
    ["a vote at an inner node", { voteId: [8, 4, 5, 6] }, /node 4 of tree 7 is not a leaf/],
    ["a vote at no node", { voteId: [8, 44, 5, 6] }, /tree 7 has no node 44/],
    ["a vote in no tree", { voteTree: [7, 6, 7, 7] }, /tree 6 has no node 5/],
  ];
  for (const [about, change, message] of refused) {
    it(`refuses ${about}`, () => {
      expect(() => build(change)).toThrow(ModelParseError);
      expect(() => build(change)).toThrow(message);
      expect(() => build(change)).toThrow('onnx: node "trees": ');
    });
  }

  it("refuses a cycle beside the root's tree", () => {
    const ring = {
      tree: [0, 0, 0, 0, 0],
      id: [0, 1, 2, 3, 4],
      mode: [0, 1, 1, 0, 0],
      feature: [0, 0, 0, 0, 0],
      threshold: [0, 0, 0, 0, 0],
      trueId: [0, 2, 1, 0, 0],
      falseId: [0, 3, 4, 0, 0],
      voteTree: [],
      voteId: [],
      voteTarget: [],
      voteValue: [],
    };
    expect(() => build(ring)).toThrow(/4 nodes cannot be reached from the root \(a cycle\)/);
  });

  it("refuses a threshold that is not exact in the compare precision", () => {
    expect(() => build({ threshold: [0, 0, 2, 0.1, 0] })).toThrow(UnsupportedError);
    expect(build({ threshold: [0, 0, 2, 0.1, 0], compare: "float64" }).threshold[0]).toBe(0.1);
  });

  it("refuses sets that are not there, overlap, run backwards, or have bounds beyond the compare precision", () => {
    const mode = [0, 0, SplitMode.member, SplitMode.lessEqual, 0];
    const sets = (low: number[], high: number[]) => ({
      start: Int32Array.of(0, low.length),
      low: Float64Array.from(low),
      high: Float64Array.from(high),
    });
    const withSets = (set: number, low: number[], high: number[]) =>
      build({ mode, threshold: [0, 0, set, 0.5, 0], sets: sets(low, high) });
    const forest = withSets(0, [1, 3], [2, 3]);
    const x = float32([0.5, 0, 1, 0, 3, 0, 4, 0, Number.NaN, 0], [5, 2]);
    expect(evaluateInstruction({ op: "forestLeaves", attrs: { forest } }, [x], 5)[0]).toEqual(
      int32([6, 5, 5, 6, 5], [5, 1]),
    );
    for (const set of [-1, 1, 0.5]) expect(() => withSets(set, [1], [2])).toThrow(`set ${set} is not in [0, 1)`);
    expect(() => withSets(0, [1, 2], [2, 3])).toThrow("set 0: an interval begins at 2 after 2");
    expect(() => withSets(0, [2], [1])).toThrow("set 0: an interval from 2 to 1");
    expect(() => withSets(0, [Number.NaN], [1])).toThrow(ModelParseError);
    expect(() => withSets(0, [0.1], [1])).toThrow(UnsupportedError);
  });

  it("takes a chain of 10^5 levels", () => {
    const depth = 100_000;
    const count = 2 * depth + 1;
    const inner = (i: number) => i % 2 === 0 && i < 2 * depth;
    const each = (f: (i: number) => number) => Float64Array.from({ length: count }, (_, i) => f(i));
    const forest = build({
      compare: "float64",
      sum: "float64",
      nFeatures: 1,
      nOutputs: 1,
      tree: each(() => 0),
      id: each((i) => i),
      mode: each((i) => (inner(i) ? SplitMode.less : 0)),
      feature: each(() => 0),
      threshold: each((i) => i / 2),
      trueId: each((i) => i + 1),
      falseId: each((i) => i + 2),
      missingTrue: each(() => 0),
      voteTree: [0, 0],
      voteId: [1, 2 * depth],
      voteTarget: [0, 0],
      voteValue: [1, 2],
    });
    expect(forestShape(forest).depth).toBe(depth);
    const x = float64([-1, depth], [2, 1]);
    expect(evaluateInstruction({ op: "forest", attrs: { forest } }, [x], 2)[0]).toEqual(float64([1, 2], [2, 1]));
    expect(evaluateInstruction({ op: "forestLeaves", attrs: { forest } }, [x], 2)[0]).toEqual(
      int32([1, 2 * depth], [2, 1]),
    );
  });
});
