/** Operators that move elements, against onnxruntime: forms by version, negative axes, shapes in terms of the batch size. */

import { describe, it } from "vitest";
import { register } from "../src/ir/operator.js";
import { bool, float32, float64, int32, int64, strings, type Tensor } from "../src/ir/tensor.js";
import type { OnnxAttribute, OnnxNode } from "../test-models/onnx-file.js";
import { binaryArithmetic } from "./binary-arithmetic.js";
import { cast } from "./cast.js";
import { concat } from "./concat.js";
import { constantOfShape } from "./constant-of-shape.js";
import { einsum } from "./einsum.js";
import { expand } from "./expand.js";
import { flatten } from "./flatten.js";
import { gather } from "./gather.js";
import { gatherElements } from "./gather-elements.js";
import { gatherNd } from "./gather-nd.js";
import { gemm } from "./gemm.js";
import { identity } from "./identity.js";
import { matMul } from "./mat-mul.js";
import { oneHot } from "./one-hot.js";
import { pad } from "./pad.js";
import { range } from "./range.js";
import { reduction } from "./reduction.js";
import { reshape } from "./reshape.js";
import { shape } from "./shape.js";
import { type Closeness, expectLikeOnnxruntime, graphOf, type Operand } from "./shared/single-node.testing.js";
import { slice } from "./slice.js";
import { split } from "./split.js";
import { squeeze } from "./squeeze.js";
import { tile } from "./tile.js";
import { transpose } from "./transpose.js";
import { unsqueeze } from "./unsqueeze.js";
import { where } from "./where.js";

const operators = [
  register(binaryArithmetic),
  register(cast),
  register(concat),
  register(constantOfShape),
  register(einsum),
  register(expand),
  register(flatten),
  register(gather),
  register(gatherElements),
  register(gatherNd),
  register(gemm),
  register(identity),
  register(matMul),
  register(oneHot),
  register(pad),
  register(range),
  register(reduction),
  register(reshape),
  register(shape),
  register(slice),
  register(split),
  register(squeeze),
  register(tile),
  register(transpose),
  register(unsqueeze),
  register(where),
];

const rows = (t: Tensor): Operand => ({ rows: t });
const fixed = (t: Tensor): Operand => ({ fixed: t });
const constant = (t: Tensor): Operand => ({ constant: t });
const ints = (...values: readonly number[]): Operand => constant(int64(values));
const intsAttribute = (...values: readonly number[]): OnnxAttribute => ({ ints: values });
const int = (value: number): OnnxAttribute => ({ int: value });

/** onnxruntime refuses -1 in a Reshape of no rows, and MatMul of a vector by no rows. */
const someRows = [3, 1];

const plain = float32([Number.NaN, -0, 3, 2, 2, -7, 0.1, 0.2, 0.3, 1e-3, 5, 4], [3, 4]);
const cube = float32(
  Array.from({ length: 24 }, (_, i) => i - 7),
  [3, 4, 2],
);
const column = float32([1, 2, 3], [3, 1]);
const texts = strings(["a", "b", "", "a", "ü", "c"], [3, 2]);
const big = int64([2n ** 53n + 1n, -1n, 5n], [3, 1]);

interface Case {
  readonly op: string;
  readonly opsets: readonly number[];
  readonly inputs: readonly Operand[];
  readonly attributes?: Readonly<Record<string, OnnxAttribute>>;
  readonly close?: Closeness;
  readonly outputs?: number;
  readonly batches?: readonly number[];
}

