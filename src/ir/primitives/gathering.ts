/**
 * Primitives that pick elements by index: gather (ONNX Gather, indices already non-negative), gatherColumns, gatherByRow,
 * gatherByColumn; and scatterByRow (ScatterElements). They keep the dictionary of the data. An index out of range is a DataError when it is met.
 */

import { DataError } from "../../errors.js";
import { allocate, isBigInt, isInteger } from "../dtype.js";
import type { Primitive, PrimitiveAttrs, PrimitiveName } from "../primitive.js";
import { numbersOf, sizeOf, type Tensor } from "../tensor.js";
import { formatType, rowAxis, type TensorType, typeOf } from "../types.js";
import { larger, lesser } from "./binary.js";
import { type Cells, copyRange } from "./broadcast.js";
import {
  checkAxis,
  checkDType,
  checkRank,
  checkSameDType,
  indices as indexTypes,
  numbers,
  one,
  refuse,
  sharedDictionary,
  sharedDim,
  three,
  two,
} from "./checks.js";
import { toBfloat16, toFloat16 } from "./rounding.js";

function outOfRange(op: PrimitiveName, index: number, count: number): never {
  throw new DataError(`${op}: index ${index} is not in [0, ${count})`);
}

export const gather: Primitive<"gather"> = {
  infer(args, { axis }) {
    const [data, indices] = two("gather", args);
    checkAxis("gather", axis, data.shape.length);
    checkDType("gather", indices, indexTypes);
    const shape = [...data.shape.slice(0, axis), ...indices.shape, ...data.shape.slice(axis + 1)];
    return [typeOf(data.dtype, shape, data.dictionary)];
  },
  evaluate(args, { axis }) {
    const [from, by] = two("gather", args);
    const indices = numbersOf(by.data);
    const count = from.shape[axis]!;
    const inner = sizeOf(from.shape.slice(axis + 1));
    const outer = sizeOf(from.shape.slice(0, axis));
    const shape = [...from.shape.slice(0, axis), ...by.shape, ...from.shape.slice(axis + 1)];
    const data = allocate(from.dtype, sizeOf(shape));
    for (let i = 0; i < indices.length; i++) {
      const index = indices[i]!;
      if (!(index >= 0 && index < count)) outOfRange("gather", index, count);
    }
    const [source, target]: [Cells, Cells] = [from.data, data];
    let at = 0;
    for (let o = 0; o < outer; o++) {
      const base = o * count * inner;
      if (inner === 1) for (let i = 0; i < indices.length; i++) target[at++] = source[base + indices[i]!]!;
      else {
        for (let i = 0; i < indices.length; i++, at += inner) {
          copyRange(from.data, base + indices[i]! * inner, inner, data, at);
        }
      }
    }
    return [{ dtype: from.dtype, shape, data }];
  },
  mixesRows: (args, { axis }) => rowAxis(two("gather", args)[0]) === axis,
  accuracy: "exact",
};

export const gatherColumns: Primitive<"gatherColumns"> = {
  infer(args, { columns }) {
    const x = one("gatherColumns", args);
    checkRank("gatherColumns", x, 2);
    const width = x.shape[1]!;
    for (const column of columns) {
      if (column < 0 || (typeof width === "number" && column >= width)) {
        refuse("gatherColumns", `column ${column} is not in ${formatType(x)}`);
      }
    }
    return [typeOf(x.dtype, [x.shape[0]!, columns.length], x.dictionary)];
  },
  evaluate(args, { columns }) {
    const x = one("gatherColumns", args);
    const [rows, width] = [x.shape[0]!, x.shape[1]!];
    for (const column of columns) if (column >= width) outOfRange("gatherColumns", column, width);
    const count = columns.length;
    const data = allocate(x.dtype, rows * count);
    const [source, target]: [Cells, Cells] = [x.data, data];
    for (let r = 0, at = 0; r < rows; r++) {
      const base = r * width;
      for (let c = 0; c < count; c++) target[at++] = source[base + columns[c]!]!;
    }
    return [{ dtype: x.dtype, shape: [rows, count], data }];
  },
  mixesRows: (args) => rowAxis(one("gatherColumns", args)) === 1,
  accuracy: "exact",
};

function inferPaired(op: PrimitiveName, args: readonly TensorType[], axis: 0 | 1): readonly TensorType[] {
  const [x, indices] = two(op, args);
  checkRank(op, x, 2);
  checkRank(op, indices, 2);
  if (indices.dtype !== "int32") refuse(op, `indices are int32, got ${formatType(indices)}`);
  const shared = sharedDim(op, x.shape[axis]!, indices.shape[axis]!, `dimensions of axis ${axis}`);
  return [typeOf(x.dtype, indices.shape.with(axis, shared), x.dictionary)];
}

function checkPaired(op: PrimitiveName, x: Tensor, indices: Tensor, axis: 0 | 1): void {
  if (x.shape[axis] !== indices.shape[axis]) {
    refuse(op, `dimensions of axis ${axis} differ: ${x.shape[axis]} and ${indices.shape[axis]}`);
  }
}

