/** Operators along axes against onnxruntime: axes as attributes and inputs, kept and dropped, NaN and infinities, three batch sizes. */

import { describe, it } from "vitest";
import { register } from "../src/ir/operator.js";
import { bool, float32, float64, int32, int64, type Tensor } from "../src/ir/tensor.js";
import type { OnnxAttribute } from "../test-models/onnx-file.js";
import { argExtremum } from "./arg-extremum.js";
import { cumSum } from "./cum-sum.js";
import { lpNormalization } from "./lp-normalization.js";
import { reduction } from "./reduction.js";
import { type Closeness, expectLikeOnnxruntime, graphOf, type Operand } from "./shared/single-node.testing.js";
import { softmax } from "./softmax.js";
import { topK } from "./top-k.js";

const operators = [
  register(argExtremum),
  register(cumSum),
  register(lpNormalization),
  register(reduction),
  register(softmax),
  register(topK),
];

const inf = Number.POSITIVE_INFINITY;
const rows = (t: Tensor): Operand => ({ rows: t });
const constant = (t: Tensor): Operand => ({ constant: t });

const plain = float32([0.5, -1.25, 3, 2, 2, -7, 0.1, 0.2, 0.3, 1e-3, 5, 4], [3, 4]);
const ties = float32([1, 3, 1, 3, 0, -0, -0, 0, 2, 2, 5, 5], [3, 4]);
const special = float32(
  [Number.NaN, 1, 2, 3, inf, 1, 2, -3, -inf, 1, -2, 3, -inf, -inf, -inf, -inf, 0, -0, 0, -0],
  [5, 4],
);
// NaN loses against any number; onnxruntime agrees unless it comes first, where it stays (0 for [NaN, 1, 2, 3]).
const laterNan = float32([2, Number.NaN, 3, 1, -inf, Number.NaN, inf, -inf, -inf, -inf, -inf, -inf], [3, 4]);
const cube = float32(
  Array.from({ length: 24 }, (_, i) => Math.sin(i) * 3),
  [3, 4, 2],
);
const wide = float64([0.1, 0.2, 0.3, 1e17, 1, -1e17], [3, 2]);
// Sums beyond 2^53 are exact here, but not in onnxruntime.
const ints = int64([2n ** 52n + 1n, 2n, -7n, 7n, 3n, 3n], [3, 2]);
const smallInts = int32([7, -7, 3, 2, 0, 1], [3, 2]);

interface Case {
  readonly op: string;
  readonly opsets: readonly number[];
  readonly inputs: readonly Operand[];
  readonly attributes?: Readonly<Record<string, OnnxAttribute>>;
  readonly close?: Closeness;
  readonly outputs?: number;
  /** Batch sizes; all rows, one and none where left out. */
  readonly batches?: readonly number[];
}

const kinds = ["Sum", "Mean", "Max", "Min", "Prod", "SumSquare", "L1", "L2", "LogSum", "LogSumExp"];
/** Of no rows, onnxruntime gives a wrong shape ([0, 4] for [0]) where an axis is negative or two are reduced, and crashes in CumSum and TopK. */
const someRows = [3, 1];

// Sums are taken in another order by onnxruntime.
const sums: Closeness = { ulps: 8, absolute: 1e-6 };

const reductions: readonly Case[] = kinds.flatMap((kind): readonly Case[] => {
  const op = `Reduce${kind}`;
  const asInput = kind === "Sum" ? 13 : 18;
  const close = kind === "Max" || kind === "Min" ? { anyZero: true } : sums;
  const old = kind === "Sum" ? [9, 11] : [9, 11, 13];
  const shared = { op, close };
  return [
    { ...shared, opsets: old, inputs: [rows(plain)], attributes: { axes: { ints: [1] } } },
    { ...shared, opsets: old, inputs: [rows(plain)], attributes: { axes: { ints: [1] }, keepdims: { int: 0 } } },
    { ...shared, opsets: [11], inputs: [rows(cube)], attributes: { axes: { ints: [-1, 1] } }, batches: someRows },
    { ...shared, opsets: old, inputs: [rows(cube)], attributes: { keepdims: { int: 0 } }, batches: someRows },
    { ...shared, opsets: [asInput, 20], inputs: [rows(plain), constant(int64([1]))] },
    {
      ...shared,
      opsets: [asInput],
      inputs: [rows(plain), constant(int64([-1]))],
      attributes: { keepdims: { int: 0 } },
      batches: someRows,
    },
    { ...shared, opsets: [asInput], inputs: [rows(cube), constant(int64([2, 0]))], batches: someRows },
    { ...shared, opsets: [asInput], inputs: [rows(cube)], batches: someRows },
    { ...shared, opsets: [asInput], inputs: [rows(special), constant(int64([1]))] },
    { ...shared, opsets: [asInput], inputs: [rows(wide), constant(int64([1]))] },
  ];
});