const shapes: readonly Case[] = [
  { op: "Identity", opsets: [9, 13, 24], inputs: [rows(plain)] },
  { op: "Identity", opsets: [13], inputs: [rows(texts)] },
  { op: "Dropout", opsets: [7, 10], inputs: [rows(plain)], attributes: { ratio: { float: 0.3 } } },
  { op: "Dropout", opsets: [12, 13], inputs: [rows(plain)], outputs: 2 },
  { op: "Dropout", opsets: [13], inputs: [rows(plain), constant(float32([0.2], [])), constant(bool([0], []))] },
  { op: "Reshape", opsets: [9, 13, 14, 19], inputs: [rows(plain), ints(-1, 2, 2)] },
  { op: "Reshape", opsets: [9, 14], inputs: [rows(plain), ints(0, -1)], batches: someRows },
  { op: "Reshape", opsets: [9, 14], inputs: [rows(cube), ints(0, 0, -1)], batches: someRows },
  { op: "Reshape", opsets: [14], inputs: [rows(cube), ints(-1)] },
  { op: "Reshape", opsets: [14], inputs: [rows(column), ints(-1)] },
  { op: "Reshape", opsets: [14], inputs: [rows(texts), ints(-1, 1)] },
  { op: "Reshape", opsets: [14], inputs: [fixed(float32([], [2, 0])), ints(0, 3)], attributes: { allowzero: int(1) } },
  { op: "Flatten", opsets: [9, 13], inputs: [rows(cube)] },
  { op: "Flatten", opsets: [11, 13], inputs: [rows(cube)], attributes: { axis: int(-1) } },
  { op: "Flatten", opsets: [13], inputs: [rows(cube)], attributes: { axis: int(3) } },
  { op: "Flatten", opsets: [13], inputs: [rows(cube)], attributes: { axis: int(0) } },
  { op: "Squeeze", opsets: [9, 11], inputs: [rows(column)], attributes: { axes: intsAttribute(1) } },
  { op: "Squeeze", opsets: [11], inputs: [rows(column)], attributes: { axes: intsAttribute(-1) } },
  { op: "Squeeze", opsets: [13, 21], inputs: [rows(column), ints(-1)] },
  // The batch axis is kept without axes; onnxruntime drops it too for a single row.
  { op: "Squeeze", opsets: [9, 13], inputs: [rows(column)], batches: [3, 0] },
  { op: "Unsqueeze", opsets: [9, 11], inputs: [rows(plain)], attributes: { axes: intsAttribute(0, 2) } },
  { op: "Unsqueeze", opsets: [11], inputs: [rows(plain)], attributes: { axes: intsAttribute(-1) } },
  { op: "Unsqueeze", opsets: [13, 21], inputs: [rows(plain), ints(-1, 1)] },
  { op: "Transpose", opsets: [9, 13, 21], inputs: [rows(cube)] },
  { op: "Transpose", opsets: [13], inputs: [rows(cube)], attributes: { perm: intsAttribute(0, 2, 1) } },
  { op: "Transpose", opsets: [13], inputs: [rows(cube)], attributes: { perm: intsAttribute(2, 0, 1) } },
  { op: "Shape", opsets: [9, 13], inputs: [rows(cube)] },
  { op: "Shape", opsets: [15], inputs: [rows(cube)], attributes: { start: int(-2), end: int(7) } },
  { op: "Shape", opsets: [15], inputs: [rows(cube)], attributes: { end: int(1) } },
  { op: "Shape", opsets: [15], inputs: [rows(cube)], attributes: { start: int(2), end: int(1) } },
  { op: "Size", opsets: [9, 13], inputs: [rows(cube)] },
  { op: "Expand", opsets: [9, 13], inputs: [rows(column), ints(1, 3)] },
  { op: "Expand", opsets: [13], inputs: [rows(column), ints(2, 1, 1)] },
  { op: "Tile", opsets: [9, 13], inputs: [rows(plain), ints(2, 3)] },
  { op: "Tile", opsets: [13], inputs: [rows(plain), ints(1, 0)] },
  { op: "ConstantOfShape", opsets: [9], inputs: [ints(2, 3)] },
  { op: "ConstantOfShape", opsets: [9, 20], inputs: [ints(2)], attributes: { value: { tensor: int64([7]) } } },
  {
    op: "Range",
    opsets: [11],
    inputs: [constant(int64([3], [])), constant(int64([-4], [])), constant(int64([-2], []))],
  },
  {
    op: "Range",
    opsets: [11],
    inputs: [constant(float32([0.1], [])), constant(float32([1], [])), constant(float32([0.1], []))],
  },
  { op: "Range", opsets: [11], inputs: [constant(int32([3], [])), constant(int32([3], [])), constant(int32([1], []))] },
];

