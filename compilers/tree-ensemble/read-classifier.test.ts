/** Labels and scores of TreeEnsembleClassifier against onnxruntime, and by hand where onnxruntime is no judge. */

import { describe, expect, it } from "vitest";
import { UnsupportedError } from "../../src/errors.js";
import { float32, int64 } from "../../src/ir/tensor.js";
import { expectLikeOnnxruntime, lowerMl, onnxruntimeOf, outputsOf } from "../shared/ml-node.testing.js";
import { expectSame } from "../shared/single-node.testing.js";
import { classifier, close, column, type Leaf, ladder } from "./ensembles.testing.js";

const positive: readonly Leaf[] = [{ 0: 0.2 }, { 0: 0.5 }, { 0: 0.7 }];
const mixed: readonly Leaf[] = [{ 0: -0.2 }, { 0: 0 }, { 0: 0.7 }];
const onSecond = (leaves: readonly Leaf[]) => leaves.map((leaf): Leaf => (leaf[0] === undefined ? {} : { 1: leaf[0] }));
const gap = (leaves: readonly Leaf[]) => leaves.map((leaf, i): Leaf => (i === 1 ? {} : leaf));

const both: readonly Leaf[] = [
  { 0: 0.2, 1: 0.8 },
  { 0: 0.5, 1: 0.5 },
  { 0: 0.7, 1: 0.3 },
];

describe("two labels", () => {
  for (const transform of ["NONE", "LOGISTIC", "SOFTMAX", "SOFTMAX_ZERO"]) {
    const cases: readonly (readonly [name: string, leaves: readonly Leaf[], base?: readonly number[]])[] = [
      ["votes for the first, positive", positive],
      ["votes for the first, mixed", mixed],
      ["votes for the first, positive, one base value", positive, [0.1]],
      ["votes for the first, mixed, one base value", mixed, [0.1]],
      ["votes for the first, rows without votes", gap(positive)],
      ["votes for the first, rows without votes, one base value", gap(positive), [0.75]],
      ["votes for the first, rows without votes, mixed, one base value", gap(mixed), [0.75]],
      ["votes for the second, one base value", onSecond(mixed), [0.75]],
      ["votes for the second, positive", onSecond(positive)],
      ["votes for the second, mixed", onSecond(mixed)],
      ["votes for the second, rows without votes, positive", gap(onSecond(positive))],
      ["votes for the second, rows without votes, mixed", gap(onSecond(mixed))],
    ];
    for (const [name, leaves, base] of cases) {
      it(`${transform}: ${name}`, async () => {
        await expectLikeOnnxruntime(
          classifier([ladder(leaves)], [5, 7], transform, [column(3)], base),
          close(transform),
        );
        await expectLikeOnnxruntime(
          classifier([ladder(leaves)], ["no", "yes"], transform, [column(3)], base),
          close(transform),
        );
      });
    }
    it(`${transform}: votes for both, scores`, async () => {
      const node = classifier([ladder(both)], ["no", "yes"], transform, [column(3)]);
      expectSame(outputsOf(node).slice(1), (await onnxruntimeOf(node)).slice(1), close(transform));
    });
  }

  it("the higher score wins where both have votes; onnxruntime says 1 for a positive second score, else 0", async () => {
    const node = classifier([ladder([...both, { 0: 0.7 }, { 1: -1 }])], [5, 7], "NONE", [column(5)]);
    expect(outputsOf(node)[0]).toEqual(int64([7, 5, 5, 5, 7]));
    expect((await onnxruntimeOf(node))[0]?.data).toEqual(BigInt64Array.of(1n, 1n, 1n, 1n, 0n));
  });

  it("adds both of two base values, and lets the higher score win", () => {
    const node = classifier([ladder([{ 0: 0.5, 1: 0.25 }, { 0: 0.25 }])], ["no", "yes"], "NONE", [column(2)], [1, 0.5]);
    const [label, scores] = outputsOf(node);
    expect(label?.data).toEqual(["no", "no"]);
    expect(scores).toEqual(float32([1.5, 0.75, 1.25, 0.5], [2, 2]));
    const turned = classifier([ladder([{ 0: 0.5 }, { 0: -2 }])], ["no", "yes"], "NONE", [column(2)], [1, 0.5]);
    expect(outputsOf(turned)[0]?.data).toEqual(["no", "yes"]);
    expect(outputsOf(turned)[1]).toEqual(float32([1.5, 0.5, -1, 0.5], [2, 2]));
  });

  it("refuses what has no agreed meaning", () => {
    const refused = (leaves: readonly Leaf[], transform: string, base?: readonly number[]) =>
      expect(() => lowerMl(classifier([ladder(leaves)], [0, 1], transform, [column(3)], base))).toThrow(
        UnsupportedError,
      );
    refused(positive, "PROBIT");
    refused(gap(onSecond(positive)), "PROBIT");
    refused(
      [
        { 0: 1, 1: 2 },
        { 0: 1, 1: 2 },
      ],
      "NONE",
      [0.5],
    );
  });
});

