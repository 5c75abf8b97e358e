/** Cases for the primitives that make, move and pick elements; see cases.ts. */

import { N } from "../dims.js";
import { float32, float64, int32, int64, strings } from "../tensor.js";
import { typeOf } from "../types.js";
import { type PrimitiveCase, primitiveCase, small } from "./cases.js";

const nan = Number.NaN;

const sources: readonly PrimitiveCase[] = [
  primitiveCase("constant", "as it is", [], { tensor: float32([nan, -0]) }, float32([nan, -0])),
  primitiveCase("dims", "at 7 rows", [], { dims: [N, 3, { N: 2, plus: 1 }] }, int64([7, 3, 15]), 7),
  primitiveCase(
    "iota",
    "inner axis",
    [],
    { axis: 1, shape: [N, 3], dtype: "int32" },
    int32([0, 1, 2, 0, 1, 2], [2, 3]),
    2,
  ),
  primitiveCase(
    "iota",
    "row axis",
    [],
    { axis: 0, shape: [N, 2], dtype: "float32" },
    float32([0, 0, 1, 1, 2, 2], [3, 2]),
    3,
  ),
  primitiveCase("iota", "int64, no rows", [], { axis: 0, shape: [N, 2], dtype: "int64" }, int64([], [0, 2]), 0),
];

const six = float32([1, 2, 3, 4, 5, 6], [2, 3]);
const eight = int32([0, 1, 2, 3, 4, 5, 6, 7], [2, 2, 2]);
const moving: readonly PrimitiveCase[] = [
  primitiveCase("reshape", "known", [six], { shape: [3, 2] }, float32([1, 2, 3, 4, 5, 6], [3, 2])),
  primitiveCase("reshape", "in N", [six], { shape: [N, 3, 1] }, float32([1, 2, 3, 4, 5, 6], [2, 3, 1]), 2),
  primitiveCase("reshape", "one open dimension", [six], { shape: ["?", 2] }, float32([1, 2, 3, 4, 5, 6], [3, 2])),
  primitiveCase("reshape", "scalar", [strings(["a"])], { shape: [] }, strings(["a"], [])),
  primitiveCase("transpose", "matrix", [six], { perm: [1, 0] }, float32([1, 4, 2, 5, 3, 6], [3, 2])),
  primitiveCase("transpose", "three axes", [eight], { perm: [2, 0, 1] }, int32([0, 2, 4, 6, 1, 3, 5, 7], [2, 2, 2])),
  primitiveCase("transpose", "strings", [strings(["a", "b"], [1, 2])], { perm: [1, 0] }, strings(["a", "b"], [2, 1])),
  primitiveCase("transpose", "no rows", [int64([], [0, 2])], { perm: [1, 0] }, int64([], [2, 0])),
  primitiveCase("broadcastTo", "rows", [float32([1, 2])], { shape: [N, 2] }, float32([1, 2, 1, 2, 1, 2], [3, 2]), 3),
  primitiveCase("broadcastTo", "columns", [int64([1, 2], [2, 1])], { shape: [2, 2] }, int64([1, 1, 2, 2], [2, 2])),
  primitiveCase("broadcastTo", "no rows", [float32([1, 2])], { shape: [N, 2] }, float32([], [0, 2]), 0),
  primitiveCase(
    "concat",
    "columns",
    [six, float32([7, 8], [2, 1])],
    { axis: 1 },
    float32([1, 2, 3, 7, 4, 5, 6, 8], [2, 4]),
  ),
  primitiveCase("concat", "rows, one empty", [six, float32([], [0, 3])], { axis: 0 }, six),
  primitiveCase("concat", "strings", [strings(["a"]), strings(["b", "c"])], { axis: 0 }, strings(["a", "b", "c"])),
  primitiveCase("slice", "middle", [six], { axis: 1, start: 1, end: 3, step: 1 }, float32([2, 3, 5, 6], [2, 2])),
  primitiveCase("slice", "step 2", [int32([0, 1, 2, 3, 4])], { axis: 0, start: 0, end: 5, step: 2 }, int32([0, 2, 4])),
  primitiveCase(
    "slice",
    "reversed",
    [int32([0, 1, 2, 3])],
    { axis: 0, start: 3, end: -1, step: -1 },
    int32([3, 2, 1, 0]),
  ),
  primitiveCase("slice", "step -2", [int32([0, 1, 2, 3])], { axis: 0, start: 3, end: 0, step: -2 }, int32([3, 1])),
  primitiveCase("slice", "empty", [six], { axis: 1, start: 2, end: 2, step: 1 }, float32([], [2, 0])),
  primitiveCase(
    "slice",
    "all rows but the last",
    [six],
    { axis: 0, start: 0, end: { N: 1, plus: -1 }, step: 1 },
    float32([1, 2, 3], [1, 3]),
    2,
  ),
  primitiveCase(
    "slice",
    "all rows but the last of none",
    [float32([], [0, 3])],
    { axis: 0, start: 0, end: { N: 1, plus: -1 }, step: 1 },
    float32([], [0, 3]),
    0,
  ),
];

