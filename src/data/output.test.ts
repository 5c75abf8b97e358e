import { describe, expect, it } from "vitest";
import { InternalError } from "../errors.js";
import { type Builder, createBuilder } from "../ir/builder.js";
import { N } from "../ir/dims.js";
import type { DType } from "../ir/dtype.js";
import type { Program, ValueId } from "../ir/program.js";
import { bool, float32, int32, int64, scalar, strings } from "../ir/tensor.js";
import { holdsLabels, toUser } from "./output.js";

describe("toUser", () => {
  it("gives floats as they are, nested by toArray", () => {
    const given = float32([1, Number.NaN, Infinity, -0], [2, 2]);
    const user = toUser(given);
    expect(user.data).toBe(given.data);
    expect([user.shape, user.dtype]).toEqual([[2, 2], "float32"]);
    expect(user.toArray()).toEqual([
      [1, Number.NaN],
      [Infinity, -0],
    ]);
    expect(toUser(float32([3], [])).toArray()).toBe(3);
    expect(toUser(float32([], [0, 3])).toArray()).toEqual([]);
  });

  it("gives booleans as 0/1 data and as booleans from toArray", () => {
    const user = toUser(bool([true, false]));
    expect([user.data, user.dtype, user.toArray()]).toEqual([Uint8Array.of(1, 0), "bool", [true, false]]);
  });

  it("gives int64 as int32 where all of it fits", () => {
    const small = toUser(int64([2147483647n, -2147483648n]));
    expect([small.data, small.dtype]).toEqual([Int32Array.of(2147483647, -2147483648), "int32"]);
    const large = toUser(int64([1n, 2147483648n]));
    expect([large.data, large.dtype, large.toArray()]).toEqual([
      BigInt64Array.of(1n, 2147483648n),
      "int64",
      [1n, 2147483648n],
    ]);
    expect(toUser(int64([])).dtype).toBe("int32");
    expect(toUser(int64([-1n, 0n, 1n, -2147483647n])).data).toEqual(Int32Array.of(-1, 0, 1, -2147483647));
    for (const beyond of [-2147483649n, 4294967295n, -4294967296n, 2n ** 63n - 1n, -(2n ** 63n)]) {
      expect(toUser(int64([0n, beyond])).data).toEqual(BigInt64Array.of(0n, beyond));
    }
  });

  it("decodes labels of every kind", () => {
    const index = int32([1, 0, 1]);
    expect(toUser(index, { dtype: "string", values: ["a", "__proto__"] })).toMatchObject({
      data: ["__proto__", "a", "__proto__"],
      dtype: "string",
      shape: [3],
    });
    expect(toUser(index, { dtype: "int64", values: [5n, -7n] })).toMatchObject({
      data: Int32Array.of(-7, 5, -7),
      dtype: "int32",
    });
    expect(toUser(index, { dtype: "bool", values: [false, true] })).toMatchObject({
      data: Uint8Array.of(1, 0, 1),
      dtype: "bool",
    });
    expect(toUser(index, { dtype: "float64", values: [0.1, 0.5] })).toMatchObject({
      data: Float64Array.of(0.5, 0.1, 0.5),
      dtype: "float64",
    });
    expect(toUser(index, { dtype: "float32", values: [1, 2] })).toMatchObject({
      data: Float32Array.of(2, 1, 2),
      dtype: "float32",
    });
    expect(toUser(int32([0, 1], [2, 1]), { dtype: "string", values: ["a", "b"] }).toArray()).toEqual([["a"], ["b"]]);
  });

  it("lets the whole dictionary choose the width of integer labels, so that it is the same in every batch", () => {
    const wide = toUser(int32([0]), { dtype: "int64", values: [1n, 2n ** 40n] });
    expect([wide.data, wide.dtype]).toEqual([BigInt64Array.of(1n), "int64"]);
  });

  it("reports an index outside the dictionary as a defect", () => {
    expect(() => toUser(int32([-1]), { dtype: "string", values: ["a"] })).toThrow(InternalError);
    expect(() => toUser(int32([1]), { dtype: "string", values: ["a"] })).toThrow("label index 1 of a dictionary of 1");
  });

  it("passes strings", () => {
    expect(toUser(strings(["x", ""])).toArray()).toEqual(["x", ""]);
  });
});

describe("holdsLabels", () => {
  const labels = { dtype: "int64", values: [0n, 1n] } as const;
  const program = (value: (b: Builder) => ValueId): Program => {
    const b = createBuilder();
    return b.finish([{ name: "y", value: value(b) }]);
  };
  const certain = (p: Program) => holdsLabels(p, p.outputs[0]!.value);
  const input = (b: Builder, dtype: DType) => b.input("x", { dtype, shape: [N] });

  it("is true of what is picked from labels", () => {
    const table = (b: Builder) => b.constant(int32([1, 0]), labels);
    expect(certain(program((b) => b.op("gather", [table(b), input(b, "int32")], { axis: 0 })))).toBe(true);
    const one = (b: Builder, i: number) => b.constant(scalar("int32", i), labels);
    expect(certain(program((b) => b.op("select", [input(b, "bool"), one(b, 1), one(b, 0)])))).toBe(true);
  });
  it("is false of what may be beside them", () => {
    const keys = { keys: int64([5n, 6n]), dictionary: labels };
    expect(certain(program((b) => b.op("indexOf", [input(b, "int64")], keys)))).toBe(false);
    const table = (b: Builder) => b.constant(int32([1, -1]), labels);
    expect(certain(program((b) => b.op("gather", [table(b), input(b, "int32")], { axis: 0 })))).toBe(false);
  });
});