const noop: Readonly<Record<string, OnnxAttribute>> = { noop_with_empty_axes: { int: 1 } };
const integers: readonly Case[] = [
  ...["Sum", "Max", "Min", "Prod", "SumSquare", "L1"].flatMap((kind): readonly Case[] => [
    { op: `Reduce${kind}`, opsets: [18], inputs: [rows(smallInts), constant(int64([1]))] },
  ]),
  { op: "ReduceSum", opsets: [13], inputs: [rows(ints), constant(int64([1]))] },
  { op: "ReduceMax", opsets: [18], inputs: [rows(ints), constant(int64([1]))] },
  { op: "ReduceMax", opsets: [20], inputs: [rows(bool([0, 1, 0, 0, 1, 1], [3, 2])), constant(int64([1]))] },
  { op: "ReduceMin", opsets: [20], inputs: [rows(bool([0, 1, 0, 0, 1, 1], [3, 2])), constant(int64([1]))] },
  { op: "ReduceMean", opsets: [18], inputs: [rows(smallInts), constant(int64([1]))] },
  { op: "ReduceSum", opsets: [13], inputs: [rows(plain)], attributes: noop },
  { op: "ReduceMax", opsets: [18], inputs: [rows(plain)], attributes: noop },
];

const extremes: readonly Case[] = ["ArgMax", "ArgMin"].flatMap((op): readonly Case[] => [
  { op, opsets: [9, 11, 13], inputs: [rows(plain)], attributes: { axis: { int: 1 } } },
  {
    op,
    opsets: [13],
    inputs: [rows(plain)],
    attributes: { axis: { int: -1 }, keepdims: { int: 0 } },
    batches: someRows,
  },
  { op, opsets: [13], inputs: [rows(plain)], batches: someRows },
  { op, opsets: [9, 12, 13], inputs: [rows(ties)], attributes: { axis: { int: 1 } } },
  { op, opsets: [12, 13], inputs: [rows(ties)], attributes: { axis: { int: 1 }, select_last_index: { int: 1 } } },
  { op, opsets: [13], inputs: [rows(laterNan)], attributes: { axis: { int: 1 } } },
  { op, opsets: [13], inputs: [rows(cube)], attributes: { axis: { int: 1 }, keepdims: { int: 0 } } },
  { op, opsets: [13], inputs: [rows(wide)], attributes: { axis: { int: 1 } } },
  { op, opsets: [13], inputs: [rows(ints)], attributes: { axis: { int: 1 } } },
]);

const softmaxes: readonly Case[] = ["Softmax", "LogSoftmax"].flatMap((op): readonly Case[] => [
  { op, opsets: [9, 11, 13], inputs: [rows(plain)], close: sums },
  { op, opsets: [9, 11, 13], inputs: [rows(cube)], close: sums },
  { op, opsets: [9, 11, 13], inputs: [rows(cube)], attributes: { axis: { int: 2 } }, close: sums },
  { op, opsets: [11, 13], inputs: [rows(cube)], attributes: { axis: { int: -2 } }, close: sums },
  { op, opsets: [11, 13], inputs: [rows(cube)], attributes: { axis: { int: 0 } }, close: sums, batches: someRows },
  { op, opsets: [13], inputs: [rows(wide)], close: sums },
  { op, opsets: [13], inputs: [rows(special)], close: sums },
]);

const others: readonly Case[] = [
  ...[{}, { exclusive: { int: 1 } }, { reverse: { int: 1 } }, { exclusive: { int: 1 }, reverse: { int: 1 } }].map(
    (attributes): Case => ({
      op: "CumSum",
      opsets: [11, 14],
      inputs: [rows(plain), constant(int64([1], []))],
      attributes,
      close: sums,
      batches: someRows,
    }),
  ),
  { op: "CumSum", opsets: [14], inputs: [rows(plain), constant(int32([-1], []))], close: sums, batches: someRows },
  { op: "CumSum", opsets: [14], inputs: [rows(ints), constant(int32([0], []))], batches: someRows },
  { op: "TopK", opsets: [9], inputs: [rows(plain)], attributes: { k: { int: 2 } }, outputs: 2, batches: someRows },
  { op: "TopK", opsets: [10, 11, 24], inputs: [rows(plain), constant(int64([3]))], outputs: 2, batches: someRows },
  {
    op: "TopK",
    opsets: [11],
    inputs: [rows(plain), constant(int64([2]))],
    attributes: { largest: { int: 0 } },
    outputs: 2,
    batches: someRows,
  },
  {
    op: "TopK",
    opsets: [11],
    inputs: [rows(cube), constant(int64([2]))],
    attributes: { axis: { int: 1 } },
    outputs: 2,
    batches: someRows,
  },
  { op: "TopK", opsets: [11], inputs: [rows(ints), constant(int64([1]))], outputs: 2, batches: someRows },
  ...[1, 2].flatMap((p): readonly Case[] => [
    { op: "LpNormalization", opsets: [9, 22], inputs: [rows(plain)], attributes: { p: { int: p } }, close: sums },
    { op: "LpNormalization", opsets: [22], inputs: [rows(special)], attributes: { p: { int: p } }, close: sums },
    {
      op: "LpNormalization",
      opsets: [22],
      inputs: [rows(cube)],
      attributes: { p: { int: p }, axis: { int: 1 } },
      close: sums,
    },
    { op: "LpNormalization", opsets: [22], inputs: [rows(wide)], attributes: { p: { int: p } }, close: sums },
  ]),
];

for (const [family, cases] of Object.entries({ reductions, integers, extremes, softmaxes, others })) {
  describe(family, () => {
    for (const [i, { op, opsets, inputs, attributes, close, outputs, batches }] of cases.entries()) {
      for (const opset of opsets) {
        it(`${i}: ${op} ${opset} ${JSON.stringify(attributes ?? {})}`, () => {
          const node = {
            op,
            opset,
            inputs,
            outputs: outputs ?? 1,
            ...(attributes === undefined ? {} : { attributes }),
          };
          return expectLikeOnnxruntime(graphOf(node), operators, close, batches);
        });
      }
    }
  });
}
