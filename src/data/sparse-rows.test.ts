import { describe, expect, test } from "vitest";
import { DataError } from "../errors.js";
import { N } from "../ir/dims.js";
import type { DType } from "../ir/dtype.js";
import { type InputSpec, toTensors } from "./to-tensors.js";

const spec = (dtype: DType = "float32"): InputSpec => ({
  name: "X",
  dtype,
  shape: [N, 3],
  columns: ["a", "b", "__proto__"],
  sparse: true,
});

const rows = (given: unknown, dtype?: DType) => {
  const tensor = toTensors([spec(dtype)], given).tensors.get("X");
  return { shape: tensor?.shape, data: Array.from(tensor?.data as ArrayLike<unknown>) };
};

describe("rows of a map input", () => {
  test.each<readonly [string, unknown, readonly number[], readonly unknown[]]>([
    ["one object", { a: 1.5 }, [1, 3], [1.5, 0, 0]],
    ["an object without anything known", { z: 1 }, [1, 3], [0, 0, 0]],
    ["a missing value", { a: null, b: 2 }, [1, 3], [Number.NaN, 2, 0]],
    ["objects", [{ a: 1 }, {}, { b: 2, z: 5 }], [3, 3], [1, 0, 0, 0, 0, 0, 0, 2, 0]],
    ["maps", [new Map([["b", 2]]), new Map()], [2, 3], [0, 2, 0, 0, 0, 0]],
    ["columns", { b: [1, 2], z: [3, 4] }, [2, 3], [0, 1, 0, 0, 2, 0]],
    ["no rows", [], [0, 3], []],
    ["full rows", [[1, 2, 3]], [1, 3], [1, 2, 3]],
    ["a tensor", { data: Float32Array.of(1, 2, 3), shape: [1, 3] }, [1, 3], [1, 2, 3]],
    ["objects under the input's name", { X: [{ a: 1 }] }, [1, 3], [1, 0, 0]],
    ["one object under the input's name", { X: { b: 1 } }, [1, 3], [0, 1, 0]],
  ])("%s", (_, given, shape, data) => {
    expect(rows(given)).toEqual({ shape, data });
  });

  test("in other element types", () => {
    expect(rows({ a: "x" }, "string").data).toEqual(["x", "", ""]);
    expect(rows({ b: 2n ** 60n }, "int64").data).toEqual([0n, 2n ** 60n, 0n]);
  });

  test.each<readonly [string, unknown, RegExp]>([
    ["text for a number", { a: "1" }, /row 0, column "a": expected a number/],
    ["a number among objects", [{ a: 1 }, 3], /row 1: expected an object, got the number 3/],
    ["columns of different lengths", { a: [1, 2], b: [1] }, /column "b": expected 2 rows.*got 1 rows/],
    ["a value among columns", { a: [1, 2], b: 1 }, /column "b": expected 2 rows.*got the number 1/],
    ["a number", 5, /got the number 5/],
  ])("refuse %s", (_, given, message) => {
    expect(() => rows(given)).toThrow(DataError);
    expect(() => rows(given)).toThrow(message);
  });
});
