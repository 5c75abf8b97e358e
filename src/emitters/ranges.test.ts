import { expect, test } from "vitest";
import { type Builder, createBuilder } from "../ir/builder.js";
import { N } from "../ir/dims.js";
import type { ValueId } from "../ir/program.js";
import { float32, int32, scalar } from "../ir/tensor.js";
import { type Range, valueRanges } from "./ranges.js";

function rangeOf(write: (b: Builder, x: ValueId, k: ValueId) => ValueId): Range | undefined {
  const b = createBuilder();
  const x = b.input("x", { dtype: "float32", shape: [N, 2] });
  const value = write(b, x, b.input("k", { dtype: "int32", shape: [N, 2] }));
  return valueRanges(b.finish([{ name: "y", value }]))[value];
}

const bit = (b: Builder, x: ValueId): ValueId =>
  b.op("cast", [b.op("less", [x, b.constant(float32([0]))])], { to: "float32" });

test("nothing is known of inputs, nor of what comes from them", () => {
  expect(rangeOf((_, x) => x)).toBe(undefined);
  expect(rangeOf((b, x) => b.op("add", [x, bit(b, x)]))).toBe(undefined);
  expect(rangeOf((b, _, k) => b.op("mul", [k, k]))).toBe(undefined);
});

test("constants, bools and arithmetic on them are bounded", () => {
  expect(rangeOf((b, x) => bit(b, x))).toEqual([0, 1]);
  expect(rangeOf((b, x) => b.op("add", [bit(b, x), b.constant(float32([5, -3]))]))).toEqual([-3, 6]);
  expect(rangeOf((b, x) => b.op("mul", [bit(b, x), b.constant(float32([5, -3]))]))).toEqual([-3, 5]);
  expect(rangeOf((b, x) => b.op("reduceSum", [bit(b, x)], { axes: [1] }))?.[1]).toBeCloseTo(2, 5);
  expect(rangeOf((b, x) => b.op("argMax", [x], { axis: 1, last: false }))).toEqual([0, 1]);
});

test("an index read from a table has the table's range", () => {
  const read = (b: Builder, x: ValueId, table: readonly number[]): ValueId =>
    b.op("gather", [b.constant(int32(table)), b.op("cast", [bit(b, x)], { to: "int32" })], { axis: 0 });
  expect(rangeOf((b, x) => read(b, x, [4, 9]))).toEqual([4, 9]);
});

test("a select written as arithmetic lies between its branches", () => {
  const blended = (b: Builder, c: ValueId): ValueId => {
    const [low, high] = [b.constant(float32([2, 3])), b.constant(float32([7, 5]))];
    const wide = b.op("add", [bit(b, c), low]);
    const other = b.op("add", [bit(b, c), high]);
    return b.op("add", [wide, b.op("mul", [bit(b, c), b.op("sub", [other, wide])])]);
  };
  const range = rangeOf((b, x) => blended(b, x));
  expect(range?.map(Math.trunc)).toEqual([1, 8]);
  expect(range?.[0]).toBeCloseTo(2, 4);
});

test("bounds are rounded with the elements, so that an index just below a table's end is not taken for safe", () => {
  const index = (b: Builder, x: ValueId): ValueId => b.op("add", [bit(b, x), b.constant(float32([15.9999999]))]);
  expect(rangeOf((b, x) => b.op("cast", [index(b, x)], { to: "int32" }))).toEqual([16, 17]);
});

test("NaN and overflow are not bounded", () => {
  expect(rangeOf((b, x) => b.op("mul", [bit(b, x), b.constant(float32([Number.NaN]))]))).toBe(undefined);
  expect(rangeOf((b, x) => b.op("mul", [bit(b, x), b.constant(float32([Infinity]))]))).toBe(undefined);
  const large = (b: Builder, x: ValueId): ValueId =>
    b.op("mul", [b.op("cast", [bit(b, x)], { to: "int32" }), b.constant(scalar("int32", 2 ** 30))]);
  expect(rangeOf((b, x) => large(b, x))).toEqual([0, 2 ** 30]);
  expect(rangeOf((b, x) => b.op("add", [large(b, x), large(b, x)]))).toBe(undefined);
});
