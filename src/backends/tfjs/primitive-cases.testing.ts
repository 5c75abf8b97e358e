/** For tests: arguments on which every primitive is compared with the reference. */

import { type Dim, N } from "../../ir/dims.js";
import type { PrimitiveAttrs, PrimitiveName } from "../../ir/primitive.js";
import { bool, float32, int32 } from "../../ir/tensor.js";

export type DeviceDType = "float32" | "int32" | "bool";

export interface Given {
  readonly dtype: DeviceDType;
  readonly shape: readonly Dim[];
  /** Repeated to the size of the shape. */
  readonly values: readonly number[];
  /** A constant of the Program instead of an input. */
  readonly constant?: true;
}

export interface Case<P extends PrimitiveName> {
  readonly args: readonly Given[];
  readonly attrs: PrimitiveAttrs[P];
  /** Batch size; 5 where left out. Every case also runs with one row and without any. */
  readonly n?: number;
  readonly zeros?: "any";
  /** The primitive is not defined for a batch without rows. */
  readonly notEmpty?: true;
}

export type Cases = { readonly [P in PrimitiveName]: readonly Case<P>[] | "lowered by strategies" | "refused" };

const f = (shape: readonly Dim[], values: readonly number[]): Given => ({ dtype: "float32", shape, values });
const i = (shape: readonly Dim[], values: readonly number[]): Given => ({ dtype: "int32", shape, values });
const b = (shape: readonly Dim[], values: readonly number[]): Given => ({ dtype: "bool", shape, values });
const fixed = (given: Given): Given => ({ ...given, constant: true });

const edges = [
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  0,
  -0,
  1e-40,
  -1e-40,
  2 ** -149,
  2 ** -126,
  0.5,
  1.5,
  2.5,
  -0.5,
  -1.5,
  -2.5,
  1,
  -1,
  0.1,
  -0.1,
  3,
  7.25,
  10,
  20,
  -20,
  88,
  -87,
  100,
  -100,
  1e-6,
  -1e-6,
  1e-3,
  3.4028234663852886e38,
  -3.4028234663852886e38,
  16777217,
  8388609.5,
  8388607.5,
  2147483648,
  -2147483648,
  -2147483904,
  4e9,
] as const;
const integers = [
  0, 1, -1, 2, -2, 3, 7, -7, 100, 65537, -65537, 16777217, -16777217, 2147483647, -2147483648, -2147483647,
];
/** Pseudo-random numbers in (-1, 1), the same in every run. */
const noise = (count: number, seed = 1): number[] => {
  let state = seed;
  return Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return state / 2147483648;
  });
};
const spread = noise(400).map((v, k) => v * 10 ** ((k % 9) - 4));
const cross = <T>(list: readonly T[]): [T[], T[]] => [
  list.flatMap((v) => list.map(() => v)),
  list.flatMap(() => [...list]),
];
const [edgeA, edgeB] = cross(edges);
const [intA, intB] = cross(integers);