const parts: readonly Case[] = [
  { op: "Concat", opsets: [9, 13], inputs: [rows(plain), rows(column)], attributes: { axis: int(1) } },
  { op: "Concat", opsets: [11, 13], inputs: [rows(plain), rows(plain)], attributes: { axis: int(-1) } },
  { op: "Concat", opsets: [13], inputs: [rows(plain), rows(plain)], attributes: { axis: int(0) } },
  { op: "Concat", opsets: [13], inputs: [rows(texts), rows(texts)], attributes: { axis: int(1) } },
  {
    op: "Slice",
    opsets: [9],
    inputs: [rows(plain)],
    attributes: { starts: intsAttribute(1), ends: intsAttribute(3), axes: intsAttribute(1) },
  },
  {
    op: "Slice",
    opsets: [9],
    inputs: [rows(plain)],
    attributes: { starts: intsAttribute(0, -2), ends: intsAttribute(2147483647, 2147483647) },
  },
  {
    op: "Slice",
    opsets: [9],
    inputs: [rows(plain)],
    attributes: { starts: intsAttribute(2), ends: { ints: [2n ** 63n - 1n] }, axes: intsAttribute(1) },
  },
  { op: "Slice", opsets: [10, 11, 13], inputs: [rows(plain), ints(1), ints(-1), ints(1)] },
  { op: "Slice", opsets: [11, 13], inputs: [rows(plain), ints(-1), ints(-9), ints(-1), ints(-1)] },
  { op: "Slice", opsets: [11, 13], inputs: [rows(plain), ints(0), ints(99), ints(-1), ints(2)] },
  { op: "Slice", opsets: [13], inputs: [rows(plain), ints(3), ints(0), ints(1), ints(-2)] },
  { op: "Slice", opsets: [13], inputs: [rows(plain), ints(3), ints(1), ints(1)] },
  { op: "Slice", opsets: [13], inputs: [rows(plain), ints(7), ints(9), ints(1)] },
  { op: "Slice", opsets: [13], inputs: [rows(cube), ints(1, 0), ints(3, 1), ints(1, 2), ints(1, 1)] },
  {
    op: "Slice",
    opsets: [13],
    inputs: [rows(plain), constant(int32([1])), constant(int32([2])), constant(int32([1]))],
  },
  { op: "Slice", opsets: [13], inputs: [rows(plain), ints(-1), constant(int64([-(2n ** 63n)])), ints(0), ints(-1)] },
  { op: "Split", opsets: [9, 11, 13], inputs: [rows(plain)], attributes: { axis: int(1) }, outputs: 2 },
  {
    op: "Split",
    opsets: [9, 11],
    inputs: [rows(plain)],
    attributes: { axis: int(1), split: intsAttribute(1, 3) },
    outputs: 2,
  },
  { op: "Split", opsets: [13, 18], inputs: [rows(plain), ints(3, 0, 1)], attributes: { axis: int(-1) }, outputs: 3 },
  {
    op: "Split",
    opsets: [18],
    inputs: [
      rows(
        float32(
          Array.from({ length: 15 }, (_, i) => i),
          [3, 5],
        ),
      ),
    ],
    attributes: { axis: int(1), num_outputs: int(3) },
    outputs: 3,
  },
  {
    op: "Pad",
    opsets: [9],
    inputs: [rows(plain)],
    attributes: { pads: intsAttribute(0, 1, 0, 2), value: { float: -1 } },
  },
  { op: "Pad", opsets: [11, 13, 18], inputs: [rows(plain), ints(0, 2, 0, -1), constant(float32([9], []))] },
  { op: "Pad", opsets: [11, 18, 21], inputs: [rows(plain), ints(0, -1, 0, 0)] },
  { op: "Pad", opsets: [18], inputs: [rows(plain), ints(1, 1), undefined, ints(-1)] },
];

