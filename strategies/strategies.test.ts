import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Range, valueRanges } from "../src/emitters/ranges.js";
import { evaluateInstruction, instructionMixesRows } from "../src/ir/evaluate.js";
import type { Forest } from "../src/ir/forest.js";
import type { Program } from "../src/ir/program.js";
import type { Strategy, Target } from "../src/ir/target.js";
import { float32, type Tensor } from "../src/ir/tensor.js";
import { validateProgram } from "../src/ir/validate.js";
import { gemm } from "./gemm.js";
import { perfectTreeTraversal } from "./perfect-tree-traversal.js";
import {
  forestArbitrary,
  forestOf,
  interpret,
  lowered,
  rowsFor,
  type TreeSpec,
  voteScale,
} from "./shared/forests.testing.js";
import { layoutTargets, testTarget } from "./shared/targets.testing.js";
import { treeTraversal } from "./tree-traversal.js";
import { walk } from "./walk.js";

const strategies: readonly Strategy[] = [gemm, treeTraversal, perfectTreeTraversal, walk];

const where = (t: Target): string => `${t.backend} ${t.device} ${t.batchHint}`;

function expectRowWise(program: Program): void {
  for (const i of program.instructions) {
    const types = (values: readonly number[]) => values.map((v) => program.types[v]!);
    expect(instructionMixesRows(i, types(i.args), types(i.results)), i.op).toBe(false);
  }
}

/** Lowered forest against the plain walk: leaves equal, scores within the tolerance of the project. */
function expectAgrees(strategy: Strategy, forest: Forest, x: Tensor, target: Target): void {
  const n = x.shape[0]!;
  const program = validateProgram(lowered(strategy, forest, target, x.shape[1]));
  const [raw, leaves] = interpret(program, x);
  const [wantRaw] = evaluateInstruction({ op: "forest", attrs: { forest } }, [x], n);
  const [wantLeaves] = evaluateInstruction({ op: "forestLeaves", attrs: { forest } }, [x], n);
  expect(leaves).toEqual(wantLeaves);
  expect(raw!.dtype).toBe(wantRaw!.dtype);
  expect(raw!.shape).toEqual(wantRaw!.shape);
  const [got, want] = [Array.from(raw!.data, Number), Array.from(wantRaw!.data, Number)];
  const scale = voteScale(forest, x);
  const rtol = forest.aggregate !== "sum" ? 0 : forest.sum === "float64" ? 1e-12 : 1e-6;
  for (const [i, w] of want.entries()) {
    if (!Number.isFinite(w)) expect(got[i]).toBe(w);
    else
      expect(Math.abs(got[i]! - w), `${strategy.name} ${where(target)} at ${i}`).toBeLessThanOrEqual(
        rtol * Math.max(Math.abs(w), scale),
      );
  }
}

function expectAgreesEverywhere(forest: Forest, x: Tensor): void {
  for (const strategy of strategies) {
    for (const target of layoutTargets) {
      if (strategy.refuse(forest, target) === undefined) expectAgrees(strategy, forest, x, target);
    }
  }
}

describe.each(strategies)("$name", (strategy) => {
  it.each(layoutTargets.map((t) => [where(t), t] as const))(
    "agrees with the walk on random forests: %s",
    (_, target) => {
      const cases = forestArbitrary().chain((forest) => rowsFor(forest).map((x) => ({ forest, x })));
      fc.assert(
        fc.property(cases, ({ forest, x }) => {
          expect(strategy.refuse(forest, target)).toBeUndefined();
          expectAgrees(strategy, forest, x, target);
        }),
        { numRuns: 150, seed: 20 },
      );
    },
  );

  it("keeps rows apart", () => {
    fc.assert(
      fc.property(
        forestArbitrary({ maxTrees: 4, maxDepth: 4 }),
        fc.constantFrom(...layoutTargets),
        (forest, target) => {
          expectRowWise(lowered(strategy, forest, target));
        },
      ),
      { numRuns: 60, seed: 21 },
    );
  });
});

const stump = (threshold: number, yes: TreeSpec, no: TreeSpec, feature = 0): TreeSpec => ({
  feature,
  mode: "lessEqual",
  threshold,
  yes,
  no,
});