const picking: readonly PrimitiveCase[] = [
  primitiveCase("gather", "rows", [six, int64([1, 0, 1])], { axis: 0 }, float32([4, 5, 6, 1, 2, 3, 4, 5, 6], [3, 3])),
  primitiveCase("gather", "columns", [six, int32([2, 0])], { axis: 1 }, float32([3, 1, 6, 4], [2, 2])),
  primitiveCase("gather", "scalar index drops the axis", [six, int64([1], [])], { axis: 1 }, float32([2, 5], [2])),
  primitiveCase(
    "gather",
    "matrix of indices",
    [strings(["a", "b"]), int32([1, 0, 0, 1], [2, 2])],
    { axis: 0 },
    strings(["b", "a", "a", "b"], [2, 2]),
  ),
  primitiveCase(
    "gather",
    "wide rows",
    [
      float64(
        Array.from({ length: 60 }, (_, i) => i),
        [2, 30],
      ),
      int32([1]),
    ],
    { axis: 0 },
    float64(
      Array.from({ length: 30 }, (_, i) => 30 + i),
      [1, 30],
    ),
  ),
  primitiveCase("gather", "nothing", [six, int32([])], { axis: 0 }, float32([], [0, 3])),
  primitiveCase(
    "gatherColumns",
    "repeats",
    [six],
    { columns: Int32Array.of(2, 2, 0) },
    float32([3, 3, 1, 6, 6, 4], [2, 3]),
  ),
  primitiveCase("gatherColumns", "no rows", [float32([], [0, 3])], { columns: Int32Array.of(1) }, float32([], [0, 1])),
  primitiveCase("gatherByRow", "own columns", [six, int32([0, 2, 1, 1], [2, 2])], {}, float32([1, 3, 5, 5], [2, 2])),
  primitiveCase("gatherByColumn", "own rows", [six, int32([1, 0, 1], [1, 3])], {}, float32([4, 2, 6], [1, 3])),
];

const bits: readonly PrimitiveCase[] = [
  primitiveCase(
    "bitwise",
    "and of negative int32",
    [int32([-1, 6]), int32([5, 3])],
    { operation: "and" },
    int32([5, 2]),
  ),
  primitiveCase(
    "bitwise",
    "or of int64",
    [int64([2n ** 62n]), int64([1n])],
    { operation: "or" },
    int64([2n ** 62n + 1n]),
  ),
  primitiveCase(
    "bitwise",
    "exclusive or of uint32 stays unsigned",
    [small("uint32", [4294967295, 0]), small("uint32", [1, 2147483648])],
    { operation: "xor" },
    small("uint32", [4294967294, 2147483648]),
  ),
  primitiveCase(
    "bitwise",
    "shifts of uint8 lose bits",
    [small("uint8", [129, 1, 255]), small("uint8", [1, 8, 40])],
    { operation: "shiftLeft" },
    small("uint8", [2, 0, 0]),
  ),
  primitiveCase(
    "bitwise",
    "shifts to the right bring zeros",
    [small("uint32", [4294967295, 8]), small("uint32", [31, 32])],
    { operation: "shiftRight" },
    small("uint32", [1, 0]),
  ),
];

const writing: readonly PrimitiveCase[] = [
  primitiveCase(
    "scatterByRow",
    "each row its own columns, the last of equal ones counts",
    [float32([1, 2, 3, 4, 5, 6], [2, 3]), int32([2, 0, 1, 1], [2, 2]), float32([-0, nan, 7, 8], [2, 2])],
    { reduction: "none" },
    float32([nan, 2, -0, 4, 8, 6], [2, 3]),
    2,
  ),
  primitiveCase(
    "scatterByRow",
    "sums, exact in int64",
    [int64([9007199254740992n, 1n], [1, 2]), int32([0, 0], [1, 2]), int64([1n, 2n], [1, 2])],
    { reduction: "add" },
    int64([9007199254740995n, 1n], [1, 2]),
  ),
  primitiveCase(
    "scatterByRow",
    "bytes",
    [small("uint8", [1, 2, 3, 4, 5, 6], [2, 3]), int32([1, 2], [2, 1]), small("uint8", [255, 0], [2, 1])],
    { reduction: "none" },
    small("uint8", [1, 255, 3, 4, 5, 0], [2, 3]),
    2,
  ),
  primitiveCase(
    "scatterByRow",
    "sums of float32, rounded one by one",
    [float32([1e8, -0, 0, 1], [2, 2]), int32([0, 0, 1, 0], [2, 2]), float32([3, 3, 1, -0], [2, 2])],
    { reduction: "add" },
    float32([1e8, -0, 0, 2], [2, 2]),
    2,
  ),
  primitiveCase(
    "scatterByRow",
    "sums of int32 wrap",
    [int32([2147483647, 1], [1, 2]), int32([0], [1, 1]), int32([1], [1, 1])],
    { reduction: "add" },
    int32([-2147483648, 1], [1, 2]),
  ),
  primitiveCase(
    "scatterByRow",
    "products of int32 wrap",
    [int32([65537, 1], [1, 2]), int32([0], [1, 1]), int32([65537], [1, 1])],
    { reduction: "mul" },
    int32([131073, 1], [1, 2]),
  ),
  primitiveCase(
    "scatterByRow",
    "extremes, NaN wins",
    [float32([1, 2], [1, 2]), int32([0, 1], [1, 2]), float32([nan, 3], [1, 2])],
    { reduction: "max" },
    float32([nan, 3], [1, 2]),
  ),
];

const late: readonly PrimitiveCase[] = [
  primitiveCase(
    "deferred",
    "computes what it is given",
    [int32([3, 4])],
    {
      run: ([x]) => (x === undefined ? [] : [x, float32([x.data.length], [])]),
      results: [typeOf("int32", [2]), typeOf("float32", [])],
      reason: "a case",
    },
    [int32([3, 4]), float32([2], [])],
  ),
];

export const structureCases: readonly PrimitiveCase[] = [
  ...late,
  ...bits,
  ...writing,
  ...sources,
  ...moving,
  ...picking,
];