const picks: readonly Case[] = [
  { op: "Gather", opsets: [9, 11, 13], inputs: [rows(plain), ints(2, 0, 0)], attributes: { axis: int(1) } },
  { op: "Gather", opsets: [11, 13], inputs: [rows(plain), ints(-1, 0)], attributes: { axis: int(-1) } },
  { op: "Gather", opsets: [13], inputs: [rows(plain), constant(int32([1], []))], attributes: { axis: int(1) } },
  { op: "Gather", opsets: [13], inputs: [constant(plain), rows(int64([2, -1, 0], [3, 1]))] },
  { op: "Gather", opsets: [13], inputs: [constant(strings(["x", "y", "x"])), rows(int64([2, -2, 0]))] },
  { op: "Gather", opsets: [13], inputs: [rows(texts), ints(1)], attributes: { axis: int(1) } },
  { op: "Gather", opsets: [13], inputs: [rows(big), rows(int64([0, -1, 0]))], batches: someRows },
  {
    op: "GatherElements",
    opsets: [11, 13],
    inputs: [rows(plain), rows(int64([3, -1, 0, 1, 2, 2], [3, 2]))],
    attributes: { axis: int(1) },
  },
  {
    op: "GatherElements",
    opsets: [13],
    inputs: [rows(plain), rows(int32([0, 0, 1, 2, 0, 0, 0, 0, 0, 0, -1, -1], [3, 4]))],
    batches: [3],
  },
  { op: "GatherElements", opsets: [13], inputs: [constant(float32([1, 2, 3])), rows(int64([2, -1, 0]))] },
  { op: "GatherND", opsets: [11, 13], inputs: [constant(plain), rows(int64([2, 1, 0, -1, -3, 3], [3, 2]))] },
  { op: "GatherND", opsets: [12], inputs: [constant(cube), rows(int64([2, 1, 0, -1, -3, 3], [3, 2]))] },
  { op: "GatherND", opsets: [13], inputs: [constant(cube), rows(int64([2, 1, 0], [3, 1]))] },
  {
    op: "Where",
    opsets: [9, 16],
    inputs: [rows(bool([1, 0, 1], [3, 1])), rows(plain), constant(float32([7, 8, 9, 10]))],
    // onnxruntime joins the two sides by addition, which drops the sign of -0.
    close: { anyZero: true },
  },
  {
    op: "Where",
    opsets: [9, 16],
    inputs: [rows(bool([1, 0, 1], [3, 1])), constant(int64([2n ** 62n])), constant(int64([-1]))],
  },
  {
    op: "OneHot",
    opsets: [9, 11],
    inputs: [rows(int64([0, 2, 5])), constant(int64([4], [])), constant(float32([-1, 2]))],
  },
  { op: "OneHot", opsets: [11], inputs: [rows(int64([0, -1, -5])), ints(4), ints(0, 1)] },
  {
    op: "OneHot",
    opsets: [11],
    inputs: [rows(int64([0, 2, 1], [3, 1])), ints(3), ints(5, 6)],
    attributes: { axis: int(1) },
  },
  { op: "OneHot", opsets: [11], inputs: [rows(float32([0, 2, 1])), constant(float32([3])), constant(float32([5, 6]))] },
];

const conversions: readonly Case[] = [
  ...["float32", "float64", "int32", "int64", "bool", "string"].flatMap((to): readonly Case[] => {
    const code = { float32: 1, int32: 6, int64: 7, string: 8, bool: 9, float64: 11 }[to] ?? 0;
    const attributes = { to: int(code) };
    const finite = float32(
      [0, -0, 1.5, -1.5, 2.5, -7.9, 1e6, 0.1, -0.3, 123456789, 1e-7, 3e9].map((v) =>
        to === "int32" && v > 2e9 ? 5 : v,
      ),
      [3, 4],
    );
    // A float outside the range of the integer type is undefined in ONNX, and differs.
    const doubles = [0.1, 1e-300, 16777217, -1, to === "int32" ? 7.5 : 1e16 / 3, 0];
    const numbers: readonly Tensor[] = [
      finite,
      float64(to === "string" ? [0.5, 2, 16777217, -1, 0, 1e17] : doubles, [3, 2]),
      big,
      int32([-5, 0, 7]),
      bool([0, 1, 1]),
    ];
    return numbers.map(
      (t): Case => ({ op: "Cast", opsets: to === "string" ? [9, 13] : [9, 13, 19, 21], inputs: [rows(t)], attributes }),
    );
  }),
  { op: "Cast", opsets: [13], inputs: [rows(float32([Number.NaN, 0, 2], [3, 1]))], attributes: { to: int(9) } },
  {
    op: "Cast",
    opsets: [13],
    inputs: [rows(float32([Number.NaN, Number.POSITIVE_INFINITY, 0.1], [3, 1]))],
    attributes: { to: int(8) },
  },
  { op: "Cast", opsets: [9, 13], inputs: [rows(strings(["1.5", "-2e3", "NaN"]))], attributes: { to: int(1) } },
  {
    op: "Cast",
    opsets: [9, 13],
    inputs: [rows(strings(["15", "-2", "9007199254740993"]))],
    attributes: { to: int(7) },
  },
  { op: "CastLike", opsets: [15, 19], inputs: [rows(plain), constant(float64([1]))] },
];