describe("every strategy and layout", () => {
  it("takes forests of single leaves", () => {
    const forest = forestOf({
      trees: [
        { votes: 1.5, id: 7 },
        { votes: -0.25, id: 3 },
      ],
    });
    for (const strategy of strategies) {
      for (const target of layoutTargets) {
        const [raw, leaves] = interpret(lowered(strategy, forest, target), float32([], [2, 0]));
        expect(raw).toEqual(float32([1.25, 1.25], [2, 1]));
        expect(leaves).toEqual({ dtype: "int32", shape: [2, 2], data: Int32Array.of(7, 3, 7, 3) });
      }
    }
  });

  it("keeps the lowest of single leaves, and 0 where none votes", () => {
    const trees = [{ votes: [[0, 4]] }, { votes: [[0, 2]] }, { votes: [[1, 5]] }] as const;
    const forest = forestOf({ trees, nOutputs: 3, aggregate: "min" });
    for (const strategy of strategies) {
      const [raw] = interpret(lowered(strategy, forest, layoutTargets[0]!), float32([], [1, 0]));
      expect(raw).toEqual(float32([2, 5, 0], [1, 3]));
    }
  });

  it("takes a single leaf beside trees of depths 1 and 6", () => {
    let deep: TreeSpec = { votes: 100 };
    for (let d = 0; d < 6; d++) deep = stump(d, { votes: d }, deep, d % 2);
    const forest = forestOf({
      trees: [{ votes: 0.5 }, stump(0, { votes: 1 }, { votes: 2 }, 2), deep, { votes: 0.25 }],
    });
    expectAgreesEverywhere(forest, float32([0, 0, 0, 9, 9, 9, -1, 4, 1, NaN, NaN, NaN, -Infinity, 7, -0], [5, 3]));
  });

  it("never lets NaN or Infinity in other columns, or values of other leaves, reach a row's score", () => {
    const trees = [stump(0, { votes: Infinity }, { votes: 2 }), stump(0, { votes: 3 }, { votes: -Infinity })];
    const forest = forestOf({ trees, nFeatures: 3 });
    const x = float32([-1, NaN, Infinity, 1, -Infinity, NaN], [2, 3]);
    for (const strategy of strategies) {
      for (const target of layoutTargets) {
        expect(interpret(lowered(strategy, forest, target), x)[0]).toEqual(float32([Infinity, -Infinity], [2, 1]));
      }
    }
  });

  it("sums multiclass boosting per class, with uneven counts and orders", () => {
    const leaf = (k: number, v: number): TreeSpec => ({ votes: [[k, v]] });
    for (const order of [
      [0, 1, 2, 0, 1, 2],
      [2, 0, 1, 1, 0, 2],
      [0, 0, 0, 1, 2, 2],
      [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2],
    ]) {
      const trees = order.map((k, i) => stump(i, leaf(k, 2 ** i), leaf(k, -(2 ** i))));
      expectAgreesEverywhere(forestOf({ trees, nOutputs: 3 }), float32([-1, 2, 2.5, NaN, 99], [5, 1]));
    }
  });

  it("takes 64 leaves × 100 trees, and a chain of depth 40 where memory allows", () => {
    const full = (depth: number, t: number): TreeSpec =>
      depth === 0
        ? { votes: t }
        : stump(Math.sin(t * 31 + depth), full(depth - 1, t * 2), full(depth - 1, t * 2 + 1), (t + depth) % 4);
    const round = (t: TreeSpec): TreeSpec =>
      "votes" in t ? t : { ...t, threshold: Math.fround(t.threshold ?? 0), yes: round(t.yes), no: round(t.no) };
    const bushy = forestOf({ trees: Array.from({ length: 100 }, (_, t) => round(full(6, t))) });
    const x = float32(
      Array.from({ length: 20 }, (_, i) => Math.sin(i * 7)),
      [5, 4],
    );
    for (const strategy of strategies) expect(strategy.refuse(bushy, layoutTargets[0]!)).toBeUndefined();
    expectAgreesEverywhere(bushy, x);

    let chain: TreeSpec = { votes: 40 };
    for (let d = 39; d >= 0; d--) chain = stump(d, { votes: d }, chain);
    const deep = forestOf({ trees: [chain, stump(5, { votes: 1 }, { votes: 2 })] });
    expectAgreesEverywhere(deep, float32([-1, 0, 20, 39, 40, NaN], [6, 1]));
    expect(perfectTreeTraversal.refuse(deep, layoutTargets[0]!)).toBe(
      "2 trees filled up to depth 40 have 2 × 2^40 leaves, over the limit of 4194304 for memory",
    );
  });
});