export const gatherByRow: Primitive<"gatherByRow"> = {
  infer: (args) => inferPaired("gatherByRow", args, 0),
  evaluate(args) {
    const [x, by] = two("gatherByRow", args);
    checkPaired("gatherByRow", x, by, 0);
    const columns = numbersOf(by.data);
    const [rows, width, count] = [x.shape[0]!, x.shape[1]!, by.shape[1]!];
    const data = allocate(x.dtype, rows * count);
    const [source, target]: [Cells, Cells] = [x.data, data];
    for (let r = 0, at = 0; r < rows; r++) {
      const base = r * width;
      for (let c = 0; c < count; c++, at++) {
        const column = columns[at]!;
        if (!(column >= 0 && column < width)) outOfRange("gatherByRow", column, width);
        target[at] = source[base + column]!;
      }
    }
    return [{ dtype: x.dtype, shape: by.shape, data }];
  },
  mixesRows: (args) => rowAxis(two("gatherByRow", args)[0]) === 1,
  accuracy: "exact",
};

export const gatherByColumn: Primitive<"gatherByColumn"> = {
  infer: (args) => inferPaired("gatherByColumn", args, 1),
  evaluate(args) {
    const [x, by] = two("gatherByColumn", args);
    checkPaired("gatherByColumn", x, by, 1);
    const rows = numbersOf(by.data);
    const [height, n, count] = [x.shape[0]!, x.shape[1]!, by.shape[0]!];
    const data = allocate(x.dtype, count * n);
    const [source, target]: [Cells, Cells] = [x.data, data];
    for (let c = 0, at = 0; c < count; c++) {
      for (let r = 0; r < n; r++, at++) {
        const row = rows[at]!;
        if (!(row >= 0 && row < height)) outOfRange("gatherByColumn", row, height);
        target[at] = source[row * n + r]!;
      }
    }
    return [{ dtype: x.dtype, shape: by.shape, data }];
  },
  mixesRows: (args) => rowAxis(two("gatherByColumn", args)[0]) === 0,
  accuracy: "exact",
};

export const scatterByRow: Primitive<"scatterByRow"> = {
  infer(args, { reduction }) {
    const [x, columns, updates] = three("scatterByRow", args);
    for (const t of args) checkRank("scatterByRow", t, 2);
    if (columns.dtype !== "int32") refuse("scatterByRow", `columns are int32, got ${formatType(columns)}`);
    checkSameDType("scatterByRow", [x, updates]);
    const dictionary = sharedDictionary("scatterByRow", [x, updates]);
    if (reduction !== "none" && !numbers.has(x.dtype)) {
      refuse("scatterByRow", `has no ${reduction} for ${formatType(x)}`);
    }
    sharedDim("scatterByRow", x.shape[0]!, columns.shape[0]!, "rows");
    for (const axis of [0, 1]) {
      sharedDim("scatterByRow", columns.shape[axis]!, updates.shape[axis]!, `dimensions of axis ${axis}`);
    }
    return [typeOf(x.dtype, x.shape, dictionary)];
  },
  evaluate(args, { reduction }) {
    const [x, by, updates] = three("scatterByRow", args);
    checkPaired("scatterByRow", x, by, 0);
    for (const axis of [0, 1] as const) checkPaired("scatterByRow", by, updates, axis);
    const columns = numbersOf(by.data);
    const [rows, width, count] = [x.shape[0]!, x.shape[1]!, by.shape[1]!];
    const data = x.data.slice();
    const [source, target]: [Cells, Cells] = [updates.data, data];
    const small = isInteger(x.dtype) && !isBigInt(x.dtype);
    const join = reduction === "mul" && small ? integerProduct : joins[reduction];
    const round = x.dtype === "float16" ? toFloat16 : x.dtype === "bfloat16" ? toBfloat16 : undefined;
    for (let r = 0, at = 0; r < rows; r++) {
      for (let c = 0; c < count; c++, at++) {
        const column = columns[at]!;
        if (!(column >= 0 && column < width)) outOfRange("scatterByRow", column, width);
        const to = r * width + column;
        const value = join(target[to]!, source[at]!);
        target[to] = round === undefined ? value : round(Number(value));
      }
    }
    return [{ dtype: x.dtype, shape: x.shape, data }];
  },
  mixesRows: (args) => rowAxis(three("scatterByRow", args)[0]) === 1,
  accuracy: "exact",
};

type Cell = number | bigint | string;
type Join = (x: Cell, y: Cell) => Cell;

/** What is there, and what comes to it; both of one type. */
const arithmetic =
  (plain: (x: number, y: number) => number, bigs: (x: bigint, y: bigint) => bigint): Join =>
  (x, y) =>
    typeof x === "bigint" && typeof y === "bigint" ? bigs(x, y) : plain(Number(x), Number(y));

const joins: { readonly [R in PrimitiveAttrs["scatterByRow"]["reduction"]]: Join } = {
  none: (_x, y) => y,
  add: arithmetic(
    (x, y) => x + y,
    (x, y) => x + y,
  ),
  mul: arithmetic(
    (x, y) => x * y,
    (x, y) => x * y,
  ),
  max: arithmetic(Math.max, larger),
  min: arithmetic(Math.min, lesser),
};

/** A product of 32-bit integers does not fit a double. */
const integerProduct: Join = (x, y) => Math.imul(Number(x), Number(y));