const pair = constant(float32([1, 2, 3, 4], [2, 2]));
/** Broadcast axes, diagonals, three operands, axes that one of them has alone. */
const einsums: readonly (readonly [equation: string, ...inputs: readonly Operand[]])[] = [
  ["...ij->...ji", rows(cube)],
  ["...ij,jk->...ik", rows(cube), pair],
  ["...i,...i->...", rows(plain), rows(plain)],
  ["...i,i", rows(plain), constant(float32([1, 2, 3, 4]))],
  ["nij,jk,kl->nil", rows(cube), pair, pair],
  ["ij,jk,nli->nlk", pair, pair, rows(cube)],
  ["ii,nji->nj", pair, rows(cube)],
  ["nij,jj->ni", rows(cube), pair],
  ["...jj->...j", pair],
  ["nij,ab->nb", rows(cube), pair],
  ["n...,...->...n", rows(cube), constant(float32([1, 2, 3, 4], [4, 1]))],
];

const products: readonly Case[] = [
  {
    op: "MatMul",
    opsets: [9, 13],
    inputs: [rows(cube), constant(float32([1, 2, 3, 4, 5, 6], [2, 3]))],
    close: { ulps: 4 },
  },
  { op: "MatMul", opsets: [9, 13], inputs: [rows(column), constant(float32([3, 0.1], [1, 2]))] },
  { op: "MatMul", opsets: [13], inputs: [rows(cube), constant(float32([1, 2]))], batches: someRows },
  { op: "MatMul", opsets: [13], inputs: [constant(float32([1, 2, -1, 3])), rows(cube)], batches: someRows },
  { op: "MatMul", opsets: [13], inputs: [constant(float32([1, 2])), constant(float32([3, 4]))] },
  { op: "MatMul", opsets: [13], inputs: [rows(big), constant(int64([3n], [1, 1]))] },
  ...[9, 11, 13].map(
    (opset): Case => ({
      op: "Gemm",
      opsets: [opset],
      inputs: [
        rows(float32([1, 2, 3, 4, 5, 6], [3, 2])),
        constant(float32([1, -1, 0.5, 2], [2, 2])),
        constant(float32([0.1, 0.2])),
      ],
      close: { ulps: 4 },
    }),
  ),
  {
    op: "Gemm",
    opsets: [11, 13],
    inputs: [
      rows(float32([1, 2, 3, 4, 5, 6], [3, 2])),
      constant(float32([1, -1, 0.5, 2, 0, 1], [3, 2])),
      constant(float32([0.1], [])),
    ],
    attributes: { alpha: { float: 0.3 }, beta: { float: -2 }, transB: int(1) },
    close: { ulps: 8 },
  },
  {
    op: "Gemm",
    opsets: [13],
    inputs: [rows(float32([1, 2, 3, 4, 5, 6], [3, 2])), rows(float32([1, 2, 3, 4, 5, 6], [3, 2]))],
    attributes: { transA: int(1) },
    close: { ulps: 4 },
    batches: someRows,
  },
  {
    op: "Gemm",
    opsets: [13],
    inputs: [rows(column), constant(float32([3], [1, 1])), constant(float32([Number.NaN]))],
    attributes: { beta: { float: 0 } },
  },
  {
    op: "Einsum",
    opsets: [12],
    inputs: [rows(cube), constant(float32([1, 2, 3, 4], [2, 2]))],
    attributes: { equation: { string: "nij,jk->nik" } },
  },
  {
    op: "Einsum",
    opsets: [12],
    inputs: [rows(cube), rows(cube)],
    attributes: { equation: { string: "nij, nij -> n" } },
    close: { ulps: 4 },
  },
  {
    op: "Einsum",
    opsets: [12],
    inputs: [rows(plain), rows(column)],
    attributes: { equation: { string: "ni,nj->nji" } },
  },
  {
    op: "Einsum",
    opsets: [12],
    inputs: [rows(cube)],
    attributes: { equation: { string: "nij->jn" } },
    close: { ulps: 4 },
  },
  {
    op: "Einsum",
    opsets: [12],
    inputs: [rows(cube), constant(float32([1, 2, 3, 4]))],
    attributes: { equation: { string: "nij,i" } },
    close: { ulps: 4 },
  },
  ...einsums.map(
    ([equation, ...inputs]): Case => ({
      op: "Einsum",
      opsets: [12],
      inputs,
      attributes: { equation: { string: equation } },
      close: { ulps: 8, absolute: 1e-6 },
      batches: someRows,
    }),
  ),
];