const unaryCase = { args: [f([N, 1], [...edges, ...spread])], attrs: {}, n: edges.length + spread.length };
const floatUnary = [unaryCase, { args: [f([2, N, 3], noise(30, 5))], attrs: {} }];
const unit = { args: [f([N], [...noise(300, 7), 0.999999, -0.999999, 1, -1, 0, -0])], attrs: {}, n: 306 };
const intUnary = { args: [i([N], integers)], attrs: {}, n: integers.length };
const floatPairs = { args: [f([N], edgeA), f([N], edgeB)], attrs: {}, n: edgeA.length };
const intPairs = { args: [i([N], intA), i([N], intB)], attrs: {}, n: intA.length };
const broadcastPairs = [
  { args: [f([N, 3], edges), fixed(f([3], [1, -2, 0.5]))], attrs: {}, n: 14 },
  { args: [f([N, 1], edges), f([N, 4], noise(400, 3))], attrs: {} },
  { args: [fixed(f([2, 1, 3], noise(6, 4))), f([N, 1], noise(50, 2))], attrs: {} },
  { args: [fixed(f([], [2])), f([N, 2], edges)], attrs: {} },
];
const comparisons = [
  floatPairs,
  intPairs,
  ...broadcastPairs,
  { args: [i([N, 1], integers), fixed(i([3], [0, 2147483647, 16777216]))], attrs: {} },
  { args: [b([N, 2], [1, 0, 0, 1, 1]), b([2], [1, 0])], attrs: {} },
];
const logic = [
  { args: [b([N], [1, 1, 0, 0]), b([N], [1, 0, 1, 0])], attrs: {}, n: 4 },
  { args: [b([N, 1], [1, 0, 1]), b([3], [1, 0, 1])], attrs: {} },
];
const reductions = [
  { args: [f([N, 4], spread)], attrs: { axes: [1] } },
  { args: [f([N, 3, 2], spread)], attrs: { axes: [1, 2] } },
  { args: [f([2, N, 3], spread)], attrs: { axes: [0, 2] } },
  { args: [f([N, 3], spread)], attrs: { axes: [0] } },
  { args: [f([N, 3], spread)], attrs: { axes: [] } },
  { args: [f([N, 0], [])], attrs: { axes: [1] } },
];
const extremes = [
  ...reductions,
  { args: [f([N, 3], edges)], attrs: { axes: [1] }, n: 12, zeros: "any" as const },
  { args: [i([N, 2], integers)], attrs: { axes: [1] }, n: 8 },
  { args: [b([N, 2], [1, 0, 0, 0, 1])], attrs: { axes: [1] } },
];
const positions = [
  {
    args: [f([N, 3], [1, 3, 3, Number.NaN, 1, 2, Number.NaN, -Infinity, Number.NaN, ...edges])],
    attrs: { axis: 1, last: false },
    n: 16,
  },
  {
    args: [f([N, 3], [1, 3, 3, Number.NaN, 1, 2, Number.NaN, Infinity, Number.NaN, ...edges])],
    attrs: { axis: 1, last: true },
    n: 16,
  },
  { args: [f([N, 2], [Number.NaN, Number.NaN])], attrs: { axis: 1, last: true } },
  { args: [i([N, 4], integers)], attrs: { axis: 1, last: false }, n: 4 },
  { args: [i([2, N], integers)], attrs: { axis: 0, last: true } },
  { args: [f([N, 2, 3], noise(60, 9))], attrs: { axis: 1, last: false } },
  { args: [f([N, 2], [3, 1, 3, 1])], attrs: { axis: 0, last: false }, notEmpty: true as const },
];