describe("three labels and more", () => {
  const leaves: readonly Leaf[] = [
    { 0: 0.2, 1: 0.3, 2: 0.1 },
    { 0: -0.2 },
    { 1: -3, 2: -4 },
    { 1: 0.25, 2: 0.25 },
    { 2: 1e-4, 0: -0 },
  ];
  for (const transform of ["NONE", "LOGISTIC", "SOFTMAX", "SOFTMAX_ZERO", "PROBIT"]) {
    it(`${transform}: classes without a vote do not compete`, async () => {
      await expectLikeOnnxruntime(classifier([ladder(leaves)], [5, 6, 7], transform, [column(5)]), close(transform));
      await expectLikeOnnxruntime(
        classifier([ladder(leaves)], ["a", "b", "c"], transform, [column(5)]),
        close(transform),
      );
    });
    it(`${transform}: with base values all compete`, async () => {
      await expectLikeOnnxruntime(
        classifier([ladder(leaves)], [5, 6, 7], transform, [column(5)], [0.1, 0.2, 0.3]),
        close(transform),
      );
    });
  }
  it("needs a second forest only where votes may be missing and negative or zero", () => {
    const forests = (all: readonly Leaf[]) =>
      lowerMl(classifier([ladder(all)], [5, 6, 7], "NONE", [column(2)])).instructions.filter((i) => i.op === "forest")
        .length;
    expect(
      forests([
        { 0: 1, 1: -1, 2: 0 },
        { 0: -2, 1: 1, 2: 1 },
      ]),
    ).toBe(1);
    expect(forests([{ 0: 1 }, { 1: 1, 2: 0 }])).toBe(1);
    expect(forests([{ 0: 1 }, { 1: 0 }])).toBe(2);
    expect(forests([{ 0: 1 }, { 1: -1 }])).toBe(2);
  });
  it("takes a label of 64 bits", () => {
    const node = classifier([ladder([{ 0: 1 }, { 1: 1 }, { 2: 1 }])], [1, 2, 3], "NONE", [column(3)]);
    const big = {
      ...node,
      attributes: { ...node.attributes, classlabels_int64s: { ints: [2n ** 62n + 1n, 0n, -1n] } },
    };
    expect(outputsOf(big)[0]).toEqual(int64([2n ** 62n + 1n, 0n, -1n]));
  });
});

describe("one label", () => {
  it("is the answer whatever the score", () => {
    const node = classifier([ladder([{ 0: 0.2 }, { 0: -0.5 }])], [5], "NONE", [column(2)]);
    expect(outputsOf(node)).toEqual([int64([5, 5]), float32([0.2, -0.5], [2, 1])]);
    const softmax = classifier([ladder([{ 0: 0.2 }, { 0: -0.5 }])], [5], "SOFTMAX", [column(2)]);
    expect(outputsOf(softmax)[1]).toEqual(float32([0.2, -0.5], [2, 1]));
  });
});