for (const [family, cases] of Object.entries({ shapes, parts, picks, conversions, products })) {
  describe(family, () => {
    for (const [i, { op, opsets, inputs, attributes, close, outputs, batches }] of cases.entries()) {
      for (const opset of opsets) {
        it(`${i}: ${op} ${opset}`, () => {
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

const node = (
  op: string,
  inputs: readonly string[],
  output: string,
  attributes: Readonly<Record<string, OnnxAttribute>> = {},
): OnnxNode => ({
  op,
  inputs,
  outputs: [output],
  attributes,
});

describe("shapes computed from shapes", () => {
  const chains: Readonly<
    Record<
      string,
      { readonly nodes: readonly OnnxNode[]; readonly inputs: readonly Operand[]; readonly batches?: readonly number[] }
    >
  > = {
    "Shape → Gather → Unsqueeze → Concat → Reshape": {
      inputs: [rows(cube), ints(0), ints(-1), constant(int64([0], []))],
      batches: someRows,
      nodes: [
        node("Shape", ["x0"], "s"),
        node("Gather", ["s", "x3"], "n", { axis: int(0) }),
        node("Unsqueeze", ["n", "x1"], "n1"),
        node("Concat", ["n1", "x2"], "t", { axis: int(0) }),
        node("Reshape", ["x0", "t"], "y"),
      ],
    },
    "Shape → Slice → Concat → Reshape": {
      inputs: [rows(cube), ints(0), ints(2), ints(1), ints(2)],
      nodes: [
        node("Shape", ["x0"], "s"),
        node("Slice", ["s", "x1", "x2"], "two"),
        node("Concat", ["two", "x3", "x4"], "t", { axis: int(0) }),
        node("Reshape", ["x0", "t"], "y"),
      ],
    },
    "Shape → ConstantOfShape, Expand": {
      inputs: [rows(column), ints(0)],
      nodes: [
        node("Shape", ["x0"], "s"),
        node("ConstantOfShape", ["s"], "ones", { value: { tensor: float32([2.5]) } }),
        node("Concat", ["ones", "x0"], "both", { axis: int(1) }),
        node("Expand", ["both", "s"], "y"),
      ],
      batches: someRows,
    },
    "Concat of constant rows → Slice of both parts": {
      inputs: [rows(column), constant(float32([8, 9], [2, 1])), ints(0), ints(2), constant(int64([2n ** 63n - 1n]))],
      nodes: [
        node("Concat", ["x1", "x0"], "all", { axis: int(0) }),
        node("Slice", ["all", "x2", "x3", "x2"], "constants"),
        node("Slice", ["all", "x3", "x4", "x2"], "rows"),
        node("ReduceSum", ["constants"], "sum"),
        node("Add", ["rows", "sum"], "y"),
      ],
    },
    "Shape → Add, Mul, Div → Reshape": {
      inputs: [rows(plain), ints(0), ints(2), ints(4), ints(8)],
      nodes: [
        node("Shape", ["x0"], "s"),
        node("Gather", ["s", "x1"], "n"),
        node("Mul", ["n", "x4"], "n8"),
        node("Div", ["n8", "x2"], "n4"),
        node("Div", ["n4", "x3"], "again"),
        node("Concat", ["again", "x3"], "t", { axis: int(0) }),
        node("Reshape", ["x0", "t"], "y"),
      ],
      batches: someRows,
    },
    "Size → Range": {
      inputs: [rows(column), constant(int64([0], [])), constant(int64([1], []))],
      nodes: [node("Size", ["x0"], "n"), node("Range", ["x1", "n", "x2"], "y")],
    },
  };
  for (const [name, { nodes, inputs, batches }] of Object.entries(chains)) {
    it(name, () => expectLikeOnnxruntime({ nodes, inputs, opset: 18 }, operators, {}, batches));
  }
});
