/** The builder: folding of constants, and integer vectors known in terms of N. */

import { describe, expect, it } from "vitest";
import { InternalError, ShapeError } from "../errors.js";
import { createBuilder } from "./builder.js";
import { N } from "./dims.js";
import { bool, float32, int32, int64, strings } from "./tensor.js";

describe("builder", () => {
  it("folds instructions whose arguments are constant", () => {
    const b = createBuilder();
    const sum = b.op("add", [b.constant(float32([1, 2])), b.constant(float32([10]))]);
    expect(b.constantOf(sum)).toEqual(float32([11, 12]));
    const [values, places] = b.emit("topK", [sum], { axis: 0, k: 1, largest: true });
    expect(b.constantOf(values ?? -1)).toEqual(float32([12]));
    expect(b.constantOf(places ?? -1)).toEqual(int32([1]));
    expect(b.finish([]).instructions.map((i) => i.op)).toEqual([
      "constant",
      "constant",
      "constant",
      "constant",
      "constant",
    ]);
  });

  it("keeps dictionaries through folding", () => {
    const b = createBuilder();
    const dictionary = { dtype: "string", values: ["a", "b"] } as const;
    const codes = b.op("indexOf", [b.constant(strings(["b", "a", "c"]))], { keys: strings(["a", "b"]), dictionary });
    const first = b.op("slice", [codes], { axis: 0, start: 0, end: 2, step: 1 });
    expect(b.constantOf(first)).toEqual(int32([1, 0]));
    expect(b.type(first)).toEqual({ dtype: "int32", shape: [2], dictionary });
  });

  it("does not blow a small constant up", () => {
    const b = createBuilder();
    const big = b.op("broadcastTo", [b.constant(float32([0]))], { shape: [1 << 20] });
    expect(b.constantOf(big)).toBeUndefined();
    expect(b.type(big)).toEqual({ dtype: "float32", shape: [1 << 20] });
  });

  it("does not fold what depends on the batch", () => {
    const b = createBuilder();
    const spread = b.op("broadcastTo", [b.constant(float32([7]))], { shape: [N] });
    expect(b.constantOf(spread)).toBeUndefined();
  });

  it("follows ONNX's Shape → Gather → Concat chains in terms of N", () => {
    const b = createBuilder();
    const shape = b.op("dims", [], { dims: [N, 6, 4] });
    expect(b.dimsOf(shape)).toEqual([N, 6, 4]);
    const rows = b.op("gather", [shape, b.constant(int64([0]))], { axis: 0 });
    expect(b.dimsOf(rows)).toEqual([N]);
    const doubled = b.op("mul", [rows, b.constant(int64([2]))]);
    const more = b.op("add", [doubled, b.constant(int64([1]))]);
    expect(b.dimsOf(more)).toEqual([{ N: 2, plus: 1 }]);
    const target = b.op("concat", [more, b.constant(int64([-1]))], { axis: 0 });
    expect(b.dimsOf(target)).toEqual([{ N: 2, plus: 1 }, -1]);
    const narrowed = b.op("cast", [target], { to: "int32" });
    expect(b.dimsOf(narrowed)).toEqual([{ N: 2, plus: 1 }, -1]);
    expect(b.constantOf(narrowed)).toBeUndefined();
  });

  it("makes a constant of elements that do not depend on N after all", () => {
    const b = createBuilder();
    const shape = b.op("dims", [], { dims: [N, 6, 4] });
    const width = b.op("slice", [shape], { axis: 0, start: 1, end: 3, step: 1 });
    expect(b.constantOf(width)).toEqual(int64([6, 4]));
    const product = b.op("reduceProd", [width], { axes: [0] });
    expect(b.constantOf(product)).toEqual(int64([24], []));
    const rows = b.op("gather", [shape, b.constant(int64([0], []))], { axis: 0 });
    const none = b.op("sub", [rows, rows]);
    expect(b.constantOf(none)).toEqual(int64([0], []));
  });

  it("does not take for affine what is not", () => {
    const b = createBuilder();
    const rows = b.op("dims", [], { dims: [N] });
    expect(b.dimsOf(b.op("mul", [rows, rows]))).toBeUndefined();
    expect(b.dimsOf(b.op("div", [rows, b.constant(int64([2]))]))).toBeUndefined();
    expect(b.dimsOf(b.op("min", [rows, b.constant(int64([100]))]))).toBeUndefined();
    expect(b.dimsOf(b.op("mod", [rows, b.constant(int64([2]))], { fmod: false }))).toBeUndefined();
  });

  it("refuses what does not fit, and values of another Program", () => {
    const b = createBuilder();
    const x = b.input("x", { dtype: "float32", shape: [N, 3] });
    expect(() => b.op("add", [x, b.constant(float32([1, 2]))])).toThrow(ShapeError);
    expect(() => b.op("neg", [99])).toThrow(InternalError);
    expect(() => b.op("topK", [x], { axis: 1, k: 1, largest: true })).toThrow("topK has 2 results, expected one");
    expect(() => b.op("not", [b.constant(bool([1])), x])).toThrow("not: takes 1 argument, got 2");
  });

  it("marks instructions with their origin", () => {
    const b = createBuilder();
    const x = b.input("x", { dtype: "float32", shape: [N] });
    b.setOrigin('node "a"');
    b.op("neg", [x]);
    b.setOrigin(undefined);
    b.op("abs", [x]);
    expect(b.finish([]).instructions.map((i) => i.origin)).toEqual(['node "a"', undefined]);
  });
});