/** Each primitive on edge values, in several shapes; a primitive without a row does not type-check. */
export const primitiveCases: Cases = {
  constant: [
    { args: [], attrs: { tensor: float32([1, -0, Number.NaN]) } },
    { args: [], attrs: { tensor: bool([1, 0]) } },
  ],
  dims: [{ args: [], attrs: { dims: [N, 3, { N: 2, plus: -1 }] } }],
  iota: [
    { args: [], attrs: { axis: 0, shape: [N, 2], dtype: "int32" } },
    { args: [], attrs: { axis: 1, shape: [N, 3], dtype: "float32" } },
    { args: [], attrs: { axis: 0, shape: [{ N: 2, plus: 1 }], dtype: "float32" } },
    { args: [], attrs: { axis: 0, shape: [4, 2], dtype: "int32" } },
  ],
  cast: [
    { args: [f([N], edges)], attrs: { to: "int32" }, n: edges.length },
    { args: [f([N], edges)], attrs: { to: "bool" }, n: edges.length },
    { args: [f([N], edges)], attrs: { to: "float32" }, n: edges.length },
    { args: [i([N], integers)], attrs: { to: "float32" }, n: integers.length },
    { args: [i([N], [...integers, 256])], attrs: { to: "bool" }, n: integers.length + 1 },
    { args: [b([N, 2], [1, 0, 0])], attrs: { to: "float32" } },
    { args: [b([N, 2], [1, 0, 0])], attrs: { to: "int32" } },
  ],
  indexOf: [
    {
      args: [f([N], [...edges, 2, 4, 9])],
      attrs: { keys: float32([4, 0.5, 9, -1, 2, 0.5, 0, Number.NaN]) },
      n: edges.length + 3,
    },
    { args: [f([N], edges)], attrs: { keys: float32([3]) }, n: edges.length },
    { args: [f([N, 2], edges)], attrs: { keys: float32([]) }, n: 3 },
    { args: [f([N], edges)], attrs: { keys: float32([Number.NaN]) }, n: edges.length },
    { args: [f([N], edges)], attrs: { keys: float32([Infinity, -Infinity, 1e-40]) }, n: edges.length },
    { args: [i([N, 2], integers)], attrs: { keys: int32([2147483647, 7, 0, -7, 16777216]) }, n: 8 },
  ],
  reshape: [
    { args: [f([N, 4], edges)], attrs: { shape: [N, 2, 2] } },
    { args: [i([N, 2], integers)], attrs: { shape: [{ N: 2, plus: 0 }] } },
    { args: [b([N], [1, 0])], attrs: { shape: [1, N, 1] } },
    { args: [f([N, 2], edges)], attrs: { shape: ["?", 1] } },
  ],
  transpose: [
    { args: [f([N, 3], edges)], attrs: { perm: [1, 0] } },
    { args: [i([N, 2, 2], integers)], attrs: { perm: [2, 0, 1] } },
    { args: [b([N, 2, 3], [1, 0, 0, 1, 1])], attrs: { perm: [1, 0, 2] } },
    { args: [f([2, N, 1, 3], edges)], attrs: { perm: [3, 1, 0, 2] } },
  ],
  broadcastTo: [
    { args: [f([N, 1], edges)], attrs: { shape: [N, 3] }, n: edges.length },
    { args: [f([1, 3], edges)], attrs: { shape: [N, 3] } },
    { args: [fixed(f([3], [-0, Number.NaN, Infinity]))], attrs: { shape: [2, N, 3] } },
    { args: [fixed(i([1, 2], [2147483647, -5]))], attrs: { shape: [N, 2] } },
    { args: [fixed(b([2], [1, 0]))], attrs: { shape: [N, 2] } },
    { args: [b([N, 1], [1, 0])], attrs: { shape: [N, 2] } },
  ],
  concat: [
    { args: [f([N, 2], edges), f([N, 3], edges)], attrs: { axis: 1 } },
    { args: [i([N], integers), fixed(i([2], [5, 6]))], attrs: { axis: 0 } },
    { args: [b([N, 1], [1, 0]), b([N, 2], [0, 1, 1])], attrs: { axis: 1 } },
    { args: [f([N, 2], edges), f([N, 0], [])], attrs: { axis: 1 } },
    { args: [f([N, 0], []), f([N, 0], [])], attrs: { axis: 1 } },
  ],
  slice: [
    { args: [f([N, 5], edges)], attrs: { axis: 1, start: 1, end: 3, step: 1 } },
    { args: [b([N, 5], [1, 0, 1, 1, 0])], attrs: { axis: 1, start: 0, end: 5, step: 2 } },
    { args: [f([N, 5], edges)], attrs: { axis: 1, start: 4, end: -1, step: -2 } },
    { args: [f([N, 5], edges)], attrs: { axis: 1, start: 2, end: 2, step: 1 } },
    { args: [f([N, 2], edges)], attrs: { axis: 0, start: 1, end: N, step: 1 } },
    { args: [f([N, 2], edges)], attrs: { axis: 0, start: { N: 1, plus: -3 }, end: N, step: 1 } },
    { args: [f([N, 2], edges)], attrs: { axis: 0, start: { N: 1, plus: -1 }, end: -1, step: -1 } },
    { args: [b([2, N], [1, 0, 1, 1])], attrs: { axis: 1, start: 0, end: N, step: 2 } },
    { args: [i([N], integers)], attrs: { axis: 0, start: 1, end: 3, step: 1 } },
  ],
  gather: [
    { args: [fixed(f([4], [1, -0, Number.NaN, 4])), i([N, 2], [0, 3, 2, 1])], attrs: { axis: 0 } },
    { args: [f([N, 4], edges), fixed(i([3], [3, 0, 3]))], attrs: { axis: 1 } },
    { args: [fixed(f([4, 2], spread)), fixed(i([2, 2], [3, 0, 1, 1]))], attrs: { axis: 0 } },
    { args: [fixed(b([3], [1, 0, 1])), i([N], [2, 1])], attrs: { axis: 0 } },
    { args: [fixed(i([3], [16777217, 5, 6])), i([N], [0, 2])], attrs: { axis: 0 } },
    { args: [f([2, N, 3], edges), fixed(i([2], [2, 1]))], attrs: { axis: 2 } },
  ],
  gatherColumns: [
    { args: [f([N, 4], edges)], attrs: { columns: Int32Array.of(3, 0, 0) }, n: 9 },
    { args: [f([N, 4], edges)], attrs: { columns: Int32Array.of(1, 2) } },
    { args: [i([N, 2], integers)], attrs: { columns: Int32Array.of(0, 1) } },
    { args: [b([N, 3], [1, 0, 0, 1])], attrs: { columns: Int32Array.of(2, 0) } },
  ],
  gatherByRow: [
    { args: [f([N, 3], edges), i([N, 2], [0, 2, 1, 1, 2, 0])], attrs: {}, n: 12 },
    { args: [i([N, 2], integers), i([N, 3], [0, 1, 1, 0])], attrs: {}, n: 8 },
  ],
  gatherByColumn: [
    { args: [f([3, N], edges), i([2, N], [0, 2, 1])], attrs: {}, n: 12 },
    { args: [i([2, N], integers), i([3, N], [0, 1])], attrs: {}, n: 8 },
  ],
  neg: [...floatUnary, intUnary],
  abs: [...floatUnary, intUnary],
  sign: [...floatUnary, intUnary],
  sqrt: floatUnary,
  reciprocal: floatUnary,
  exp: floatUnary,
  expm1: floatUnary,
  log: floatUnary,
  log1p: [...floatUnary, unit],
  floor: floatUnary,
  ceil: floatUnary,
  round: floatUnary,
  sin: [
    ...floatUnary,
    { args: [f([N], [Math.PI, Math.PI / 2, -Math.PI, 6.2831855, 1e6, 1e-4, 1e-5, 3.1415925])], attrs: {}, n: 8 },
  ],
  cos: [
    ...floatUnary,
    { args: [f([N], [Math.PI, Math.PI / 2, -Math.PI, 4.712389, 1e6, 1e-4, 1.5707964])], attrs: {}, n: 7 },
  ],
  tan: floatUnary,
  asin: [...floatUnary, unit],
  acos: [...floatUnary, unit],
  atan: floatUnary,
  sinh: floatUnary,
  cosh: floatUnary,
  asinh: floatUnary,
  acosh: floatUnary,
  atanh: [...floatUnary, unit],
  tanh: floatUnary,
  sigmoid: floatUnary,
  erf: [
    ...floatUnary,
    {
      args: [
        f(
          [N],
          noise(400, 11).map((v) => v * 5),
        ),
      ],
      attrs: {},
      n: 400,
    },
  ],
  probit: [
    unaryCase,
    {
      args: [f([N], [...noise(300, 13).map((v) => (v + 1) / 2), 1e-30, 1e-7, 0.9999999, 0.5, 0.075, 0.925])],
      attrs: {},
      n: 306,
    },
  ],
  isNaN: floatUnary,
  isInf: [
    { ...unaryCase, attrs: { negative: true, positive: true } },
    { ...unaryCase, attrs: { negative: true, positive: false } },
    { ...unaryCase, attrs: { negative: false, positive: true } },
    { ...unaryCase, attrs: { negative: false, positive: false } },
  ],
  not: [{ args: [b([N], [1, 0, 0, 1, 1])], attrs: {} }],
  add: [floatPairs, intPairs, ...broadcastPairs],
  sub: [floatPairs, intPairs, ...broadcastPairs],
  mul: [
    floatPairs,
    intPairs,
    ...broadcastPairs,
    { args: [i([N], integers), fixed(i([1], [12345678]))], attrs: {}, n: 16 },
  ],
  div: [
    floatPairs,
    intPairs,
    ...broadcastPairs,
    { args: [i([N, 2], integers), fixed(i([2], [3, -3]))], attrs: {}, n: 8 },
  ],
  pow: [
    floatPairs,
    { args: [i([N], integers), fixed(i([], [5]))], attrs: {}, n: 16 },
    { args: [i([N], integers), fixed(i([1], [0]))], attrs: {}, n: 16 },
    { args: [i([N], integers), fixed(i([], [-3]))], attrs: {}, n: 16 },
  ],
  min: [{ ...floatPairs, zeros: "any" }, intPairs, ...broadcastPairs],
  max: [{ ...floatPairs, zeros: "any" }, intPairs, ...broadcastPairs],
  mod: [false, true].flatMap((fmod) => [
    { ...floatPairs, attrs: { fmod } },
    { ...intPairs, attrs: { fmod } },
    {
      args: [
        f(
          [N],
          noise(200, 21).map((v) => v * 1000),
        ),
        f([N], noise(200, 22)),
      ],
      attrs: { fmod },
      n: 200,
    },
  ]),
  less: comparisons,
  lessEqual: comparisons,
  greater: comparisons,
  greaterEqual: comparisons,
  equal: comparisons,
  notEqual: comparisons,
  and: logic,
  or: logic,
  xor: logic,
  select: [
    { args: [b([N], [1, 0, 1]), f([N], edges), f([N], noise(9))], attrs: {}, n: 12 },
    { args: [b([N, 1], [1, 0, 1]), fixed(f([3], [Number.NaN, 1, -0])), f([N, 3], edges)], attrs: {} },
    { args: [b([N], [1, 0]), i([N], integers), fixed(i([], [2147483647]))], attrs: {} },
    { args: [b([N, 1], [1, 0, 1]), b([N, 2], [1, 1, 0]), fixed(b([2], [0, 1]))], attrs: {} },
  ],
  reduceSum: [
    ...reductions,
    { args: [i([N, 3], integers)], attrs: { axes: [1] } },
    { args: [f([N, 1000], noise(5000, 8))], attrs: { axes: [1] } },
  ],
  reduceProd: [...reductions, { args: [fixed(i([2, 3], [1, 2, 3, -4, 5, 6]))], attrs: { axes: [1] } }],
  reduceMax: extremes,
  reduceMin: extremes,
  argMax: positions,
  argMin: positions,
  cumSum: [
    { args: [f([N, 4], noise(40, 6))], attrs: { axis: 1, exclusive: false, reverse: false } },
    { args: [f([N, 4], noise(40, 6))], attrs: { axis: 1, exclusive: true, reverse: true } },
    { args: [i([N, 3], [1, -2, 3, 16777216])], attrs: { axis: 1, exclusive: true, reverse: false } },
    { args: [f([N, 2], noise(40, 6))], attrs: { axis: 0, exclusive: false, reverse: true } },
  ],
  topK: [true, false].flatMap((largest) => [
    {
      args: [f([N, 5], [3, Number.NaN, 2, 3, -Infinity, Number.NaN, -0, 0, Number.NaN, -Infinity, ...edges])],
      attrs: { axis: 1, k: 5, largest },
      n: 9,
    },
    { args: [f([N, 4], [3, Number.NaN, 2, 3])], attrs: { axis: 1, k: 2, largest } },
    { args: [f([3, N, 2], edges)], attrs: { axis: 0, k: 2, largest } },
    { args: [i([N, 4], integers)], attrs: { axis: 1, k: 3, largest } },
    { args: [f([N, 3], edges)], attrs: { axis: 1, k: 0, largest } },
  ]),
  softmax: [
    {
      args: [
        f(
          [N, 3],
          [
            1,
            2,
            3,
            1000,
            -1000,
            0,
            -Infinity,
            0,
            1,
            -Infinity,
            -Infinity,
            -Infinity,
            Number.NaN,
            1,
            2,
            Infinity,
            1,
            2,
            ...edges,
          ],
        ),
      ],
      attrs: { axis: 1 },
      n: 12,
    },
    { args: [f([N, 1], noise(5))], attrs: { axis: 1 } },
    { args: [f([2, N, 3], noise(60, 4))], attrs: { axis: 0 } },
    { args: [f([N, 2], noise(60, 4))], attrs: { axis: 0 } },
  ],
  logSoftmax: [
    {
      args: [
        f(
          [N, 3],
          [1, 2, 3, 1000, -1000, 0, -Infinity, 0, 1, -Infinity, -Infinity, -Infinity, Number.NaN, 1, 2, Infinity, 1, 2],
        ),
      ],
      attrs: { axis: 1 },
      n: 6,
    },
    { args: [f([N, 3], noise(60, 4))], attrs: { axis: 1 } },
    { args: [f([3, N], noise(60, 4))], attrs: { axis: 0 } },
  ],
  squaredDistances: [
    { args: [f([N, 4], noise(40, 6)), fixed(f([3, 4], noise(12, 7)))], attrs: {} },
    { args: [f([N, 1], noise(40, 6)), fixed(f([2, 1], noise(12, 7)))], attrs: {} },
  ],
  pairwiseCoupling: "refused",
  deferred: "refused",
  bitwise: "refused",
  scatterByRow: "refused",
  matMul: [
    { args: [f([N, 4], noise(40, 6)), fixed(f([4, 3], noise(12, 7)))], attrs: {} },
    { args: [f([N, 2], edges), fixed(f([2, 2], [1, 0, 0, 1]))], attrs: {}, n: 10 },
    { args: [fixed(f([3, 2, 4], noise(24, 8))), f([3, 4, N], noise(90, 9))], attrs: {} },
    { args: [f([3, N, 4], noise(90, 9)), fixed(f([1, 4, 2], noise(24, 8)))], attrs: {} },
    { args: [f([N, 2, 3], noise(90, 9)), fixed(f([3, 2], noise(24, 8)))], attrs: {} },
    { args: [i([N, 3], integers), fixed(i([3, 2], [1, -2, 16777217, 4, 5, 6]))], attrs: {} },
    { args: [f([2, N], noise(30, 2)), f([N, 3], noise(30, 3))], attrs: {} },
    { args: [f([N, 300], noise(3000, 6)), fixed(f([300, 5], noise(1500, 7)))], attrs: {} },
    { args: [f([N, 0], []), fixed(f([0, 2], []))], attrs: {} },
  ],
  changeCase: "refused",
  leaveOut: "refused",
  tokenize: "refused",
  splitTexts: "refused",
  nGrams: "refused",
  matchesExpression: "refused",
  joinTexts: "refused",
  hash: "refused",
  forest: "lowered by strategies",
  forestLeaves: "lowered by strategies",
};