describe("refusals", () => {
  const forest = forestOf({ trees: [stump(0, { votes: 1 }, { votes: 2 })] });

  it("walk needs the primitives", () => {
    expect(walk.refuse(forest, testTarget("tfjs", "wasm", 1, ["forest", "forestLeaves"]))).toBe(
      "it has no kernel for the primitive forest and forestLeaves",
    );
    expect(walk.refuse(forest, testTarget("reference", "cpu"))).toBeUndefined();
  });

  it("gemm refuses path matrices beyond memory", () => {
    let chain: TreeSpec = { votes: 0 };
    for (let d = 0; d < 3000; d++) chain = stump(d, { votes: d }, chain);
    const wide = forestOf({ trees: [chain] });
    expect(gemm.refuse(wide, testTarget("reference", "cpu"))).toBe(
      "its path matrices would have 1 trees × 3000 splits × 3001 leaves elements, over the limit of 8388608 for memory",
    );
    expect(treeTraversal.refuse(wide, testTarget("reference", "cpu"))).toBeUndefined();
  });
});

describe("the shape of what is written", () => {
  it("one comparison a level for one mode, none for NaN where its route is that of the comparison", () => {
    for (const [mode, missingTrue, op] of [
      ["lessEqual", false, "lessEqual"],
      ["lessEqual", true, "greater"],
      ["less", false, "less"],
      ["less", true, "greaterEqual"],
      ["greater", false, "greater"],
      ["greater", true, "lessEqual"],
      ["greaterEqual", false, "greaterEqual"],
      ["equal", false, "equal"],
      ["notEqual", true, "equal"],
    ] as const) {
      const tree: TreeSpec = { feature: 0, mode, threshold: 1, missingTrue, yes: { votes: 1 }, no: { votes: 2 } };
      const program = lowered(treeTraversal, forestOf({ trees: [tree] }), testTarget("reference", "cpu"));
      const compares = program.instructions
        .map((i) => i.op)
        .filter((o) => /less|greater|equal|isNaN|and|or/i.test(o) && o !== "forest");
      expect(new Set(compares.filter((o) => o !== "constant")), mode).toEqual(new Set([op]));
    }
  });

  it("looks up at indices that are known to be in range, so that TF.js needs no check of them", () => {
    fc.assert(
      fc.property(
        forestArbitrary(),
        fc.constantFrom(...strategies),
        fc.constantFrom(...layoutTargets),
        (forest, s, target) => {
          const program = lowered(s, forest, target);
          const ranges = valueRanges(program);
          for (const i of program.instructions) {
            if (i.op !== "gather" && i.op !== "gatherByRow" && i.op !== "gatherByColumn") continue;
            const axis = i.op === "gather" ? i.attrs.axis : i.op === "gatherByRow" ? 1 : 0;
            const [data, index] = i.args;
            const [low, high]: Range = ranges[index!] ?? [-Infinity, Infinity];
            expect(low).toBeGreaterThanOrEqual(0);
            expect(high).toBeLessThan(Number(program.types[data!]!.shape[axis]));
          }
        },
      ),
      { numRuns: 200, seed: 23 },
    );
  });

  it("takes uneven trees in groups for large batches only", () => {
    let chain: TreeSpec = { votes: 40 };
    for (let d = 20; d >= 0; d--) chain = stump(d, { votes: d }, chain);
    const trees = [
      chain,
      ...Array.from({ length: 30 }, () => stump(5, { votes: 1 }, stump(7, { votes: 2 }, { votes: 3 }))),
    ];
    const forest = forestOf({ trees });
    const joins = (rows: number): number =>
      lowered(treeTraversal, forest, testTarget("tfjs", "tensorflow", rows)).instructions.filter(
        (i) => i.op === "concat" && i.args.length === 2 && i.results.some((r) => r > 0),
      ).length;
    expect(joins(100_000)).toBeGreaterThan(joins(1));
  });
});
